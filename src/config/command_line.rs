//! How flags, the environment and the TOML file become a [`Config`].

use std::path::PathBuf;

use anyhow::Context;
use clap::Parser;

use super::effective::Config;
use super::settings::Settings;

/// The arguments of `rollcall serve`, which `rollcall` alone takes as well.
#[derive(Parser)]
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
