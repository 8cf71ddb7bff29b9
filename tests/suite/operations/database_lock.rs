//! One server for a file, by whatever path, and the rules for that path.

use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;

use serde_json::json;
use tempfile::TempDir;
use tokio::time::timeout;

use crate::support::{Binary, PATIENCE, rollcall, start_error};

#[cfg(target_os = "linux")]
#[tokio::test]
async fn second_server_by_a_hard_link_is_refused() {
    let first = Binary::start(&["--cleanup-interval", "off"]).await;
    let api = first.api();
    let id = api.create(json!({})).await;
    let mut ws = first.ws().await;
    ws.join(&id).await;
    let elsewhere = TempDir::new_in(first.folder.path()).unwrap();
    let link = elsewhere.path().join("link.db");
    std::fs::hard_link(first.database(), &link).unwrap();
    let text = start_error(&link).await;
    assert!(text.contains("belongs to a rollcall that is running"), "{text}");
    assert!(text.contains("link.db"), "{text}");
    assert_eq!(std::fs::read_dir(elsewhere.path()).unwrap().count(), 1, "nothing lies beside it");
    assert_eq!(ws.leave(&id).await["active_clients"], 0);
    assert_eq!(api.get(&format!("/sessions/{id}")).await["seq"], 2);
}

#[tokio::test]
async fn database_uri_is_refused_and_creates_no_file() {
    let folder = TempDir::new().unwrap();
    for name in [
        "file:test.db",
        "file:test.db?nolock=1",
        "file:test.db?vfs=unix-none",
        "file:///tmp/test.db",
        "sqlite:test.db",
        ":memory:",
        "",
    ] {
        let output = rollcall()
            .current_dir(folder.path())
            .args(["--listen", "127.0.0.1:0", "--database", name])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .output();
        let output = timeout(PATIENCE, output).await.expect("it does not start").unwrap();
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success(), "{name}: {text}");
        assert!(text.contains("--database") && text.contains(name), "{name}: {text}");
        assert_eq!(String::from_utf8_lossy(&output.stdout), "", "{name} is served");
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn database_path_with_uri_characters_is_that_file() {
    for name in ["file:x.db", "a?b#c%41.db", "x.db?mode=memory"] {
        let folder = TempDir::new().unwrap();
        let mut command = rollcall();
        command.current_dir(folder.path());
        let server = Binary::launch_at(command, folder, &format!("./{name}")).await;
        server.api().create(json!({})).await;
        assert!(server.folder.path().join(name).metadata().unwrap().len() > 0, "{name}");
    }
}

#[tokio::test]
async fn new_database_is_readable_for_its_owner_only() {
    let server = Binary::start(&[]).await;
    server.api().create(json!({})).await;
    for end in ["", "-wal", "-shm"] {
        let mut path = server.database().into_os_string();
        path.push(end);
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{path:?}");
    }
}
