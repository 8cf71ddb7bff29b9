//! What the engine asks of a storage, and what it hands back to be written.
//!
//! The engine decides what a request means; a storage knows where rows stand. It reads through
//! [`Storage`], and writes one value, a [`Delta`]. Lists, cleanup, retention and large graphs are no
//! affair of the engine: each storage has its own way to them.

use std::future::Future;

use super::head::Head;
pub use super::tree::{NodeKey, ParentKey, SessionKey, Tree};
use super::undo_scope::UndoScope;
use crate::error::Error;
use crate::model::{
    CommandId, Event, Node, NodeId, OrderKey, PositionRemap, PositionRemaps, Scope, SessionId,
    Timestamp, Transport,
};

/// A node as it is stored.
#[derive(Debug, Clone)]
pub struct StoredNode {
    /// The node without its children.
    pub node: Node,
    /// How many nodes name it as their parent.
    pub child_count: i64,
}

/// A node as it was read. One whose row can't be read is an error of its own, beside the others.
pub type ReadNode = (NodeKey, Result<StoredNode, Error>);

/// A command that was executed, as the history keeps it.
#[derive(Debug, Clone)]
pub struct Step {
    /// The session whose history it is in.
    pub session: SessionKey,
    /// 1, 2, 3 … within the session.
    pub step: i64,
    /// Of its last event.
    pub at: Timestamp,
    /// The command that was executed.
    pub command_id: CommandId,
    /// The name of the command, such as `CreateNode`.
    pub command_type: &'static str,
    /// Who sent it; None where a caller of REST did not say.
    pub client_id: Option<String>,
    /// The number of its `command-executed` event.
    pub seq: i64,
    /// The content's revision after it.
    pub revision: i64,
    /// The bytes of the changes of all steps before it.
    pub bytes_before: i64,
    /// A JSON list of [`NodeChange`](crate::model::NodeChange)s.
    pub changes: String,
}

/// A step that is the next to be undone or redone.
#[derive(Debug)]
pub struct UndoStep {
    /// Its number within the session.
    pub step: i64,
    /// The command that it is a step of.
    pub command_id: CommandId,
    /// A JSON list of [`NodeChange`](crate::model::NodeChange)s.
    pub changes: String,
    /// Up to which revision `changes` has the position remaps.
    pub remapped_at: i64,
    /// Whether there are remaps after it.
    pub is_behind: bool,
    /// Whether another step comes after it.
    pub more: bool,
}

/// What becomes of steps that are in the history.
#[derive(Debug, Clone)]
pub enum StepChange {
    /// Undone steps that may not be redone any more: those of the session's scope, and those of one
    /// client.
    Discard {
        /// The session whose history it is.
        session: SessionKey,
        /// Whose steps of the scope `client` are discarded; None if nobody's are.
        client_id: Option<String>,
    },
    /// A step was undone.
    Undo {
        /// The session whose history it is.
        session: SessionKey,
        /// The number of the step within the session.
        step: i64,
        /// In which scope it was undone, and may be redone.
        scope: Scope,
        /// The number of the `undo` event.
        seq: i64,
        /// The content's revision after the undo.
        revision: i64,
        /// What a redo would do: a JSON list of [`NodeChange`](crate::model::NodeChange)s.
        changes: String,
    },
    /// A step was redone.
    Redo {
        /// The session whose history it is.
        session: SessionKey,
        /// The number of the step within the session.
        step: i64,
        /// The content's revision after the redo.
        revision: i64,
        /// What was done: a JSON list of [`NodeChange`](crate::model::NodeChange)s.
        changes: String,
    },
}

/// Which steps of a session are beyond the limits of its history, from the oldest on. The last step
/// is kept however many bytes it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HistoryTrim {
    /// The session whose history is too long.
    pub session: SessionKey,
    /// The number of the session's last step, which stays.
    pub last_step: i64,
    /// Steps up to this one are too many.
    pub too_old: i64,
    /// Steps with fewer bytes before them than this are too much.
    pub too_many_bytes: i64,
}

/// Nodes that came back beside their old positions at a revision.
#[derive(Debug, Clone)]
pub struct NewRemaps {
    /// The session whose nodes they are.
    pub session: SessionKey,
    /// The content's revision after they came back.
    pub revision: i64,
    /// Their old and their new positions, in the order in which they came back.
    pub remaps: Vec<PositionRemap>,
}

/// The answer to a request that has an `Idempotency-Key`.
#[derive(Debug, Clone)]
pub struct KeyedAnswer {
    /// What distinguishes the request from others under the same key.
    pub digest: String,
    /// JSON.
    pub answer: String,
}

/// A client that has joined a session.
#[derive(Debug, Clone)]
pub struct NewClient {
    /// The session that was joined.
    pub session: SessionKey,
    /// The client that has joined.
    pub client_id: String,
    /// How it is connected.
    pub transport: Transport,
    /// JSON.
    pub user: Option<serde_json::Value>,
}

