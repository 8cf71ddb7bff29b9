//! `rollcall config`: the settings, without a start of the server.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use rollcall::config::{ServeArguments, Source, commented_file, tables};
use rollcall::telemetry::check_filter;
use serde_json::json;

use super::output::print;
use super::server::print_lines;
use super::table::{Table, escaped};

/// What to do with the settings.
#[derive(Subcommand)]
pub enum Command {
    /// Print each setting with its value and where it comes from
    #[command(after_help = "Examples:\n  \
        rollcall config show --config /etc/rollcall/rollcall.toml\n  \
        rollcall config show --json")]
    Show(Box<Show>),
    /// Check the settings, and print what is wrong
    #[command(after_help = "Examples:\n  \
        rollcall config check --config /etc/rollcall/rollcall.toml\n  \
        rollcall config check --listen :8080 --database /var/lib/rollcall/rollcall.db")]
    Check(Box<ServeArguments>),
    /// Print a settings file with every default as a comment
    #[command(after_help = "Examples:\n  \
        rollcall config default\n  \
        rollcall config default > rollcall.toml")]
    Default,
    /// Print the tables of docs/settings.md
    #[command(hide = true)]
    Reference,
}

/// The arguments of `config show`.
#[derive(Args)]
pub struct Show {
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    settings: ServeArguments,
}

/// Runs one of the commands.
pub fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Show(arguments) => show(*arguments),
        Command::Check(arguments) => check(*arguments),
        Command::Default => done(&commented_file()),
        Command::Reference => done(&tables()),
    }
}

fn done(text: &str) -> anyhow::Result<ExitCode> {
    print(text.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

fn show(arguments: Show) -> anyhow::Result<ExitCode> {
    let config = arguments.settings.merge()?;
    if arguments.json {
        let report = json!({"config_file": config.file, "settings": config.given});
        return done(&format!("{report:#}\n"));
    }
    let mut table = Table::new(["NAME", "SOURCE", "VALUE"]);
    for setting in config.given {
        let value = setting.value.unwrap_or_else(|| "-".to_owned());
        table.add([setting.name, word(setting.source).to_owned(), escaped(&value)]);
    }
    print_lines(&table.lines())?;
    Ok(ExitCode::SUCCESS)
}

fn word(source: Source) -> &'static str {
    match source {
        Source::Default => "default",
        Source::File => "file",
        Source::Environment => "environment",
        Source::Flag => "flag",
    }
}

/// The status is 0 if nothing is wrong.
fn check(arguments: ServeArguments) -> anyhow::Result<ExitCode> {
    let checked = arguments.check().and_then(|config| {
        check_filter(&config.log_filter).map_err(|cause| vec![format!("{cause:#}")])?;
        Ok(config.given)
    });
    let (text, status) = match checked {
        Ok(given) => {
            let changed = given.iter().filter(|it| it.source != Source::Default).count();
            let text = format!("ok: {changed} of {} settings are given\n", given.len());
            (text, ExitCode::SUCCESS)
        }
        Err(mistakes) => (mistakes.join("\n") + "\n", ExitCode::FAILURE),
    };
    print(text.as_bytes())?;
    Ok(status)
}
