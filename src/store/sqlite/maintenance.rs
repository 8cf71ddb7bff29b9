//! What keeps the file small and true: the cleanup of idle sessions, retention, the purge of what is
//! left of removed sessions, and the repair of what a crash or a wrong clock has left.

pub(in crate::store) mod cleanup;
mod clock_corrections;
mod free_pages;
mod orphans;
pub(in crate::store) mod purge;
mod retention;