/// Everything that a transaction changes, as one value. A storage writes its parts in this order.
#[derive(Debug, Clone, Default)]
pub struct Delta<'a> {
    /// Nodes that are gone, by keys.
    pub deleted_nodes: Vec<NodeKey>,
    /// New ones, and those that have changed.
    pub nodes: Vec<(Tree, &'a Node)>,
    /// New steps of histories.
    pub steps: Vec<Step>,
    /// Which steps of which histories are too many.
    pub trims: Vec<HistoryTrim>,
    /// In the order in which they happened.
    pub step_changes: Vec<StepChange>,
    /// New position remaps.
    pub remaps: Vec<NewRemaps>,
    /// Sessions whose content has changed. Of their counts those are written that the storage does not
    /// keep itself.
    pub heads: Vec<Head>,
    /// Answers to keep under their idempotency keys, each with its session and the key.
    pub answers: Vec<(SessionKey, String, KeyedAnswer)>,
    /// Clients that have left, each with the session that it was in.
    pub deleted_clients: Vec<(SessionKey, String)>,
    /// Clients that have joined.
    pub clients: Vec<NewClient>,
    /// With the keys of their sessions, in order.
    pub events: &'a [(SessionKey, Event)],
}

/// What the engine reads, and the one way in which it writes. A read sees all that was written before
/// it. A failure ends the transaction, unless it is said to concern one row.
pub trait Storage: Send {
    /// Those of the sessions that exist.
    fn heads(
        &mut self,
        session_ids: &[SessionId],
    ) -> impl Future<Output = Result<Vec<(SessionId, Head)>, Error>> + Send;

    /// Why a session is not there: it was removed, or never was.
    fn missing_session(
        &mut self,
        session_id: SessionId,
    ) -> impl Future<Output = Result<Error, Error>> + Send;

    /// All clients, each with a session that it is in.
    fn memberships(
        &mut self,
    ) -> impl Future<Output = Result<Vec<(String, SessionId)>, Error>> + Send;

    /// Those of the nodes that exist, and their parents.
    fn nodes(
        &mut self,
        keys: &[NodeKey],
    ) -> impl Future<Output = Result<Vec<ReadNode>, Error>> + Send;

    /// Those of the nodes that exist and all their ancestors, each with its parent.
    fn ancestors(
        &mut self,
        keys: &[NodeKey],
    ) -> impl Future<Output = Result<Vec<(NodeKey, Option<NodeId>)>, Error>> + Send;

    /// The last order key below each of these parents; a parent is left out if that can't be read.
    fn last_positions(
        &mut self,
        parents: &[ParentKey],
    ) -> impl Future<Output = Result<Vec<(ParentKey, Option<OrderKey>)>, Error>> + Send;

    /// For each of these parents the order keys below it, sorted; None where they are more than `max`,
    /// or one can't be read.
    fn sibling_positions(
        &mut self,
        parents: &[ParentKey],
        max: usize,
    ) -> impl Future<Output = Result<Vec<Option<Vec<OrderKey>>>, Error>> + Send;

    /// The next three order keys below a parent, behind the first `skip`.
    fn positions_from(
        &mut self,
        parent: ParentKey,
        skip: i64,
    ) -> impl Future<Output = Result<Vec<OrderKey>, Error>> + Send;

    /// How many nodes below a parent stand before `position`, and whether another one than `except`
    /// stands right at it.
    fn rank(
        &mut self,
        parent: ParentKey,
        position: &OrderKey,
        except: Option<NodeId>,
    ) -> impl Future<Output = Result<(i64, bool), Error>> + Send;

    /// A node and all its descendants, in any order.
    fn subtree(&mut self, key: NodeKey) -> impl Future<Output = Result<Vec<Node>, Error>> + Send;

    /// The levels of a subtree, a leaf having 1, and over how many nodes was walked for that. The walk
    /// ends when there are more levels than `max_levels`, or more nodes than `max_nodes`.
    fn height(
        &mut self,
        key: NodeKey,
        max_levels: usize,
        max_nodes: Option<i64>,
    ) -> impl Future<Output = Result<(usize, i64), Error>> + Send;

    /// All nodes of a tree, sorted by their parents, and siblings in order; None if their names and
    /// properties have more than `max_bytes`.
    fn all_nodes(
        &mut self,
        tree: Tree,
        max_bytes: usize,
    ) -> impl Future<Output = Result<Option<Vec<Node>>, Error>> + Send;

    /// The roots of a tree, in order.
    fn roots(&mut self, tree: Tree) -> impl Future<Output = Result<Vec<NodeId>, Error>> + Send;

    /// The last step in this scope that is applied.
    fn undo_step(
        &mut self,
        session: SessionKey,
        scope: UndoScope<'_>,
    ) -> impl Future<Output = Result<Option<UndoStep>, Error>> + Send;

    /// The step that was undone last in this scope, unless it was discarded.
    fn redo_step(
        &mut self,
        session: SessionKey,
        scope: UndoScope<'_>,
    ) -> impl Future<Output = Result<Option<UndoStep>, Error>> + Send;

    /// The position remaps after a revision, in order.
    fn position_remaps(
        &mut self,
        session: SessionKey,
        after: i64,
    ) -> impl Future<Output = Result<PositionRemaps, Error>> + Send;

    /// The answers that were given under these keys.
    fn answers(
        &mut self,
        keys: &[(SessionKey, &str)],
    ) -> impl Future<Output = Result<Vec<(SessionKey, String, KeyedAnswer)>, Error>> + Send;

    /// Writes a delta; nothing of it is durable before the transaction is committed.
    fn write(&mut self, now: Timestamp, delta: Delta<'_>) -> Result<(), Error>;
}
