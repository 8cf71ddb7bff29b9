//! Keeping the data: the epoch, backups and their restore, the check of a file.

mod backup;
mod backup_files;
mod backup_kills;
mod check;
mod epoch;
mod free_pages;
mod removed_sessions;
mod restore;
mod restored_live;
mod restored_property;

use std::ffi::OsStr;
use std::path::Path;
use std::process::Output;

use tokio::time::timeout;

use crate::support::{PATIENCE, rollcall};

/// The output of the program with these arguments.
async fn output(arguments: &[&OsStr]) -> Output {
    let mut command = rollcall();
    command.args(arguments).stderr(std::process::Stdio::piped());
    timeout(PATIENCE, command.output()).await.expect("it does not end").unwrap()
}

/// What the program prints when it succeeds.
async fn succeed(arguments: &[&OsStr]) -> String {
    let output = output(arguments).await;
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    assert!(output.stderr.is_empty(), "nothing but a terminal sees the progress: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// The sentence with which the program fails with status 1.
async fn fail(arguments: &[&OsStr]) -> String {
    let output = output(arguments).await;
    assert_eq!(output.status.code(), Some(1), "{arguments:?}: {output:?}");
    assert!(output.stdout.is_empty(), "{output:?}");
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.starts_with("rollcall: ") && !text.contains("panicked"), "{text}");
    text
}

/// The arguments of a backup.
fn back_up<'a>(database: &'a Path, target: &'a Path) -> [&'a OsStr; 4] {
    ["backup".as_ref(), target.as_os_str(), "--database".as_ref(), database.as_os_str()]
}

/// The arguments of a restore.
fn restore<'a>(backup: &'a Path, database: &'a Path) -> [&'a OsStr; 4] {
    ["restore".as_ref(), backup.as_os_str(), "--database".as_ref(), database.as_os_str()]
}

/// The names in a folder that begin with `start`, sorted.
fn names(folder: &Path, start: &str) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.filter(|name| name.starts_with(start)).collect();
    names.sort();
    names
}
