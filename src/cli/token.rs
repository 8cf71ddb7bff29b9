//! `rollcall token`: the service tokens in the database file, also while a server has it open.

use std::io::{self, Write};

use clap::{Args, Subcommand};
use rollcall::access::{Lifetime, NewToken, StoredToken, TokenScope};
use rollcall::config::DatabaseArguments;
use rollcall::model::Timestamp;
use rollcall::store::TokenFile;
use serde_json::{Value, json};

use super::failure::{Exit, Failure};

/// What to do with tokens.
#[derive(Subcommand)]
pub enum Command {
    /// Create a token and print it; it is never shown again
    Create(Create),
    /// List the tokens, revoked and expired ones included
    List(List),
    /// Revoke a token: the server refuses it from now on
    Revoke(Revoke),
}

/// The arguments of `token create`.
#[derive(Args)]
#[command(after_help = "Examples:\n  \
    rollcall token create ops --scope admin\n  \
    rollcall token create ci --scope read --project acme --expires 90d")]
pub struct Create {
    /// What the token is for
    name: String,
    /// What the token allows
    #[arg(long, value_enum)]
    scope: TokenScope,
    /// The only project whose sessions the token may see [default: all sessions]
    #[arg(long, value_name = "PROJECT")]
    project: Option<String>,
    /// How long the token is valid, such as 90d [default: for ever]
    #[arg(long, value_name = "DURATION")]
    expires: Option<Lifetime>,
    #[command(flatten)]
    database: DatabaseArguments,
}

/// The arguments of `token list`.
#[derive(Args)]
#[command(after_help = "Examples:\n  \
    rollcall token list\n  \
    rollcall token list --json --database /var/lib/rollcall/rollcall.db")]
pub struct List {
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    database: DatabaseArguments,
}

/// The arguments of `token revoke`.
#[derive(Args)]
#[command(after_help = "Examples:\n  \
    rollcall token revoke 2f9k1x7q\n  \
    rollcall token revoke 2f9k1x7q --database /var/lib/rollcall/rollcall.db")]
pub struct Revoke {
    /// The id of the token, which `token list` prints
    id: String,
    #[command(flatten)]
    database: DatabaseArguments,
}

/// Runs one of the commands.
#[tokio::main(flavor = "current_thread")]
pub async fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Create(arguments) => create(arguments).await,
        Command::List(arguments) => list(arguments).await,
        Command::Revoke(arguments) => revoke(arguments).await,
    }
}

async fn create(arguments: Create) -> anyhow::Result<()> {
    let Create { name, scope, project, expires, database } = arguments;
    let new = NewToken { name, scope, project_id: project, lifetime: expires };
    let (text, stored) = new.make(Timestamp::now())?;
    let mut file = TokenFile::open(&database.resolve()?).await?;
    file.create(&stored).await?;
    file.close().await?;
    // The token alone goes to standard output, so that a script can take it.
    writeln!(io::stdout(), "{text}")?;
    eprintln!(
        "Token {} has the scope '{scope}' and {}. Keep it now: it is not shown again.",
        stored.id,
        match stored.expires_at {
            Some(end) => format!("expires at {end}"),
            None => "does not expire".to_owned(),
        }
    );
    Ok(())
}

async fn list(arguments: List) -> anyhow::Result<()> {
    let mut file = TokenFile::open(&arguments.database.resolve()?).await?;
    let tokens = file.all().await?;
    file.close().await?;
    if arguments.json {
        let tokens: Vec<Value> = tokens.iter().map(as_json).collect();
        writeln!(io::stdout(), "{:#}", json!({"tokens": tokens}))?;
        return Ok(());
    }
    let mut out = io::stdout().lock();
    writeln!(
        out,
        "{:8}  {:5}  {:8}  {:32}  {:32}  NAME",
        "ID", "SCOPE", "STATE", "CREATED", "LAST USED"
    )?;
    for token in &tokens {
        let used = token.last_used_at.map_or_else(|| "never".to_owned(), |at| at.to_string());
        let StoredToken { id, name, scope, created_at, .. } = token;
        let (scope, state) = (scope.as_str(), state_of(token));
        let project =
            token.project_id.iter().map(|id| format!(" (project {id})")).collect::<String>();
        writeln!(out, "{id:8}  {scope:5}  {state:8}  {created_at}  {used:32}  {name}{project}")?;
    }
    Ok(())
}

async fn revoke(Revoke { id, database }: Revoke) -> anyhow::Result<()> {
    let mut file = TokenFile::open(&database.resolve()?).await?;
    let is_there = file.revoke(&id).await?;
    file.close().await?;
    if !is_there {
        let message =
            format!("there is no token {id}; `rollcall token list` lists those that there are");
        return Err(Failure::new(Exit::NotFound, message).into());
    }
    eprintln!("Token {id} is revoked. A running server refuses it within a second or two.");
    Ok(())
}

fn state_of(token: &StoredToken) -> &'static str {
    match (token.revoked_at, token.expires_at) {
        (Some(_), _) => "revoked",
        (None, Some(end)) if end <= Timestamp::now() => "expired",
        _ => "valid",
    }
}

/// The fields that `GET /api/v1/tokens` has.
fn as_json(token: &StoredToken) -> Value {
    json!({
        "id": token.id,
        "name": token.name,
        "scope": token.scope,
        "project_id": token.project_id,
        "created_at": token.created_at,
        "expires_at": token.expires_at,
        "last_used_at": token.last_used_at,
        "revoked_at": token.revoked_at,
    })
}
