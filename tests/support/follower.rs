//! A client that knows a session's content from events alone.

use std::collections::HashMap;

use serde_json::Value;

use super::Ws;
use super::model::Tree;

/// Holds a tree that is made of node and property events alone.
#[derive(Default)]
pub struct Follower {
    pub tree: Tree,
    /// The number of the last event.
    pub seq: i64,
    /// How many events of each name came.
    pub received: HashMap<String, usize>,
}

impl Follower {
    /// Takes one event in; it must be the next.
    pub fn receive(&mut self, event: &Value) {
        let name = event["type"].as_str().or(event["event"].as_str()).unwrap().to_owned();
        assert_eq!(event["seq"].as_i64(), Some(self.seq + 1), "a hole or a repeat: {event}");
        self.seq += 1;
        self.tree.follow(&name, event);
        *self.received.entry(name).or_default() += 1;
    }

    /// Listens until the event with this number has come; answers what came.
    pub async fn receive_until(&mut self, ws: &mut Ws, seq: i64) -> Vec<Value> {
        let mut received = Vec::new();
        while self.seq < seq {
            let event = ws.event().await;
            self.receive(&event);
            received.push(event);
        }
        received
    }
}
