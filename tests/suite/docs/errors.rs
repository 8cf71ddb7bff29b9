//! docs/errors.md has the codes of errors, and those of the ends of connections, as the program has them.

use std::process::Command;

use serde_json::Value;

use super::markdown::read;
use crate::support::binary;

/// The fields of an entry as a row of a table. Names are shown as code, numbers as they are.
fn row(entry: &Value, fields: &[&str]) -> String {
    let cells = fields.iter().map(|field| match &entry[field] {
        Value::String(text) if *field == "code" => format!("`{text}`"),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    });
    format!("| {} |", cells.collect::<Vec<_>>().join(" | "))
}

#[test]
fn errors_page_has_the_codes_that_the_program_prints() {
    let output = Command::new(binary()).arg("openapi").output().unwrap();
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    let codes = &document["components"]["schemas"]["ErrorDetail"]["properties"]["code"]["x-codes"];
    let closes = &document["paths"]["/api/v1/ws"]["get"]["x-close-codes"];
    let codes = codes.as_array().unwrap().iter();
    let closes = closes.as_array().unwrap().iter();
    let printed: Vec<String> = codes
        .map(|code| row(code, &["code", "status", "when", "remedy"]))
        .chain(closes.map(|close| row(close, &["code", "when", "remedy"])))
        .collect();
    assert!(printed.len() > 30, "{printed:?}");

    let page = read("docs/errors.md");
    let is_entry =
        |line: &&str| line.starts_with("| `") || line.starts_with("| 1") || line.starts_with("| 4");
    let shown: Vec<&str> = page.lines().filter(is_entry).collect();
    let printed = printed.join("\n");
    assert_eq!(shown.join("\n"), printed, "docs/errors.md must have these rows:\n{printed}");
}
