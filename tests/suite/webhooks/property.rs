//! Random lives of sessions, with a receiver that fails at random and a server that is restarted: every message
//! arrives, in order within its session, and none is invented.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Mutex;

use proptest::prelude::*;
use proptest::test_runner::Config;
use reqwest::Method;
use serde_json::json;

use super::receiver::{Receiver, Reply};
use super::{create, server};
use crate::support::dice::Dice;
use crate::support::{Server, Ws, cases, eventually, number};

const SESSIONS: usize = 4;
const CLIENTS: usize = 3;

#[derive(Debug, Clone)]
enum Step {
    Create(usize),
    Join(usize, usize),
    Leave(usize, usize),
    Disconnect(usize),
    Rename(usize),
    Execute(usize),
    Remove(usize),
    Restart,
}

fn step() -> impl Strategy<Value = Step> {
    let (session, client) = (0..SESSIONS, 0..CLIENTS);
    prop_oneof![
        3 => session.clone().prop_map(Step::Create),
        6 => (session.clone(), client.clone()).prop_map(|(s, c)| Step::Join(s, c)),
        4 => (session.clone(), client.clone()).prop_map(|(s, c)| Step::Leave(s, c)),
        1 => client.prop_map(Step::Disconnect),
        3 => session.clone().prop_map(Step::Rename),
        5 => session.clone().prop_map(Step::Execute),
        1 => session.prop_map(Step::Remove),
        1 => Just(Step::Restart),
    ]
}

/// What is known of a session: what messages there have to be.
#[derive(Default)]
struct Modelled {
    seq: i64,
    clients: BTreeSet<usize>,
    /// Types with numbers, in order, but for changes of content.
    messages: Vec<(&'static str, i64)>,
    /// The numbers of events about content.
    content: BTreeSet<i64>,
}

impl Modelled {
    fn event(&mut self, kind: &'static str) {
        self.seq += 1;
        self.messages.push((kind, self.seq));
    }

    fn leave(&mut self, client: usize) {
        if self.clients.remove(&client) {
            self.event("client.left");
            if self.clients.is_empty() {
                self.messages.push(("session.emptied", self.seq));
            }
        }
    }
}

struct World {
    server: Server,
    clients: Vec<Ws>,
    /// The ids of the sessions that there are.
    there: Vec<Option<String>>,
    all: BTreeMap<String, Modelled>,
    names: usize,
}

impl World {
    async fn new() -> Self {
        let server = server().await;
        let clients = connect(&server).await;
        let (there, all) = (vec![None; SESSIONS], BTreeMap::new());
        Self { server, clients, there, all, names: 0 }
    }

    fn modelled(&mut self, session: usize) -> Option<(String, &mut Modelled)> {
        let id = self.there[session].clone()?;
        let modelled = self.all.get_mut(&id)?;
        Some((id, modelled))
    }

    async fn take(&mut self, step: Step) {
        let api = self.server.api();
        match step {
            Step::Create(session) => {
                if self.there[session].is_none() {
                    let id = api.create(json!({})).await;
                    let modelled = self.all.entry(id.clone()).or_default();
                    modelled.messages.push(("session.created", 0));
                    self.there[session] = Some(id);
                }
            }
            Step::Join(session, client) => {
                let Some((id, modelled)) = self.modelled(session) else { return };
                if modelled.clients.insert(client) {
                    modelled.event("client.joined");
                    self.clients[client].join(&id).await;
                }
            }
            Step::Leave(session, client) => {
                let Some((id, modelled)) = self.modelled(session) else { return };
                if modelled.clients.contains(&client) {
                    modelled.leave(client);
                    self.clients[client].leave(&id).await;
                }
            }
            Step::Disconnect(client) => {
                let ws = Ws::connect(self.server.addr).await;
                std::mem::replace(&mut self.clients[client], ws).close().await;
                for modelled in self.all.values_mut() {
                    modelled.leave(client);
                }
                for id in self.there.iter().flatten() {
                    let clients = self.all[id].clients.len() as i64;
                    let is_counted = async || api.active_clients(id).await == clients;
                    eventually("the disconnect", is_counted).await;
                }
            }
            Step::Rename(session) => {
                self.names += 1;
                let name = json!({"name": self.names.to_string()});
                let Some((id, modelled)) = self.modelled(session) else { return };
                modelled.event("session.updated");
                let path = format!("/sessions/{id}");
                assert_eq!(api.call(Method::PATCH, &path, Some(name)).await.0, 200);
            }
            Step::Execute(session) => {
                let Some((id, modelled)) = self.modelled(session) else { return };
                let node =
                    json!({"command_type": "CreateNode", "data": {"blueprint_type_id": "t"}});
                let executed = api.post(&format!("/sessions/{id}/commands"), node).await;
                let last = executed["seq"].as_i64().unwrap();
                modelled.content.extend(modelled.seq + 1..=last);
                modelled.seq = last;
            }
            Step::Remove(session) => {
                let Some((id, modelled)) = self.modelled(session) else { return };
                modelled.clients.clear();
                modelled.event("session.removed");
                self.there[session] = None;
                let path = format!("/sessions/{id}");
                assert_eq!(api.call(Method::DELETE, &path, None).await.0, 204);
            }
            Step::Restart => {
                self.server.restart().await;
                self.clients = connect(&self.server).await;
                for modelled in self.all.values_mut() {
                    for client in modelled.clients.clone() {
                        modelled.leave(client);
                    }
                }
            }
        }
    }

