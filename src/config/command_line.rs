//! How flags, the environment and the TOML file become a [`Config`].

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Parser;

use super::credentials::Credentials;
use super::effective::Config;
use super::settings::Settings;

/// The arguments of `rollcall serve`, which `rollcall` alone takes as well.
#[derive(Clone, Parser)]
pub struct ServeArguments {
    /// Read settings from this TOML file; flags and the environment override it
    #[arg(long, value_name = "FILE", env = "ROLLCALL_CONFIG")]
    config: Option<PathBuf>,
    #[command(flatten)]
    settings: Settings,
}

/// The arguments of commands that work on the database file.
#[derive(Parser)]
pub struct DatabaseArguments {
    /// Read the name of the database from this TOML file, as the server does
    #[arg(long, value_name = "FILE", env = "ROLLCALL_CONFIG")]
    config: Option<PathBuf>,
    /// The SQLite file [default: rollcall.db]
    #[arg(long, value_name = "FILE", env = "ROLLCALL_DATABASE")]
    database: Option<PathBuf>,
}

impl DatabaseArguments {
    /// The path of the database. Fails if the TOML file can't be read or has a wrong setting.
    pub fn resolve(self) -> anyhow::Result<PathBuf> {
        let mut config = Config::default();
        if let Some(path) = &self.config {
            read(path)?.apply(&mut config);
        }
        Ok(self.database.unwrap_or(config.database))
    }
}

impl ServeArguments {
    /// Reads the TOML file, if one is given, and merges all settings. Fails if the file can't be read, or
    /// has a setting that is unknown or wrong; the error names the file and the setting.
    pub fn resolve(self) -> anyhow::Result<Config> {
        let mut config = Config::default();
        if let Some(path) = &self.config {
            read(path)?.apply(&mut config);
        }
        self.settings.apply(&mut config);
        config.credentials = Credentials::read(&config.credential_files)?;
        Ok(config)
    }
}

fn read(path: &Path) -> anyhow::Result<Settings> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("cannot read the settings in {}", path.display()))?;
    toml::from_str(&text).with_context(|| format!("a setting in {} is wrong", path.display()))
}
