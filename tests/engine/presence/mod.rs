//! Random joins, leaves and disconnects against a model of sets.

mod memory;
mod model;
mod sqlite;