    /// Waits until nothing is left to be sent.
    async fn settle(&self) {
        let left = "select (select count(*) from webhook_deliveries where state <> 'delivered')
                         + (select count(*) from internal_webhook_created_sessions)
                         + (select coalesce(max(entry), 0) from internal_event_log)
                         - (select entry from webhook_endpoints)";
        eventually("everything is sent", async || {
            number(&mut self.server.sql().await, left).await == 0
        })
        .await;
    }

    fn check(&self, receiver: &Receiver) {
        let mut seen: BTreeMap<String, Vec<(String, i64)>> = BTreeMap::new();
        let mut content: BTreeMap<String, BTreeSet<i64>> = BTreeMap::new();
        let mut ids = HashSet::new();
        for received in receiver.seen() {
            // A receiver leaves out what it has seen.
            if !ids.insert(received.id().to_owned()) {
                continue;
            }
            let data = &received.body["data"];
            let id = data["session_id"].as_str().unwrap().to_owned();
            if received.kind() == "content.changed" {
                let number = |name: &str| data[name].as_i64().unwrap();
                content.entry(id).or_default().extend(number("first_seq")..=number("last_seq"));
            } else {
                let message = (received.kind().to_owned(), data["seq"].as_i64().unwrap());
                seen.entry(id).or_default().push(message);
            }
        }
        assert!(seen.keys().all(|id| self.all.contains_key(id)));
        for (id, modelled) in &self.all {
            let expected: Vec<(String, i64)> =
                modelled.messages.iter().map(|(kind, seq)| ((*kind).to_owned(), *seq)).collect();
            assert_eq!(seen.get(id), Some(&expected), "{id}");
            let reported = content.remove(id).unwrap_or_default();
            assert!(modelled.content.is_subset(&reported), "{id}: {reported:?}");
            let last = modelled.content.last().copied().unwrap_or_default();
            assert_eq!(reported.last().copied().unwrap_or_default(), last, "{id}");
        }
        assert!(content.is_empty());
    }
}

async fn connect(server: &Server) -> Vec<Ws> {
    let mut clients = Vec::new();
    for _ in 0..CLIENTS {
        clients.push(server.ws().await);
    }
    clients
}

async fn live(steps: Vec<Step>, seed: u64) {
    let mut world = World::new().await;
    let receiver = Receiver::start().await;
    let dice = Mutex::new(Dice::new(seed));
    receiver.answer(move |_| match dice.lock().unwrap().below(4) {
        0 => Reply::Status(500),
        _ => Reply::Status(204),
    });
    create(&world.server.api(), json!({"url": receiver.url()})).await;
    for step in steps {
        world.take(step).await;
    }
    world.settle().await;
    world.check(&receiver);
}

proptest! {
    #![proptest_config(Config {
        cases: cases(3),
        max_shrink_iters: 20,
        failure_persistence: None,
        ..Config::default()
    })]

    #[test]
    fn random_lives_reach_a_receiver_that_fails_at_random(
        steps in prop::collection::vec(step(), 40..60),
        seed in any::<u64>(),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(live(steps, seed));
    }
}
