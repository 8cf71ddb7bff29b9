//! The commands of the documents, run as they are written.

use super::markdown::{examples, indented_commands, read};
use super::shell::Shell;

/// Waits for the server of the quick start.
const UNTIL_READY: &str =
    "curl -s -o /dev/null --retry 60 --retry-delay 1 --retry-connrefused http://127.0.0.1:5000/";

#[test]
fn readme_run_command_and_quick_start_work() {
    let readme = read("README.md");
    let Some(shell) = Shell::new(false) else { return };
    let run = &indented_commands(&readme)[0];
    assert!(run.starts_with("cargo run"), "{run}");
    let start = format!("{run} > server.log 2>&1 & server=$!\n{UNTIL_READY}");
    shell.check(&start, &examples(&readme), "kill $server; wait $server");
}

/// Starts a server as a reader has it before these pages.
fn running_server() -> String {
    format!("cargo run > server.log 2>&1 & server=$!\n{UNTIL_READY}")
}

#[test]
fn start_page_and_languages_page_have_commands_that_work() {
    for page in ["docs/start.md", "docs/languages.md"] {
        let Some(shell) = Shell::new(false) else { return };
        let examples = examples(&read(page));
        assert!(!examples.is_empty(), "{page}");
        shell.check(&running_server(), &examples, "kill $server; wait $server");
    }
}

#[test]
fn access_page_has_commands_that_work() {
    let Some(shell) = Shell::new(false) else { return };
    let mut examples = examples(&read("docs/access.md"));
    assert_eq!(examples.len(), 3);
    // A running server notices the first token after a while.
    let until_closed = "until curl -s http://127.0.0.1:5000/api/v1/sessions | grep -q UNAUTHORIZED; \
                        do sleep 0.1; done";
    examples[0].commands += &format!("\n{until_closed}");
    shell.check(&running_server(), &examples, "kill $server; wait $server");
}

#[test]
fn webhooks_page_has_commands_that_work() {
    let Some(shell) = Shell::new(false) else { return };
    let end = "grep -q whsec_ created.json || exit 1; kill $server; wait $server";
    let mut examples = examples(&read("docs/webhooks.md"));
    assert_eq!(examples.len(), 2);
    examples[0].commands += " > created.json";
    shell.check(&running_server(), &examples, end);
}

#[test]
fn readme_commands_are_those_of_the_ci() {
    let ci = [read(".ci/run"), read(".ci/readme")].join("\n");
    for command in indented_commands(&read("README.md")) {
        let is_run = ci.lines().any(|line| {
            let words: Vec<&str> = line.split(' ').skip_while(|word| word.contains('=')).collect();
            words.join(" ").starts_with(&command)
        });
        assert!(is_run, "{command} stands in README.md, and .ci/ does not run it");
    }
}

#[test]
fn walkthrough_works_from_its_first_block_to_its_last() {
    let Some(shell) = Shell::new(true) else { return };
    shell.check("", &examples(&read("docs/walkthrough.md")), "");
}

#[test]
fn migration_page_shows_what_its_command_prints() {
    let Some(shell) = Shell::new(false) else { return };
    shell.check("", &examples(&read("docs/migrating.md")), "");
}

#[test]
fn command_line_page_shows_what_its_commands_print() {
    let Some(shell) = Shell::new(false) else { return };
    let end = "kill $server; wait $server";
    shell.check(&running_server(), &examples(&read("docs/command-line.md")), end);
}
