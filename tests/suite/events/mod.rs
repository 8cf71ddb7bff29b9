//! The event log: replay, retention and its index.

mod index;
mod replay;
mod retention;
