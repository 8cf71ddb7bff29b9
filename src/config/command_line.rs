//! The command line, and how its settings, the environment and the TOML file become a [`Config`].

use std::path::PathBuf;

use anyhow::Context;
use clap::error::{ContextKind, ContextValue};
use clap::{Args, Parser, Subcommand};

use super::effective::Config;
use super::settings::Settings;

/// Who is in which session, what is in it, and when it may be thrown away.
#[derive(Parser)]
#[command(version, about, args_conflicts_with_subcommands = true)]
pub struct CommandLine {
    /// What to do; None starts the server, like `serve`.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// The settings as flags.
    #[command(flatten)]
    pub serve: ServeArguments,
}

impl CommandLine {
    /// Parses the arguments and the environment of the process. If they are wrong, prints what is wrong
    /// and exits with status 2.
    pub fn read() -> Self {
        Self::try_parse().unwrap_or_else(|failure| with_variable(failure).exit())
    }
}

/// Adds the name of the environment variable that a wrong value comes from; clap names the flag only.
fn with_variable(mut failure: clap::Error) -> clap::Error {
    let text = |kind| failure.get(kind).map(ToString::to_string);
    let (flag, value) = (text(ContextKind::InvalidArg), text(ContextKind::InvalidValue));
    let (Some(flag), Some(value)) = (flag, value) else { return failure };
    let flag = flag.split([' ', '=']).next().unwrap_or_default();
    let name = flag.trim_start_matches('-').replace('-', "_").to_uppercase();
    let name = format!("ROLLCALL_{name}");
    let is_from_flag = std::env::args().any(|argument| argument.split('=').next() == Some(flag));
    if !is_from_flag && std::env::var(&name).is_ok_and(|set| set == value) {
        let tip = format!("the value comes from the environment variable {name}").into();
        failure.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip]));
    }
    failure
}

/// What the program is to do.
#[derive(Subcommand)]
pub enum Command {
    /// Run the server (the default)
    Serve(Box<ServeArguments>),
    /// Print the OpenAPI document
    Openapi,
}

/// The arguments of `rollcall serve`, which `rollcall` alone takes as well.
#[derive(Args)]
pub struct ServeArguments {
    /// Read settings from this TOML file; flags and the environment override it
    #[arg(long, value_name = "FILE", env = "ROLLCALL_CONFIG")]
    config: Option<PathBuf>,
    #[command(flatten)]
    settings: Settings,
}

impl ServeArguments {
    /// Reads the TOML file, if one is given, and merges all settings. Fails if the file can't be read, or
    /// has a setting that is unknown or wrong; the error names the file and the setting.
    pub fn resolve(self) -> anyhow::Result<Config> {
        let mut config = Config::default();
        if let Some(path) = &self.config {
            let text = std::fs::read_to_string(path)
                .with_context(|| format!("cannot read the settings in {}", path.display()))?;
            let file: Settings = toml::from_str(&text)
                .with_context(|| format!("a setting in {} is wrong", path.display()))?;
            file.apply(&mut config);
        }
        self.settings.apply(&mut config);
        Ok(config)
    }
}
