//! rollcall under faults: killed, its file cut, without room on the disk, among hostile clients.
//!
//! A few rounds of each unless the environment asks for more, as `.ci/run` does.

// Each target uses a part of what is shared.
#[allow(dead_code, unused_imports)]
#[path = "../support/mod.rs"]
mod support;

mod client;
mod cuts;
mod evidence;
mod full_disk;
mod hostile;
mod kills;
mod load;
mod wal;

/// How many rounds the environment asks for, or the usual number.
fn rounds(variable: &str, usual: u32) -> u32 {
    std::env::var(variable).map_or(usual, |text| text.parse().expect("a number of rounds"))
}
