//! A machine that has no certificates of authorities, such as a small container.

use std::process::Stdio;

use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};

use crate::support::{PATIENCE, rollcall};

#[tokio::test]
async fn server_starts_without_certificates_of_authorities() {
    let folder = TempDir::new().unwrap();
    let mut command = rollcall();
    command
        .args(["--listen", "127.0.0.1:0", "--database"])
        .arg(folder.path().join("test.db"))
        .env("SSL_CERT_FILE", "/dev/null")
        .env("SSL_CERT_DIR", folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true);
    let mut child = command.spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let line = tokio::time::timeout(PATIENCE, lines.next_line()).await.unwrap().unwrap();
    assert!(line.is_some_and(|line| line.contains("listens on")), "it has ended");
}
