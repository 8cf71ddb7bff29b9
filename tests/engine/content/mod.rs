//! Random changes of content against the model.

mod clock;
mod dump;
mod equivalence;
mod memory;
mod property;
mod requests;
mod sqlite;
mod walks;
