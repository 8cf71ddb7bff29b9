//! Which steps the history keeps, and whose steps an undo takes.

#![allow(clippy::unwrap_used)]

use futures_util::FutureExt;

use crate::engine::head::{Head, UndoneSteps};
use crate::engine::history::trim;
use crate::engine::memory_storage::{MemoryStep, MemoryStorage, StepState};
use crate::engine::storage::{Delta, StepChange, Storage};
use crate::engine::undo_scope::UndoScope;
use crate::model::{CommandId, ContentLimits, Scope, Timestamp};

const SESSION: i64 = 1;

fn head(steps: i64, history_bytes: i64) -> Head {
    Head {
        key: SESSION,
        generation: 0,
        seq: 0,
        time: Timestamp::from_micros(0).unwrap(),
        revision: steps,
        active_clients: 0,
        node_count: 0,
        root_count: 0,
        steps,
        history_bytes,
        undone: UndoneSteps::default(),
    }
}

fn limits(history: i64, history_bytes: i64) -> ContentLimits {
    ContentLimits { history, history_bytes, ..ContentLimits::default() }
}

/// The steps that are kept of a history of steps with so many bytes each, the last of which has just
/// been made.
fn kept(bytes: &[i64], limits: &ContentLimits) -> Vec<i64> {
    let mut storage = MemoryStorage::default();
    let mut bytes_before = 0;
    for (step, bytes) in (1..).zip(bytes) {
        storage.add_step(SESSION, step, step_of(None, StepState::Applied, bytes_before));
        bytes_before += bytes;
    }
    let trims = trim(&head(bytes.len() as i64, bytes_before), limits).into_iter().collect();
    let now = Timestamp::from_micros(0).unwrap();
    storage.write(now, Delta { trims, ..Delta::default() }).unwrap();
    storage.steps_of(SESSION).map(|(step, _)| step).collect()
}

fn step_of(client_id: Option<&str>, state: StepState, bytes_before: i64) -> MemoryStep {
    MemoryStep {
        command_id: CommandId::new(),
        client_id: client_id.map(str::to_owned),
        revision: 1,
        bytes_before,
        remapped_at: None,
        state,
        changes: "[]".to_owned(),
    }
}

#[test]
fn history_keeps_the_latest_steps() {
    assert_eq!(kept(&[1; 5], &limits(5, 100)), [1, 2, 3, 4, 5]);
    assert_eq!(kept(&[1; 6], &limits(5, 100)), [2, 3, 4, 5, 6]);
    assert_eq!(kept(&[1; 6], &limits(1, 100)), [6]);
    assert_eq!(kept(&[1; 6], &limits(0, 100)), [] as [i64; 0]);
}

#[test]
fn history_keeps_as_many_bytes_as_it_may_have() {
    assert_eq!(kept(&[10, 10, 10], &limits(100, 30)), [1, 2, 3]);
    assert_eq!(kept(&[10, 10, 10], &limits(100, 29)), [2, 3]);
    assert_eq!(kept(&[10, 10, 10], &limits(100, 20)), [2, 3]);
    assert_eq!(kept(&[50, 1, 1, 1], &limits(100, 3)), [2, 3, 4]);
    assert_eq!(kept(&[1, 1, 50], &limits(100, 3)), [3], "the last one stays, however large");
    assert_eq!(kept(&[1, 50, 1], &limits(100, 3)), [3]);
    assert_eq!(kept(&[10, 10, 10], &limits(1, 25)), [3], "both limits hold");
}

#[test]
fn history_within_its_limits_is_not_trimmed() {
    assert_eq!(trim(&head(5, 100), &limits(5, 100)), None);
    let trim = trim(&head(6, 130), &limits(5, 100)).unwrap();
    assert_eq!((trim.last_step, trim.too_old, trim.too_many_bytes), (6, 1, 30));
}

/// The next steps to undo and to redo in a scope, each with whether more come after it.
fn next(
    storage: &mut MemoryStorage,
    scope: Scope,
    client_id: Option<&str>,
) -> [Option<(i64, bool)>; 2] {
    let scope = UndoScope { scope, client_id };
    let undo = storage.undo_step(SESSION, scope).now_or_never().unwrap().unwrap();
    let redo = storage.redo_step(SESSION, scope).now_or_never().unwrap().unwrap();
    [undo, redo].map(|found| found.map(|found| (found.step, found.more)))
}

#[test]
fn scope_of_the_session_has_the_steps_of_all_and_that_of_a_client_its_own() {
    let scope = |scope, client_id| UndoScope { scope, client_id }.owner().map(str::to_owned);
    assert_eq!(scope(Scope::Session, Some("ada")), None);
    assert_eq!(scope(Scope::Client, Some("ada")).as_deref(), Some("ada"));

    let mut storage = MemoryStorage::default();
    let undone = |scope, seq| StepState::Undone(scope, seq);
    for (step, (client_id, state)) in (1..).zip([
        (Some("ada"), StepState::Applied),
        (Some("bob"), StepState::Applied),
        (None, StepState::Applied),
        (Some("ada"), undone(Scope::Client, 20)),
        (Some("bob"), undone(Scope::Client, 10)),
        (Some("ada"), undone(Scope::Client, 9)),
        (Some("ada"), undone(Scope::Session, 30)),
        (Some("bob"), StepState::Discarded),
    ]) {
        storage.add_step(SESSION, step, step_of(client_id, state, 0));
    }
    let session = next(&mut storage, Scope::Session, Some("ada"));
    assert_eq!(session, [Some((3, true)), Some((7, false))]);
    let ada = next(&mut storage, Scope::Client, Some("ada"));
    assert_eq!(ada, [Some((1, false)), Some((4, true))]);
    let bob = next(&mut storage, Scope::Client, Some("bob"));
    assert_eq!(bob, [Some((2, false)), Some((5, false))]);
    assert_eq!(next(&mut storage, Scope::Client, Some("cleo")), [None, None]);
}

#[test]
fn new_command_discards_what_its_session_and_its_client_could_redo() {
    for (client_id, left) in [
        (Some("ada"), [None, Some(2), None]),
        (Some("bob"), [Some(1), None, None]),
        (None, [Some(1), Some(2), None]),
    ] {
        let mut storage = MemoryStorage::default();
        let steps = [("ada", Scope::Client), ("bob", Scope::Client), ("ada", Scope::Session)];
        for (step, (owner, scope)) in (1..).zip(steps) {
            storage.add_step(
                SESSION,
                step,
                step_of(Some(owner), StepState::Undone(scope, step), 0),
            );
        }
        let client_id = client_id.map(str::to_owned);
        let step_changes = vec![StepChange::Discard { session: SESSION, client_id }];
        let now = Timestamp::from_micros(0).unwrap();
        storage.write(now, Delta { step_changes, ..Delta::default() }).unwrap();
        let mut redo = |scope, client_id| {
            let [_, redo] = next(&mut storage, scope, client_id);
            redo.map(|(step, _)| step)
        };
        let found = [
            redo(Scope::Client, Some("ada")),
            redo(Scope::Client, Some("bob")),
            redo(Scope::Session, None),
        ];
        assert_eq!(found, left);
    }
}
