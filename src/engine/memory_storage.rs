//! A storage in plain maps: for the property tests, and to simulate a change on a copy of its session.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use super::head::Head;
use super::storage::{
    Delta, HistoryTrim, KeyedAnswer, NodeKey, ParentKey, ReadNode, StepChange, Storage, StoredNode,
    Tree, UndoStep,
};
use super::tree::SessionKey;
use super::undo_scope::UndoScope;
use crate::error::Error;
use crate::model::{
    CommandId, Event, Node, NodeId, OrderKey, PositionRemap, PositionRemaps, Scope, SessionId,
    Timestamp,
};

/// Sessions with their clients, nodes and history. Its counts are those of its rows, whatever the engine
/// says of them.
#[derive(Debug, Default)]
pub struct MemoryStorage {
    heads: HashMap<SessionId, Head>,
    session_ids: HashMap<SessionKey, SessionId>,
    clients: BTreeSet<(SessionKey, String)>,
    nodes: HashMap<NodeKey, Node>,
    children: HashMap<ParentKey, BTreeSet<(OrderKey, NodeId)>>,
    steps: BTreeMap<(SessionKey, i64), MemoryStep>,
    remaps: Vec<(SessionKey, i64, PositionRemap)>,
    answers: HashMap<(SessionKey, String), KeyedAnswer>,
    events: Vec<Event>,
}

/// A step of the history.
#[derive(Debug, Clone)]
pub struct MemoryStep {
    /// The command that it is a step of.
    pub command_id: CommandId,
    /// Who sent the command; None where a caller of REST did not say.
    pub client_id: Option<String>,
    /// The content's revision after it was executed.
    pub revision: i64,
    /// The bytes of the changes of all steps before it.
    pub bytes_before: i64,
    /// Up to which revision `changes` has the position remaps; None: that of the step.
    pub remapped_at: Option<i64>,
    /// Whether it is applied, undone or discarded.
    pub state: StepState,
    /// A JSON list of [`NodeChange`](crate::model::NodeChange)s.
    pub changes: String,
}

/// Whether a step counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepState {
    /// It counts, and can be undone.
    Applied,
    /// In which scope, and the number of the event: the order of redo.
    Undone(Scope, i64),
    /// It was undone, and may not be redone any more.
    Discarded,
}

impl MemoryStep {
    fn remapped_at(&self) -> i64 {
        self.remapped_at.unwrap_or(self.revision)
    }

    fn is_owned_by(&self, owner: Option<&str>) -> bool {
        owner.is_none() || self.client_id.as_deref() == owner
    }
}

impl MemoryStorage {
    /// Adds a session; its nodes are to be added as well.
    pub fn add_session(&mut self, session_id: SessionId, head: Head) {
        self.session_ids.insert(head.key, session_id);
        self.heads.insert(session_id, head);
    }

    /// Adds a node of which the session's head knows already.
    pub fn add_node(&mut self, tree: Tree, node: Node) {
        let siblings = self.children.entry((tree, node.parent_id)).or_default();
        siblings.insert((node.position.clone(), node.node_id));
        self.nodes.insert((tree, node.node_id), node);
    }

    /// Adds a step of the history.
    pub fn add_step(&mut self, session: SessionKey, step: i64, content: MemoryStep) {
        self.steps.insert((session, step), content);
    }

    /// Gives a step its changes, a JSON list.
    pub fn set_changes(&mut self, session: SessionKey, step: i64, changes: String) {
        if let Some(step) = self.steps.get_mut(&(session, step)) {
            step.changes = changes;
        }
    }

    /// Adds a position remap, behind those that there are.
    pub fn add_remap(&mut self, session: SessionKey, revision: i64, remap: PositionRemap) {
        self.remaps.push((session, revision, remap));
    }

    /// Adds an answer that was given under a key.
    pub fn add_answer(&mut self, session: SessionKey, key: String, answer: KeyedAnswer) {
        self.answers.insert((session, key), answer);
    }

    /// A session as its rows are.
    pub fn head(&self, session_id: SessionId) -> Option<&Head> {
        self.heads.get(&session_id)
    }

    /// All nodes of a tree, in no order, each with the number of its children.
    pub fn nodes_of(&self, tree: Tree) -> impl Iterator<Item = (&Node, i64)> {
        let nodes = self.nodes.iter().filter(move |((of, _), _)| *of == tree);
        nodes.map(move |((_, node_id), node)| (node, self.child_count((tree, Some(*node_id)))))
    }

