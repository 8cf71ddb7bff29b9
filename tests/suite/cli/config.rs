//! `rollcall config`.

use std::path::PathBuf;
use std::process::{Output, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::rollcall;

async fn config(arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    let mut command = rollcall();
    command.arg("config").args(arguments).envs(variables.iter().copied());
    command.stderr(Stdio::piped()).output().await.unwrap()
}

fn text(output: &Output) -> String {
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(errors, "", "standard error");
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn file(folder: &TempDir, text: &str) -> (PathBuf, String) {
    let path = folder.path().join("rollcall.toml");
    std::fs::write(&path, text).unwrap();
    (path.clone(), path.display().to_string())
}

#[tokio::test]
async fn config_show_prints_value_and_source() {
    let folder = TempDir::new().unwrap();
    let (_, file) = file(&folder, "ping_interval = '5s'\nadmin_token_file = '/no/such/file'\n");
    let flags = ["show", "--config", &file, "--listen", ":8080"];
    let variables = [("ROLLCALL_MAX_NODES", "9")];
    let shown = text(&config(&flags, &variables).await);
    let rows: Vec<Vec<&str>> =
        shown.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(rows[0], ["NAME", "SOURCE", "VALUE"]);
    for row in [
        ["listen", "flag", ":8080"],
        ["max_nodes", "environment", "9"],
        ["ping_interval", "file", "5s"],
        ["ping_timeout", "default", "20s"],
        ["join_key_file", "default", "-"],
        // Files of secrets are not opened.
        ["admin_token_file", "file", "/no/such/file"],
    ] {
        assert!(rows.iter().any(|it| *it == row), "{row:?}: {shown}");
    }
    let as_json = text(&config(&[&flags[..], &["--json"]].concat(), &variables).await);
    let as_json: Value = serde_json::from_str(&as_json).unwrap();
    assert_eq!(as_json["config_file"], file);
    assert_eq!(as_json["settings"].as_array().unwrap().len(), rows.len() - 1);
    assert_eq!(
        as_json["settings"][0],
        json!({"name": "listen", "value": ":8080", "source": "flag", "group": "Network",
               "help": as_json["settings"][0]["help"]})
    );
}

#[tokio::test]
async fn config_check_names_each_wrong_line_and_what_is_right() {
    let folder = TempDir::new().unwrap();
    let (_, file) = file(
        &folder,
        "listen = 'nowhere'\n\npong_interval = '5s'\nping_interval = 5\nmax_nodes = 0\nbody_limit = 1000\n\
         [limits]\nmax_nodes = 3\n",
    );
    let output = config(&["check", "--config", &file], &[]).await;
    assert_eq!(output.status.code(), Some(1));
    let text = text(&output);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 5, "{text}");
    for (line, (number, parts)) in lines.iter().zip([
        (1, vec!["listen", "'nowhere'"]),
        (3, vec!["pong_interval", "nearest one is ping_interval"]),
        (4, vec!["ping_interval", "such as ping_interval = \"20s\""]),
        (5, vec!["max_nodes", "0 is not from 1", "such as max_nodes = 100000"]),
        (7, vec!["limits", "table"]),
    ]) {
        assert!(line.starts_with(&format!("{file}:{number}: ")), "{line}");
        assert!(parts.iter().all(|part| line.contains(part)), "{parts:?}: {line}");
    }
}

#[tokio::test]
async fn config_check_finds_what_a_start_would_find() {
    let folder = TempDir::new().unwrap();
    let short = folder.path().join("short");
    std::fs::write(&short, "short").unwrap();
    let short = short.to_str().unwrap();
    for (arguments, variable, parts) in [
        (
            vec!["--database", "/no/such/folder/rollcall.db"],
            None,
            vec!["--database", "/no/such/folder"],
        ),
        (vec!["--backup-dir", "/no/such/folder"], None, vec!["--backup-dir", "/no/such/folder"]),
        (
            vec!["--admin-token-file", "/no/such/file"],
            None,
            vec!["--admin-token-file", "/no/such/file"],
        ),
        (vec!["--join-key-file", short], None, vec!["--join-key-file", "32"]),
        (vec!["--log-filter", "rollcall=loud"], None, vec!["--log-filter", "rollcall=loud"]),
        (vec!["--config", "/no/such/file"], None, vec!["cannot read", "/no/such/file"]),
        (vec![], Some(("ROLLCALL_DATABSE", "x")), vec!["ROLLCALL_DATABSE", "ROLLCALL_DATABASE"]),
    ] {
        let variables: Vec<_> = variable.into_iter().collect();
        let output = config(&[vec!["check"], arguments.clone()].concat(), &variables).await;
        let text = text(&output);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {text}");
        assert!(parts.iter().all(|part| text.contains(part)), "{arguments:?}: {text}");
    }
    let output = config(&["check", "--body-limit", "1000"], &[]).await;
    assert_eq!(output.status.code(), Some(0));
    assert!(text(&output).starts_with("ok: 1 of "), "{}", text(&output));
}

#[tokio::test]
async fn config_default_is_a_file_that_changes_nothing() {
    let folder = TempDir::new().unwrap();
    let printed = text(&config(&["default"], &[]).await);
    let (path, file) = file(&folder, &printed);
    let settings = async |arguments: &[&str]| {
        let json = text(&config(&[&["show", "--json"], arguments].concat(), &[]).await);
        serde_json::from_str::<Value>(&json).unwrap()["settings"].as_array().unwrap().clone()
    };
    let check = async || config(&["check", "--config", &file], &[]).await.status.code();
    assert_eq!(check().await, Some(0));
    let defaults = settings(&[]).await;
    assert_eq!(settings(&["--config", &file]).await, defaults);

    // With every default as a setting it says the same.
    let has_value = |line: &str| {
        let name = line.strip_prefix('#')?.split_once(" = ")?.0.to_owned();
        let setting = defaults.iter().find(|setting| setting["name"] == name)?;
        (!setting["value"].is_null()).then(|| line[1..].to_owned())
    };
    let lines = printed.lines().map(|line| has_value(line).unwrap_or_else(|| line.to_owned()));
    std::fs::write(&path, lines.collect::<Vec<_>>().join("\n")).unwrap();
    assert_eq!(check().await, Some(0));
    for (given, default) in settings(&["--config", &file]).await.iter().zip(&defaults) {
        assert_eq!(given["value"], default["value"], "{given}");
        let source = if default["value"].is_null() { "default" } else { "file" };
        assert_eq!(given["source"], source, "{given}");
    }
}
