//! What may be wished of a session's content, and what comes of it.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::SqliteConnection;
use utoipa::ToSchema;

use crate::error::Error;
use crate::model::{Command, CommandId, Node, Precondition, Scope, SessionId};
use crate::store::content::Height;
use crate::store::history::{self, Found, Reach};
use crate::store::idempotency::Idempotency;
use crate::store::large::Prepared;

/// A wish to change a session's content.
#[derive(Debug, Clone)]
pub struct ContentRequest {
    pub session_id: SessionId,
    /// Who wishes it.
    pub client_id: Option<String>,
    pub action: Action,
    /// What the content's revision must be.
    pub precondition: Option<Box<Precondition>>,
    /// The same key gets the same answer, once done.
    pub idempotency: Option<Idempotency>,
    /// The bytes of JSON that the action was read from.
    pub size: usize,
    pub(in crate::store) way: Way,
}

/// In which way a change is done.
#[derive(Debug, Clone)]
pub(in crate::store) enum Way {
    /// Together with others, so that it may not keep them waiting.
    Shared,
    /// Likewise; the height of the subtree that it moves was taken before.
    Measured(Height),
    /// What was prepared in the background becomes the content.
    Prepared(Arc<Prepared>),
    /// However long it takes.
    Unbounded,
}

impl ContentRequest {
    /// A wish that is yet to be fulfilled; its action was read from `size` bytes of JSON.
    pub fn new(
        session_id: SessionId,
        client_id: Option<String>,
        action: Action,
        precondition: Option<Box<Precondition>>,
        idempotency: Option<Idempotency>,
        size: usize,
    ) -> Self {
        Self { session_id, client_id, action, precondition, idempotency, size, way: Way::Shared }
    }

    /// Whether the content may be at this revision for it.
    pub(in crate::store) fn may_be_made_at(&self, revision: i64) -> bool {
        self.precondition.as_ref().is_none_or(|precondition| precondition.holds(revision))
    }

    /// Whether it may have to walk over more than it names, and so be refused as [`Error::TooLong`].
    pub(in crate::store) fn may_walk(&self) -> bool {
        match &self.action {
            Action::Execute(command) => command.may_walk(),
            Action::Undo(_) | Action::Redo(_) => true,
            Action::Replace(_) => false,
        }
    }

    /// Which steps it may undo and redo.
    pub(in crate::store) fn reach(&self, scope: Scope) -> Result<Reach<'_>, Error> {
        if scope == Scope::Client && self.client_id.is_none() {
            let text = "client_id: the scope of a client needs to know which.";
            return Err(Error::InvalidRequest(text.to_owned()));
        }
        Ok(Reach { scope, client_id: self.client_id.as_deref() })
    }

    /// The step that it takes back or does again, if any.
    pub(in crate::store) async fn step_of_the_past(
        &self,
        connection: &mut SqliteConnection,
        session: i64,
    ) -> Result<Option<Found>, Error> {
        match &self.action {
            Action::Undo(scope) => {
                history::last_applied(connection, session, self.reach(*scope)?).await
            }
            Action::Redo(scope) => {
                history::last_undone(connection, session, self.reach(*scope)?).await
            }
            Action::Execute(_) | Action::Replace(_) => Ok(None),
        }
    }
}

/// What is wished.
#[derive(Debug, Clone)]
pub enum Action {
    Execute(Command),
    Undo(Scope),
    Redo(Scope),
    /// Another tree in place of all that is there: roots with all below them, in order.
    Replace(Arc<[Vec<Node>]>),
}

/// What came of it.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Executed {
    /// Always true; a failure is an error.
    pub success: bool,
    pub command_id: CommandId,
    /// The number of the last event of the change.
    pub seq: i64,
    /// The content's revision after it.
    pub revision: i64,
    /// What the command has to tell, such as `node_id`.
    #[schema(value_type = Object)]
    pub result: Value,
    pub undo_available: bool,
    pub redo_available: bool,
}
