//! What is different on a terminal: questions, colors and a screen. `script` (util-linux) makes the terminal; where
//! it lacks, these tests say so and do nothing.

use std::net::SocketAddr;
use std::process::Stdio;

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, Command};

use crate::support::{PATIENCE, Server, binary};

/// A command on a terminal of its own.
struct Terminal {
    child: Child,
    /// What it has shown.
    text: String,
}

impl Terminal {
    /// None where there is no `script`.
    fn start(addr: SocketAddr, arguments: &str) -> Option<Self> {
        Self::run(addr, &format!("{} {arguments}", binary()))
    }

    /// By this line of a shell.
    fn run(addr: SocketAddr, line: &str) -> Option<Self> {
        let mut command = Command::new("script");
        command.args(["--quiet", "--return", "--command", line, "/dev/null"]);
        command.env("ROLLCALL_SERVER", format!("http://{addr}")).env_remove("ROLLCALL_TOKEN");
        command.env("TERM", "xterm").env_remove("NO_COLOR").kill_on_drop(true);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        match command.spawn() {
            Ok(child) => Some(Self { child, text: String::new() }),
            Err(cause) => {
                eprintln!("skipped: script: {cause}");
                None
            }
        }
    }

    /// Waits until it shows the text.
    async fn shows(&mut self, text: &str) {
        while !self.text.contains(text) {
            assert!(self.read().await, "it has ended without {text:?}: {}", self.text);
        }
    }

    /// Reads some more; false at the end.
    async fn read(&mut self) -> bool {
        let mut bytes = [0; 4096];
        let reading = self.child.stdout.as_mut().unwrap().read(&mut bytes);
        let read = tokio::time::timeout(PATIENCE, reading).await;
        let read = read.unwrap_or_else(|_| panic!("nothing more: {}", self.text)).unwrap();
        self.text += &String::from_utf8_lossy(&bytes[..read]);
        read > 0
    }

    async fn types(&mut self, text: &str) {
        self.child.stdin.as_mut().unwrap().write_all(text.as_bytes()).await.unwrap();
    }

    /// Its exit status, at its end.
    async fn ended(&mut self) -> i32 {
        while self.read().await {}
        self.child.wait().await.unwrap().code().unwrap()
    }
}

#[tokio::test]
async fn removal_asks_on_a_terminal() {
    let server = Server::start().await;
    let api = server.api();
    let ids = [api.create(json!({})).await, api.create(json!({})).await];
    let command = format!("sessions remove {} {}", ids[0], ids[1]);
    for (answer, status, left) in [("\n", 1, 2), ("n\n", 1, 2), ("y\n", 0, 0)] {
        let Some(mut terminal) = Terminal::start(server.addr, &command) else { return };
        terminal.shows("Remove 2 sessions? [y/N] ").await;
        terminal.types(answer).await;
        assert_eq!(terminal.ended().await, status, "{answer:?}: {}", terminal.text);
        assert_eq!(api.get("/sessions").await["total"], left, "{answer:?}");
    }
}

#[tokio::test]
async fn cleanup_asks_on_a_terminal_with_the_number_of_sessions() {
    let server = Server::start().await;
    server.api().create(json!({})).await;
    let command = "sessions cleanup --max-inactive-hours 0";
    for (answer, status, left) in [("n\n", 1, 1), ("yes\n", 0, 0)] {
        let Some(mut terminal) = Terminal::start(server.addr, command) else { return };
        terminal.shows("Remove 1 session? [y/N] ").await;
        terminal.types(answer).await;
        assert_eq!(terminal.ended().await, status, "{}", terminal.text);
        assert_eq!(server.api().get("/sessions").await["total"], left);
    }
    // Nothing is asked where there is nothing to remove.
    let Some(mut terminal) = Terminal::start(server.addr, command) else { return };
    assert_eq!(terminal.ended().await, 0, "{}", terminal.text);
}

#[tokio::test]
async fn head_of_a_table_is_bold_on_a_terminal_only() {
    let server = Server::start().await;
    let Some(mut terminal) = Terminal::start(server.addr, "sessions list") else { return };
    assert_eq!(terminal.ended().await, 0);
    assert!(terminal.text.starts_with("\x1b[1mSESSION ID"), "{}", terminal.text);
    let line = format!("NO_COLOR=1 {} sessions list", binary());
    let mut plain = Terminal::run(server.addr, &line).unwrap();
    assert_eq!(plain.ended().await, 0);
    assert!(plain.text.starts_with("SESSION ID"), "{}", plain.text);
    let piped = super::run(server.addr, &["sessions", "list"]).await.out();
    assert!(piped.starts_with("SESSION ID"), "{piped}");
}

#[tokio::test]
async fn watch_draws_sessions_anew_on_a_terminal_and_control_c_ends_it() {
    let server = Server::start().await;
    let id = server.api().create(json!({"name": "first"})).await;
    let Some(mut all) = Terminal::start(server.addr, "sessions watch") else { return };
    all.shows("first").await;
    server.api().create(json!({"name": "second"})).await;
    all.shows("second").await;
    // From the upper left corner, so in place of what was there.
    assert!(all.text.matches("\x1b[H").count() >= 2, "{}", all.text);
    all.types("\x03").await;
    assert_eq!(all.ended().await, 130, "{}", all.text);

    let command = format!("sessions watch {id}");
    let Some(mut one) = Terminal::start(server.addr, &command) else { return };
    one.shows("it stays until").await;
    server.ws().await.join(&id).await;
    one.shows("session-connected").await;
    server.api().call(reqwest::Method::DELETE, &format!("/sessions/{id}"), None).await;
    one.shows("session-removed").await;
    assert_eq!(one.ended().await, 0, "{}", one.text);
}
