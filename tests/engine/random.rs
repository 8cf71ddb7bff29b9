//! Running random cases, and what is looked at in each kind of them.

use std::fmt::Debug;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use rollcall::engine::head::{Head, UndoneSteps};
use rollcall::model::{Event, Timestamp};
use serde_json::Value;

use crate::support::cases;

/// Plays random cases; one that fails is made smaller, in so many attempts at most.
pub fn run<T: Debug>(
    default_cases: u32,
    max_shrink_iters: u32,
    strategy: impl Strategy<Value = T>,
    play: impl Fn(&T),
) {
    let config = Config {
        cases: cases(default_cases),
        failure_persistence: None,
        max_shrink_iters,
        ..Config::default()
    };
    let outcome = TestRunner::new(config).run(&strategy, |value| {
        play(&value);
        Ok(())
    });
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
}

/// A session without content, clients or history.
pub fn new_head(key: i64, time: Timestamp) -> Head {
    Head {
        key,
        generation: 0,
        seq: 0,
        time,
        revision: 0,
        active_clients: 0,
        node_count: 0,
        root_count: 0,
        steps: 0,
        history_bytes: 0,
        undone: UndoneSteps::default(),
    }
}

/// An event as a client is sent it, without its session and its time.
pub fn event_json(event: &Event) -> Value {
    let mut json: Value = serde_json::from_str(&event.payload).unwrap();
    json["type"] = (*event.name).into();
    json["seq"] = event.seq.into();
    json
}
