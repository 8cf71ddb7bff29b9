//! The commands of the program: those that talk to a running server, and those that need none.

use std::net::SocketAddr;
use std::process::Stdio;

use serde_json::Value;
use tokio::process::Command;

use crate::support::{PATIENCE, rollcall};

mod config;
mod help;
mod import;
mod sessions;
mod settings_help;
mod sql;
mod statuses;
mod terminal;
mod watch;
mod webhook;

/// How a command has ended, and what it has said.
#[derive(Debug)]
pub struct Ended {
    pub status: i32,
    pub out: String,
    pub err: String,
}

impl Ended {
    /// What a command that has succeeded has printed.
    pub fn out(self) -> String {
        assert_eq!(self.status, 0, "{self:?}");
        self.out
    }

    /// The JSON that a command that has succeeded has printed.
    pub fn json(self) -> Value {
        let out = self.out();
        serde_json::from_str(&out).unwrap_or_else(|cause| panic!("{cause}: {out}"))
    }
}

/// A command that asks the server at this address.
pub fn command(addr: SocketAddr, arguments: &[&str]) -> Command {
    let mut command = rollcall();
    command.args(arguments).env("ROLLCALL_SERVER", format!("http://{addr}"));
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Runs a command to its end.
pub async fn ended(mut command: Command) -> Ended {
    let output = tokio::time::timeout(PATIENCE, command.output()).await.unwrap().unwrap();
    Ended {
        status: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Runs a command against the server at this address.
pub async fn run(addr: SocketAddr, arguments: &[&str]) -> Ended {
    ended(command(addr, arguments)).await
}

/// The same with a token.
pub async fn run_with_token(addr: SocketAddr, token: &str, arguments: &[&str]) -> Ended {
    let mut command = command(addr, arguments);
    command.env("ROLLCALL_TOKEN", token);
    ended(command).await
}
