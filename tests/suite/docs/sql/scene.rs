//! A database that clients have filled yesterday afternoon and today, so that each question has an answer.

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, Days, NaiveDate, Utc};
use reqwest::Method;
use rollcall::clock::Clock;
use rollcall::model::Timestamp;
use rusqlite::{Connection, OpenFlags};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::board::{Board, new_node, node_id};
use crate::support::{Api, Server, Ws, eventually, number};

/// A clock that stands still but for a microsecond with each look.
#[derive(Clone)]
struct Hands(Arc<AtomicI64>);

impl Hands {
    fn set(&self, time: DateTime<Utc>) {
        self.0.store(time.timestamp_micros(), Ordering::SeqCst);
    }

    fn clock(&self) -> Clock {
        let Self(micros) = self.clone();
        Clock::new(move || Timestamp::from_micros(micros.fetch_add(1, Ordering::SeqCst)).unwrap())
    }
}

/// A copy of the filled database, which no server has open.
pub struct Scene {
    folder: TempDir,
    sprint: String,
    yesterday: NaiveDate,
    /// The hour in which the clients of today came.
    hour: String,
}

impl Scene {
    pub async fn new() -> Self {
        let now = Utc::now();
        let yesterday = now.date_naive().checked_sub_days(Days::new(1)).unwrap();
        let hands = Hands(Arc::default());
        let set =
            |hour, minute| hands.set(yesterday.and_hms_opt(hour, minute, 0).unwrap().and_utc());
        set(15, 20);
        let settings =
            ["--cleanup-interval", "off", "--max-inactive-hours", "1", "--restore-window", "7d"];
        let settings = [&settings[..], &["--webhook-allow-private"]].concat();
        let server = Server::with_clock(&settings, hands.clock()).await;
        let api = server.api();
        let sprint = api.create(json!({"name": "Sprint", "project_id": "shop"})).await;
        let board = Board { api: api.clone(), id: sprint };
        api.create(json!({"name": "Old"})).await;
        api.create(json!({"name": "Kept", "pinned": true})).await;
        let retro = api.create(json!({"name": "Retro", "project_id": "shop"})).await;
        let gone = api.create(json!({"name": "Gone", "project_id": "shop"})).await;

        let mut ada = join(&server, &board.id, json!({"name": "Ada"})).await;
        for (client, number, parent) in
            [("ada", 1, None), ("ada", 2, Some(1)), ("bob", 3, Some(2)), ("bob", 4, Some(3))]
        {
            board.execute_as(client, "CreateNode", new_node(number, parent)).await;
        }
        set(15, 25);
        let renamed = json!({"node_id": node_id(2), "name": "Doing"});
        board.execute_as("bob", "RenameNode", renamed).await;
        for (client, value) in [("ada", 5), ("bob", 3)] {
            let limit = json!({"node_id": node_id(2), "property_id": "limit", "value": value});
            board.execute_as(client, "UpdateProperty", limit).await;
        }
        board.step("undo", json!({"client_id": "cara"})).await;
        set(15, 30);
        let _ed = join(&server, &gone, json!("ed")).await;
        set(15, 40);
        ada.leave(&board.id).await;
        set(15, 45);
        let mut bob = join(&server, &board.id, json!("bob")).await;
        assert_eq!(api.call(Method::DELETE, &format!("/sessions/{gone}"), None).await.0, 204);
        set(16, 5);
        let _cara = join(&server, &board.id, Value::Null).await;
        set(16, 10);
        bob.leave(&board.id).await;

        hands.set(now);
        let fresh =
            json!({"name": "Fresh", "idle_timeout_hours": 48, "attributes": {"color": "red"}});
        let fresh = api.create(fresh).await;
        add_webhooks(&api, &server).await;
        let mut dan = join(&server, &board.id, json!("dan")).await;
        let request = json!({"type": "join_session", "session_id": retro, "user": "dan"});
        assert_eq!(dan.ask(request).await["type"], "joined");
        let path = format!("/sessions/{fresh}");
        let renamed = api.call(Method::PATCH, &path, Some(json!({"name": "Fresh paint"}))).await;
        assert_eq!(renamed.0, 200);

        eventually("all first messages were tried, and the rule is written down", async || {
            let tried = "select count(last_attempt_at) from delivery_overview";
            let rule = "select max_inactive_hours = 1 from internal_cleanup_rule";
            let mut sql = server.sql().await;
            number(&mut sql, tried).await == 4 && number(&mut sql, rule).await == 1
        })
        .await;
        let folder = TempDir::new().unwrap();
        copy(&server, &folder);
        let hour = now.format("%Y-%m-%dT%H").to_string();
        Self { folder, sprint: board.id, yesterday, hour }
    }

    /// The file as a person has it who may only read.
    pub fn database(&self) -> Connection {
        let path = self.folder.path().join("copy.db");
        Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap()
    }

    /// The question, asked on the day of the scene even if midnight has passed since.
    pub fn dated(&self, query: &str) -> String {
        query.replace("date('now', '-1 day')", &format!("'{}'", self.yesterday))
    }

