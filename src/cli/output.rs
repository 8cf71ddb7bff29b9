//! What a command prints on standard output.

use std::io::{ErrorKind, Write};

use anyhow::Context;

/// Prints the bytes. It is no failure when the reader has closed the pipe, as `head` does.
pub fn print(bytes: &[u8]) -> anyhow::Result<()> {
    match std::io::stdout().write_all(bytes) {
        Err(cause) if cause.kind() == ErrorKind::BrokenPipe => Ok(()),
        outcome => outcome.context("cannot write to standard output"),
    }
}
