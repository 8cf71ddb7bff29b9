//! A small disk that fills up and is freed: reads go on, a start succeeds, nothing answered is lost.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::evidence::{WRONG, check_file};
use crate::support::board::{Board, node_id};
use crate::support::{Binary, eventually, number};

const SIZE: &str = "size=64m";
/// What is taken away to free the disk. What it leaves is enough for a server that is ready, and for some
/// hundred nodes.
const BALLAST: usize = 52 * 1024 * 1024;

/// A file system of its own in memory, for as long as this lives.
struct SmallDisk(PathBuf);

impl SmallDisk {
    /// None where this process may not mount one.
    fn mount(folder: &Path) -> Option<Self> {
        let folder = folder.to_owned();
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", SIZE, "tmpfs"]).arg(&folder);
        let is_mounted = mount.output().is_ok_and(|done| done.status.success());
        is_mounted.then(|| Self(folder))
    }

    /// Takes what room is left.
    fn fill(&self) {
        let mut rest = std::fs::File::create(self.0.join("rest")).unwrap();
        while rest.write_all(&[0; 512]).is_ok() {}
    }

    fn free(&self) {
        std::fs::remove_file(self.0.join("rest")).unwrap();
        std::fs::remove_file(self.0.join("ballast")).unwrap();
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazily: the server may not have ended yet.
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

/// Creates nodes until one is refused; those that were answered.
async fn create_until_refused(board: &Board, first: u32) -> Vec<String> {
    let mut created = Vec::new();
    for number in first..first + 100_000 {
        let data = json!({"blueprint_type_id": "t", "node_id": node_id(number),
                          "properties": {"filler": "x".repeat(4000)}});
        let command = json!({"command_type": "CreateNode", "data": data});
        let (status, answer) = board.call(Method::POST, "/commands", command).await;
        match status.as_u16() {
            200 => created.push(node_id(number)),
            503 => {
                assert_eq!(answer["error"]["code"], "UNAVAILABLE", "{answer}");
                return created;
            }
            _ => panic!("{status} {answer}"),
        }
    }
    panic!("the disk was never full");
}

async fn check_reads(board: &Board, created: &[String]) {
    let graph = board.get("/graph").await;
    let there: Vec<&Value> =
        graph["nodes"].as_array().unwrap().iter().map(|node| &node["id"]).collect();
    for node in created {
        assert!(there.iter().any(|id| *id == node), "{node} was answered");
    }
    assert_eq!(board.get("").await["node_count"], there.len());
    board.get("/events?limit=10").await;
    board.get("/commands?limit=10").await;
    assert_eq!(board.api.get("/health").await["status"], "ok");
}

async fn is_ready(board: &Board) -> bool {
    board.api.call(Method::GET, "/ready", None).await.0 == 200
}

/// The program on a small disk of its own; None where none can be mounted. The disk is to be dropped before
/// the server, whose folder cannot go while something is mounted on it, and so it stands behind it.
async fn start_on_a_small_disk() -> Option<(Binary, SmallDisk)> {
    let folder = TempDir::new().unwrap();
    let Some(disk) = SmallDisk::mount(folder.path()) else {
        println!("skipped: this process may not mount a file system (it is not root)");
        return None;
    };
    std::fs::write(folder.path().join("ballast"), vec![1; BALLAST]).unwrap();
    Some((Binary::start_in(folder, &["--cleanup-interval", "off"]).await, disk))
}

#[tokio::test]
async fn a_full_disk_costs_nothing_that_was_answered() {
    let Some((mut server, disk)) = start_on_a_small_disk().await else { return };
    let mut board = Board::new(server.api()).await;
    let mut ws = server.ws().await;
    ws.join(&board.id).await;
    assert!(is_ready(&board).await);

    let mut created = create_until_refused(&board, 1).await;
    assert!(!created.is_empty());
    disk.fill();
    // A small write may still find room where a large one did not.
    while is_ready(&board).await {
        let first = 100_000 + created.len() as u32;
        created.extend(create_until_refused(&board, first).await);
    }
    check_reads(&board, &created).await;

    server.kill().await;
    disk.fill();
    server.start_again().await;
    board.api = server.api();
    disk.fill();
    check_reads(&board, &created).await;
    let mut late = server.ws().await;
    assert_eq!(late.ask(json!({"type": "ping"})).await["type"], "pong");
    created.extend(create_until_refused(&board, 200_000).await);
    assert!(!is_ready(&board).await, "no change fits");

    disk.free();
    eventually("it is ready again", async || is_ready(&board).await).await;
    late.join(&board.id).await;
    board.create(300_000, None).await;
    created.push(node_id(300_000));
    check_reads(&board, &created).await;
    eventually("clients of the killed server are disconnected", async || {
        board.api.active_clients(&board.id).await == 1
    })
    .await;
    let mut sql = server.sql().await;
    for (what, query) in WRONG {
        assert_eq!(number(&mut sql, query).await, 0, "{what}");
    }
    drop(sql);
    server.kill().await;
    server.start_again().await;
    board.api = server.api();
    check_file(&mut server.sql().await).await;
    check_reads(&board, &created).await;
}

#[tokio::test]
async fn a_start_on_a_full_disk_is_not_ready_though_nothing_has_failed() {
    let Some((mut server, disk)) = start_on_a_small_disk().await else { return };
    let board = Board::new(server.api()).await;
    assert!(is_ready(&board).await);
    assert!(server.terminate().await.success());
    // So little that the start itself finds room, and a large change does not.
    std::fs::write(server.folder.path().join("rest"), vec![1; 7 * 1024 * 1024]).unwrap();
    server.start_again().await;
    let board = Board { api: server.api(), ..board };
    let (status, answer) = board.api.call(Method::GET, "/ready", None).await;
    assert_eq!(status, 503, "{answer}");
    let message = answer["error"]["message"].as_str().unwrap();
    assert!(message.contains("KiB left"), "{message}");
    disk.free();
    eventually("it is ready", async || is_ready(&board).await).await;
}
