//! `rollcall completions`.

use clap_complete::{Shell, generate};

use super::output::print;

/// Prints the script that completes the commands and flags of `program` in a shell.
pub fn run(shell: Shell, mut program: clap::Command) -> anyhow::Result<()> {
    let mut script = Vec::new();
    let name = program.get_name().to_owned();
    generate(shell, &mut program, name, &mut script);
    print(&script)
}
