//! How connections come in: where the service listens, how many there may be, how long each may take,
//! and which hosts and web pages it answers.

mod address;
mod connections;
mod deadline;
pub mod hosts;
mod listener;
pub mod open_files;
pub mod origins;
mod peer;
mod server;
mod serving;
mod stream;
mod work;

pub use address::ListenAddress;
pub use connections::ConnectionLimits;
pub use deadline::ReadTimeouts;
pub use listener::Listeners;
pub use peer::PeerClosed;
pub use server::Server;
pub use serving::REST_AFTER;
pub use stream::Timeouts;
