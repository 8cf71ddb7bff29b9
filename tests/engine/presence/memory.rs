//! The engine's presence on the storage in memory.

use std::collections::BTreeSet;

use futures_util::FutureExt;
use proptest::prelude::*;
use proptest::sample::select;
use rollcall::engine::head::Cache;
use rollcall::engine::limits::{Capacities, Limits, SessionLimits};
use rollcall::engine::memory_storage::MemoryStorage;
use rollcall::engine::presence::{self, Applied, Join, PresenceChange};
use rollcall::engine::transaction::Transaction;
use rollcall::error::Error;
use rollcall::model::{SessionId, Timestamp, Transport};

use super::model::{
    Bounds, CLIENTS, Change, Model, Outcome, SESSIONS, Turn, client_id, turns, user,
};
use crate::random::{event_json, new_head, run};

struct World {
    storage: MemoryStorage,
    cache: Cache,
    limits: Limits,
    bounds: Bounds,
    /// In order, as disconnects take them; the last one does not exist.
    session_ids: Vec<SessionId>,
    model: Model,
    /// Disconnects that the next transaction has to go on with.
    unfinished: Vec<Change>,
}

impl World {
    fn new(bounds: Bounds, cached_sessions: usize) -> Self {
        let mut storage = MemoryStorage::default();
        let session_ids: Vec<SessionId> = (0..=SESSIONS).map(|_| SessionId::new()).collect();
        assert!(session_ids.is_sorted());
        for (key, session_id) in (1..).zip(&session_ids[..SESSIONS]) {
            storage.add_session(*session_id, new_head(key, start()));
        }
        let Bounds { clients, joined, departures } = bounds;
        let limits = Limits {
            sessions: SessionLimits { clients, joined, ..SessionLimits::default() },
            capacities: Capacities { departures, cached_sessions, ..Capacities::default() },
            ..Limits::default()
        };
        Self {
            storage,
            cache: Cache::default(),
            limits,
            bounds,
            session_ids,
            model: Model::default(),
            unfinished: Vec::new(),
        }
    }

