//! Questions before something is removed.

use std::io::{IsTerminal, Write, stderr, stdin};

use clap::Args;

use super::failure::{Exit, Failure};

/// Whether to ask before something is removed.
#[derive(Args)]
pub struct Confirm {
    /// Do not ask. Where nobody can be asked, as in a script, this is needed
    #[arg(long, short)]
    yes: bool,
}

impl Confirm {
    /// Whether somebody is to be asked. Fails if that is needed and there is no terminal.
    pub fn asks(&self) -> Result<bool, Failure> {
        if self.yes {
            return Ok(false);
        }
        if stdin().is_terminal() && stderr().is_terminal() {
            return Ok(true);
        }
        let message = "there is no terminal to ask on; say --yes if this is to be done";
        Err(Failure::new(Exit::Usage, message))
    }
}

/// Asks. Fails unless the answer is yes.
pub fn ask(question: &str) -> anyhow::Result<()> {
    let mut terminal = stderr();
    write!(terminal, "{question} [y/N] ")?;
    terminal.flush()?;
    let mut answer = String::new();
    stdin().read_line(&mut answer)?;
    match answer.trim().to_ascii_lowercase().as_str() {
        "y" | "yes" => Ok(()),
        _ => Err(Failure::new(Exit::Failed, "nothing was removed").into()),
    }
}

/// The number with the noun: `1 session`, `2 sessions`.
pub fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}
