//! Any bytes as the body of a REST call: something within the limits, or an error that names it.

#![no_main]

use libfuzzer_sys::fuzz_target;
use rollcall::error::Error;
use rollcall::session::command::WireCommand;
use rollcall::session::graph::{FlatNode, arrange};
use rollcall::session::{Command, ContentLimits, NewSession, Session, SessionPatch};
use rollcall::shape;

/// A refusal that a caller can act upon.
fn check(failure: &Error) {
    let is_expected = ["INVALID_REQUEST", "INVALID_COMMAND"].contains(&failure.code());
    assert!(is_expected, "{failure}");
    assert!(failure.to_string().len() < 2_000, "{failure}");
}

fn new_session(body: &[u8]) -> Result<(), Error> {
    let session: NewSession = shape::read(body)?;
    let _ = session.check();
    Ok(())
}

fn patch(body: &[u8]) -> Result<(), Error> {
    let patch: SessionPatch = shape::read(body)?;
    let mut session = session();
    if patch.apply(&mut session).is_ok() {
        // Whatever was taken can be written and read again.
        let written = serde_json::to_vec(&session).unwrap();
        let again: serde_json::Value = serde_json::from_slice(&written).unwrap();
        assert_eq!(serde_json::to_value(&session).unwrap(), again);
        // A patch that was done changes nothing the second time.
        let changes = patch.apply(&mut session).unwrap();
        assert_eq!(changes, Default::default());
    }
    Ok(())
}

fn session() -> Session {
    serde_json::from_str(
        r#"{"session_id": "01a20562-20e5-73e0-9bea-512d59f89047", "name": null, "project_id": null,
            "created_at": "2026-11-22T22:30:46.753287+00:00",
            "last_activity": "2026-11-22T22:30:46.753287+00:00", "active_clients": 0,
            "node_count": 0, "pinned": false, "idle_timeout_hours": null,
            "attributes": {"a": {"b": 1}}, "seq": 0, "revision": 0}"#,
    )
    .unwrap()
}

fn command(body: &[u8]) -> Result<(), Error> {
    let wire: WireCommand = shape::read(body)?;
    let command = Command::parse(&wire, &ContentLimits::default())?;
    assert!(!command.name().is_empty());
    command.nodes();
    command.doomed();
    command.new_places();
    Ok(())
}

fn graph(body: &[u8]) -> Result<(), Error> {
    let list: Vec<FlatNode> = serde_json::from_slice(body).unwrap_or_default();
    let count = list.len();
    let forest = arrange(list, &ContentLimits::default())?;
    assert_eq!(forest.iter().map(Vec::len).sum::<usize>(), count);
    Ok(())
}

fuzz_target!(|body: &[u8]| {
    for read in [new_session, patch, command, graph] {
        if let Err(failure) = read(body) {
            check(&failure);
        }
    }
});