    /// The children of a parent, in order.
    pub fn children_of(&self, parent: ParentKey) -> Vec<NodeId> {
        self.sibling_set(parent).map(|(_, node_id)| *node_id).collect()
    }

    /// The history of a session, from the oldest step on.
    pub fn steps_of(
        &self,
        session: SessionKey,
    ) -> impl DoubleEndedIterator<Item = (i64, &MemoryStep)> {
        self.steps.range((session, i64::MIN)..=(session, i64::MAX)).map(|((_, n), step)| (*n, step))
    }

    /// The clients of a session.
    pub fn clients_of(&self, session: SessionKey) -> BTreeSet<&str> {
        let of_session = self.clients.iter().filter(|(of, _)| *of == session);
        of_session.map(|(_, client_id)| client_id.as_str()).collect()
    }

    /// The position remaps of a session that were made at a revision.
    pub fn remaps_at(&self, session: SessionKey, revision: i64) -> Vec<PositionRemap> {
        let made = self.remaps.iter().filter(|(of, at, _)| *of == session && *at == revision);
        made.map(|(_, _, remap)| remap.clone()).collect()
    }

    /// The events that were written since they were last taken.
    pub fn take_events(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.events)
    }

    fn sibling_set(&self, parent: ParentKey) -> impl Iterator<Item = &(OrderKey, NodeId)> {
        self.children.get(&parent).into_iter().flatten()
    }

    fn child_count(&self, parent: ParentKey) -> i64 {
        self.children.get(&parent).map_or(0, |siblings| siblings.len() as i64)
    }

    fn head_of(&mut self, session: SessionKey) -> Option<&mut Head> {
        self.heads.get_mut(self.session_ids.get(&session)?)
    }

    fn stored(&self, key: NodeKey) -> Option<StoredNode> {
        let node = self.nodes.get(&key)?.clone();
        Some(StoredNode { node, child_count: self.child_count((key.0, Some(key.1))) })
    }

    fn remove_node(&mut self, key: NodeKey) {
        let Some(node) = self.nodes.remove(&key) else { return };
        if let Some(siblings) = self.children.get_mut(&(key.0, node.parent_id)) {
            siblings.remove(&(node.position, node.node_id));
        }
        self.count_node(key.0, node.parent_id, -1);
    }

    fn count_node(&mut self, tree: Tree, parent_id: Option<NodeId>, by: i64) {
        if let Some(head) = self.head_of(tree.session).filter(|head| head.tree() == tree) {
            head.node_count += by;
            head.root_count += if parent_id.is_none() { by } else { 0 };
        }
    }

    fn trim(&mut self, trim: HistoryTrim) {
        let beyond: Vec<i64> = self
            .steps_of(trim.session)
            .take_while(|(step, content)| {
                let is_too_much =
                    content.bytes_before < trim.too_many_bytes && *step < trim.last_step;
                *step <= trim.too_old || is_too_much
            })
            .map(|(step, _)| step)
            .collect();
        for step in beyond {
            self.steps.remove(&(trim.session, step));
        }
    }

    fn change_steps(&mut self, change: StepChange) {
        match change {
            StepChange::Discard { session, client_id } => {
                for ((of, _), step) in &mut self.steps {
                    if *of == session
                        && let StepState::Undone(scope, _) = step.state
                        && (scope == Scope::Session
                            || (client_id.is_some() && step.client_id == client_id))
                    {
                        step.state = StepState::Discarded;
                    }
                }
            }
            StepChange::Undo { session, step, scope, seq, revision, changes } => {
                self.set_step(session, step, StepState::Undone(scope, seq), revision, changes);
            }
            StepChange::Redo { session, step, revision, changes } => {
                self.set_step(session, step, StepState::Applied, revision, changes);
            }
        }
    }

    fn set_step(
        &mut self,
        session: SessionKey,
        step: i64,
        state: StepState,
        revision: i64,
        changes: String,
    ) {
        if let Some(step) = self.steps.get_mut(&(session, step)) {
            (step.state, step.remapped_at, step.changes) = (state, Some(revision), changes);
        }
    }

    fn undo_step_of(
        &self,
        session: SessionKey,
        (step, found): (i64, &MemoryStep),
        more: bool,
    ) -> UndoStep {
        let remapped_at = found.remapped_at();
        let is_behind = self.remaps.iter().any(|(of, at, _)| *of == session && *at > remapped_at);
        let (command_id, changes) = (found.command_id, found.changes.clone());
        UndoStep { step, command_id, changes, remapped_at, is_behind, more }
    }
}

