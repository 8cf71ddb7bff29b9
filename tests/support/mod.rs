//! What the tests share: a service in this process or the real binary, and small clients.

pub mod board;
pub mod history;
pub mod model;
pub mod raw;
pub mod socketio;

use std::future::Future;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use clap::Parser;
use futures_util::{SinkExt, StreamExt};
use reqwest::{Method, StatusCode};
use rollcall::app::App;
use rollcall::clock::Clock;
use rollcall::config::{CommandLine, Config};
use rollcall::store::Capacities;
use serde_json::{Value, json};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, SqliteConnection};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

/// Longer than anything that is waited for takes on a busy machine; only a failure lasts so long.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// A service in this process on a port of its own; its file goes when it is dropped.
pub struct Server {
    pub addr: SocketAddr,
    pub http: reqwest::Client,
    settings: Vec<String>,
    clock: Clock,
    folder: TempDir,
    stop: Option<oneshot::Sender<()>>,
    running: Option<JoinHandle<anyhow::Result<()>>>,
}

/// A client of REST that waits for no answer longer than anything takes.
pub fn http() -> reqwest::Client {
    reqwest::Client::builder().timeout(PATIENCE).build().unwrap()
}

/// The configuration that these flags give.
pub fn config(folder: &TempDir, settings: &[String]) -> Config {
    let database = folder.path().join("test.db");
    let mut line = vec!["rollcall".to_owned(), "--database".into(), database.display().to_string()];
    line.extend(where_to_listen(settings).map(str::to_owned));
    line.extend(settings.iter().cloned());
    let mut config = CommandLine::parse_from(line).serve.resolve().unwrap();
    config.capacities = capacities();
    config
}

/// Those of the release, or with `TEST_CAPACITIES=tiny` such that a few sessions, siblings and jobs come
/// past each. Servers that run as a process of their own always have those of the release.
pub fn capacities() -> Capacities {
    match std::env::var("TEST_CAPACITIES").as_deref() {
        Ok("tiny") => Capacities {
            cached_sessions: 20,
            cached_siblings: 5,
            batch_jobs: 4,
            batch_bytes: 512,
            transaction_bytes: 1024,
            departures: 5,
            listed_bytes: 64 * 1024,
            queued_bytes: 8 * 1024,
        },
        Ok(other) => panic!("TEST_CAPACITIES={other}: there is only tiny"),
        Err(_) => Capacities::default(),
    }
}

/// A free port of this machine, unless the settings say where to listen.
fn where_to_listen(settings: &[String]) -> impl Iterator<Item = &'static str> + use<> {
    let is_said = settings.iter().any(|setting| setting == "--listen");
    ["--listen", "127.0.0.1:0"].into_iter().filter(move |_| !is_said)
}

/// Where a client of this machine reaches a server that listens there.
fn reachable(mut addr: SocketAddr) -> SocketAddr {
    if addr.ip().is_unspecified() {
        addr.set_ip([127, 0, 0, 1].into());
    }
    addr
}

impl Server {
    /// With the default settings, but nothing removed by itself.
    pub async fn start() -> Self {
        Self::with(&["--cleanup-interval", "off"]).await
    }

    /// With these flags.
    pub async fn with(settings: &[&str]) -> Self {
        Self::with_clock(settings, Clock::default()).await
    }

    /// With these flags and another clock than the machine's.
    pub async fn with_clock(settings: &[&str], clock: Clock) -> Self {
        let mut server = Self {
            addr: ([127, 0, 0, 1], 0).into(),
            http: http(),
            settings: settings.iter().map(|setting| (*setting).to_owned()).collect(),
            clock,
            folder: TempDir::new().unwrap(),
            stop: None,
            running: None,
        };
        server.go().await;
        server
    }

    async fn go(&mut self) {
        let mut config = config(&self.folder, &self.settings);
        config.clock = self.clock.clone();
        let app = App::build(&config).await.unwrap();
        self.addr = reachable(app.addresses()[0]);
        let (stop, stopped) = oneshot::channel::<()>();
        self.stop = Some(stop);
        self.running = Some(tokio::spawn(app.run(async {
            let _ = stopped.await;
        })));
    }

