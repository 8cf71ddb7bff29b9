//! The commands beside the server: what packages take from the program.

use std::path::Path;
use std::process::Stdio;

use tempfile::TempDir;
use tokio::process::Command;

use crate::support::rollcall;

/// What the program prints.
async fn printed(arguments: &[&str]) -> String {
    let output = rollcall().args(arguments).stderr(Stdio::piped()).output().await.unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && errors.is_empty(), "{arguments:?}: {errors}");
    String::from_utf8(output.stdout).unwrap()
}

/// What the tool says of the file; None where this machine lacks the tool.
async fn complaints(tool: &str, arguments: &[&str], file: &Path) -> Option<String> {
    let output = Command::new(tool).args(arguments).arg(file).output().await.ok()?;
    let errors = String::from_utf8(output.stderr).unwrap();
    Some(if output.status.success() { errors } else { format!("{}: {errors}", output.status) })
}

#[tokio::test]
async fn completions_are_scripts_that_their_shells_accept() {
    let folder = TempDir::new().unwrap();
    for shell in ["bash", "zsh", "fish"] {
        let script = printed(&["completions", shell]).await;
        for word in ["serve", "completions", "cleanup-interval"] {
            assert!(script.contains(word), "{shell}: no {word}");
        }
        let file = folder.path().join(shell);
        std::fs::write(&file, script).unwrap();
        let complaints = complaints(shell, &["-n"], &file).await.unwrap_or_default();
        assert_eq!(complaints, "", "{shell}");
    }
}

#[tokio::test]
async fn man_pages_have_every_command_and_setting() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().display().to_string();
    assert_eq!(printed(&["man", "--folder", &path]).await, "");
    let page = std::fs::read_to_string(folder.path().join("rollcall.1")).unwrap();
    assert!(page == printed(&["man"]).await, "the printed page is another one");
    for text in ["rollcall\\-openapi", "\\-\\-cleanup\\-interval", "ROLLCALL_CLEANUP_INTERVAL"] {
        assert!(page.contains(text), "no {text}");
    }
    assert!(folder.path().join("rollcall-serve.1").exists());
    for page in std::fs::read_dir(folder.path()).unwrap() {
        let arguments = ["-man", "-ww", "-z", "-Tutf8"];
        let complaints = complaints("groff", &arguments, &page.unwrap().path()).await;
        assert_eq!(complaints.unwrap_or_default(), "");
    }
}

#[tokio::test]
async fn folder_that_does_not_exist_is_named() {
    let mut program = rollcall();
    program.args(["man", "--folder", "/no/such/folder"]).stderr(Stdio::piped());
    let output = program.output().await.unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(text.starts_with("rollcall: cannot write the manual pages into /no/such/folder"));
}
