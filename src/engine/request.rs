//! What may be asked of a session's content, and the answer.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::undo_scope::UndoScope;
use crate::error::Error;
use crate::metrics::REPLACE_GRAPH;
use crate::model::graph::{FlatGraph, With};
use crate::model::{Command, CommandId, Node, NodeId, Precondition, Scope, SessionId};

/// A request to change a session's content.
#[derive(Debug, Clone)]
pub struct ContentRequest {
    /// The session whose content is to change.
    pub session_id: SessionId,
    /// Who asks; None where a caller of REST did not say.
    pub client_id: Option<String>,
    /// What is to be done.
    pub action: Action,
    /// What the content's revision must be.
    pub precondition: Option<Box<Precondition>>,
    /// A request with the same key gets the same answer, once it was executed.
    pub idempotency: Option<Idempotency>,
    /// The bytes of JSON that the action was read from.
    pub size: usize,
    /// How far it may walk over nodes that it does not name.
    pub walk: WalkLimit,
    /// What its answer is to have along.
    pub with: Option<With>,
}

/// What a request is to do.
#[derive(Debug, Clone)]
pub enum Action {
    /// Executes a command.
    Execute(Command),
    /// Undoes the latest step of a scope.
    Undo(Scope),
    /// Redoes the step of a scope that was undone last.
    Redo(Scope),
    /// Another tree in place of the present one: roots with all below them, in order.
    Replace(Arc<[Vec<Node>]>, History),
}

/// What a replacement of the whole tree means for the history.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum History {
    /// It is one undo step.
    #[default]
    Keep,
    /// The history is empty after it.
    Restart,
}

impl Action {
    /// The name of the command in the history; that of an undo or a redo is its event's.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Execute(command) => command.name(),
            Self::Undo(_) => "undo",
            Self::Redo(_) => "redo",
            Self::Replace(..) => REPLACE_GRAPH,
        }
    }
}

/// How far a request may walk over nodes that it does not name, such as those of a subtree that it
/// moves. One that must walk further is refused as [`Error::TooLong`], having changed nothing.
#[derive(Debug, Clone, Copy)]
pub enum WalkLimit {
    /// As far as others can wait who share the transaction.
    Shared,
    /// Likewise; the height of the subtree that it moves is known already.
    KnownHeight(SubtreeHeight),
    /// As far as it must.
    Unlimited,
}

/// The height of a subtree, as the content was at a revision.
#[derive(Debug, Clone, Copy)]
pub struct SubtreeHeight {
    /// The content's revision at which this was measured; at any other one it says nothing.
    pub revision: i64,
    /// The root of the subtree.
    pub node_id: NodeId,
    /// A leaf has 1.
    pub levels: usize,
}

impl ContentRequest {
    /// A request that shares its transaction; its action was read from `size` bytes of JSON.
    pub fn new(
        session_id: SessionId,
        client_id: Option<String>,
        action: Action,
        precondition: Option<Box<Precondition>>,
        idempotency: Option<Idempotency>,
        size: usize,
    ) -> Self {
        let walk = WalkLimit::Shared;
        let with = None;
        Self { session_id, client_id, action, precondition, idempotency, size, walk, with }
    }

    /// Whether its precondition holds at this revision of the content.
    pub fn may_run_at(&self, revision: i64) -> bool {
        self.precondition.as_ref().is_none_or(|precondition| precondition.holds(revision))
    }

    /// Whether it may have to walk over nodes that it does not name.
    pub fn may_walk(&self) -> bool {
        match &self.action {
            Action::Execute(command) => command.may_walk(),
            Action::Undo(_) | Action::Redo(_) => true,
            Action::Replace(..) => false,
        }
    }

    /// Which steps it may undo and redo.
    pub fn undo_scope(&self, scope: Scope) -> Result<UndoScope<'_>, Error> {
        if scope == Scope::Client && self.client_id.is_none() {
            let text = "client_id: the scope of a client needs to know which.";
            return Err(Error::InvalidRequest(text.to_owned()));
        }
        Ok(UndoScope { scope, client_id: self.client_id.as_deref() })
    }
}

/// A request's key, and what distinguishes the request from others under the same key.
#[derive(Debug, Clone)]
pub struct Idempotency {
    key: String,
    digest: Uuid,
}

impl Idempotency {
    /// The most bytes of a key.
    pub const MAX_KEY_BYTES: usize = 255;

    /// The key of a request whose action was read from the JSON text `data`. Two requests are the same
    /// when their data has the same value, by whatever transport they came. The session and, where it
    /// matters, the client are compared when the request is handled.
    pub fn new(key: &str, action: &Action, data: &str) -> Result<Self, Error> {
        if key.is_empty() || key.len() > Self::MAX_KEY_BYTES || key.contains('\0') {
            let most = Self::MAX_KEY_BYTES;
            return Err(Error::InvalidRequest(format!(
                "Idempotency-Key: it has 1 to {most} bytes, none of them null"
            )));
        }
        let name = match action {
            Action::Execute(command) => command.name(),
            Action::Undo(Scope::Session) => "undo session",
            Action::Undo(Scope::Client) => "undo client",
            Action::Redo(Scope::Session) => "redo session",
            Action::Redo(Scope::Client) => "redo client",
            Action::Replace(_, History::Keep) => "ReplaceGraph",
            Action::Replace(_, History::Restart) => "ReplaceGraph restart",
        };
        // Members that are ignored may be nested deeper than a value can be; then the text counts.
        let value: Option<Value> = serde_json::from_str(data).ok();
        let data = value.map_or_else(|| data.to_owned(), |value| value.to_string());
        let digest = Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("{name}\n{data}").as_bytes());
        Ok(Self { key: key.to_owned(), digest })
    }

    /// The key as the caller wrote it.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// What distinguishes this request from others under its key. An undo of a client's own steps is another
    /// request for each client.
    pub(super) fn digest_in(&self, request: &ContentRequest) -> String {
        let digest = match (&request.action, &request.client_id) {
            (Action::Undo(Scope::Client) | Action::Redo(Scope::Client), Some(client_id)) => {
                Uuid::new_v5(&self.digest, client_id.as_bytes())
            }
            _ => self.digest,
        };
        digest.to_string()
    }
}

/// The answer to a request that was executed.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Executed {
    /// Always true; a failure is an error.
    pub success: bool,
    /// The command that was executed, undone or redone.
    pub command_id: CommandId,
    /// The number of the last event of the change.
    pub seq: i64,
    /// The content's revision after it.
    pub revision: i64,
    /// What the command returns, such as `node_id`.
    #[schema(value_type = Object)]
    pub result: Value,
    /// Whether there is a command to undo, in the scope of the request.
    pub undo_available: bool,
    /// Whether there is a command to redo, in the scope of the request.
    pub redo_available: bool,
    /// The content at this revision, if the request asked for it with `"with": "graph"`; null if it is too
    /// large, or if this is the answer to a repeated request and the content has changed since.
    #[serde(skip_deserializing, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub graph: Option<FlatGraph>,
}
