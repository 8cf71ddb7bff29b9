//! `rollcall webhook`: the webhooks of a running server, and what became of their messages.

use clap::{Args, Subcommand};
use rollcall::model::{EndpointId, Timestamp};
use serde_json::{Value, json};

use super::confirm::{Confirm, ask};
use super::output::say;
use super::server::{Server, ServerArguments};
use super::table::text;
use arguments::{Create, Deliveries, Named, Replay, Update};

mod arguments;
mod lines;

/// What to do with the webhooks of a server.
#[derive(Args)]
pub struct Webhook {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    server: ServerArguments,
}

#[derive(Subcommand)]
enum Command {
    /// List webhooks
    #[command(after_help = "Examples:\n  \
        rollcall webhook list\n  \
        rollcall webhook list --json | jq '.webhooks[] | select(.failing_since)'")]
    List,
    /// Create a webhook, and print its secret, which is not shown again
    #[command(after_help = "Examples:\n  \
        rollcall webhook create https://example.org/hooks\n  \
        rollcall webhook create https://example.org/hooks --type session.removed --project acme")]
    Create(Create),
    /// Show a webhook
    #[command(after_help = "Examples:\n  \
        rollcall webhook show 01a20562-20e5-73e0-9bea-512d59f89047\n  \
        rollcall webhook show 01a20562-20e5-73e0-9bea-512d59f89047 --json")]
    Show(Named),
    /// Send a message of the type webhook.test, and print its id
    #[command(after_help = "Examples:\n  \
        rollcall webhook test 01a20562-20e5-73e0-9bea-512d59f89047\n  \
        rollcall webhook test 01a20562-20e5-73e0-9bea-512d59f89047 --json")]
    Test(Named),
    /// Change where a webhook is sent, and which messages; all else stays as it is
    #[command(after_help = "Examples:\n  \
        rollcall webhook update 01a20562-20e5-73e0-9bea-512d59f89047 --url https://example.org/new\n  \
        rollcall webhook update 01a20562-20e5-73e0-9bea-512d59f89047 --type session.removed --all-projects")]
    Update(Update),
    /// Give a webhook another secret; for 24 hours messages are signed with both
    #[command(after_help = "Examples:\n  \
        rollcall webhook rotate 01a20562-20e5-73e0-9bea-512d59f89047\n  \
        rollcall webhook rotate 01a20562-20e5-73e0-9bea-512d59f89047 --json | jq -r .secret")]
    Rotate(Named),
    /// Switch a webhook on, and send now what waits for another attempt
    #[command(after_help = "Examples:\n  \
        rollcall webhook enable 01a20562-20e5-73e0-9bea-512d59f89047\n  \
        rollcall webhook enable 01a20562-20e5-73e0-9bea-512d59f89047 --json")]
    Enable(Named),
    /// Switch a webhook off; its messages wait, and are kept for seven days
    #[command(after_help = "Examples:\n  \
        rollcall webhook disable 01a20562-20e5-73e0-9bea-512d59f89047\n  \
        rollcall webhook disable 01a20562-20e5-73e0-9bea-512d59f89047 --json")]
    Disable(Named),
    /// Remove a webhook with its messages
    #[command(after_help = "Examples:\n  \
        rollcall webhook remove 01a20562-20e5-73e0-9bea-512d59f89047\n  \
        rollcall webhook remove 01a20562-20e5-73e0-9bea-512d59f89047 --yes")]
    Remove {
        #[command(flatten)]
        webhook: Named,
        #[command(flatten)]
        confirm: Confirm,
    },
    /// List messages and what became of them, the newest first
    #[command(after_help = "Examples:\n  \
        rollcall webhook deliveries 01a20562-20e5-73e0-9bea-512d59f89047 --state failed\n  \
        rollcall webhook deliveries 01a20562-20e5-73e0-9bea-512d59f89047 --limit 10 --json")]
    Deliveries(Deliveries),
    /// Send a message again now, whatever became of it
    #[command(after_help = "Examples:\n  \
        rollcall webhook retry 01a20562-20e5-73e0-9bea-512d59f89047 msg_01a20562b52e77c8a666d990267eb737\n  \
        rollcall webhook retry 01a20562-20e5-73e0-9bea-512d59f89047 msg_01a20562b52e77c8a666d990267eb737 --json")]
    Retry {
        #[command(flatten)]
        webhook: Named,
        /// The id of the message, which `webhook deliveries` prints
        message: String,
    },
    /// Send the messages of a span of time again, and print how many they are
    #[command(after_help = "Examples:\n  \
        rollcall webhook replay 01a20562-20e5-73e0-9bea-512d59f89047 --since 2026-11-22T22:00:00Z\n  \
        rollcall webhook replay 01a20562-20e5-73e0-9bea-512d59f89047 \
        --since 2026-11-22T22:00:00Z --until 2026-11-22T23:00:00Z")]
    Replay(Replay),
}