    /// The value of a question's parameter.
    pub fn parameter(&self, name: &str) -> String {
        match name {
            ":session_id" => self.sprint.clone(),
            ":node_id" => node_id(2),
            ":client_id" => "bob".to_owned(),
            ":since" => format!("{}T15:25", self.yesterday),
            other => panic!("no value for {other}"),
        }
    }

    /// The columns of a question's answer that are compared, and the rows.
    pub fn expected(&self, title: &str) -> (&'static [&'static str], Value) {
        let Self { yesterday, hour, .. } = self;
        let node = node_id(2);
        match title {
            "Who was here yesterday between three and four?" => (
                &["session_name", "user", "minutes"],
                json!([
                    ["Sprint", r#"{"name":"Ada"}"#, 20.0],
                    ["Gone", r#""ed""#, 15.0],
                    ["Sprint", r#""bob""#, 25.0]
                ]),
            ),
            "Which sessions are idle, and why do they stay?" => (
                &["name", "stays_because"],
                json!([["Old", null], ["Kept", "pinned"], ["Fresh paint", "active_recently"]]),
            ),
            "Which sessions will go at the next cleanup?" => (&["name"], json!([["Old"]])),
            "What was removed, when and why?" => {
                (&["name", "reason"], json!([["Gone", "deleted"]]))
            }
            "Who undid what?" => (
                &[
                    "session_name",
                    "undone_by",
                    "made_by",
                    "command_type",
                    "node_id",
                    "was",
                    "became",
                ],
                json!([["Sprint", "cara", "bob", "UpdateProperty", node, "5", "3"]]),
            ),
            "Who changed this node, and what was there before?" => (
                &["client_id", "change", "property_id", "was", "state"],
                json!([
                    ["ada", "created", null, null, "applied"],
                    ["bob", "renamed", null, r#""n2""#, "applied"],
                    ["ada", "property", "limit", null, "applied"],
                    ["bob", "property", "limit", "5", "undone"]
                ]),
            ),
            "What has a client changed since a moment?" => (
                &["session_name", "command_type", "became"],
                json!([["Sprint", "RenameNode", r#""Doing""#], ["Sprint", "UpdateProperty", "3"]]),
            ),
            "Where are the nodes of a subtree?" => (
                &["path", "node_id"],
                json!([
                    ["Doing", node],
                    ["Doing / n3", node_id(3)],
                    ["Doing / n3 / n4", node_id(4)]
                ]),
            ),
            "Which hours were the busiest?" => (
                &["hour", "events", "clients"],
                json!([
                    [format!("{yesterday}T15"), 21, 6],
                    [hour, 3, 1],
                    [format!("{yesterday}T16"), 2, 2]
                ]),
            ),
            "How many sessions and clients does each project have?" => (
                &["project_id", "sessions", "clients", "nodes"],
                json!([[null, 3, 0, 0], ["shop", 2, 3, 4]]),
            ),
            "Which visits were the longest?" => (
                &["user", "reason"],
                json!([
                    [null, null],
                    [r#""bob""#, "left"],
                    [r#"{"name":"Ada"}"#, "left"],
                    [r#""ed""#, "session_removed"],
                    [r#""dan""#, null],
                    [r#""dan""#, null]
                ]),
            ),
            "Who is in two sessions now?" => (&["person", "sessions"], json!([[r#""dan""#, 2]])),
            "Which webhooks fail, and why?" => (
                &["state", "messages", "attempts", "last_status"],
                json!([["pending", 3, 1, null], ["pending", 1, 1, 404]]),
            ),
            other => panic!("what is the answer to {other}"),
        }
    }
}

/// A new client in a session.
async fn join(server: &Server, session_id: &str, user: Value) -> Ws {
    let mut ws = server.ws().await;
    let request = json!({"type": "join_session", "session_id": session_id, "user": user});
    assert_eq!(ws.ask(request).await["type"], "joined");
    ws
}

/// One where nobody listens, one that answers 404, and one that is off.
async fn add_webhooks(api: &Api, server: &Server) {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    api.post("/webhooks", json!({"url": format!("http://{closed}/")})).await;
    let missing = format!("http://{}/missing", server.addr);
    api.post("/webhooks", json!({"url": missing, "types": ["session.updated"]})).await;
    let off = json!({"url": missing, "project_id": "nobody's"});
    let off = api.post("/webhooks", off).await;
    let path = format!("/webhooks/{}", off["endpoint_id"].as_str().unwrap());
    let answer = api.call(Method::PATCH, &path, Some(json!({"enabled": false}))).await;
    assert_eq!(answer.0, 200);
}

/// Copies the database, and adds a service token, which would lock the clients out of the server.
fn copy(server: &Server, folder: &TempDir) {
    let path = folder.path().join("copy.db");
    let database = Connection::open(server.database()).unwrap();
    database.execute("vacuum into ?", [path.to_str().unwrap()]).unwrap();
    let time = "2026-11-22T22:30:46.753287+00:00";
    Connection::open(&path)
        .unwrap()
        .execute(
            "insert into tokens values ('4kq2zhw7', 'deploy', zeroblob(32), 'read', 'shop', ?1, ?1, ?1, ?1)",
            [time],
        )
        .unwrap();
}
