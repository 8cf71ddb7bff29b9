//! What the file and REST say after a start, beside what was answered and sent as events before the end.

use std::collections::{HashMap, HashSet};

use reqwest::Method;
use serde_json::{Value, json};
use sqlx::{Row, SqliteConnection};

use crate::load::Answered;
use crate::support::{Api, Follower, number};

/// A session's log as it has been read so far, and the tree that it makes.
#[derive(Default)]
pub struct Log {
    events: Vec<Value>,
    follower: Follower,
}

impl Log {
    /// Reads on; the numbers must be the next ones, without a hole.
    async fn read_on(&mut self, sql: &mut SqliteConnection, session: &str) {
        let rows = sqlx::query(
            "select seq, timestamp, event, payload from event_overview
             where session_id = ? and seq > ? order by seq",
        )
        .bind(session)
        .bind(self.follower.seq)
        .fetch_all(sql)
        .await
        .unwrap();
        for row in rows {
            let mut event: Value = serde_json::from_str(row.get("payload")).unwrap();
            event["type"] = row.get::<&str, _>("event").into();
            event["session_id"] = session.into();
            event["seq"] = row.get::<i64, _>("seq").into();
            event["timestamp"] = row.get::<&str, _>("timestamp").into();
            self.follower.receive(&event);
            self.events.push(event);
        }
    }

    fn at(&self, seq: &Value) -> &Value {
        let place = seq.as_u64().and_then(|seq| seq.checked_sub(1)).unwrap();
        self.events.get(place as usize).unwrap_or(&Value::Null)
    }

    fn count(&self, name: &str) -> usize {
        self.follower.received.get(name).copied().unwrap_or(0)
    }

    /// How many events of that name have this client, and the reason if there is to be one.
    fn of_client(&self, name: &str, client_id: &str, reason: Option<&str>) -> usize {
        let fits = |event: &&Value| {
            event["type"] == name
                && event["client_id"] == client_id
                && reason.is_none_or(|reason| event["reason"] == reason)
        };
        self.events.iter().filter(fits).count()
    }
}

/// The logs of all sessions, as far as they were looked at.
#[derive(Default)]
pub struct Logs(HashMap<String, Log>);

/// What may be wrong right after a start, in numbers that must be 0.
const WRONG_AFTER_A_START: [(&str, &str); 2] = [
    ("clients after a start", "select count(*) from clients"),
    (
        "sessions whose active_clients is not 0 after a start",
        "select count(*) from sessions where active_clients <> 0",
    ),
];

/// What may be wrong in a file at any time, in numbers that must be 0.
pub const WRONG: [(&str, &str); 6] = [
    (
        "sessions whose active_clients is not the number of their clients",
        "select count(*) from sessions as s where active_clients <>
             (select count(*) from clients as c where c.session = s.session)",
    ),
    (
        "sessions whose seq is not the number of their events",
        "select count(*) from sessions as s left join
             (select session_id, count(*) as events, max(seq) as last
              from event_overview group by session_id) as e on e.session_id = s.session_id
         where s.seq <> coalesce(events, 0) or s.seq <> coalesce(last, 0)",
    ),
    (
        "sessions whose node_count is not the number of their nodes",
        "select count(*) from sessions as s left join
             (select session_id, count(*) as nodes from node_overview group by session_id) as n
             on n.session_id = s.session_id
         where s.node_count <> coalesce(nodes, 0)",
    ),
    (
        "nodes whose child_count is not the number of their children",
        "select count(*) from node_overview as p left join
             (select session_id, parent_id, count(*) as children from node_overview
              group by session_id, parent_id) as c
             on c.session_id = p.session_id and c.parent_id = p.node_id
         where p.child_count <> coalesce(children, 0)",
    ),
    (
        "nodes whose parent is not there",
        "select count(*) from node_overview where parent_id is not null and parent_name is null",
    ),
    (
        "a wrong number of sessions",
        "select sessions <> (select count(*) from sessions) from internal_session_total",
    ),
];

/// The file right after a start, as SQLite and its own counts see it.
pub async fn check_file(sql: &mut SqliteConnection) {
    let check: String =
        sqlx::query_scalar("pragma integrity_check").fetch_one(&mut *sql).await.unwrap();
    assert_eq!(check, "ok");
    assert_eq!(number(sql, "select count(*) from pragma_foreign_key_check").await, 0);
    for (what, query) in WRONG.into_iter().chain(WRONG_AFTER_A_START) {
        assert_eq!(number(sql, query).await, 0, "{what}");
    }
}