impl Storage for MemoryStorage {
    async fn heads(&mut self, session_ids: &[SessionId]) -> Result<Vec<(SessionId, Head)>, Error> {
        let found = session_ids.iter().filter_map(|id| Some((*id, self.heads.get(id)?.clone())));
        Ok(found.collect())
    }

    async fn missing_session(&mut self, session_id: SessionId) -> Result<Error, Error> {
        Ok(Error::SessionNotFound(session_id))
    }

    async fn memberships(&mut self) -> Result<Vec<(String, SessionId)>, Error> {
        let clients = self.clients.iter();
        let named = clients
            .filter_map(|(key, client_id)| Some((client_id.clone(), *self.session_ids.get(key)?)));
        Ok(named.collect())
    }

    async fn nodes(&mut self, keys: &[NodeKey]) -> Result<Vec<ReadNode>, Error> {
        let mut found = Vec::with_capacity(keys.len());
        for key in keys {
            let Some(stored) = self.stored(*key) else { continue };
            let parent = stored.node.parent_id.map(|parent_id| (key.0, parent_id));
            found.push((*key, Ok(stored)));
            if let Some(parent) = parent
                && let Some(stored) = self.stored(parent)
            {
                found.push((parent, Ok(stored)));
            }
        }
        Ok(found)
    }

    async fn ancestors(
        &mut self,
        keys: &[NodeKey],
    ) -> Result<Vec<(NodeKey, Option<NodeId>)>, Error> {
        let mut found = HashMap::new();
        for (tree, node_id) in keys {
            let mut next = Some(*node_id);
            while let Some(node_id) = next
                && let Some(node) = self.nodes.get(&(*tree, node_id))
                && found.insert((*tree, node_id), node.parent_id).is_none()
            {
                next = node.parent_id;
            }
        }
        Ok(found.into_iter().collect())
    }

    async fn last_positions(
        &mut self,
        parents: &[ParentKey],
    ) -> Result<Vec<(ParentKey, Option<OrderKey>)>, Error> {
        let last = |parent: &ParentKey| {
            self.children.get(parent).and_then(BTreeSet::last).map(|(position, _)| position.clone())
        };
        Ok(parents.iter().map(|parent| (*parent, last(parent))).collect())
    }

    async fn sibling_positions(
        &mut self,
        parents: &[ParentKey],
        max: usize,
    ) -> Result<Vec<Option<Vec<OrderKey>>>, Error> {
        let positions = |parent: &ParentKey| {
            (self.child_count(*parent) <= max as i64)
                .then(|| self.sibling_set(*parent).map(|(position, _)| position.clone()).collect())
        };
        Ok(parents.iter().map(positions).collect())
    }

    async fn positions_from(
        &mut self,
        parent: ParentKey,
        skip: i64,
    ) -> Result<Vec<OrderKey>, Error> {
        let skip = usize::try_from(skip).unwrap_or_default();
        let positions = self.sibling_set(parent).skip(skip).take(3);
        Ok(positions.map(|(position, _)| position.clone()).collect())
    }

    async fn rank(
        &mut self,
        parent: ParentKey,
        position: &OrderKey,
        except: Option<NodeId>,
    ) -> Result<(i64, bool), Error> {
        let before = self.sibling_set(parent).take_while(|(at, _)| at < position).count();
        let mut others = self.sibling_set(parent).skip(before).take_while(|(at, _)| at == position);
        let taken = others.any(|(_, node_id)| Some(*node_id) != except);
        Ok((before as i64, taken))
    }

    async fn subtree(&mut self, key: NodeKey) -> Result<Vec<Node>, Error> {
        let mut found = Vec::new();
        let mut waiting = vec![key.1];
        while let Some(node_id) = waiting.pop() {
            found.extend(self.nodes.get(&(key.0, node_id)).cloned());
            waiting.extend(self.sibling_set((key.0, Some(node_id))).map(|(_, child)| *child));
        }
        Ok(found)
    }

    async fn height(
        &mut self,
        key: NodeKey,
        max_levels: usize,
        max_nodes: Option<i64>,
    ) -> Result<(usize, i64), Error> {
        let (mut levels, mut nodes) = (0, 0);
        let mut waiting = VecDeque::from([(key.1, 1)]);
        while let Some((node_id, level)) = waiting.pop_front()
            && max_nodes.is_none_or(|max_nodes| nodes <= max_nodes)
        {
            (levels, nodes) = (level, nodes + 1);
            if level <= max_levels {
                let children = self.sibling_set((key.0, Some(node_id)));
                waiting.extend(children.map(|(_, child)| (*child, level + 1)));
            }
        }
        Ok((levels, nodes))
    }

