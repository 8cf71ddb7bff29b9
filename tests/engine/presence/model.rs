//! Who is in which session, as sets of names.

use std::collections::BTreeSet;

use proptest::collection::vec;
use proptest::prelude::*;
use rollcall::model::DisconnectReason;
use serde_json::{Value, json};

use crate::support::dice::Dice;

/// Sessions that there are. A change may name one more, which does not exist.
pub const SESSIONS: usize = 6;
/// Clients that come and go.
pub const CLIENTS: usize = 5;

/// One client's coming or going.
#[derive(Debug, Clone, Copy)]
pub enum Change {
    Join { client: usize, session: usize },
    Leave { client: usize, session: usize },
    Disconnect { client: usize, reason: DisconnectReason },
}

impl Change {
    pub fn client(self) -> usize {
        match self {
            Self::Join { client, .. }
            | Self::Leave { client, .. }
            | Self::Disconnect { client, .. } => client,
        }
    }
}

/// What may be how many.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Clients of a session.
    pub clients: usize,
    /// Sessions of a client.
    pub joined: usize,
    /// Rows that the disconnects of one transaction take away.
    pub departures: usize,
}

/// What has come of a change.
#[derive(Debug, PartialEq)]
pub enum Outcome {
    /// With the clients that are in and the number of the session's last event.
    Joined(i64, i64),
    /// With the clients that are still in.
    Left(i64),
    Disconnected,
    Unfinished,
    NoSession,
    /// With the setting that refuses it.
    LimitReached(&'static str),
}

/// A session of the model.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Session {
    pub seq: i64,
    pub members: BTreeSet<usize>,
}

/// All sessions, and the events of the present transaction: session and event.
#[derive(Default)]
pub struct Model {
    pub sessions: [Session; SESSIONS],
    pub events: Vec<(usize, Value)>,
}

pub fn client_id(client: usize) -> String {
    format!("client-{client}")
}

/// What a client says of its user.
pub fn user(client: usize) -> Value {
    json!({ "name": client })
}

impl Model {
    /// Applies one transaction's changes in order; an outcome for each.
    pub fn apply(&mut self, changes: &[Change], bounds: Bounds) -> Vec<Outcome> {
        let mut departures_left = bounds.departures;
        changes
            .iter()
            .map(|change| match *change {
                Change::Join { client, session } => self.join(client, session, bounds),
                Change::Leave { client, session } => self.leave(client, session),
                Change::Disconnect { client, reason } => {
                    self.disconnect(client, reason, &mut departures_left)
                }
            })
            .collect()
    }

    /// The sessions that a client is in.
    pub fn sessions_of(&self, client: usize) -> Vec<usize> {
        (0..SESSIONS).filter(|session| self.sessions[*session].members.contains(&client)).collect()
    }

    fn join(&mut self, client: usize, session: usize, bounds: Bounds) -> Outcome {
        let joined = self.sessions_of(client).len();
        let Some(found) = self.sessions.get_mut(session) else { return Outcome::NoSession };
        if !found.members.contains(&client) {
            if found.members.len() >= bounds.clients {
                return Outcome::LimitReached("--max-clients");
            }
            if joined >= bounds.joined {
                return Outcome::LimitReached("--max-joined-sessions");
            }
            found.members.insert(client);
            self.happens(session, "session-connected", client, None);
        }
        let found = &self.sessions[session];
        Outcome::Joined(found.members.len() as i64, found.seq)
    }

    fn leave(&mut self, client: usize, session: usize) -> Outcome {
        let Some(found) = self.sessions.get_mut(session) else { return Outcome::NoSession };
        if found.members.remove(&client) {
            self.happens(session, "session-disconnected", client, Some(DisconnectReason::Left));
        }
        Outcome::Left(self.sessions[session].members.len() as i64)
    }

    fn disconnect(
        &mut self,
        client: usize,
        reason: DisconnectReason,
        departures_left: &mut usize,
    ) -> Outcome {
        for session in self.sessions_of(client) {
            if *departures_left == 0 {
                return Outcome::Unfinished;
            }
            *departures_left -= 1;
            self.sessions[session].members.remove(&client);
            self.happens(session, "session-disconnected", client, Some(reason));
        }
        Outcome::Disconnected
    }

    fn happens(
        &mut self,
        session: usize,
        name: &str,
        client: usize,
        reason: Option<DisconnectReason>,
    ) {
        let found = &mut self.sessions[session];
        found.seq += 1;
        let mut event = json!({
            "type": name, "seq": found.seq, "client_id": client_id(client),
            "active_clients": found.members.len()
        });
        match reason {
            Some(reason) => event["reason"] = json!(reason),
            None => event["user"] = user(client),
        }
        self.events.push((session, event));
    }
}

/// Who is in a session, from its events alone.
#[derive(Default)]
pub struct Follower {
    seq: i64,
    members: BTreeSet<String>,
}

impl Follower {
    /// Takes the next event in; its count must be that of the members.
    pub fn hear(&mut self, event: &Value) {
        self.seq += 1;
        assert_eq!(event["seq"], self.seq, "a hole or a repeat: {event}");
        let client_id = event["client_id"].as_str().unwrap().to_owned();
        let has_changed = match event["type"].as_str().unwrap() {
            "session-connected" => self.members.insert(client_id),
            "session-disconnected" => self.members.remove(&client_id),
            other => panic!("{other} is no event of presence"),
        };
        assert!(has_changed, "twice: {event}");
        assert_eq!(event["active_clients"], self.members.len(), "{event}");
    }

    /// Compares what was heard with a session of the model.
    pub fn check(&self, session: &Session) {
        assert_eq!(self.seq, session.seq);
        let members = session.members.iter().map(|client| client_id(*client)).collect();
        assert_eq!(self.members, members);
    }
}

/// Changes that share a transaction, and whether the cache is lost before it.
pub type Turn = (Vec<Change>, bool);

/// Turns of at most so many changes each.
pub fn turns(together: usize) -> impl Strategy<Value = Vec<Turn>> {
    let number = || any::<u64>().no_shrink();
    vec((vec(number(), 1..=together), any::<bool>()), 1..12).prop_map(|turns| {
        let changes = |numbers: Vec<u64>| numbers.into_iter().map(change).collect();
        turns.into_iter().map(|(numbers, is_lost)| (changes(numbers), is_lost)).collect()
    })
}

fn change(number: u64) -> Change {
    let mut dice = Dice::new(number);
    let client = dice.below(CLIENTS);
    // Now and then the one that does not exist.
    let session = if dice.below(20) == 0 { SESSIONS } else { dice.below(SESSIONS) };
    match dice.below(12) {
        0..8 => Change::Join { client, session },
        8..10 => Change::Leave { client, session },
        _ => {
            let reasons = [DisconnectReason::Disconnected, DisconnectReason::PingTimeout];
            Change::Disconnect { client, reason: reasons[dice.below(reasons.len())] }
        }
    }
}
