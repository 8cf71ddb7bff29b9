//! The same random turns on the storage in memory, under many kinds of limits.

use std::cell::RefCell;

use futures_util::FutureExt;
use proptest::prelude::*;
use proptest::sample::select;
use rollcall::clock::Clock;
use rollcall::engine::limits::{Capacities, Limits};
use rollcall::model::ContentLimits;

use super::clock::TestClock;
use super::memory::Memory;
use super::sqlite::Sqlite;
use crate::random::run;
use crate::support::content::{Mode, Run, play, turns};

/// Sessions that share the transactions.
pub const SESSIONS: usize = 2;

/// Limits that a few nodes, steps and siblings reach, and those of the release.
fn limits() -> impl Strategy<Value = Limits> {
    let content = (
        select(vec![3, 4, 512]),
        select(vec![8, 14, 100_000]),
        select(vec![0, 1, 4, 1_000]),
        select(vec![1, 900, 3_000, 16 * 1024 * 1024]),
        select(vec![1, 3, 2_000]),
    );
    let capacities = (
        select(vec![0, 1, 10_000]),
        select(vec![0, 1, 2, 64]),
        select(vec![1, 1_500, 4 * 1024 * 1024]),
    );
    (content, capacities).prop_map(|(content, capacities)| {
        let (depth, nodes, history, history_bytes, staging_threshold) = content;
        let (cached_sessions, cached_siblings, transaction_bytes) = capacities;
        Limits {
            content: ContentLimits {
                depth,
                nodes,
                history,
                history_bytes,
                staging_threshold,
                ..ContentLimits::default()
            },
            capacities: Capacities {
                cached_sessions,
                cached_siblings,
                transaction_bytes,
                ..Capacities::default()
            },
            ..Limits::default()
        }
    })
}

/// Sessions of a storage in memory, each time under other limits.
fn run_in_memory(default_cases: u32, mode: Mode, limits: impl Strategy<Value = Limits>) {
    run(default_cases, 10_000, (turns(mode), limits), |(turns, limits)| {
        let mut memory = Memory::new(SESSIONS, *limits, TestClock::default());
        let run = Run::new(&mut memory, SESSIONS, limits.content);
        play(run, turns).now_or_never().expect("it waits for nothing");
        // Undone in order, every node finds its old position free.
        assert!(mode.own_scope || memory.remaps() == 0);
    });
}

/// Sessions of a store under some limits.
fn run_on_sqlite(default_cases: u32, own_scope: bool, limits: Limits) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let sqlite = RefCell::new(runtime.block_on(Sqlite::new(limits, Clock::default())));
    let mode = Mode { sessions: SESSIONS, own_scope, together: 4, turns: 12 };
    run(default_cases, 300, turns(mode), |turns| {
        let mut sqlite = sqlite.borrow_mut();
        runtime.block_on(async {
            sqlite.begin(SESSIONS).await;
            play(Run::new(&mut *sqlite, SESSIONS, limits.content), turns).await;
        });
    });
    runtime.block_on(sqlite.into_inner().finish());
}

#[test]
fn undo_in_order_restores_exactly_the_previous_tree() {
    let mode = Mode { sessions: SESSIONS, own_scope: false, together: 4, turns: 12 };
    run_in_memory(1_500, mode, Just(Limits::default()));
}

#[test]
fn undo_in_client_scope_never_overwrites_the_work_of_others() {
    let mode = Mode { sessions: SESSIONS, own_scope: true, together: 4, turns: 12 };
    run_in_memory(1_500, mode, Just(Limits::default()));
}

#[test]
fn limits_and_small_caches_are_kept() {
    let mode = Mode { sessions: SESSIONS, own_scope: true, together: 4, turns: 12 };
    run_in_memory(2_000, mode, limits());
}

#[test]
fn hundreds_of_requests_share_a_transaction() {
    // More than are read ahead at a time.
    let mode = Mode { sessions: SESSIONS, own_scope: true, together: 700, turns: 2 };
    run_in_memory(10, mode, Just(Limits::default()));
}

#[test]
fn sqlite_restores_exactly_the_previous_tree() {
    run_on_sqlite(20, false, Limits::default());
}

#[test]
fn sqlite_never_overwrites_the_work_of_others() {
    run_on_sqlite(20, true, Limits::default());
}

#[test]
fn sqlite_keeps_limits_and_stages_changes() {
    let content = ContentLimits {
        depth: 4,
        nodes: 14,
        history: 4,
        staging_threshold: 2,
        ..ContentLimits::default()
    };
    let capacities = Capacities {
        cached_sessions: 1,
        cached_siblings: 2,
        transaction_bytes: 1_500,
        ..Capacities::default()
    };
    run_on_sqlite(20, true, Limits { content, capacities, ..Limits::default() });
}
