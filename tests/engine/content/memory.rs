//! The engine on the storage in memory. After each transaction what it has cached must be what is stored.

use std::collections::{BTreeMap, HashMap};

use futures_util::FutureExt;
use rollcall::engine::commands;
use rollcall::engine::head::{Cache, Head, UndoneSteps};
use rollcall::engine::limits::Limits;
use rollcall::engine::memory_storage::{MemoryStorage, StepState};
use rollcall::engine::request::ContentRequest;
use rollcall::engine::storage::Tree as TreeKey;
use rollcall::engine::transaction::{Happened, Transaction};
use rollcall::model::{CommandId, NodeId, OrderKey, Scope, SessionId, Timestamp};
use serde_json::Value;

use super::clock::TestClock;
use super::dump::{self, Dump};
use super::requests::{content_request, outcome};
use crate::random::{event_json, new_head};
use crate::support::content::{Backend, Manner, Observed};
use crate::support::model::{Node, Outcome, Request, Tree};

pub struct Memory {
    storage: MemoryStorage,
    cache: Cache,
    limits: Limits,
    session_ids: Vec<SessionId>,
    /// Of each session those that nobody has asked for yet.
    events: Vec<Vec<Value>>,
    /// Of each session the time of its last event.
    times: Vec<Timestamp>,
    /// The bytes of the changes of each step that was made alone.
    bytes: HashMap<CommandId, i64>,
    clock: TestClock,
    /// How many transactions there were.
    pub transactions: usize,
}

impl Memory {
    /// A storage with so many sessions.
    pub fn new(sessions: usize, limits: Limits, clock: TestClock) -> Self {
        let mut storage = MemoryStorage::default();
        let session_ids: Vec<SessionId> = (0..sessions).map(|_| SessionId::new()).collect();
        let time = clock.now();
        for (key, session_id) in (1..).zip(&session_ids) {
            storage.add_session(*session_id, new_head(key, time));
        }
        Self {
            storage,
            cache: Cache::default(),
            limits,
            events: vec![Vec::new(); sessions],
            times: vec![time; sessions],
            session_ids,
            bytes: HashMap::new(),
            clock,
            transactions: 0,
        }
    }

    /// Everything that is stored of a session.
    pub fn dump(&self, session: usize) -> Dump {
        dump::of_memory(&self.storage, self.session_ids[session])
    }

    pub fn session_id(&self, session: usize) -> SessionId {
        self.session_ids[session]
    }

    /// Does as many of the requests as fit into one transaction.
    fn transact(&mut self, requests: &[ContentRequest], manner: Manner) -> Vec<Outcome> {
        self.transactions += 1;
        // It takes its time, so not always.
        let is_alone = requests.len() == 1 && manner.one_by_one;
        let before = is_alone.then(|| self.positions());
        if manner.is_cache_lost {
            self.cache = Cache::default();
        }
        let (storage, cache) = (std::mem::take(&mut self.storage), std::mem::take(&mut self.cache));
        let limits = self.limits;
        let mut transaction = Transaction::new(storage, cache, self.clock.now(), &limits);
        let applying = async {
            transaction.load(requests.iter().map(|request| request.session_id)).await?;
            // The model has to know the bytes of each step where they are limited.
            let are_bytes_limited = limits.content.history_bytes < 1_000_000;
            if !manner.one_by_one && !are_bytes_limited {
                return commands::apply(&mut transaction, requests).await;
            }
            let mut outcomes = Vec::new();
            for request in requests {
                if transaction.is_full() {
                    break;
                }
                let alone = std::slice::from_ref(request);
                outcomes.extend(commands::apply(&mut transaction, alone).await?);
                if let Some(Ok(executed)) = outcomes.last() {
                    let bytes = bytes_of_last_step(&transaction.storage, request.session_id);
                    self.bytes.entry(executed.command_id).or_insert(bytes);
                }
            }
            Ok(outcomes)
        };
        let applied = applying.now_or_never().expect("it waits for nothing").expect("it is done");
        let (storage, cache, happened) = transaction.finish().unwrap();
        (self.storage, self.cache) = (storage, cache);
        self.take_events(happened);
        self.check_cache();
        if let (Some(before), [Err(refusal)]) = (before, &*applied) {
            assert_eq!(self.positions(), before, "{refusal} has left a trace");
        }
        applied.into_iter().map(outcome).collect()
    }

    /// Where all nodes stand.
    fn positions(&self) -> Vec<(NodeId, Option<NodeId>, OrderKey)> {
        let trees = self.session_ids.iter().map(|id| self.storage.head(*id).unwrap().tree());
        let mut positions: Vec<_> = trees
            .flat_map(|tree| self.storage.nodes_of(tree))
            .map(|(node, _)| (node.node_id, node.parent_id, node.position.clone()))
            .collect();
        positions.sort();
        positions
    }

    /// How many nodes have come back beside their old positions, in all sessions.
    pub fn remaps(&self) -> usize {
        let heads = self.session_ids.iter().map(|id| self.storage.head(*id).unwrap());
        heads
            .flat_map(|head| (1..=head.revision).map(|revision| (head.key, revision)))
            .map(|(key, revision)| self.storage.remaps_at(key, revision).len())
            .sum()
    }

    /// How many nodes the last change of a session has brought back beside their old positions.
    pub fn last_remaps(&self, session: usize) -> usize {
        let head = self.storage.head(self.session_ids[session]).unwrap();
        self.storage.remaps_at(head.key, head.revision).len()
    }

