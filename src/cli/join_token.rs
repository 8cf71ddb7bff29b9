//! `rollcall join-token`: a token by which a browser joins one session.

use clap::Args;
use rollcall::access::Lifetime;
use rollcall::model::SessionId;
use serde_json::{Value, json};

use super::output::say;
use super::server::ServerArguments;
use super::table::{text, time};

/// The arguments of `rollcall join-token`.
#[derive(Args)]
#[command(after_help = "Examples:\n  \
    rollcall join-token 01a20562-20e5-73e0-9bea-512d59f89047 --role viewer\n  \
    rollcall join-token 01a20562-20e5-73e0-9bea-512d59f89047 --role editor --ttl 8h --user '{\"name\": \"Ada\"}'")]
pub struct JoinToken {
    /// The id of the session
    id: SessionId,
    /// What the holder may do: read, or change the content as well
    #[arg(long, value_parser = ["viewer", "editor"])]
    role: String,
    /// Who the holder is, as JSON, for the others in the session
    #[arg(long, value_name = "JSON", value_parser = parse_json)]
    user: Option<Value>,
    /// How long the token is valid, at most 30d [default: 1h]
    #[arg(long, value_name = "DURATION", value_parser = check_lifetime)]
    ttl: Option<String>,
    #[command(flatten)]
    server: ServerArguments,
}

/// Makes a token and prints it.
#[tokio::main(flavor = "current_thread")]
pub async fn run(arguments: JoinToken) -> anyhow::Result<()> {
    let JoinToken { id, role, user, ttl, server } = arguments;
    let server = server.server()?;
    let body = json!({"role": role, "user": user, "ttl": ttl});
    let answer = server.post(&["sessions", &id.to_string(), "tokens"], Some(&body)).await?;
    // The token alone goes to standard output, so that a script can take it.
    server.print(&answer, |answer| vec![text(&answer["token"])])?;
    say(format!(
        "The token is for session {id} and expires at {}.",
        time(&answer.json["expires_at"])
    ));
    Ok(())
}

fn parse_json(text: &str) -> Result<Value, String> {
    serde_json::from_str(text).map_err(|cause| format!("it is no JSON: {cause}"))
}

fn check_lifetime(text: &str) -> Result<String, String> {
    text.parse::<Lifetime>().map(|_| text.to_owned())
}
