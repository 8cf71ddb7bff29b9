//! docs/errors.md has the codes of errors as the program has them.

use std::process::Command;

use serde_json::Value;

use super::markdown::read;
use crate::support::binary;

#[test]
fn errors_page_has_the_codes_that_the_program_prints() {
    let output = Command::new(binary()).arg("openapi").output().unwrap();
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    let codes = document["components"]["schemas"]["ErrorDetail"]["properties"]["code"]["x-codes"]
        .as_array()
        .unwrap();
    assert!(codes.len() > 20, "{codes:?}");
    let rows = codes.iter().map(|code| {
        let text = |field: &str| code[field].as_str().unwrap();
        format!(
            "| `{}` | {} | {} | {} |",
            text("code"),
            code["status"],
            text("when"),
            text("remedy")
        )
    });
    let printed = rows.collect::<Vec<_>>().join("\n");
    let page = read("docs/errors.md");
    let shown: Vec<&str> = page.lines().filter(|line| line.starts_with("| `")).collect();
    assert_eq!(shown.join("\n"), printed, "docs/errors.md must have these rows:\n{printed}");
}
