//! Clients by REST, plain WebSocket and Socket.IO that do everything at once until the server ends.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

use reqwest::Method;
use serde_json::{Value, json};
use tokio::sync::mpsc::UnboundedSender;

use crate::client::{Client, Gone};
use crate::support::board::node_id;
use crate::support::dice::Dice;

/// A change that was answered: it may not be lost.
#[derive(Debug)]
pub enum Answered {
    /// With the name of the event that ends it.
    Executed {
        session: String,
        event: &'static str,
        answer: Value,
    },
    Joined {
        session: String,
        client_id: String,
    },
    Left {
        session: String,
        client_id: String,
    },
    Created {
        session: String,
    },
    /// The session as it was answered.
    Patched {
        session: String,
        answer: Value,
    },
    Removed {
        session: String,
    },
}

/// What the clients of a round know together.
pub struct World {
    pub addr: SocketAddr,
    /// Those that are to stay, first.
    pub sessions: Mutex<Vec<String>>,
    /// Sessions that somebody has asked to remove, answered or not.
    pub deleted_roots: Mutex<Vec<String>>,
    /// Nodes of each session that were created, some of them gone.
    nodes: Mutex<HashMap<String, Vec<String>>>,
    next_node: AtomicU32,
    answered: UnboundedSender<Answered>,
}

/// Refusals that a client brings about by what others do at the same time. No other may come.
const EXPECTED_REFUSALS: [&str; 9] = [
    "NODE_NOT_FOUND",
    "INVALID_COMMAND",
    "IDEMPOTENCY_KEY_REUSED",
    "REVISION_MISMATCH",
    "UNDO_CONFLICT",
    "NOTHING_TO_UNDO",
    "NOTHING_TO_REDO",
    "SESSION_REMOVED",
    "SESSION_NOT_FOUND",
];

/// Nodes in a graph that is put as a whole.
const WHOLE_GRAPH: u32 = 30;

impl World {
    /// With sessions that nobody removes; nodes are named from a number on.
    pub fn new(
        addr: SocketAddr,
        sessions: Vec<String>,
        first_node: u32,
        answered: UnboundedSender<Answered>,
    ) -> Self {
        Self {
            addr,
            sessions: Mutex::new(sessions),
            deleted_roots: Mutex::default(),
            nodes: Mutex::default(),
            next_node: AtomicU32::new(first_node),
            answered,
        }
    }

    fn report(&self, answered: Answered) {
        // Nobody listens any more when the round is over.
        let _ = self.answered.send(answered);
    }

    fn session(&self, dice: &mut Dice) -> String {
        let sessions = self.sessions.lock().unwrap();
        dice.pick(&sessions).unwrap().clone()
    }

    fn known_node(&self, session: &str, dice: &mut Dice) -> Value {
        let nodes = self.nodes.lock().unwrap();
        nodes.get(session).and_then(|nodes| dice.pick(nodes)).map_or(Value::Null, |id| json!(id))
    }

    fn new_node(&self, session: &str) -> String {
        let id = node_id(self.next_node.fetch_add(1, Ordering::Relaxed));
        self.nodes.lock().unwrap().entry(session.to_owned()).or_default().push(id.clone());
        id
    }

    /// Some command: its type and its data.
    fn command(&self, session: &str, dice: &mut Dice) -> (&'static str, Value) {
        let some = self.known_node(session, dice);
        let other = self.known_node(session, dice);
        let new = |parent: &Value, index: usize| {
            json!({"blueprint_type_id": "task", "node_id": self.new_node(session),
                   "parent_id": parent, "index": index % 4, "properties": {"turn": index}})
        };
        let chance = dice.below(100);
        match chance {
            _ if some.is_null() => ("CreateNode", new(&Value::Null, chance)),
            0..40 => ("CreateNode", new(&some, chance)),
            40..46 => ("CreateNode", new(&Value::Null, chance)),
            46..58 => ("RenameNode", json!({"node_id": some, "name": format!("name {chance}")})),
            58..70 => (
                "UpdateProperty",
                json!({"node_id": some, "property_id": "turn", "value": {"n": chance}}),
            ),
            70..82 => {
                ("LinkNode", json!({"parent_id": some, "child_id": other, "index": chance % 3}))
            }
            82..87 => ("UnlinkNode", json!({"child_id": some})),
            87..93 => ("DeleteNode", json!({"node_id": some})),
            _ => {
                let create = json!({"command_type": "CreateNode", "data": new(&some, chance)});
                let rename = json!({"command_type": "RenameNode",
                                    "data": {"node_id": some, "name": "of a batch"}});
                ("Batch", json!({"commands": [create, rename]}))
            }
        }
    }

    /// Another graph for the session.
    fn graph(&self, session: &str) -> Value {
        let first = self.new_node(session);
        let mut nodes = vec![json!({"id": first, "blueprint_type_id": "list", "name": "first"})];
        for n in 1..WHOLE_GRAPH {
            nodes.push(json!({"id": self.new_node(session), "parent_id": first,
                              "blueprint_type_id": "item", "name": format!("item {n}")}));
        }
        json!({ "nodes": nodes })
    }
}

