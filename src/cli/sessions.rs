//! `rollcall sessions`: the sessions of a running server.

use clap::{Args, Subcommand};
use rollcall::model::{Hours, SessionId};
use serde_json::json;

use super::confirm::{Confirm, ask, count};
use super::failure::{Exit, exit};
use super::output::{print_line, say};
use super::server::{Answer, Server, ServerArguments};
use super::session_view::{overview, overview_lines, table};
use super::table::text;
use super::watch;

/// What to do with the sessions of a server.
#[derive(Args)]
pub struct Sessions {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    server: ServerArguments,
}

#[derive(Subcommand)]
enum Command {
    /// List sessions
    #[command(after_help = "Examples:\n  \
        rollcall sessions list --order -last_activity\n  \
        rollcall sessions list --project acme --empty --json")]
    List(List),
    /// Show a session: who is in it, and why it stays or when it goes
    #[command(after_help = "Examples:\n  \
        rollcall sessions show 01a20562-20e5-73e0-9bea-512d59f89047\n  \
        rollcall sessions show 01a20562-20e5-73e0-9bea-512d59f89047 --json | jq .clients")]
    Show {
        /// The id of the session
        id: SessionId,
    },
    /// Watch what happens in a session, or to all of them
    ///
    /// On a terminal it is drawn anew whenever something happens; elsewhere each event is a line. With --json
    /// each frame is a line, as the server sends it.
    #[command(after_help = "Examples:\n  \
        rollcall sessions watch\n  \
        rollcall sessions watch 01a20562-20e5-73e0-9bea-512d59f89047 --since 0 --json")]
    Watch(watch::Watch),
    /// Remove sessions, also those with clients in them
    #[command(after_help = "Examples:\n  \
        rollcall sessions remove 01a20562-20e5-73e0-9bea-512d59f89047\n  \
        rollcall sessions cleanup --dry-run | xargs rollcall sessions remove --yes")]
    Remove {
        /// The ids of the sessions
        #[arg(required = true, value_name = "ID")]
        ids: Vec<SessionId>,
        #[command(flatten)]
        confirm: Confirm,
    },
    /// Remove the sessions that have been idle for too long, and print their ids
    #[command(after_help = "Examples:\n  \
        rollcall sessions cleanup --dry-run\n  \
        rollcall sessions cleanup --max-inactive-hours 48 --yes")]
    Cleanup(Cleanup),
}

/// The arguments of `sessions list`.
#[derive(Args)]
struct List {
    /// Only sessions of this project
    #[arg(long, value_name = "PROJECT")]
    project: Option<String>,
    /// Only sessions with clients
    #[arg(long, conflicts_with = "empty")]
    active: bool,
    /// Only sessions without clients
    #[arg(long)]
    empty: bool,
    /// Only sessions that have been idle for longer than so many hours
    #[arg(long, value_name = "HOURS")]
    idle_hours: Option<Hours>,
    /// The order; a leading - means descending
    #[arg(long, default_value = "created_at", allow_hyphen_values = true)]
    #[arg(value_parser = ["created_at", "-created_at", "last_activity", "-last_activity", "active_clients", "-active_clients"])]
    order: String,
    /// At most so many sessions, from 1 to 10000
    #[arg(long, value_name = "COUNT", default_value_t = 1000)]
    limit: u32,
    /// Go on after the page that ended with this cursor
    #[arg(long)]
    cursor: Option<String>,
}

/// The arguments of `sessions cleanup`.
#[derive(Args)]
struct Cleanup {
    /// Only print what would be removed
    #[arg(long)]
    dry_run: bool,
    /// Hours after which a session without a timeout of its own is idle for too long [default: the setting of
    /// the server]
    #[arg(long, value_name = "HOURS")]
    max_inactive_hours: Option<Hours>,
    #[command(flatten)]
    confirm: Confirm,
}

