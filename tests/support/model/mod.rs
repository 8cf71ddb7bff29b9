//! A session's content as plainly as it can be said: ordered lists of children and a list of undo
//! steps, each with what it changed. It knows nothing of how the server keeps order, nor of any storage.

mod change;
mod command;
mod execute;
mod history;
mod replay;
mod request;
mod session;
mod tree;

pub use change::{Change, Place};
pub use command::{Command, NewNode};
pub use history::{History, UndoScope};
pub use request::{Action, Condition, Outcome, Refusal, Request, Walk};
pub use session::{Checked, Session};
pub use tree::{Id, Node, Tree};
