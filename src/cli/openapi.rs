//! `rollcall openapi`.

use anyhow::Context;
use rollcall::http;

use super::output::print;

/// Prints the OpenAPI document.
pub fn run() -> anyhow::Result<()> {
    let mut text = serde_json::to_string_pretty(http::openapi())
        .context("cannot write the OpenAPI document")?;
    text.push('\n');
    print(text.as_bytes())
}