/// Whether it was done; an unusual refusal ends the test.
fn is_done(answer: &Value) -> bool {
    let error = answer.get("error").unwrap_or(answer);
    let Some(code) = error.get("code") else { return true };
    assert!(EXPECTED_REFUSALS.iter().any(|expected| code == *expected), "{answer}");
    false
}

/// One that joins, changes and leaves over a live connection; returns what it has received when the server is gone.
pub async fn live(world: &World, mut client: Client, mut dice: Dice) -> Vec<Value> {
    let mut inside = HashMap::new();
    while let Ok(()) = live_turn(world, &mut client, &mut inside, &mut dice).await {}
    client.received
}

async fn live_turn(
    world: &World,
    client: &mut Client,
    inside: &mut HashMap<String, String>,
    dice: &mut Dice,
) -> Result<(), Gone> {
    let session = world.session(dice);
    let here = json!({"session_id": session});
    match dice.below(100) {
        0..30 => {
            let answer = client.ask("join_session", here).await?;
            if is_done(&answer) && !inside.contains_key(&session) {
                let client_id = answer["client_id"].as_str().unwrap().to_owned();
                inside.insert(session.clone(), client_id.clone());
                world.report(Answered::Joined { session, client_id });
            }
        }
        30..45 => {
            let answer = client.ask("leave_session", here).await?;
            let was_inside = inside.remove(&session);
            if let Some(client_id) = was_inside.filter(|_| is_done(&answer)) {
                world.report(Answered::Left { session, client_id });
            }
        }
        45..85 => {
            let (command_type, data) = world.command(&session, dice);
            let request =
                json!({"session_id": session, "command_type": command_type, "data": data});
            let answer = client.ask("execute", request).await?;
            executed(world, session, "command-executed", answer);
        }
        85..94 => {
            let answer = client.ask("undo", here).await?;
            executed(world, session, "undo", answer);
        }
        _ => {
            let answer = client.ask("redo", here).await?;
            executed(world, session, "redo", answer);
        }
    }
    Ok(())
}

fn executed(world: &World, session: String, event: &'static str, answer: Value) {
    if is_done(&answer) {
        world.report(Answered::Executed { session, event, answer });
    }
}

/// One that creates, changes and removes sessions, and their content, over REST.
pub async fn rest(world: &World, http: reqwest::Client, mut dice: Dice) {
    let mut own = Vec::new();
    while let Ok(()) = rest_turn(world, &http, &mut own, &mut dice).await {}
}

async fn rest_turn(
    world: &World,
    http: &reqwest::Client,
    own: &mut Vec<String>,
    dice: &mut Dice,
) -> Result<(), Gone> {
    let session = world.session(dice);
    let path = format!("/sessions/{session}");
    match dice.below(100) {
        0..12 => {
            let answer =
                call(world, http, Method::POST, "/sessions", json!({"name": "made"})).await?;
            let session = answer["session_id"].as_str().unwrap().to_owned();
            own.push(session.clone());
            world.sessions.lock().unwrap().push(session.clone());
            world.report(Answered::Created { session });
        }
        12..20 => {
            let Some(session) = dice.pick(own).cloned() else { return Ok(()) };
            own.retain(|id| *id != session);
            world.sessions.lock().unwrap().retain(|id| *id != session);
            world.deleted_roots.lock().unwrap().push(session.clone());
            let path = format!("/sessions/{session}");
            let answer = call(world, http, Method::DELETE, &path, Value::Null).await?;
            if is_done(&answer) {
                world.report(Answered::Removed { session });
            }
        }
        20..30 => {
            let patch = json!({"attributes": {"turn": dice.below(1_000_000)}});
            let answer = call(world, http, Method::PATCH, &path, patch).await?;
            if is_done(&answer) {
                world.report(Answered::Patched { session, answer });
            }
        }
        30..34 => {
            let graph = world.graph(&session);
            let path = format!("{path}/graph");
            let answer = call(world, http, Method::PUT, &path, graph).await?;
            executed(world, session, "command-executed", answer);
        }
        34..80 => {
            let (command_type, data) = world.command(&session, dice);
            let command = json!({"command_type": command_type, "data": data});
            let path = format!("{path}/commands");
            let answer = call(world, http, Method::POST, &path, command).await?;
            executed(world, session, "command-executed", answer);
        }
        80..92 => {
            let answer =
                call(world, http, Method::POST, &format!("{path}/undo"), json!({})).await?;
            executed(world, session, "undo", answer);
        }
        _ => {
            let answer =
                call(world, http, Method::POST, &format!("{path}/redo"), json!({})).await?;
            executed(world, session, "redo", answer);
        }
    }
    Ok(())
}

/// The body that is answered; null where there is none.
async fn call(
    world: &World,
    http: &reqwest::Client,
    method: Method,
    path: &str,
    body: Value,
) -> Result<Value, Gone> {
    let url = format!("http://{}/api/v1{path}", world.addr);
    let mut request = http.request(method, url);
    if !body.is_null() {
        request = request.json(&body);
    }
    let response = request.send().await.map_err(|_| Gone)?;
    let bytes = response.bytes().await.map_err(|_| Gone)?;
    Ok(if bytes.is_empty() { Value::Null } else { serde_json::from_slice(&bytes).unwrap() })
}
