//! The command line: one module for each command.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue};
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use clap_complete::Shell;
use rollcall::config::ServeArguments;

mod backup;
mod check;
mod completions;
mod config;
mod confirm;
mod event_stream;
mod failure;
mod hangup;
mod healthcheck;
mod help;
mod import;
mod join_token;
mod man;
mod openapi;
mod output;
mod own_address;
mod progress;
mod restore;
mod screen;
mod serve;
mod server;
mod session_view;
mod sessions;
mod sql;
mod systemd;
mod table;
mod token;
mod watch;
mod webhook;

/// Who is in which session, what is in it, and when it may be thrown away.
#[derive(Parser)]
#[command(version, about, args_conflicts_with_subcommands = true)]
#[command(after_help = "Examples:\n  \
    rollcall\n  \
    rollcall sessions list")]
struct CommandLine {
    /// What to do; None starts the server, like `serve`.
    #[command(subcommand)]
    command: Option<Command>,
    /// The settings as flags.
    #[command(flatten)]
    serve: ServeArguments,
}

/// What the program is to do.
#[derive(Subcommand)]
enum Command {
    /// Run the server (the default)
    #[command(after_help = "Examples:\n  \
        rollcall serve\n  \
        rollcall serve --listen 0.0.0.0:8080 --database /var/lib/rollcall/rollcall.db")]
    Serve(Box<ServeArguments>),
    /// Copy the database into one file, also while the server runs
    Backup(backup::BackupArguments),
    /// Put a backup in the place of the database, while no server runs
    Restore(restore::RestoreArguments),
    /// Check a database or a backup, also while the server runs
    Check(check::CheckArguments),
    /// Ask a running server whether it is ready
    Healthcheck(healthcheck::Healthcheck),
    /// List, show, watch and remove the sessions of a running server
    Sessions(sessions::Sessions),
    /// Put the nodes of a JSON or CSV file into a session of a running server
    Import(Box<import::Import>),
    /// Create, list, change, test and remove the webhooks of a running server
    Webhook(webhook::Webhook),
    /// Make a token by which a browser joins one session of a running server
    JoinToken(join_token::JoinToken),
    /// Create, list and revoke service tokens
    #[command(subcommand)]
    Token(token::Command),
    /// Ask the database in SQL, read-only, also while the server runs
    Sql(sql::Sql),
    /// Show, check and print settings
    #[command(subcommand)]
    Config(config::Command),
    /// Print the OpenAPI document
    #[command(after_help = "Examples:\n  \
        rollcall openapi > openapi.json\n  \
        rollcall openapi | jq .paths")]
    Openapi,
    /// Print the script by which a shell completes commands and flags
    #[command(after_help = "Examples:\n  \
        rollcall completions bash > /etc/bash_completion.d/rollcall\n  \
        rollcall completions fish | source")]
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Print the manual page
    #[command(after_help = "Examples:\n  \
        rollcall man | man -l -\n  \
        rollcall man --folder /usr/local/share/man/man1")]
    Man {
        /// Write a page for each command into this folder, and print nothing
        #[arg(long, value_name = "FOLDER")]
        folder: Option<PathBuf>,
    },
}

/// Runs what the arguments and the environment of the process say. If they are wrong, prints what is
/// wrong and exits with status 2.
pub fn run() -> ExitCode {
    let parsed = help::grouped(CommandLine::command())
        .try_get_matches()
        .and_then(|matches| CommandLine::from_arg_matches(&matches));
    let CommandLine { command, serve: arguments } =
        parsed.unwrap_or_else(|failure| with_variable(failure).exit());
    let outcome = match command {
        Some(Command::Check(arguments)) => return status(check::run(arguments)),
        Some(Command::Import(arguments)) => return status(import::run(*arguments)),
        Some(Command::Config(command)) => return status(config::run(command)),
        None => serve::run(arguments),
        Some(Command::Serve(arguments)) => serve::run(*arguments),
        Some(Command::Backup(arguments)) => backup::run(arguments),
        Some(Command::Restore(arguments)) => restore::run(arguments),
        Some(Command::Healthcheck(arguments)) => healthcheck::run(arguments),
        Some(Command::Sessions(arguments)) => sessions::run(arguments),
        Some(Command::Webhook(arguments)) => webhook::run(arguments),
        Some(Command::JoinToken(arguments)) => join_token::run(arguments),
        Some(Command::Token(command)) => token::run(command),
        Some(Command::Sql(arguments)) => sql::run(arguments),
        Some(Command::Openapi) => openapi::run(),
        Some(Command::Completions { shell }) => completions::run(shell, CommandLine::command()),
        Some(Command::Man { folder }) => man::run(CommandLine::command(), folder.as_deref()),
    };
    status(outcome.map(|()| ExitCode::SUCCESS))
}

/// The status of the process; prints the sentence of a failure.
fn status(outcome: anyhow::Result<ExitCode>) -> ExitCode {
    outcome.unwrap_or_else(|cause| {
        output::say(format!("rollcall: {cause:#}"));
        ExitCode::from(failure::exit(&cause) as u8)
    })
}

/// Adds the name of the environment variable that a wrong value comes from; clap names the flag only.
fn with_variable(mut failure: clap::Error) -> clap::Error {
    let text = |kind| failure.get(kind).map(ToString::to_string);
    let (flag, value) = (text(ContextKind::InvalidArg), text(ContextKind::InvalidValue));
    let (Some(flag), Some(value)) = (flag, value) else { return failure };
    let flag = flag.split([' ', '=', '[']).next().unwrap_or_default();
    let name = flag.trim_start_matches('-').replace('-', "_").to_uppercase();
    let name = format!("ROLLCALL_{name}");
    let is_from_flag = std::env::args().any(|argument| argument.split('=').next() == Some(flag));
    if !is_from_flag && std::env::var(&name).is_ok_and(|set| set == value) {
        let tip = format!("the value comes from the environment variable {name}").into();
        failure.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip]));
    }
    failure
}
