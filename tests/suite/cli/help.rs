//! The help of every command, as people read it.

use tempfile::TempDir;

use super::ended;
use crate::docs::markdown::{examples, read};
use crate::support::rollcall;

/// What `--help` of a command prints.
async fn help(command: &[&str]) -> String {
    let mut program = rollcall();
    // A terminal on which no example is wrapped.
    program.args(command).arg("--help").env("COLUMNS", "200");
    ended(program).await.out()
}

/// All commands, each as its words: those that have commands below them as well. They are the names of the
/// manual pages.
pub async fn commands() -> Vec<Vec<String>> {
    let folder = TempDir::new().unwrap();
    let mut program = rollcall();
    program.arg("man").arg("--folder").arg(folder.path());
    ended(program).await.out();
    let pages = std::fs::read_dir(folder.path()).unwrap();
    let names = pages.map(|page| page.unwrap().file_name().into_string().unwrap());
    let names: Vec<String> = names.map(|name| name.trim_end_matches(".1").to_owned()).collect();
    // `rollcall-join-token` is one command: there is no page `rollcall-join`.
    let split = |name: &String| {
        let mut words: Vec<String> = Vec::new();
        let (mut path, mut word) = ("rollcall".to_owned(), String::new());
        for part in name.split('-').skip(1) {
            word = if word.is_empty() { part.to_owned() } else { format!("{word}-{part}") };
            if names.contains(&format!("{path}-{word}")) {
                path = format!("{path}-{word}");
                words.push(std::mem::take(&mut word));
            }
        }
        words
    };
    names.iter().map(split).filter(|words| !words.contains(&"help".to_owned())).collect()
}

#[tokio::test]
async fn help_of_each_command_has_a_line_and_two_examples() {
    let commands = commands().await;
    assert!(commands.iter().any(|words| words == &["sessions", "cleanup"]), "{commands:?}");
    assert!(commands.iter().any(|words| words == &["join-token"]), "{commands:?}");
    for words in &commands {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let text = help(&words).await;
        let first = text.lines().next().unwrap();
        assert!(!first.is_empty() && !first.starts_with("Usage"), "{words:?}: {text}");
        if text.contains("\nCommands:\n") {
            continue;
        }
        let examples =
            text.split("\nExamples:\n").nth(1).unwrap_or_else(|| panic!("{words:?}: {text}"));
        let begin = format!("  {}", [&["rollcall"], &words[..]].concat().join(" "));
        assert_eq!(examples.lines().count(), 2, "{words:?}: {examples}");
        assert!(examples.lines().next().unwrap().starts_with(&begin), "{words:?}: {examples}");
    }
}

#[tokio::test]
async fn help_of_the_program_has_every_command_in_one_group() {
    let text = help(&[]).await;
    for group in ["\nRun:\n", "\nLook and act:\n", "\nFile:\n", "\nOther:\n", "\nOptions:\n"] {
        assert_eq!(text.matches(group).count(), 1, "{group}: {text}");
    }
    for words in commands().await.iter().filter(|words| words.len() == 1) {
        assert_eq!(text.matches(&format!("\n  {} ", words[0])).count(), 1, "{words:?}: {text}");
    }
}

#[tokio::test]
async fn options_about_the_server_stand_under_their_heading() {
    for command in [["sessions", "list"], ["webhook", "replay"], ["join-token", "--help"]] {
        let text = help(&command).await;
        let server = text.split("\nServer:\n").nth(1).unwrap_or_else(|| panic!("{text}"));
        assert!(server.contains("--server <URL>") && server.contains("ROLLCALL_TOKEN"), "{text}");
        assert!(server.contains("\nOutput:\n"), "{text}");
    }
}

#[tokio::test]
async fn page_of_the_command_line_uses_every_command() {
    // What these print is no example for people.
    let long = ["serve", "openapi", "completions", "man"];
    let examples = examples(&read("docs/command-line.md"));
    let used: String = examples.iter().map(|example| format!("{}\n", example.commands)).collect();
    let commands = commands().await;
    let is_group = |words: &Vec<String>| {
        commands.iter().any(|other| other.len() > words.len() && other.starts_with(words))
    };
    for words in commands.iter().filter(|words| !is_group(words)) {
        let command = format!("rollcall {}", words.join(" "));
        let is_used =
            used.contains(&format!("{command} ")) || used.contains(&format!("{command}\n"));
        assert!(is_used || long.contains(&words[0].as_str()), "{command} has no example");
    }
}