    /// Stops it in good order.
    pub async fn stop(&mut self) {
        drop(self.stop.take());
        self.running.take().unwrap().await.unwrap().unwrap();
    }

    /// Waits until it ends by itself, and tells how.
    pub async fn ended(&mut self) -> anyhow::Result<()> {
        let running = self.running.take().unwrap();
        tokio::time::timeout(PATIENCE, running).await.unwrap().unwrap()
    }

    /// Stops it in good order and starts it again on the same file.
    pub async fn restart(&mut self) {
        self.stop().await;
        self.go().await;
    }

    pub fn database(&self) -> PathBuf {
        self.folder.path().join("test.db")
    }

    /// A look into the file from outside, as a person with `sqlite3` has it.
    pub async fn sql(&self) -> SqliteConnection {
        sql(self.database()).await
    }

    pub fn api(&self) -> Api {
        Api { addr: self.addr, http: self.http.clone() }
    }

    pub async fn ws(&self) -> Ws {
        Ws::connect(self.addr).await
    }
}

pub async fn sql(database: PathBuf) -> SqliteConnection {
    let file = SqliteConnectOptions::new().filename(database);
    tokio::time::timeout(PATIENCE, file.connect()).await.unwrap().unwrap()
}

/// One number out of the file.
pub async fn number(connection: &mut SqliteConnection, query: &'static str) -> i64 {
    let asking = sqlx::query_scalar(query).fetch_one(connection);
    tokio::time::timeout(PATIENCE, asking).await.unwrap().unwrap()
}

/// The rows that a statement has changed, or what it was told.
pub async fn run(sql: &mut SqliteConnection, statement: &'static str) -> Result<u64, String> {
    let done = sqlx::query(statement).execute(sql).await;
    done.map(|done| done.rows_affected()).map_err(|cause| cause.to_string())
}

/// Takes the session's last activity back to `at`, as a person with `sqlite3` can.
pub async fn set_last_activity(connection: &mut SqliteConnection, session_id: &str, at: &str) {
    let done = sqlx::query("update sessions set last_activity = ? where session_id = ?")
        .bind(at)
        .bind(session_id)
        .execute(connection)
        .await
        .unwrap();
    assert_eq!(done.rows_affected(), 1);
}

/// The moment so many seconds ago, as the service writes times.
pub fn seconds_ago(seconds: f64) -> String {
    let micros = chrono::TimeDelta::microseconds((seconds * 1e6) as i64);
    (chrono::Utc::now() - micros).format("%Y-%m-%dT%H:%M:%S%.6f+00:00").to_string()
}

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

    /// By this command, which has yet to be told its address, its file and these settings.
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

    /// SIGKILL: no goodbye.
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
fn binary() -> String {
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
    // Whoever writes to a closed pipe fails; keep it open as long as the child lives.
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    (child, addr)
}

/// REST under /api/v1.
#[derive(Clone)]
pub struct Api {
    pub addr: SocketAddr,
    pub http: reqwest::Client,
}

