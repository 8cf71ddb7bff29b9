//! Property tests of every parser of input: with random bytes, and with valid input after a few random
//! edits. The parser either rejects the input with an error that helps, or returns what was meant; it
//! never panics.

use std::fmt::{Debug, Display};
use std::str::FromStr;

use proptest::prelude::*;
use proptest::sample::Index;

use crate::error::Error;
use crate::json;
use crate::model::command::WireCommand;
use crate::model::graph::{FlatNode, build_forest};
use crate::model::{
    Command, ContentLimits, Hours, NewSession, NodeChange, NodeId, OrderKey, PositionRemap,
    PositionRemaps, Session, SessionId, SessionPatch, Timestamp,
};
use crate::store::{Cursor, Order};

/// The number of cases of each test: enough to edit nearly every byte of the seeds, within seconds.
pub const CASES: u32 = 3_000;

/// An edit of valid input.
#[derive(Debug, Clone)]
enum Edit {
    Set(Index, u8),
    Insert(Index, Vec<u8>),
    Remove(Index, usize),
    /// Copies a slice to another position.
    Repeat(Index, usize, Index),
    CutOff(Index),
}

impl Edit {
    fn any() -> impl Strategy<Value = Self> {
        // Characters with a meaning in JSON and in packets are more frequent.
        let byte = prop_oneof![
            any::<u8>(),
            prop::sample::select(br#"{}[]",:/-0123456789eE.ntf\"#.as_slice())
        ];
        let piece = prop_oneof![
            prop::collection::vec(any::<u8>(), 1..5),
            prop::sample::select(vec![
                "null",
                "{}",
                "[]",
                "-1",
                "1e400",
                "18446744073709551616",
                "\"\\ud800\"",
                "\u{0}",
                "\u{1f600}",
            ])
            .prop_map(|piece| piece.as_bytes().to_vec()),
        ];
        prop_oneof![
            (any::<Index>(), byte).prop_map(|(at, byte)| Self::Set(at, byte)),
            (any::<Index>(), piece).prop_map(|(at, piece)| Self::Insert(at, piece)),
            (any::<Index>(), 1..20_usize).prop_map(|(at, size)| Self::Remove(at, size)),
            (any::<Index>(), 1..40_usize, any::<Index>())
                .prop_map(|(from, size, to)| Self::Repeat(from, size, to)),
            any::<Index>().prop_map(Self::CutOff),
        ]
    }

    fn apply(self, bytes: &mut Vec<u8>) {
        let end = |from: usize, size: usize, bytes: &[u8]| (from + size).min(bytes.len());
        match self {
            _ if bytes.is_empty() => {}
            Self::Set(at, byte) => *at.get_mut(bytes) = byte,
            Self::Insert(at, piece) => {
                let at = at.index(bytes.len());
                bytes.splice(at..at, piece);
            }
            Self::Remove(at, size) => {
                let at = at.index(bytes.len());
                bytes.drain(at..end(at, size, bytes));
            }
            Self::Repeat(from, size, to) => {
                let (from, to) = (from.index(bytes.len()), to.index(bytes.len()));
                let piece = bytes[from..end(from, size, bytes)].to_vec();
                bytes.splice(to..to, piece);
            }
            Self::CutOff(at) => bytes.truncate(at.index(bytes.len())),
        }
    }
}

/// Any bytes, or one of the seeds with a few edits.
pub fn near(seeds: &'static [&'static str]) -> impl Strategy<Value = Vec<u8>> {
    let edited = (prop::sample::select(seeds), prop::collection::vec(Edit::any(), 0..6)).prop_map(
        |(seed, edits)| {
            let mut bytes = seed.as_bytes().to_vec();
            edits.into_iter().for_each(|edit| edit.apply(&mut bytes));
            bytes
        },
    );
    prop_oneof![1 => prop::collection::vec(any::<u8>(), 0..64), 6 => edited]
}

/// As [`near`], but as text: invalid UTF-8 is replaced.
pub fn text_near(seeds: &'static [&'static str]) -> impl Strategy<Value = String> {
    near(seeds).prop_map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}

/// Checks that an error has one of the codes, and is not too long.
pub fn check_refusal(failure: &Error, codes: &[&str]) {
    assert!(codes.contains(&failure.code()), "{failure}");
    assert!(failure.to_string().len() < 2_000, "{failure}");
}

fn new_session(body: &[u8]) -> Result<(), Error> {
    let session: NewSession = json::parse(body)?;
    session.check().map_err(Error::InvalidRequest)
}

