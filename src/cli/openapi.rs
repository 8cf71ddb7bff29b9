//! `rollcall openapi`.

use std::io::{ErrorKind, Write};

use anyhow::Context;
use rollcall::http;

/// Prints the OpenAPI document.
pub fn run() -> anyhow::Result<()> {
    let text = serde_json::to_string_pretty(http::openapi())
        .context("cannot write the OpenAPI document")?;
    match writeln!(std::io::stdout(), "{text}") {
        // The reader has closed the pipe, as `head` does.
        Err(cause) if cause.kind() == ErrorKind::BrokenPipe => Ok(()),
        outcome => outcome.context("cannot write the OpenAPI document"),
    }
}
