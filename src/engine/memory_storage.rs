//! A storage in plain maps: for the property tests, and to simulate a change on a copy of its session.

mod storage;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::head::Head;
use super::storage::{
    Delta, HistoryTrim, KeyedAnswer, NodeKey, ParentKey, StepChange, StoredNode, Tree, UndoStep,
};
use super::tree::SessionKey;
use crate::model::{CommandId, Event, Node, NodeId, OrderKey, PositionRemap, Scope, SessionId};

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
    history: Delta<'static>,
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

    /// Adds a position remap, behind those that there are.
    pub fn add_remap(&mut self, session: SessionKey, revision: i64, remap: PositionRemap) {
        self.remaps.push((session, revision, remap));
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

    /// What was written of histories and their remaps since this was last taken; the rest of the delta is
    /// empty.
    pub fn take_history(&mut self) -> Delta<'static> {
        std::mem::take(&mut self.history)
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
