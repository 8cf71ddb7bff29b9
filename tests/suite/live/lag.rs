//! A client that reads is never evicted and misses no event, however short its queue and however
//! busy the server.

use std::collections::HashMap;

use proptest::prelude::*;
use proptest::test_runner::Config;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::support::{Api, Server, Ws, cases};

const SESSIONS: usize = 2;
const FOLLOWERS: usize = 4;

/// What a follower does next.
#[derive(Debug, Clone)]
enum Step {
    Join(usize),
    /// With the number of the last event that it has.
    ComeBack(usize),
    Leave(usize),
    Execute(usize),
    /// Sends so many requests and reads nothing meanwhile.
    Pings(usize),
    Presence(usize),
}

fn step() -> impl Strategy<Value = Step> {
    let session = || 0..SESSIONS;
    prop_oneof![
        3 => session().prop_map(Step::Join),
        3 => session().prop_map(Step::ComeBack),
        2 => session().prop_map(Step::Leave),
        4 => session().prop_map(Step::Execute),
        1 => (1_usize..30).prop_map(Step::Pings),
        2 => session().prop_map(Step::Presence),
    ]
}

/// A client that checks that each event of the sessions that it is in comes once and in order.
struct Follower {
    ws: Ws,
    sessions: Vec<String>,
    /// The last event that it has of each session that it is in, or was in.
    last: HashMap<String, i64>,
    is_in: HashMap<String, bool>,
}

impl Follower {
    fn take(&mut self, event: &Value) {
        if event["type"] == "presence" {
            return;
        }
        let id = event["session_id"].as_str().unwrap();
        assert_eq!(self.is_in.get(id), Some(&true), "not in: {event}");
        let last = self.last.get_mut(id).unwrap();
        assert_eq!(event["seq"], *last + 1, "{event}");
        *last += 1;
        if event["type"] == "session-removed" {
            self.is_in.insert(id.to_owned(), false);
        }
    }

    /// The answer to a request; the events before it are checked.
    async fn ask(&mut self, request: Value) -> Value {
        let answer = self.ws.ask(request).await;
        for event in std::mem::take(&mut self.ws.events) {
            self.take(&event);
        }
        answer
    }

    async fn join(&mut self, id: String, since: Option<i64>) {
        let mut request = json!({"type": "join_session", "session_id": id});
        if let Some(since) = since {
            request["since"] = since.into();
        }
        let joined = self.ask(request).await;
        assert_eq!(joined["type"], "joined", "{joined}");
        let was_in = self.is_in.insert(id.clone(), true) == Some(true);
        match since {
            // What came while it asked comes again.
            Some(since) => drop(self.last.insert(id, since)),
            None if was_in => {}
            None => drop(self.last.insert(id, joined["seq"].as_i64().unwrap())),
        }
    }

    async fn go(&mut self, step: Step) {
        match step {
            Step::Join(session) => self.join(self.sessions[session].clone(), None).await,
            Step::ComeBack(session) => {
                let id = self.sessions[session].clone();
                let since = self.last.get(&id).copied();
                self.join(id, since).await;
            }
            Step::Leave(session) => {
                let id = self.sessions[session].clone();
                let left = self.ask(json!({"type": "leave_session", "session_id": id})).await;
                assert_eq!(left["type"], "left", "{left}");
                self.is_in.insert(id, false);
            }
            Step::Execute(session) => {
                let batch = json!({"type": "execute", "session_id": self.sessions[session],
                                   "command_type": "Batch", "data": {"commands": []}});
                assert_eq!(self.ask(batch).await["type"], "executed");
            }
            Step::Pings(count) => {
                for _ in 0..count {
                    self.ws.send(json!({"type": "ping"})).await;
                }
                for _ in 0..count {
                    let pong = self.ws.answer().await;
                    assert_eq!(pong["type"], "pong", "{pong}");
                }
            }
            Step::Presence(session) => {
                let id = self.sessions[session].clone();
                if self.is_in.get(&id) == Some(&true) {
                    let data = "x".repeat(300);
                    self.ws.send(json!({"type": "presence", "session_id": id, "data": data})).await;
                }
            }
        }
    }

    /// Reads until it has the end of every session that it is in.
    async fn finish(&mut self) {
        while self.is_in.values().any(|is_in| *is_in) {
            let event = self.ws.event().await;
            self.take(&event);
        }
    }
}

/// Changes a session again and again, by small and by large events.
async fn write(api: Api, id: String, changes: usize) {
    for turn in 0..changes {
        let filler = "x".repeat(turn % 7 * 600);
        let patch = json!({"attributes": {"filler": filler, "turn": turn}});
        let (status, answer) =
            api.call(Method::PATCH, &format!("/sessions/{id}"), Some(patch)).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
    }
}

async fn follow(plans: Vec<Vec<Step>>) {
    let flags =
        ["--cleanup-interval", "off", "--client-queue-size", "2", "--client-queue-bytes", "3000"];
    let server = Server::with(&flags).await;
    let api = server.api();
    let mut sessions = Vec::new();
    for _ in 0..SESSIONS {
        sessions.push(api.create(json!({})).await);
    }
    let mut writers = JoinSet::new();
    for id in sessions.iter().cycle().take(4 * SESSIONS) {
        writers.spawn(write(api.clone(), id.clone(), 40));
    }
    let mut followers = JoinSet::new();
    for plan in plans {
        let mut follower = Follower {
            ws: server.ws().await,
            sessions: sessions.clone(),
            last: HashMap::new(),
            is_in: HashMap::new(),
        };
        followers.spawn(async move {
            for step in plan {
                follower.go(step).await;
            }
            follower
        });
    }
    writers.join_all().await;
    let mut followers = followers.join_all().await;
    // All at once, and the end of each session with it.
    for id in &sessions {
        write(api.clone(), id.clone(), 3).await;
        let (status, _) = api.call(Method::DELETE, &format!("/sessions/{id}"), None).await;
        assert_eq!(status, StatusCode::NO_CONTENT);
    }
    for follower in &mut followers {
        follower.finish().await;
    }
}

proptest! {
    #![proptest_config(Config {
        cases: cases(2),
        max_shrink_iters: 20,
        failure_persistence: None,
        ..Config::default()
    })]

    #[test]
    fn reading_client_gets_every_event_once_and_in_order(
        plans in prop::collection::vec(prop::collection::vec(step(), 15..40), FOLLOWERS)
    ) {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
        runtime.unwrap().block_on(follow(plans));
    }
}

/// A replay is the server's work: what happens meanwhile disconnects nobody.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn client_is_not_evicted_during_its_replay() {
    let flags = ["--cleanup-interval", "off", "--client-queue-size", "1"];
    let server = Server::with(&flags).await;
    let api = server.api();
    let id = api.create(json!({})).await;
    write(api.clone(), id.clone(), 300).await;
    let mut writers = JoinSet::new();
    for _ in 0..8 {
        writers.spawn(write(api.clone(), id.clone(), 30));
    }
    let mut ws = server.ws().await;
    let mut last = json!(0);
    for _ in 0..20 {
        let join = json!({"type": "join_session", "session_id": id, "since": 0});
        let joined = ws.ask(join).await;
        assert_eq!(joined["type"], "joined", "{joined}");
        ws.events.clear();
        for seq in 1..=joined["seq"].as_i64().unwrap() {
            assert_eq!(ws.event().await["seq"], seq);
        }
        last = joined["seq"].clone();
    }
    writers.join_all().await;
    let seq = api.get(&format!("/sessions/{id}")).await["seq"].clone();
    while last != seq {
        last = ws.event().await["seq"].clone();
    }
}
