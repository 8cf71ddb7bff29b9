//! Random creations, changes, removals, restores, purges and restarts, against a plain model: what each session
//! had when it was last seen.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::board::{Board, refusal};
use crate::support::{Api, Server, cases, eventually, number, run};

#[derive(Debug, Clone)]
enum Act {
    Create,
    Change(usize),
    Undo(usize),
    Remove(usize),
    Restore(usize),
    /// All sessions without clients.
    CleanUp,
    /// Lets the window of every removed session end.
    Purge,
    Restart,
}

fn act() -> impl Strategy<Value = Act> {
    let session = 0..4_usize;
    prop_oneof![
        2 => Just(Act::Create),
        6 => session.clone().prop_map(Act::Change),
        2 => session.clone().prop_map(Act::Undo),
        4 => session.clone().prop_map(Act::Remove),
        5 => session.prop_map(Act::Restore),
        1 => Just(Act::CleanUp),
        1 => Just(Act::Purge),
        1 => Just(Act::Restart),
    ]
}

#[derive(Debug, Clone, PartialEq)]
enum State {
    Live,
    Removed,
    Gone,
}

/// A session as the model knows it.
#[derive(Debug)]
struct Known {
    state: State,
    /// Its tree and its history.
    content: Value,
    /// The names of its events.
    events: Vec<String>,
}

struct World {
    server: Server,
    api: Api,
    sessions: BTreeMap<String, Known>,
    nodes: u32,
}

impl World {
    fn board(&self, id: &str) -> Board {
        Board { api: self.api.clone(), id: id.to_owned() }
    }

    fn pick(&self, place: usize) -> Option<String> {
        let ids: Vec<&String> = self.sessions.keys().collect();
        (!ids.is_empty()).then(|| ids[place % ids.len()].clone())
    }

    async fn play(&mut self, act: Act) {
        match act {
            Act::Create => {
                let id = self.api.create(json!({})).await;
                let content = content(&self.board(&id)).await;
                let known = Known { state: State::Live, content, events: Vec::new() };
                self.sessions.insert(id, known);
            }
            Act::Change(place) => self.change(place, "/commands").await,
            Act::Undo(place) => self.change(place, "/undo").await,
            Act::Remove(place) => self.remove(place).await,
            Act::Restore(place) => self.restore(place).await,
            Act::CleanUp => {
                self.api.post("/sessions/cleanup", json!({"max_inactive_hours": 0})).await;
                for known in self.sessions.values_mut().filter(|k| k.state == State::Live) {
                    known.state = State::Removed;
                    known.events.push("session-removed".to_owned());
                }
            }
            Act::Purge => {
                let mut sql = self.server.sql().await;
                run(&mut sql, "update internal_removed_sessions set restorable_until = ''")
                    .await
                    .unwrap();
                let waiting = "select (select count(*) from internal_removed_sessions)
                                    + (select count(*) from internal_purge_queue)";
                let server = &self.server;
                let is_purged = async || number(&mut server.sql().await, waiting).await == 0;
                eventually("the sessions are purged", is_purged).await;
                for known in self.sessions.values_mut().filter(|k| k.state == State::Removed) {
                    known.state = State::Gone;
                }
            }
            Act::Restart => {
                self.server.restart().await;
                self.api = self.server.api();
            }
        }
    }

    async fn change(&mut self, place: usize, path: &str) {
        let Some(id) = self.pick(place) else { return };
        let board = self.board(&id);
        self.nodes += 1;
        let body = json!({"command_type": "CreateNode",
            "data": {"blueprint_type_id": "t", "name": self.nodes.to_string()}});
        let body = if path == "/undo" { json!({}) } else { body };
        let (status, answer) = board.call(Method::POST, path, body).await;
        let known = self.sessions.get_mut(&id).unwrap();
        match known.state {
            State::Live if status == 200 => {
                let events = if path == "/undo" {
                    ["node-deleted", "undo"]
                } else {
                    ["node-created", "command-executed"]
                };
                known.events.extend(events.map(str::to_owned));
                known.content = content(&board).await;
            }
            State::Live => assert_eq!(answer["error"]["code"], "NOTHING_TO_UNDO"),
            _ => assert_eq!(status, 410, "{answer}"),
        }
    }

    async fn remove(&mut self, place: usize) {
        let Some(id) = self.pick(place) else { return };
        let (status, _) = self.board(&id).call(Method::DELETE, "", Value::Null).await;
        let known = self.sessions.get_mut(&id).unwrap();
        if known.state == State::Live {
            assert_eq!(status, 204);
            known.state = State::Removed;
            known.events.push("session-removed".to_owned());
        } else {
            assert_eq!(status, 410);
        }
    }

    async fn restore(&mut self, place: usize) {
        let Some(id) = self.pick(place) else { return };
        let answer = self.board(&id).call(Method::POST, "/restore", Value::Null).await;
        let known = self.sessions.get_mut(&id).unwrap();
        match known.state {
            State::Live => assert_eq!(refusal(answer).1, "SESSION_EXISTS"),
            State::Gone => assert_eq!(refusal(answer).1, "SESSION_REMOVED"),
            State::Removed => {
                assert_eq!(answer.0, 200, "{}", answer.1);
                known.state = State::Live;
                known.events.push("session-restored".to_owned());
            }
        }
    }

    async fn compare(&self) {
        let mut live = 0;
        for (id, known) in &self.sessions {
            let board = self.board(id);
            if known.state != State::Live {
                assert_eq!(refusal(board.call(Method::GET, "", Value::Null).await).0, 410);
                continue;
            }
            live += 1;
            assert_eq!(content(&board).await, known.content);
            let page = board.get("/events?since=0").await;
            let events = page["events"].as_array().unwrap();
            let names: Vec<&str> = events.iter().map(|e| e["event"].as_str().unwrap()).collect();
            assert_eq!(names, known.events);
            let numbers = events.iter().map(|event| event["seq"].as_u64().unwrap());
            assert!(numbers.eq(1..=known.events.len() as u64));
            assert_eq!(board.get("").await["seq"], known.events.len());
        }
        assert_eq!(self.api.get("/sessions").await["total"], live);
        let report = super::succeed(&["check".as_ref(), self.server.database().as_os_str()]).await;
        assert!(report.contains(": ok"), "{report}");
    }
}

async fn content(board: &Board) -> Value {
    json!([board.get("/graph/tree").await["roots"], board.get("/commands").await])
}

#[test]
fn sessions_are_as_in_the_model_after_any_acts() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let config = Config { cases: cases(12), failure_persistence: None, ..Config::default() };
    let acts = prop::collection::vec(act(), 1..40);
    TestRunner::new(config)
        .run(&acts, |acts| {
            runtime.block_on(async {
                let server = Server::start().await;
                let api = server.api();
                let mut world = World { server, api, sessions: BTreeMap::new(), nodes: 0 };
                for act in acts {
                    world.play(act).await;
                }
                world.compare().await;
            });
            Ok(())
        })
        .unwrap();
}
