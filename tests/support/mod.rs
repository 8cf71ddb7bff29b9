//! What the tests share, a file for each noun: the service in their process or as a process of its own,
//! small clients of each transport, and a model of a session's content.

mod api;
mod binary;
pub mod board;
mod cases;
pub mod content;
pub mod dice;
mod follower;
pub mod model;
pub mod raw;
mod scrape;
mod server;
pub mod socketio;
mod sql;
pub mod store;
mod wait;
mod ws;

pub use api::{Api, code, http};
pub use binary::{Binary, binary, rollcall, signal, start_error};
pub use cases::cases;
pub use follower::Follower;
pub use scrape::{Family, Scrape};
pub use server::{Server, config};
pub use sql::{number, run, seconds_ago, set_last_activity, sql};
pub use wait::{PATIENCE, eventually};
pub use ws::Ws;
