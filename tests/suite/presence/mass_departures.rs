//! Clients of very many sessions and sessions of very many clients: their disconnects are chunked,
//! so that they delay nobody, and each happens exactly once.

use rollcall::engine::limits::Capacities;
use rollcall::engine::presence::Join;
use rollcall::model::{DisconnectReason, SessionId, Transport};
use rollcall::store::{CreateSession, RemoveSession, Store};
use serde_json::json;
use sqlx::SqliteConnection;

use crate::support::store::open_store;
use crate::support::{Binary, eventually, number, rollcall, run};

async fn create(store: &Store) -> SessionId {
    store.write(CreateSession::default()).await.unwrap().session_id
}

fn join(session_id: SessionId, client_id: &str) -> Join {
    let client_id = client_id.to_owned();
    Join { session_id, client_id, transport: Transport::WebSocket, user: None }
}

#[tokio::test]
async fn disconnect_from_many_sessions_is_chunked_and_interleaved() {
    let departures = 3;
    let (_folder, transactions, store, writer) =
        open_store(Capacities { departures, ..Capacities::default() }).await;
    let mut left = std::collections::BTreeSet::new();
    for _ in 0..20 {
        let session_id = create(&store).await;
        store.join(join(session_id, "ada")).await.unwrap();
        left.insert(session_id);
    }
    let elsewhere = create(&store).await;
    transactions.take();

    let reason = DisconnectReason::Disconnected;
    let (gone, joined) = tokio::join!(
        store.disconnect("ada".to_owned(), reason),
        store.join(join(elsewhere, "bob"))
    );
    gone.unwrap();
    assert_eq!(joined.unwrap().seq, 1);
    let transactions = transactions.take();
    let first = &transactions[0];
    assert!(first.iter().any(|event| event.session_id == elsewhere), "bob need not wait");
    for transaction in &transactions {
        let departed = transaction.iter().filter(|event| event.name == "session-disconnected");
        let departed: Vec<_> = departed.collect();
        assert!(departed.len() <= departures, "{} at once", departed.len());
        for event in departed {
            assert!(left.remove(&event.session_id), "twice from {}", event.session_id);
            assert_eq!(event.seq, 2);
        }
    }
    assert!(left.is_empty(), "{left:?}");
    writer.finish().await;
}

#[tokio::test]
async fn disconnects_at_shutdown_are_all_written() {
    let (folder, _, store, writer) =
        open_store(Capacities { departures: 2, ..Capacities::default() }).await;
    for _ in 0..9 {
        let session_id = create(&store).await;
        for client_id in ["ada", "bob"] {
            store.join(join(session_id, client_id)).await.unwrap();
        }
    }
    let leaving = ["ada", "bob"].map(|client_id| {
        let store = store.clone();
        tokio::spawn(async move {
            store.disconnect(client_id.to_owned(), DisconnectReason::ServerShutdown).await
        })
    });
    // Both are in the queue, or further, when the end comes.
    tokio::task::yield_now().await;
    writer.finish().await;
    for leaving in leaving {
        leaving.await.unwrap().unwrap();
    }
    let mut sql = crate::support::sql(folder.path().join("test.db")).await;
    assert_eq!(number(&mut sql, "select count(*) from clients").await, 0);
}

/// Leaves `clients` in each of `sessions` sessions, as a server that died.
async fn orphans(sql: &mut SqliteConnection, sessions: i64, clients: i64) {
    let numbers = |most: i64| json!((1..=most).collect::<Vec<_>>()).to_string();
    sqlx::query(
        "insert into sessions (session_id, created_at, last_activity)
         select printf('00000000-0000-7000-8000-%012x', value), at, at
         from json_each(?), (select '2024-01-15T10:30:00.000000+00:00' as at)",
    )
    .bind(numbers(sessions))
    .execute(&mut *sql)
    .await
    .unwrap();
    sqlx::query(
        "insert into clients (session, client_id, transport, connected_at)
         select session, 'client-' || value, 'websocket', created_at
         from sessions, json_each(?)",
    )
    .bind(numbers(clients))
    .execute(&mut *sql)
    .await
    .unwrap();
}

#[tokio::test]
async fn orphan_disconnection_resumes_after_a_killed_start() {
    let mut server = Binary::start(&["--cleanup-interval", "off"]).await;
    assert!(server.terminate().await.success());
    let mut sql = server.sql().await;
    orphans(&mut sql, 40, 50).await;
    assert_eq!(number(&mut sql, "select sum(active_clients) from sessions").await, 2_000);

    let mut command = rollcall();
    command.args(["--listen", "127.0.0.1:0", "--database"]).arg(server.database());
    let mut child = command.spawn().unwrap();
    // It may be done before it is killed; then this shows less.
    eventually("some are out", || async {
        let mut sql = server.sql().await;
        number(&mut sql, "select count(*) from clients").await < 2_000
    })
    .await;
    child.kill().await.unwrap();
    let in_one = "select coalesce(max(n), 0) from
                      (select sum(seq - first_seq + 1) as n from internal_event_log group by at)";
    assert!(number(&mut sql, in_one).await <= 500);

    server.start_again().await;
    eventually("nobody is left", || async {
        let mut sql = server.sql().await;
        number(&mut sql, "select count(*) from clients").await == 0
    })
    .await;
    assert_eq!(number(&mut sql, "select sum(active_clients) from sessions").await, 0);
    let once = "select count(distinct session || (payload ->> 'client_id')) from events
                where event = 'session-disconnected' and payload ->> 'reason' = 'server_restart'";
    assert_eq!(number(&mut sql, once).await, 2_000);
    assert_eq!(number(&mut sql, "select count(*) from events").await, 2_000);
    assert!(number(&mut sql, in_one).await <= 500);
    assert!(number(&mut sql, in_one).await > 2, "nor one by one");
    // The file is sound for who comes next.
    let id = "00000000-0000-7000-8000-000000000001";
    assert_eq!(server.ws().await.join(id).await["active_clients"], 1);
    assert!(run(&mut sql, "pragma integrity_check").await.is_ok());
}

#[tokio::test]
async fn removal_of_a_session_of_many_clients_is_one_event() {
    let (_folder, transactions, store, writer) = open_store(Capacities::default()).await;
    let (gone, stays) = (create(&store).await, create(&store).await);
    for number in 0..150 {
        store.join(join(gone, &format!("client-{number}"))).await.unwrap();
    }
    store.join(join(stays, "client-0")).await.unwrap();
    transactions.take();
    store.write(RemoveSession { session_id: gone, precondition: None }).await.unwrap();
    let transactions = transactions.take();
    let names: Vec<_> = transactions.iter().flatten().map(|event| &*event.name).collect();
    assert_eq!(names, ["session-removed"]);
    // What is remembered of its clients is right: one is elsewhere still, and the others nowhere.
    let joined = store.join(join(stays, "client-1")).await.unwrap();
    assert_eq!((joined.active_clients, joined.seq), (2, 2));
    for client_id in ["client-0", "client-1", "client-2"] {
        store.disconnect(client_id.to_owned(), DisconnectReason::Disconnected).await.unwrap();
    }
    assert_eq!(store.overview(stays).await.unwrap().session.active_clients, 0);
    writer.finish().await;
}