    /// What has happened is what was written, and no session's time goes back.
    fn take_events(&mut self, happened: Happened) {
        let written = self.storage.take_events();
        assert_eq!(written.len(), happened.events.len());
        assert!(happened.logged.is_empty());
        for (event, written) in happened.events.iter().zip(&written) {
            assert_eq!((event.session_id, event.seq), (written.session_id, written.seq));
            assert_eq!((&event.name, &event.payload), (&written.name, &written.payload));
            let session = self.session_ids.iter().position(|id| *id == event.session_id).unwrap();
            assert!(event.at >= self.times[session] && event.at == written.at);
            self.times[session] = event.at;
            self.events[session].push(event_json(event));
        }
    }

    /// The storage counts its rows itself, so this also proves the counts of the engine.
    fn check_cache(&self) {
        let mut positions: HashMap<TreeKey, HashMap<NodeId, &OrderKey>> = HashMap::new();
        for (session_id, known) in &self.cache.heads {
            let stored = self.storage.head(*session_id).expect("a session");
            assert_eq!(Head { undone: known.undone, ..stored.clone() }, *known);
            let there = undone_steps(&self.storage, stored.key);
            for undone in [known.undone, stored.undone] {
                assert!(undone.in_session >= there.in_session, "{undone:?} denies {there:?}");
                assert!(undone.in_clients >= there.in_clients, "{undone:?} denies {there:?}");
            }
            let nodes = self.storage.nodes_of(stored.tree());
            let nodes = nodes.map(|(node, _)| (node.node_id, &node.position)).collect();
            positions.insert(stored.tree(), nodes);
        }
        for (parent, known) in &self.cache.last_positions {
            let Some(positions) = positions.get(&parent.0) else { continue };
            let last = self.storage.children_of(*parent).last().map(|last| positions[last]);
            assert_eq!(known.as_ref(), last, "the last position below {:?}", parent.1);
        }
        let most = self.limits.capacities.cached_sessions;
        assert!(self.cache.heads.len() <= most && self.cache.last_positions.len() <= most);
    }
}

fn bytes_of_last_step(storage: &MemoryStorage, session_id: SessionId) -> i64 {
    let head = storage.head(session_id).unwrap();
    let last = storage.steps_of(head.key).last();
    last.map_or(0, |(_, step)| head.history_bytes - step.bytes_before)
}

/// Which kinds of undone steps there are.
fn undone_steps(storage: &MemoryStorage, session: i64) -> UndoneSteps {
    let mut undone = UndoneSteps::default();
    for (_, step) in storage.steps_of(session) {
        if let StepState::Undone(scope, _) = step.state {
            undone.add(scope);
        }
    }
    undone
}

impl Backend for Memory {
    async fn change(&mut self, requests: &[(usize, Request)], manner: Manner) -> Vec<Outcome> {
        self.clock.tick();
        let requests: Vec<ContentRequest> = requests
            .iter()
            .map(|(session, request)| content_request(self.session_ids[*session], request))
            .collect();
        let mut outcomes = Vec::new();
        while outcomes.len() < requests.len() {
            let more = self.transact(&requests[outcomes.len()..], manner);
            assert!(!more.is_empty(), "a transaction does one request at least");
            outcomes.extend(more);
        }
        outcomes
    }

    async fn events(&mut self, session: usize) -> Vec<Value> {
        std::mem::take(&mut self.events[session])
    }

    async fn observe(&mut self, session: usize) -> Observed {
        let head = self.storage.head(self.session_ids[session]).unwrap();
        let tree = tree_of(&self.storage, head.tree());
        assert_eq!(head.root_count, tree.roots.len() as i64);
        let steps: Vec<_> = self.storage.steps_of(head.key).collect();
        let is_undone = |state| matches!(state, StepState::Undone(Scope::Session, _));
        Observed {
            seq: head.seq,
            revision: head.revision,
            node_count: head.node_count,
            available: (
                steps.iter().any(|(_, step)| step.state == StepState::Applied),
                steps.iter().any(|(_, step)| is_undone(step.state)),
            ),
            forgotten: steps.first().map_or(head.steps, |(first, _)| first - 1),
            steps: steps
                .iter()
                .map(|(_, step)| (step.command_id, step.state != StepState::Applied))
                .collect(),
            tree,
        }
    }

    async fn restart(&mut self) {
        self.cache = Cache::default();
    }

    fn is_staged(&self) -> bool {
        false
    }

    fn bytes_of_step(&self, command_id: CommandId) -> i64 {
        self.bytes.get(&command_id).copied().unwrap_or_default()
    }
}

/// The nodes as a client has them. No two siblings may have the same position.
fn tree_of(storage: &MemoryStorage, key: TreeKey) -> Tree {
    let mut tree = Tree::default();
    tree.roots = storage.children_of((key, None));
    let mut positions = BTreeMap::new();
    for (node, child_count) in storage.nodes_of(key) {
        let children = storage.children_of((key, Some(node.node_id)));
        assert_eq!(child_count, children.len() as i64);
        let other = positions.insert((node.parent_id, &node.position), node.node_id);
        assert_eq!(other, None, "{} stands at the same position", node.node_id);
        let node_id = node.node_id;
        let node = Node {
            parent: node.parent_id,
            kind: node.blueprint_type_id.clone(),
            name: node.name.clone(),
            properties: node.properties.clone(),
            children,
            placement: 0,
        };
        tree.nodes.insert(node_id, node);
    }
    tree
}
