//! The built program as a process of its own.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use sqlx::SqliteConnection;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use super::server::{reachable, where_to_listen};
use super::{Api, PATIENCE, Ws, http, sql};

/// The real binary with a database of its own.
pub struct Binary {
    pub addr: SocketAddr,
    pub folder: TempDir,
    settings: Vec<String>,
    child: Child,
}

impl Binary {
    pub async fn start(settings: &[&str]) -> Self {
        Self::start_in(TempDir::new().unwrap(), settings).await
    }

    /// On the file in this folder.
    pub async fn start_in(folder: TempDir, settings: &[&str]) -> Self {
        Self::launch(rollcall(), folder, settings).await
    }

    /// Where no file may grow beyond so many blocks of 512 bytes: a disk that gets full.
    pub async fn start_on_a_small_disk(blocks: u32, settings: &[&str]) -> Self {
        Self::start_after(&small_disk(blocks), settings).await
    }

    /// After these commands of a shell.
    pub async fn start_after(commands: &str, settings: &[&str]) -> Self {
        Self::launch(after(commands), TempDir::new().unwrap(), settings).await
    }

    /// By this command, which runs in the folder, on the file that `database` names.
    pub async fn launch_at(command: Command, folder: TempDir, database: &str) -> Self {
        let settings = vec!["--cleanup-interval".to_owned(), "off".to_owned()];
        let (child, addr) = spawn_at(command, &folder, database.as_ref(), &settings).await;
        Self { addr, folder, settings, child }
    }

    /// By this command, which still needs its address, its file and these settings.
    pub async fn launch(command: Command, folder: TempDir, settings: &[&str]) -> Self {
        let settings: Vec<String> = settings.iter().map(|s| (*s).to_owned()).collect();
        let (child, addr) = spawn(command, &folder, &settings).await;
        Self { addr, folder, settings, child }
    }

    pub fn pid(&self) -> u32 {
        self.child.id().unwrap()
    }

    /// What it has written to its log since it was started.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap()
    }

    /// Kills it with SIGKILL.
    pub async fn kill(&mut self) {
        tokio::time::timeout(PATIENCE, self.child.kill()).await.unwrap().unwrap();
    }

    /// Sends a signal such as `TERM`.
    pub async fn signal(&self, name: &str) {
        signal(self.pid(), name).await;
    }

    /// SIGTERM, and the wait for its end.
    pub async fn terminate(&mut self) -> std::process::ExitStatus {
        self.signal("TERM").await;
        self.ended().await
    }

    /// Waits for its end.
    pub async fn ended(&mut self) -> std::process::ExitStatus {
        tokio::time::timeout(PATIENCE, self.child.wait()).await.unwrap().unwrap()
    }

    /// On the same file again.
    pub async fn start_again(&mut self) {
        (self.child, self.addr) = spawn(rollcall(), &self.folder, &self.settings).await;
    }

    /// On the same file again, where no file may grow beyond so many blocks of 512 bytes.
    pub async fn start_again_on_a_small_disk(&mut self, blocks: u32) {
        let command = after(&small_disk(blocks));
        (self.child, self.addr) = spawn(command, &self.folder, &self.settings).await;
    }

    /// Lets files grow as they like again.
    pub async fn free_the_disk(&self) {
        let pid = self.pid().to_string();
        let raise = ["--fsize=unlimited", "--pid", &pid];
        assert!(Command::new("prlimit").args(raise).status().await.unwrap().success());
    }

    pub fn database(&self) -> PathBuf {
        self.folder.path().join("test.db")
    }

    /// A look into the file from outside, as a person with `sqlite3` has it.
    pub async fn sql(&self) -> SqliteConnection {
        sql(self.database()).await
    }

    pub fn api(&self) -> Api {
        Api { addr: self.addr, http: http() }
    }

    pub async fn ws(&self) -> Ws {
        Ws::connect(self.addr).await
    }
}

/// Sends a signal such as `TERM` to a process.
pub async fn signal(pid: u32, name: &str) {
    let sent = Command::new("kill").args([&format!("-{name}"), &pid.to_string()]).status().await;
    assert!(sent.unwrap().success());
}

/// The binary as a command, with neither settings nor environment.
pub fn rollcall() -> Command {
    without_environment(&binary())
}

/// The commands of a shell that let no file grow beyond so many blocks of 512 bytes. A write past the
/// limit fails only where the signal that comes with it is ignored.
fn small_disk(blocks: u32) -> String {
    format!(r#"trap "" XFSZ; ulimit -S -f {blocks}"#)
}

/// The binary after these commands of a shell.
fn after(commands: &str) -> Command {
    let mut command = without_environment("sh");
    let script = format!(r#"{commands}; exec "$0" "$@""#);
    command.args(["-c", &script, &binary()]);
    command
}

/// The program that was built with the tests, or the one that the environment names: a release build, for
/// figures that mean something.
pub fn binary() -> String {
    std::env::var("TEST_BINARY").unwrap_or_else(|_| env!("CARGO_BIN_EXE_rollcall").to_owned())
}

fn without_environment(program: &str) -> Command {
    let mut command = Command::new(program);
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("ROLLCALL_")) {
        command.env_remove(name);
    }
    command.kill_on_drop(true).stdout(Stdio::piped());
    command
}

async fn spawn(command: Command, folder: &TempDir, settings: &[String]) -> (Child, SocketAddr) {
    spawn_at(command, folder, &folder.path().join("test.db"), settings).await
}

async fn spawn_at(
    mut command: Command,
    folder: &TempDir,
    database: &Path,
    settings: &[String],
) -> (Child, SocketAddr) {
    let log = std::fs::File::create(folder.path().join("log")).unwrap();
    let mut child = command
        .stderr(log)
        .args(where_to_listen(settings))
        .arg("--database")
        .arg(database)
        .args(settings)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let line = tokio::time::timeout(PATIENCE, lines.next_line()).await.unwrap().unwrap().unwrap();
    let addr = line.split("http://").nth(1).unwrap().split(' ').next().unwrap().parse().unwrap();
    let addr = reachable(addr);
    // A write to a closed pipe fails; keep it open as long as the child lives.
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    (child, addr)
}

/// What the program says on standard error when it cannot start on this file; it must fail with status 1.
pub async fn start_error(database: &Path) -> String {
    let output = rollcall()
        .args(["--listen", "127.0.0.1:0", "--database"])
        .arg(database)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .output();
    let output = tokio::time::timeout(PATIENCE, output).await.expect("it does not start").unwrap();
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "", "it does not say that it listens");
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.starts_with("rollcall: ") && !text.contains("panicked"), "{text}");
    text
}
