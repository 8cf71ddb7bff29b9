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
mod proxies;
pub mod public_address;
mod public_url;
mod rate_limit;
mod server;
mod stream;

pub use address::ListenAddress;
pub use connection::PARK_AFTER;
pub use connection_limits::ConnectionLimits;
pub use deadline::ReadTimeouts;
pub use listener::Listeners;
pub use peer::PeerClosed;
pub use proxies::TrustedProxies;
pub use public_url::PublicUrl;
pub use rate_limit::{Caller, RateLimitSettings, RateLimits};
pub use server::Server;
pub use stream::Timeouts;
