//! Connections below HTTP: addresses, limits and timeouts.

mod connection_limits;
mod half_close;
mod idle_connections;
mod listen;
mod timeouts;
