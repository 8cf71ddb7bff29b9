//! The input and the output of a write transaction are bounded in bytes; the rest follows in order in
//! the next transactions, and nothing is refused for it.

use std::sync::Arc;

use futures_util::future::join_all;
use rollcall::engine::limits::Capacities;
use rollcall::engine::presence::Join;
use rollcall::engine::request::{Action, ContentRequest, Executed};
use rollcall::model::command::WireCommand;
use rollcall::model::{Command, ContentLimits, Event, Scope, SessionId, SessionPatch, Transport};
use rollcall::store::{CreateSession, PatchSession, Store};
use serde_json::value::to_raw_value;
use serde_json::{Value, json};

use crate::support::store::open_store;

const KIB: usize = 1024;
/// Those who ask at the same time: each has its first turn before the writer has.
const CALLERS: usize = 30;

async fn sessions(store: &Store) -> Vec<SessionId> {
    let mut ids = Vec::new();
    for _ in 0..CALLERS {
        ids.push(store.write(CreateSession::default()).await.unwrap().session_id);
    }
    ids
}

/// Makes a node with a property of so many KiB.
fn create(session_id: SessionId, kib: usize) -> ContentRequest {
    let properties = json!({"text": "x".repeat(kib * KIB)});
    let data = json!({"blueprint_type_id": "task", "properties": properties});
    command(session_id, "CreateNode", &data)
}

fn command(session_id: SessionId, command_type: &str, data: &Value) -> ContentRequest {
    let data = to_raw_value(data).unwrap();
    let size = data.get().len();
    let wire = WireCommand { command_type: command_type.to_owned(), data };
    let command = Command::parse(&wire, &ContentLimits::default()).unwrap();
    ContentRequest::new(session_id, None, Action::Execute(command), None, None, size)
}

async fn change_all(
    store: &Store,
    requests: impl IntoIterator<Item = ContentRequest>,
) -> Vec<Executed> {
    let all = requests.into_iter().map(|request| store.change_content(request));
    join_all(all).await.into_iter().map(Result::unwrap).collect()
}

/// How many of the sessions each transaction is about.
fn sessions_in(transactions: &[Vec<Event>]) -> Vec<usize> {
    let count = |events: &Vec<Event>| {
        let ids: std::collections::BTreeSet<_> = events.iter().map(|e| e.session_id).collect();
        ids.len()
    };
    transactions.iter().map(count).collect()
}

#[tokio::test]
async fn transaction_input_is_bounded_in_bytes() {
    let capacities = Capacities { batch_bytes: 256 * KIB, ..Capacities::default() };
    let (_folder, transactions, store, writer) = open_store(capacities).await;
    let ids = sessions(&store).await;
    transactions.take();
    change_all(&store, ids.iter().map(|id| create(*id, 60))).await;
    // Past the bound none is taken: four of 60 KiB are below it, and one more comes beyond it.
    let counts = sessions_in(&transactions.take());
    assert_eq!(counts.iter().sum::<usize>(), CALLERS, "{counts:?}");
    assert!(counts.iter().all(|count| *count <= 5), "{counts:?}");
    assert!(counts.contains(&5), "{counts:?}");
    writer.finish().await;
}

#[tokio::test]
async fn transaction_output_is_bounded_in_bytes_and_order_is_kept() {
    let capacities = Capacities { transaction_bytes: 256 * KIB, ..Capacities::default() };
    let (_folder, transactions, store, writer) = open_store(capacities).await;
    let ids = sessions(&store).await;
    let made = change_all(&store, ids.iter().map(|id| create(*id, 60))).await;
    transactions.take();
    // A few bytes each, and the old value of 60 KiB for the history and for an event.
    let update = |(id, made): (&SessionId, &Executed)| {
        let node_id = &made.result["node_id"];
        let data = json!({"node_id": node_id, "property_id": "text", "value": "short"});
        command(*id, "UpdateProperty", &data)
    };
    change_all(&store, ids.iter().zip(&made).map(update)).await;
    let done = transactions.take();
    let counts = sessions_in(&done);
    assert!(counts.iter().all(|count| *count <= 3), "{counts:?}");
    assert!(counts.contains(&3), "{counts:?}");
    let executed = done.iter().flatten().filter(|event| event.name == "command-executed");
    assert_eq!(executed.map(|event| event.session_id).collect::<Vec<_>>(), ids);
    // An undo is as short, and long in its effects.
    let undo = |id: &SessionId| {
        ContentRequest::new(*id, None, Action::Undo(Scope::Session), None, None, 4)
    };
    change_all(&store, ids.iter().map(undo)).await;
    let counts = sessions_in(&transactions.take());
    assert_eq!(counts.iter().sum::<usize>(), CALLERS, "{counts:?}");
    assert!(counts.iter().all(|count| *count <= 3), "{counts:?}");
    writer.finish().await;
}