/// Runs one of the commands.
#[tokio::main(flavor = "current_thread")]
pub async fn run(arguments: Sessions) -> anyhow::Result<()> {
    let server = arguments.server.server()?;
    match arguments.command {
        Command::List(list) => self::list(&server, list).await,
        Command::Show { id } => show(&server, id).await,
        Command::Watch(arguments) => watch::run(&server, arguments).await,
        Command::Remove { ids, confirm } => remove(&server, &ids, &confirm).await,
        Command::Cleanup(cleanup) => clean_up(&server, cleanup).await,
    }
}

async fn list(server: &Server, arguments: List) -> anyhow::Result<()> {
    let List { project, active, empty, idle_hours, order, limit, cursor } = arguments;
    let mut query = vec![("order", order), ("limit", limit.to_string())];
    query.extend(project.map(|project| ("project_id", project)));
    if active || empty {
        query.push(("active", active.to_string()));
    }
    query.extend(idle_hours.map(|hours| ("idle_hours", hours.get().to_string())));
    query.extend(cursor.map(|cursor| ("cursor", cursor)));
    let page = server.get(&["sessions"], &query).await?;
    server.print(&page, |page| table(&page["sessions"]).lines())?;
    if let Some(next) = page.json["next_cursor"].as_str() {
        let shown = page.json["sessions"].as_array().map_or(0, Vec::len);
        let total = text(&page.json["total"]);
        say(format!("{shown} of {total} sessions; for the next ones add --cursor {next}"));
    }
    Ok(())
}

async fn show(server: &Server, id: SessionId) -> anyhow::Result<()> {
    let answer = overview(server, id).await?;
    server.print(&answer, overview_lines)
}

async fn remove(server: &Server, ids: &[SessionId], confirm: &Confirm) -> anyhow::Result<()> {
    if confirm.asks()? {
        ask(&format!("Remove {}?", count(ids.len(), "session")))?;
    }
    let (mut removed, mut failure) = (Vec::new(), None);
    for id in ids {
        match server.delete(&["sessions", &id.to_string()]).await {
            Ok(_) => removed.push(id),
            Err(cause) => {
                let is_missing = exit(&cause) == Exit::NotFound;
                // The last failure is returned; those before it are said here.
                if let Some(before) = failure.replace(cause) {
                    say(format!("rollcall: {before:#}"));
                }
                if !is_missing {
                    break;
                }
            }
        }
    }
    if server.wants_json() {
        print_line(&json!({"removed_sessions": removed, "count": removed.len()}).to_string())?;
    }
    say(format!("Removed {}.", count(removed.len(), "session")));
    failure.map_or(Ok(()), Err)
}

async fn clean_up(server: &Server, arguments: Cleanup) -> anyhow::Result<()> {
    let Cleanup { dry_run, max_inactive_hours, confirm } = arguments;
    let run = async |dry_run: bool| {
        let mut body = json!({"dry_run": dry_run});
        if let Some(hours) = max_inactive_hours {
            body["max_inactive_hours"] = json!(hours.get());
        }
        server.post(&["sessions", "cleanup"], Some(&body)).await
    };
    if !dry_run && confirm.asks()? {
        let preview = run(true).await?;
        match number(&preview) {
            0 => return report(server, &preview),
            some => ask(&format!("Remove {}?", count(some, "session")))?,
        }
    }
    report(server, &run(dry_run).await?)
}

/// Prints what a cleanup has removed, or would.
fn report(server: &Server, report: &Answer) -> anyhow::Result<()> {
    server.print(report, |report| {
        report["removed_sessions"].as_array().into_iter().flatten().map(text).collect()
    })?;
    let verb = if report.json["dry_run"] == true { "Would remove" } else { "Removed" };
    say(format!("{verb} {}.", count(number(report), "session")));
    Ok(())
}

/// How many sessions a cleanup names.
fn number(report: &Answer) -> usize {
    report.json["removed_sessions"].as_array().map_or(0, Vec::len)
}
