//! The engine without HTTP: on the storage in memory, on SQLite, and on both at once.

// Each target uses a part of what is shared.
#[allow(dead_code, unused_imports)]
#[path = "../support/mod.rs"]
mod support;

mod content;
mod presence;
mod random;
