//! Random changes of content against the model.

mod memory;
mod property;
mod requests;
mod sqlite;
