//! Accepting connections: listening sockets, limits on connections, timeouts, HTTP/1.1, and which hosts and
//! web pages are allowed.

mod address;
mod connection;
mod connection_limits;
mod deadline;
pub mod hosts;
mod in_flight;
mod listener;
pub mod open_files;
pub mod origins;
mod peer;
mod public_url;
mod server;
mod stream;

pub use address::ListenAddress;
pub use connection::PARK_AFTER;
pub use connection_limits::ConnectionLimits;
pub use deadline::ReadTimeouts;
pub use listener::Listeners;
pub use peer::PeerClosed;
pub use public_url::PublicUrl;
pub use server::Server;
pub use stream::Timeouts;
