//! Joins and cleanups of the same sessions at the same time.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Server, Ws, number};

const SESSIONS: usize = 12;
const ROUNDS: usize = 8;

/// What came of a try to join.
async fn try_join(mut ws: Ws, id: String) -> (Ws, String, Value) {
    let answer = ws.ask(json!({"type": "join_session", "session_id": id})).await;
    (ws, id, answer)
}

#[tokio::test]
async fn join_during_cleanup_keeps_the_session_or_fails() {
    let server = Server::start().await;
    let api = server.api();
    let (mut kept, mut lost) = (0, 0);
    for _ in 0..ROUNDS {
        let mut joins = Vec::new();
        for _ in 0..SESSIONS {
            joins.push((server.ws().await, api.create(json!({})).await));
        }
        let all: Vec<String> = joins.iter().map(|(_, id)| id.clone()).collect();
        let sweeper = api.clone();
        // Two at once, since a second cleanup may work on what the first has read.
        let sweeps = tokio::spawn(async move {
            tokio::join!(
                sweeper.post("/sessions/cleanup", json!({"max_inactive_hours": 0})),
                sweeper.post("/sessions/cleanup", json!({"max_inactive_hours": 0}))
            )
        });
        let tries: Vec<_> =
            joins.into_iter().map(|(ws, id)| tokio::spawn(try_join(ws, id))).collect();
        let mut outcomes = Vec::new();
        for attempt in tries {
            outcomes.push(attempt.await.unwrap());
        }
        let (one, two) = sweeps.await.unwrap();
        let mut removed: Vec<String> =
            serde_json::from_value(one["removed_sessions"].clone()).unwrap();
        removed.extend(
            serde_json::from_value::<Vec<String>>(two["removed_sessions"].clone()).unwrap(),
        );
        let distinct: std::collections::BTreeSet<_> = removed.iter().collect();
        assert_eq!(distinct.len(), removed.len(), "a session is removed once");
        assert!(removed.iter().all(|id| all.contains(id)), "{removed:?}");

        for (mut ws, id, answer) in outcomes {
            let path = format!("/sessions/{id}");
            match answer["type"].as_str() {
                Some("joined") => {
                    kept += 1;
                    assert_eq!(answer["active_clients"], 1);
                    assert!(!removed.contains(&id), "removed under its client");
                    assert_eq!(api.active_clients(&id).await, 1);
                    // No event says that the session is gone.
                    assert_eq!(ws.ask(json!({"type": "ping"})).await["type"], "pong");
                    assert_eq!(ws.events, Vec::<Value>::new());
                    let (status, _) = api.call(Method::DELETE, &path, None).await;
                    assert_eq!(status, 204);
                    assert_eq!(ws.event().await["type"], "session-removed");
                }
                Some("error") => {
                    lost += 1;
                    assert_eq!(answer["code"], "SESSION_REMOVED");
                    assert_eq!(answer["details"]["reason"], "idle");
                    assert!(removed.contains(&id), "kept, but not for its client");
                    assert_eq!(api.call(Method::GET, &path, None).await.0, 410);
                }
                other => panic!("unexpected: {other:?}"),
            }
        }
    }
    assert_eq!(kept + lost, ROUNDS * SESSIONS);
    let mut sql = server.sql().await;
    assert_eq!(number(&mut sql, "select count(*) from sessions").await, 0);
    assert_eq!(number(&mut sql, "select count(*) from clients").await, 0);
}