fn patch(body: &[u8]) -> Result<(), Error> {
    let patch: SessionPatch = json::parse(body)?;
    let time: Timestamp = "2026-11-22T22:30:46.753287+00:00".parse().unwrap();
    let mut session = Session {
        session_id: "01a20562-20e5-73e0-9bea-512d59f89047".parse().unwrap(),
        name: None,
        project_id: None,
        created_at: time,
        last_activity: time,
        active_clients: 0,
        node_count: 0,
        pinned: false,
        idle_timeout_hours: None,
        attributes: serde_json::from_str(r#"{"a": {"b": 1}}"#).unwrap(),
        seq: 0,
        revision: 0,
    };
    patch.apply(&mut session).map_err(Error::InvalidRequest)?;
    // Whatever was accepted survives writing and parsing.
    let written = serde_json::to_vec(&session).unwrap();
    let again: serde_json::Value = serde_json::from_slice(&written).unwrap();
    assert_eq!(serde_json::to_value(&session).unwrap(), again);
    // Applying the patch again changes nothing.
    assert_eq!(patch.apply(&mut session).unwrap(), Default::default());
    Ok(())
}

fn command(body: &[u8]) -> Result<(), Error> {
    let wire: WireCommand = json::parse(body)?;
    let command = Command::parse(&wire, &ContentLimits::default())?;
    assert!(!command.name().is_empty());
    command.nodes();
    command.deleted_roots();
    command.new_places();
    Ok(())
}

fn graph(body: &[u8]) -> Result<(), Error> {
    let list: Vec<FlatNode> = serde_json::from_slice(body).unwrap_or_default();
    let count = list.len();
    let forest = build_forest(list, &ContentLimits::default())?;
    assert_eq!(forest.iter().map(Vec::len).sum::<usize>(), count);
    Ok(())
}

/// Checks that a parsed value is the same after writing and parsing it again.
fn check_round_trip<T>(text: &str)
where
    T: FromStr<Err: Debug + Display> + Display + PartialEq + Debug,
{
    match text.parse::<T>() {
        Ok(value) => assert_eq!(value.to_string().parse::<T>().unwrap(), value),
        Err(failure) => assert!(!failure.to_string().is_empty()),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(CASES))]

    #[test]
    fn bodies_are_within_the_limits_or_rejected(body in near(&[
        include_str!("../tests/seeds/bodies/batch"),
        include_str!("../tests/seeds/bodies/graph"),
        include_str!("../tests/seeds/bodies/patch"),
        include_str!("../tests/seeds/bodies/session"),
    ])) {
        for read in [new_session, patch, command, graph] {
            if let Err(failure) = read(&body) {
                check_refusal(&failure, &["INVALID_REQUEST", "INVALID_COMMAND"]);
            }
        }
    }

    #[test]
    fn fields_of_paths_and_queries_round_trip(text in text_near(&[
        include_str!("../tests/seeds/cursors/cursor"),
        include_str!("../tests/seeds/cursors/id"),
        include_str!("../tests/seeds/cursors/order"),
        include_str!("../tests/seeds/cursors/position"),
        include_str!("../tests/seeds/cursors/time"),
    ])) {
        check_round_trip::<Cursor>(&text);
        check_round_trip::<SessionId>(&text);
        check_round_trip::<NodeId>(&text);
        check_round_trip::<Timestamp>(&text);
        let _ = (text.parse::<Order>(), text.parse::<Hours>());
        let quoted = serde_json::to_string(&text).unwrap();
        if let Ok(position) = serde_json::from_str::<OrderKey>(&quoted) {
            assert_eq!(serde_json::to_string(&position).unwrap(), quoted);
        }
    }

    #[test]
    fn stored_changes_round_trip_and_have_inverses(stored in near(&[
        include_str!("../tests/seeds/changes/created"),
        include_str!("../tests/seeds/changes/moved"),
    ])) {
        let changes: Vec<NodeChange> = serde_json::from_slice(&stored).unwrap_or_default();
        let written = serde_json::to_vec(&changes).unwrap();
        assert_eq!(serde_json::from_slice::<Vec<NodeChange>>(&written).unwrap(), changes);
        for change in changes {
            assert_eq!(change.clone().inverse().inverse(), change);
            change.nodes();
            let Some((node_id, place)) = change.destination() else { continue };
            let remap = PositionRemap { node_id, to: place.position.clone(), from: place };
            let mut remapped = change.clone();
            PositionRemaps::from_iter([remap]).apply(&mut remapped);
            assert_eq!(remapped, change, "a remap to the same position changes nothing");
        }
    }
}