/// Runs one of the commands.
#[tokio::main(flavor = "current_thread")]
pub async fn run(arguments: Webhook) -> anyhow::Result<()> {
    let server = arguments.server.server()?;
    match arguments.command {
        Command::List => list(&server).await,
        Command::Create(create) => self::create(&server, create).await,
        Command::Show(Named { id }) => {
            let answer = server.get(&["webhooks", &id.to_string()], &[]).await?;
            server.print(&answer, lines::webhook)
        }
        Command::Test(Named { id }) => {
            let answer = server.post(&["webhooks", &id.to_string(), "test"], None).await?;
            server.print(&answer, lines::message)?;
            say(format!(
                "The message is on its way; `rollcall webhook deliveries {id}` says what became of it."
            ));
            Ok(())
        }
        Command::Rotate(Named { id }) => {
            let answer = server.post(&["webhooks", &id.to_string(), "rotate"], None).await?;
            server.print(&answer, |webhook| vec![text(&webhook["secret"])])?;
            say(
                "Keep the secret now: it is not shown again. The old one is used beside it for 24 hours.",
            );
            Ok(())
        }
        Command::Enable(Named { id }) => {
            let answer = server.post(&["webhooks", &id.to_string(), "enable"], None).await?;
            server.print(&answer, lines::webhook)
        }
        Command::Disable(Named { id }) => change(&server, id, &json!({"enabled": false})).await,
        Command::Update(Update { webhook, changes }) => {
            change(&server, webhook.id, &changes.patch()).await
        }
        Command::Remove { webhook, confirm } => remove(&server, webhook.id, &confirm).await,
        Command::Deliveries(deliveries) => self::deliveries(&server, deliveries).await,
        Command::Retry { webhook, message } => {
            let id = webhook.id.to_string();
            let path = ["webhooks", &id, "deliveries", &message, "retry"];
            let answer = server.post(&path, None).await?;
            server.print(&answer, lines::message)
        }
        Command::Replay(replay) => self::replay(&server, replay).await,
    }
}

async fn list(server: &Server) -> anyhow::Result<()> {
    let answer = server.get(&["webhooks"], &[]).await?;
    server.print(&answer, lines::webhooks)
}

async fn create(server: &Server, arguments: Create) -> anyhow::Result<()> {
    let Create { url, types, project } = arguments;
    let mut body = json!({"url": url, "project_id": project});
    if !types.is_empty() {
        body["types"] = json!(types);
    }
    let answer = server.post(&["webhooks"], Some(&body)).await?;
    server.print(&answer, lines::webhook)?;
    say("Keep the secret now: it is not shown again.");
    Ok(())
}

/// Changes what the patch names, and prints the webhook.
async fn change(server: &Server, id: EndpointId, patch: &Value) -> anyhow::Result<()> {
    let answer = server.patch(&["webhooks", &id.to_string()], patch).await?;
    server.print(&answer, lines::webhook)
}

async fn remove(server: &Server, id: EndpointId, confirm: &Confirm) -> anyhow::Result<()> {
    let id = id.to_string();
    if confirm.asks()? {
        let url = text(&server.get(&["webhooks", &id], &[]).await?.json["url"]);
        ask(&format!("Remove the webhook to {url}, with its messages?"))?;
    }
    server.delete(&["webhooks", &id]).await?;
    say(format!("Removed webhook {id}."));
    Ok(())
}

async fn deliveries(server: &Server, arguments: Deliveries) -> anyhow::Result<()> {
    let Deliveries { webhook, state, limit, before } = arguments;
    let mut query = vec![("limit", limit.to_string())];
    query.extend(state.map(|state| ("state", state)));
    query.extend(before.map(|before| ("before", before)));
    let id = webhook.id.to_string();
    let page = server.get(&["webhooks", &id, "deliveries"], &query).await?;
    server.print(&page, lines::deliveries)?;
    if let Some(before) = page.json["next_before"].as_str() {
        say(format!("There are more; for the next ones add --before {before}"));
    }
    Ok(())
}

async fn replay(server: &Server, arguments: Replay) -> anyhow::Result<()> {
    let Replay { webhook, since, until } = arguments;
    let body = json!({"since": since, "until": until.unwrap_or_else(Timestamp::now)});
    let id = webhook.id.to_string();
    let answer = server.post(&["webhooks", &id, "replay"], Some(&body)).await?;
    server.print(&answer, |answer| vec![text(&answer["count"])])
}