impl Api {
    /// The status and the JSON body (null where there is none).
    pub async fn call(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> (StatusCode, Value) {
        let mut request = self.http.request(method, format!("http://{}/api/v1{path}", self.addr));
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await.unwrap();
        let status = response.status();
        let text = response.text().await.unwrap();
        (status, if text.is_empty() { Value::Null } else { serde_json::from_str(&text).unwrap() })
    }

    /// The status and the code of a request that is refused.
    pub async fn refusal(&self, method: Method, path: &str, body: Option<Value>) -> (u16, String) {
        let (status, answer) = self.call(method, path, body).await;
        (status.as_u16(), code(&answer))
    }

    /// The body of a GET that succeeds.
    pub async fn get(&self, path: &str) -> Value {
        let (status, body) = self.call(Method::GET, path, None).await;
        assert!(status.is_success(), "GET {path}: {status} {body}");
        body
    }

    /// The body of a POST that succeeds.
    pub async fn post(&self, path: &str, body: Value) -> Value {
        let (status, answer) = self.call(Method::POST, path, Some(body)).await;
        assert!(status.is_success(), "POST {path}: {status} {answer}");
        answer
    }

    /// The id of a new session.
    pub async fn create(&self, body: Value) -> String {
        self.post("/sessions", body).await["session_id"].as_str().unwrap().to_owned()
    }

    /// How many clients REST says that the session has.
    pub async fn active_clients(&self, session_id: &str) -> i64 {
        self.get(&format!("/sessions/{session_id}")).await["active_clients"].as_i64().unwrap()
    }
}

/// The code of an error, after a look at its shape.
pub fn code(answer: &Value) -> String {
    let error = answer["error"].as_object().unwrap_or_else(|| panic!("not an error: {answer}"));
    assert!(error["message"].as_str().is_some_and(|message| !message.is_empty()), "{answer}");
    error["code"].as_str().unwrap().to_owned()
}

/// Asks until the condition holds.
pub async fn eventually<F: Future<Output = bool>>(what: &str, mut holds: impl FnMut() -> F) {
    let patient = async {
        while !holds().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, patient).await.unwrap_or_else(|_| panic!("never: {what}"));
}

/// A client of the plain WebSocket.
pub struct Ws {
    pub socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    /// Events that came while an answer was waited for.
    pub events: Vec<Value>,
}

/// Answers' types; everything else is an event.
const ANSWERS: [&str; 6] = ["joined", "left", "executed", "pong", "error", "gap"];

impl Ws {
    pub async fn connect(addr: SocketAddr) -> Self {
        let url = format!("ws://{addr}/api/v1/ws");
        let connecting = tokio_tungstenite::connect_async(url);
        let (socket, _) = tokio::time::timeout(PATIENCE, connecting).await.unwrap().unwrap();
        Self { socket, events: Vec::new() }
    }

    pub async fn send(&mut self, frame: Value) {
        self.socket.send(Message::text(frame.to_string())).await.unwrap();
    }

    /// Sends the text as it is.
    pub async fn send_text(&mut self, text: String) {
        self.socket.send(Message::text(text)).await.unwrap();
    }

    /// The next frame of any kind, or the close frame of a connection that ended.
    pub async fn next(&mut self) -> Result<Value, Option<CloseFrame>> {
        let patient = async {
            loop {
                match self.socket.next().await {
                    Some(Ok(Message::Text(text))) => {
                        return Ok(serde_json::from_str(&text).unwrap());
                    }
                    Some(Ok(Message::Close(frame))) => return Err(frame),
                    Some(Ok(_)) => {}
                    Some(Err(_)) | None => return Err(None),
                }
            }
        };
        tokio::time::timeout(PATIENCE, patient).await.expect("a frame in time")
    }

    /// The next event.
    pub async fn event(&mut self) -> Value {
        if !self.events.is_empty() {
            return self.events.remove(0);
        }
        self.next_event().await
    }

    /// The next frame, which must be an event.
    async fn next_event(&mut self) -> Value {
        let frame = self.next().await.expect("an open connection");
        assert!(!ANSWERS.contains(&frame["type"].as_str().unwrap()), "not an event: {frame}");
        frame
    }

    /// Waits until so many events are kept: they may come after an answer that is younger.
    pub async fn hear(&mut self, count: usize) {
        while self.events.len() < count {
            let event = self.next_event().await;
            self.events.push(event);
        }
    }

    /// The answer to a request; events that come before it are kept.
    pub async fn ask(&mut self, request: Value) -> Value {
        self.send(request).await;
        self.answer().await
    }

    /// The next answer; events that come before it are kept.
    pub async fn answer(&mut self) -> Value {
        loop {
            let frame = self.next().await.expect("an open connection");
            if ANSWERS.contains(&frame["type"].as_str().unwrap()) {
                return frame;
            }
            self.events.push(frame);
        }
    }

    pub async fn join(&mut self, session_id: &str) -> Value {
        let answer = self.ask(json!({"type": "join_session", "session_id": session_id})).await;
        assert_eq!(answer["type"], "joined", "{answer}");
        answer
    }

    pub async fn leave(&mut self, session_id: &str) -> Value {
        self.ask(json!({"type": "leave_session", "session_id": session_id})).await
    }

    /// Closes in good order.
    pub async fn close(mut self) {
        self.socket.close(None).await.unwrap();
        while self.next().await.is_ok() {}
    }
}