#[tokio::test]
async fn transaction_bound_covers_session_metadata() {
    let capacities = Capacities { transaction_bytes: 64 * KIB, ..Capacities::default() };
    let (_folder, transactions, store, writer) = open_store(capacities).await;
    let ids = sessions(&store).await;
    let patch = |key: &str, value: String| -> SessionPatch {
        serde_json::from_value(json!({"attributes": {key: value}})).unwrap()
    };
    for session_id in &ids {
        let patch = patch("large", "x".repeat(30 * KIB));
        store.write(PatchSession { session_id: *session_id, patch }).await.unwrap();
    }
    transactions.take();
    // A few bytes each, and an event of 30 KiB.
    let small = ids.iter().map(|session_id| {
        store.write(PatchSession { session_id: *session_id, patch: patch("small", "x".into()) })
    });
    for outcome in join_all(small).await {
        assert_eq!(outcome.unwrap().seq, 2);
    }
    let counts = sessions_in(&transactions.take());
    assert_eq!(counts.iter().sum::<usize>(), CALLERS, "{counts:?}");
    assert!(counts.iter().all(|count| *count <= 3), "{counts:?}");
    writer.finish().await;
}

#[tokio::test]
async fn writes_wait_for_room_in_the_queue_even_when_larger_than_it() {
    let capacities = Capacities { queued_bytes: 8 * KIB, ..Capacities::default() };
    let (_folder, transactions, store, writer) = open_store(capacities).await;
    let ids = sessions(&store).await;
    transactions.take();
    // Each takes all of the room: it is alone in the queue, and so in its transaction.
    change_all(&store, ids.iter().map(|id| create(*id, 20))).await;
    assert_eq!(sessions_in(&transactions.take()), [1; CALLERS]);
    // Who brings little passes by.
    let (_, joined) = tokio::join!(
        change_all(&store, ids.iter().map(|id| create(*id, 20))),
        store.join(Join {
            session_id: ids[0],
            client_id: "ada".to_owned(),
            transport: Transport::WebSocket,
            user: None,
        })
    );
    joined.unwrap();
    let joined_in = transactions
        .take()
        .iter()
        .position(|events| events.iter().any(|event| event.name == "session-connected"));
    assert!(joined_in < Some(2), "{joined_in:?}");
    writer.finish().await;
}

#[tokio::test]
async fn joined_client_lists_are_bounded_in_bytes() {
    let capacities = Capacities { listed_bytes: 10 * KIB, ..Capacities::default() };
    let (_folder, _, store, writer) = open_store(capacities).await;
    let ids = sessions(&store).await;
    let join = |session_id, number: usize| Join {
        session_id,
        client_id: format!("client-{number}"),
        transport: Transport::WebSocket,
        user: Some(json!({"name": "x".repeat(KIB)})),
    };
    let store: Arc<Store> = Arc::new(store);
    let length = |joined: &rollcall::store::Joined| {
        let list: Vec<Value> = serde_json::from_str(joined.clients.get()).unwrap();
        list.len()
    };
    // One list has all of the room …
    let mut last = 0;
    for number in 0..20 {
        last = length(&store.join(join(ids[0], number)).await.unwrap());
        assert_eq!(last, (number + 1).min(8));
    }
    assert_eq!(last, 8, "of about 1.2 KiB each");
    // … and those of many sessions share it.
    let all = ids.iter().map(|id| store.join(join(*id, 99)));
    let joined = join_all(all).await;
    for joined in joined {
        assert!(length(&joined.unwrap()) <= 8);
    }
    writer.finish().await;
}
