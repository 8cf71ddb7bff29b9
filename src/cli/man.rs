//! `rollcall man`.

use std::path::Path;

use anyhow::Context;
use clap_mangen::{Man, generate_to};

use super::output::print;

/// Prints the manual page of `program`, or writes a page for it and for each of its commands into a folder.
pub fn run(program: clap::Command, folder: Option<&Path>) -> anyhow::Result<()> {
    if let Some(folder) = folder {
        return generate_to(program, folder)
            .with_context(|| format!("cannot write the manual pages into {}", folder.display()));
    }
    let mut page = Vec::new();
    Man::new(program.disable_help_subcommand(true))
        .render(&mut page)
        .context("cannot write the manual page")?;
    print(&page)
}
