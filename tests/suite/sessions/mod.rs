//! Sessions: their life, their list, their cleanup and how many there may be.

mod cleanup;
mod cleanup_cutoff;
mod cleanup_race;
mod lifecycle;
mod limits;
mod listing;