    /// One transaction, with what the last one has left, and a look at all that is there then.
    fn transact(&mut self, changes: &[Change], is_cache_lost: bool) {
        let changes = [std::mem::take(&mut self.unfinished), changes.to_vec()].concat();
        if is_cache_lost {
            self.cache = Cache::default();
        }
        let asked: Vec<PresenceChange> =
            changes.iter().map(|change| self.presence_change(*change)).collect();
        let (storage, cache) = (std::mem::take(&mut self.storage), std::mem::take(&mut self.cache));
        let mut transaction = Transaction::new(storage, cache, start(), &self.limits);
        let applying = async {
            // As the writer does it.
            let leaving = presence::sessions_to_leave(&mut transaction, &asked).await?;
            let named = asked.iter().filter_map(PresenceChange::session_id);
            transaction.load(named.chain(leaving)).await?;
            presence::apply(&mut transaction, &asked).await
        };
        let applied = applying.now_or_never().expect("it waits for nothing").unwrap();
        let (storage, cache, happened) = transaction.finish().unwrap();
        (self.storage, self.cache) = (storage, cache);

        let outcomes: Vec<Outcome> = applied.into_iter().map(outcome).collect();
        let expected = self.model.apply(&changes, self.bounds);
        assert_eq!(outcomes, expected, "{changes:?}");
        let is_unfinished = |outcome: &Outcome| *outcome == Outcome::Unfinished;
        let each = changes.iter().zip(&outcomes);
        self.unfinished =
            each.filter(|(_, outcome)| is_unfinished(outcome)).map(|(change, _)| *change).collect();
        let departed = happened.events.iter().filter(|event| {
            event.name == "session-disconnected" && !event.payload.contains(r#""left""#)
        });
        assert!(departed.count() <= self.bounds.departures);

        let place = |id: SessionId| self.session_ids.iter().position(|of| *of == id).unwrap();
        let events =
            happened.events.iter().map(|event| (place(event.session_id), event_json(event)));
        assert!(events.eq(std::mem::take(&mut self.model.events)), "the events of {changes:?}");
        assert_eq!(self.storage.take_events().len(), happened.events.len());
        self.check();
    }

    /// The model, the rows and what is cached say the same.
    fn check(&self) {
        for (session, modelled) in self.model.sessions.iter().enumerate() {
            let session_id = self.session_ids[session];
            let stored = self.storage.head(session_id).unwrap();
            let counts = (stored.active_clients, stored.seq);
            assert_eq!(counts, (modelled.members.len() as i64, modelled.seq));
            let members: BTreeSet<String> =
                modelled.members.iter().map(|client| client_id(*client)).collect();
            let rows = self.storage.clients_of(stored.key);
            assert!(rows.iter().copied().eq(members.iter().map(String::as_str)), "{rows:?}");
            if let Some(known) = self.cache.heads.get(&session_id) {
                assert_eq!(known, stored);
            }
        }
        let Some(memberships) = &self.cache.memberships else { return };
        for client in 0..CLIENTS {
            let sessions = self.model.sessions_of(client).into_iter();
            let joined: BTreeSet<SessionId> =
                sessions.map(|place| self.session_ids[place]).collect();
            let known = memberships.get(&client_id(client)).cloned();
            assert_eq!(known, Some(joined).filter(|joined| !joined.is_empty()), "client {client}");
        }
    }

    fn presence_change(&self, change: Change) -> PresenceChange {
        let client_id = client_id(change.client());
        let user = Some(user(change.client()));
        match change {
            Change::Join { session, .. } => {
                let (session_id, transport) = (self.session_ids[session], Transport::WebSocket);
                PresenceChange::Join(Join { session_id, client_id, transport, user })
            }
            Change::Leave { session, .. } => {
                PresenceChange::Leave { session_id: self.session_ids[session], client_id }
            }
            Change::Disconnect { reason, .. } => PresenceChange::Disconnect { client_id, reason },
        }
    }
}

fn start() -> Timestamp {
    Timestamp::from_micros(1_800_000_000_000_000).unwrap()
}

fn outcome(applied: Applied) -> Outcome {
    match applied {
        Applied::Joined(head) => Outcome::Joined(head.active_clients, head.seq),
        Applied::Left(active_clients) => Outcome::Left(active_clients),
        Applied::Disconnected => Outcome::Disconnected,
        Applied::Unfinished => Outcome::Unfinished,
        Applied::Refused(Error::SessionNotFound(_)) => Outcome::NoSession,
        Applied::Refused(Error::LimitReached { setting, .. }) => Outcome::LimitReached(setting),
        Applied::Refused(other) => panic!("{other}"),
    }
}

fn play(turns: &[Turn], bounds: Bounds, cached_sessions: usize) {
    let mut world = World::new(bounds, cached_sessions);
    for (changes, is_cache_lost) in turns {
        world.transact(changes, *is_cache_lost);
    }
    // In the end all are disconnected, in as many transactions as that takes.
    let reason = rollcall::model::DisconnectReason::ServerShutdown;
    let all: Vec<Change> =
        (0..CLIENTS).map(|client| Change::Disconnect { client, reason }).collect();
    world.transact(&all, false);
    let mut transactions = 1;
    while !world.unfinished.is_empty() {
        world.transact(&[], false);
        transactions += 1;
        assert!(transactions <= CLIENTS * SESSIONS + 1, "each goes on");
    }
    assert!(world.model.sessions.iter().all(|session| session.members.is_empty()));
}

#[test]
fn presence_matches_the_model() {
    let bounds = (select(vec![1, 3, 100]), select(vec![1, 2, 100]), select(vec![1, 2, 5, 500]))
        .prop_map(|(clients, joined, departures)| Bounds { clients, joined, departures });
    let cached_sessions = select(vec![0, 2, 10_000]);
    run(3_000, 10_000, (turns(8), bounds, cached_sessions), |(turns, bounds, cached_sessions)| {
        play(turns, *bounds, *cached_sessions);
    });
}
