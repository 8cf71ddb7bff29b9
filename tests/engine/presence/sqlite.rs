//! The same over the store: changes that wait together share transactions as the writer likes.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::sync::Arc;

use futures_util::future::join_all;
use rollcall::engine::limits::{Capacities, Limits};
use rollcall::engine::presence::Join;
use rollcall::model::{DisconnectReason, Event, SessionId, Transport};
use rollcall::store::{CreateSession, Store};

use super::model::{Bounds, Change, Follower, Model, SESSIONS, Turn, client_id, turns, user};
use crate::random::{event_json, run};
use crate::support::store::{Transactions, open_store};
use crate::support::{number, sql};

/// A client of each turn comes or goes once, so that the order of those that wait does not matter.
fn once_each(changes: &[Change]) -> Vec<Change> {
    let mut seen = BTreeSet::new();
    changes.iter().copied().filter(|change| seen.insert(change.client())).collect()
}

async fn change(store: &Store, session_ids: &[SessionId], change: Change) {
    let client_id = client_id(change.client());
    match change {
        Change::Join { session, .. } => {
            let (session_id, transport) = (session_ids[session], Transport::SocketIo);
            let join = Join { session_id, client_id, transport, user: Some(user(change.client())) };
            let joined = store.join(join).await;
            assert_eq!(joined.is_err(), session == SESSIONS, "{joined:?}");
        }
        Change::Leave { session, .. } => {
            let left = store.leave(session_ids[session], client_id).await;
            assert_eq!(left.is_err(), session == SESSIONS, "{left:?}");
        }
        Change::Disconnect { reason, .. } => store.disconnect(client_id, reason).await.unwrap(),
    }
}

async fn play(store: &Store, transactions: &Arc<Transactions>, bounds: Bounds, turns: &[Turn]) {
    let mut session_ids = Vec::new();
    for _ in 0..SESSIONS {
        let session = store.write(CreateSession::default()).await.unwrap();
        session_ids.push(session.session_id);
    }
    session_ids.push(SessionId::new());
    transactions.take();
    let mut model = Model::default();
    let mut followers: [Follower; SESSIONS] = Default::default();
    let last: Vec<Change> = (0..super::model::CLIENTS)
        .map(|client| Change::Disconnect { client, reason: DisconnectReason::ServerShutdown })
        .collect();
    let turns = turns.iter().map(|(changes, _)| once_each(changes)).chain([last]);
    for changes in turns {
        join_all(changes.iter().map(|one| change(store, &session_ids, *one))).await;
        let unbounded = Bounds { departures: usize::MAX, ..bounds };
        model.apply(&changes, unbounded);
        for transaction in transactions.take() {
            check_departures(&transaction, bounds.departures);
            for event in transaction {
                let place = session_ids.iter().position(|id| *id == event.session_id).unwrap();
                followers[place].hear(&event_json(&event));
            }
        }
        for (follower, session) in followers.iter().zip(&model.sessions) {
            follower.check(session);
        }
    }
}

fn check_departures(transaction: &[Event], most: usize) {
    let left = |event: &&Event| event.payload.contains(r#""reason":"left""#);
    let departed = transaction.iter().filter(|event| event.name == "session-disconnected");
    let departed: Vec<&Event> = departed.filter(|event| !left(event)).collect();
    assert!(departed.len() <= most, "{} at once", departed.len());
}

/// Counts of clients that are not those of the rows.
const UNTRUE: &str = "
    select count(*) from sessions as s
    where active_clients <> (select count(*) from clients as c where c.session = s.session)";

#[test]
fn presence_in_sqlite_matches_the_model() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let bounds = Bounds { clients: 10_000, joined: 1_000, departures: 3 };
    let capacities = Capacities {
        departures: bounds.departures,
        cached_sessions: 4,
        batch_jobs: 3,
        ..Limits::default().capacities
    };
    let opened = runtime.block_on(open_store(capacities));
    let (folder, transactions, store, writer) = opened;
    let sql = RefCell::new(runtime.block_on(sql(folder.path().join("test.db"))));
    run(40, 300, turns(8), |turns| {
        let sql = &mut *sql.borrow_mut();
        runtime.block_on(async {
            play(&store, &transactions, bounds, turns).await;
            assert_eq!(number(sql, UNTRUE).await, 0);
            assert_eq!(number(sql, "select count(*) from clients").await, 0);
        });
    });
    runtime.block_on(writer.finish());
}
