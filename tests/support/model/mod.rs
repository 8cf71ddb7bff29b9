//! A session's content as plainly as it can be said: ordered lists of children and a list of undo
//! steps, each with what it changed. It knows nothing of how the server keeps order.

mod apply;
mod command;
mod history;
mod tree;

pub use command::{Change, Command, Fit};
pub use history::{History, Reach, Scope, fit, play_with_event_indexes};
pub use tree::{Id, Node, Tree};
