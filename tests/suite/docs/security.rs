//! docs/security.md names tests that exist, and commands that work.

use std::process::Command;

use tempfile::TempDir;

use super::markdown::{path, read};
use crate::support::binary;

/// All sources below a folder in one text.
fn sources(folder: &str) -> String {
    let mut text = String::new();
    let mut folders = vec![path(folder)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => folders.push(path),
                false if path.extension().is_some_and(|end| end == "rs") => {
                    text += &std::fs::read_to_string(path).unwrap();
                }
                false => {}
            }
        }
    }
    text
}

#[test]
fn security_page_names_tests_that_exist() {
    let page = read("docs/security.md");
    let sources = [sources("tests/suite"), sources("src")].concat();
    let rows = page.lines().skip_while(|line| !line.starts_with("## Threats"));
    let cells = rows.filter(|row| row.starts_with('|')).filter_map(|row| row.split('|').nth(4));
    let names: Vec<&str> = cells.flat_map(|cell| cell.split('`').skip(1).step_by(2)).collect();
    assert!(names.len() > 15, "{names:?}");
    for name in names {
        assert!(sources.contains(&format!("fn {name}()")), "there is no test {name}");
    }
}

#[test]
fn security_page_has_commands_that_work() {
    let folder = TempDir::new().unwrap();
    let page = read("docs/security.md");
    let commands: Vec<&str> =
        page.lines().filter(|line| line.starts_with("rollcall token ")).collect();
    assert_eq!(commands.len(), 3, "{commands:?}");
    let mut token = String::new();
    for command in commands {
        let words = command.split(' ').skip(1);
        // The id in the page is that of no token.
        let words = words.map(|word| match word {
            "4kq2zhw7" => token.split('_').nth(1).unwrap().to_owned(),
            word => word.to_owned(),
        });
        let words: Vec<String> = words.collect();
        let output = Command::new(binary()).args(&words).current_dir(&folder).output().unwrap();
        assert!(output.status.success(), "{command}: {}", String::from_utf8_lossy(&output.stderr));
        if words[1] == "create" {
            token = String::from_utf8(output.stdout).unwrap();
        }
    }
}
