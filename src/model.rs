//! The words of the domain: sessions, clients and what can be said of them. Types, no I/O.

pub mod command;
pub mod event;
pub(crate) mod excerpt;
pub mod graph;
pub(crate) mod id;
pub mod limits;
mod new_session;
mod node;
mod order_key;
pub mod patch;
pub mod precondition;
mod properties;
mod session;
pub(crate) mod time;
pub mod webhook;

pub use command::{Command, Scope};
pub use event::{Event, EventKind, NodeEvent};
pub use excerpt::excerpt;
pub use id::{CommandId, EndpointId, NodeId, SessionId};
pub use limits::ContentLimits;
pub use new_session::NewSession;
pub use node::{Node, NodeChange, PositionRemap, PositionRemaps, TreePosition};
pub use order_key::OrderKey;
pub use patch::SessionPatch;
pub use precondition::{EntityTags, Precondition};
pub use properties::Properties;
pub use session::{Client, DisconnectReason, Session, Transport};
pub use time::{Hours, Timestamp};
