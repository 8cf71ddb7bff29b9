//! The notifications to systemd, over the socket that it names in the environment.

use serde_json::json;
use tempfile::TempDir;
use tokio::net::UnixDatagram;
use tokio::time::timeout;

use crate::support::{Binary, PATIENCE, rollcall};

/// Reads messages until this one comes; fails if `never` comes before it.
async fn wait_for(socket: &UnixDatagram, wanted: &str, never: &str) {
    let mut buffer = [0; 1024];
    loop {
        let size = timeout(PATIENCE, socket.recv(&mut buffer)).await.expect(wanted).unwrap();
        let message = std::str::from_utf8(&buffer[..size]).unwrap();
        for line in message.lines() {
            assert_ne!(line, never);
            if line == wanted {
                return;
            }
        }
    }
}

#[tokio::test]
async fn systemd_is_notified_of_the_start_the_clients_and_the_stop() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("notify");
    let socket = UnixDatagram::bind(&path).unwrap();
    let mut command = rollcall();
    command.env("NOTIFY_SOCKET", &path).env("WATCHDOG_USEC", "150000").env_remove("WATCHDOG_PID");
    let mut server = Binary::launch(command, folder, &["--cleanup-interval", "off"]).await;
    wait_for(&socket, "READY=1", "STOPPING=1").await;
    wait_for(&socket, "STATUS=0 clients", "STOPPING=1").await;
    wait_for(&socket, "WATCHDOG=1", "STOPPING=1").await;
    let id = server.api().create(json!({})).await;
    let mut ws = server.ws().await;
    ws.join(&id).await;
    wait_for(&socket, "STATUS=1 clients", "STOPPING=1").await;
    wait_for(&socket, "WATCHDOG=1", "STOPPING=1").await;
    server.signal("TERM").await;
    wait_for(&socket, "STOPPING=1", "READY=1").await;
    assert!(server.ended().await.success());
}

#[tokio::test]
async fn watchdog_is_fed_while_the_server_is_not_ready() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("notify");
    let socket = UnixDatagram::bind(&path).unwrap();
    let mut command = rollcall();
    command.env("NOTIFY_SOCKET", &path).env("WATCHDOG_USEC", "150000").env_remove("WATCHDOG_PID");
    let server = Binary::launch(command, folder, &["--cleanup-interval", "off"]).await;
    wait_for(&socket, "WATCHDOG=1", "STOPPING=1").await;
    std::fs::remove_file(server.database()).unwrap();
    let (status, _) = server.api().call(reqwest::Method::GET, "/ready", None).await;
    assert_eq!(status, 503);
    wait_for(&socket, "WATCHDOG=1", "STOPPING=1").await;
    wait_for(&socket, "WATCHDOG=1", "STOPPING=1").await;
}
