//! Random changes of content against the model, and cases that are written step by step where random ones
//! seldom come to them.

mod board;
mod clock;
mod conflicts;
mod dump;
mod equivalence;
mod memory;
mod property;
mod requests;
mod siblings;
mod sizes;
mod sqlite;
mod together;
mod walks;
