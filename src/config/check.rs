//! What would keep a server from starting with such settings, as far as that shows without a start.

use std::path::Path;

use super::command_line::ServeArguments;
use super::credentials::Credentials;
use super::effective::Config;
use super::environment::reject_unknown_variables;
use super::file;

impl ServeArguments {
    /// Checks the settings. Fails with a sentence for each mistake; those of the TOML file begin with the file
    /// and the line.
    pub fn check(self) -> Result<Config, Vec<String>> {
        let mut mistakes = sentence(reject_unknown_variables(std::env::vars_os()));
        if let Some(path) = self.config_file() {
            match file::read_text(path).map(|text| file::parse(&text)) {
                Ok(Ok(_)) => {}
                Ok(Err(wrong)) => mistakes.extend(
                    wrong
                        .iter()
                        .map(|it| format!("{}:{}: {}", path.display(), it.line, it.message)),
                ),
                Err(cause) => mistakes.extend(sentence(Err(cause))),
            }
        }
        // Fails only for the reasons that are already among the mistakes.
        let Ok(config) = self.merge() else { return Err(mistakes) };
        mistakes.extend(missing_folders(&config));
        mistakes.extend(sentence(Credentials::read(&config.credential_files).map(drop)));
        if mistakes.is_empty() { Ok(config) } else { Err(mistakes) }
    }
}

fn sentence(outcome: anyhow::Result<()>) -> Vec<String> {
    outcome.err().map(|cause| format!("{cause:#}")).into_iter().collect()
}

/// A sentence for each folder that the settings name and that does not exist.
fn missing_folders(config: &Config) -> Vec<String> {
    let database = std::path::absolute(&config.database).unwrap_or_default();
    let folders =
        [("--database", database.parent()), ("--backup-dir", config.backup_dir.as_deref())];
    let missing = |(flag, folder): (&str, Option<&Path>)| {
        let folder = folder.filter(|folder| !folder.is_dir())?;
        Some(format!("{flag}: there is no folder {}; make it, or name another", folder.display()))
    };
    folders.into_iter().filter_map(missing).collect()
}