impl Logs {
    /// Every answered change and every event that a client received is in the log, and each
    /// session is what its events say.
    pub async fn check(
        &mut self,
        api: &Api,
        sql: &mut SqliteConnection,
        answered: &[Answered],
        received: &[Value],
        deleted_roots: &[String],
    ) {
        let mut touched: HashSet<&str> = received.iter().map(|e| text(e, "session_id")).collect();
        let mut joined: HashMap<(&str, &str), usize> = HashMap::new();
        let mut left: HashMap<(&str, &str), usize> = HashMap::new();
        touched.extend(answered.iter().map(Answered::session));
        for session in &touched {
            self.0.entry((*session).to_owned()).or_default().read_on(sql, session).await;
        }
        for event in received {
            let logged = self.0[text(event, "session_id")].at(&event["seq"]);
            assert_eq!(logged, event, "the log lacks an event that a client received");
        }
        for change in answered {
            let log = &self.0[change.session()];
            match change {
                Answered::Executed { event, answer, .. } => {
                    let logged = log.at(&answer["seq"]);
                    assert_eq!(logged["type"], *event, "{change:?} was answered");
                    assert_eq!(logged["command_id"], answer["command_id"], "{change:?}");
                    assert_eq!(logged["revision"], answer["revision"], "{change:?}");
                }
                Answered::Patched { answer, .. } => {
                    let logged = log.at(&answer["seq"]);
                    let was_logged = log.events.iter().any(|event| {
                        event["changes"]["attributes"] == answer["attributes"]
                            && event["seq"].as_i64() <= answer["seq"].as_i64()
                    });
                    assert!(was_logged, "{change:?} was answered, but the log has {logged}");
                }
                Answered::Joined { session, client_id } => {
                    *joined.entry((session, client_id)).or_default() += 1;
                }
                Answered::Left { session, client_id } => {
                    *left.entry((session, client_id)).or_default() += 1;
                }
                Answered::Created { session } => {
                    let (status, _) =
                        api.call(Method::GET, &format!("/sessions/{session}"), None).await;
                    let is_there =
                        status == 200 || (status == 410 && deleted_roots.contains(session));
                    assert!(is_there, "session {session} was created, but is answered {status}");
                }
                Answered::Removed { session } => {
                    let (status, _) =
                        api.call(Method::GET, &format!("/sessions/{session}"), None).await;
                    assert_eq!(status, 410, "session {session} was removed");
                    let last = log.events.last().map(|event| &event["type"]);
                    assert_eq!(last, Some(&json!("session-removed")));
                }
            }
        }
        for ((session, client_id), times) in joined {
            let logged = self.0[session].of_client("session-connected", client_id, None);
            assert!(
                logged >= times,
                "{client_id} joined {session} {times} times, the log has {logged}"
            );
        }
        for ((session, client_id), times) in left {
            let logged = self.0[session].of_client("session-disconnected", client_id, Some("left"));
            assert!(
                logged >= times,
                "{client_id} left {session} {times} times, the log has {logged}"
            );
        }
        for session in touched {
            self.0[session].check_state(api, session, deleted_roots).await;
        }
    }
}

impl Log {
    /// The session, its tree and its counts are what the events say.
    async fn check_state(&self, api: &Api, session: &str, deleted_roots: &[String]) {
        let path = format!("/sessions/{session}");
        let (status, now) = api.call(Method::GET, &path, None).await;
        if status == 410 {
            assert!(deleted_roots.iter().any(|id| id == session), "{session}: {now}");
            return;
        }
        assert_eq!(now["seq"], self.follower.seq, "{session}");
        assert_eq!(now["active_clients"], 0, "{session}");
        assert_eq!(now["node_count"], self.follower.tree.nodes.len(), "{session}");
        let changes = ["command-executed", "undo", "redo"].map(|name| self.count(name));
        assert_eq!(now["revision"], changes.iter().sum::<usize>(), "{session}");
        assert_eq!(
            self.count("session-connected"),
            self.count("session-disconnected"),
            "{session}: everybody is disconnected"
        );
        let tree = api.get(&format!("{path}/graph/tree")).await;
        assert_eq!(tree["roots"], self.follower.tree.to_json(), "{session}");
    }
}

impl Answered {
    fn session(&self) -> &str {
        match self {
            Self::Executed { session, .. }
            | Self::Joined { session, .. }
            | Self::Left { session, .. }
            | Self::Created { session }
            | Self::Patched { session, .. }
            | Self::Removed { session } => session,
        }
    }
}

fn text<'a>(event: &'a Value, field: &str) -> &'a str {
    event[field].as_str().unwrap_or_else(|| panic!("no {field} in {event}"))
}
