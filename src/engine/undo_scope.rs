//! Which steps a caller may undo and redo.

use crate::model::Scope;

/// The session's steps, or those of one client.
#[derive(Debug, Clone, Copy)]
pub struct UndoScope<'a> {
    /// Whose steps count: those of all clients, or those of `client_id` alone.
    pub scope: Scope,
    /// Who asks; needed in the scope of a client.
    pub client_id: Option<&'a str>,
}

impl UndoScope<'_> {
    /// Whose steps they are; None for everybody's.
    pub fn owner(&self) -> Option<&str> {
        match self.scope {
            Scope::Session => None,
            Scope::Client => self.client_id,
        }
    }
}