    async fn roots(&mut self, tree: Tree) -> Result<Vec<NodeId>, Error> {
        Ok(self.children_of((tree, None)))
    }

    async fn undo_step(
        &mut self,
        session: SessionKey,
        scope: UndoScope<'_>,
    ) -> Result<Option<UndoStep>, Error> {
        let mut applied = self.steps_of(session).rev().filter(|(_, step)| {
            step.state == StepState::Applied && step.is_owned_by(scope.owner())
        });
        let Some(found) = applied.next() else { return Ok(None) };
        let more = applied.next().is_some();
        Ok(Some(self.undo_step_of(session, found, more)))
    }

    async fn redo_step(
        &mut self,
        session: SessionKey,
        scope: UndoScope<'_>,
    ) -> Result<Option<UndoStep>, Error> {
        let undone = self.steps_of(session).filter_map(|(number, step)| match step.state {
            StepState::Undone(of, seq) if of == scope.scope && step.is_owned_by(scope.owner()) => {
                Some((seq, number, step))
            }
            _ => None,
        });
        let mut undone: Vec<_> = undone.collect();
        undone.sort_by_key(|(seq, ..)| *seq);
        let Some((_, number, step)) = undone.pop() else { return Ok(None) };
        let more = !undone.is_empty();
        Ok(Some(self.undo_step_of(session, (number, step), more)))
    }

    async fn position_remaps(
        &mut self,
        session: SessionKey,
        after: i64,
    ) -> Result<PositionRemaps, Error> {
        let later = self.remaps.iter().filter(|(of, at, _)| *of == session && *at > after);
        Ok(later.map(|(_, _, remap)| remap.clone()).collect())
    }

    async fn answers(
        &mut self,
        keys: &[(SessionKey, &str)],
    ) -> Result<Vec<(SessionKey, String, KeyedAnswer)>, Error> {
        let found = keys.iter().filter_map(|(session, key)| {
            let answer = self.answers.get(&(*session, (*key).to_owned()))?;
            Some((*session, (*key).to_owned(), answer.clone()))
        });
        Ok(found.collect())
    }

    fn write(&mut self, _now: Timestamp, delta: Delta<'_>) -> Result<(), Error> {
        delta.deleted_nodes.into_iter().for_each(|key| self.remove_node(key));
        for (tree, node) in delta.nodes {
            self.remove_node((tree, node.node_id));
            self.add_node(tree, node.clone());
            self.count_node(tree, node.parent_id, 1);
        }
        for step in delta.steps {
            let content = MemoryStep {
                command_id: step.command_id,
                client_id: step.client_id,
                revision: step.revision,
                bytes_before: step.bytes_before,
                remapped_at: None,
                state: StepState::Applied,
                changes: step.changes,
            };
            self.steps.insert((step.session, step.step), content);
        }
        delta.trims.into_iter().for_each(|trim| self.trim(trim));
        delta.step_changes.into_iter().for_each(|change| self.change_steps(change));
        for new in delta.remaps {
            let remaps = new.remaps.into_iter();
            self.remaps.extend(remaps.map(|remap| (new.session, new.revision, remap)));
        }
        for head in delta.heads {
            if let Some(stored) = self.head_of(head.key) {
                stored.revision = head.revision;
                stored.steps = head.steps;
                stored.history_bytes = head.history_bytes;
                stored.undone = head.undone;
            }
        }
        for (session, key, answer) in delta.answers {
            self.answers.insert((session, key), answer);
        }
        for (session, client_id) in delta.deleted_clients {
            if self.clients.remove(&(session, client_id))
                && let Some(head) = self.head_of(session)
            {
                head.active_clients -= 1;
            }
        }
        for client in delta.clients {
            if self.clients.insert((client.session, client.client_id))
                && let Some(head) = self.head_of(client.session)
            {
                head.active_clients += 1;
            }
        }
        for (session, event) in delta.events {
            if let Some(head) = self.head_of(*session) {
                (head.seq, head.time) = (event.seq, head.time.max(event.at));
            }
            self.events.push(event.clone());
        }
        Ok(())
    }
}
