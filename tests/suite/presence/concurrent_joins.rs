//! Many clients join and leave at once: counts and event numbers stay exact.

use std::collections::HashMap;

use serde_json::{Value, json};

use crate::support::{Server, Ws, eventually, number};

const CLIENTS: usize = 50;
const SESSIONS: usize = 5;
const TURNS: usize = 6;

/// Joins and leaves in a pattern of its own; ends in the first session alone, or disconnected.
async fn visit(mut ws: Ws, place: usize, sessions: Vec<String>) -> Option<Ws> {
    for turn in 0..TURNS {
        let one = &sessions[(place + turn) % SESSIONS];
        let other = &sessions[(place * 3 + turn + 1) % SESSIONS];
        ws.join(one).await;
        ws.join(other).await;
        ws.join(one).await;
        assert_eq!(ws.leave(one).await["type"], "left");
        assert_eq!(ws.leave(one).await["type"], "left");
        ws.leave(other).await;
    }
    ws.join(&sessions[0]).await;
    match place % 5 {
        0 => ws.close().await,
        1 => drop(ws),
        _ => return Some(ws),
    }
    None
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_joins_and_leaves_are_counted_exactly() {
    let server = Server::start().await;
    let api = server.api();
    let mut sessions = Vec::new();
    for _ in 0..SESSIONS {
        sessions.push(api.create(json!({})).await);
    }
    let mut witness = server.ws().await;
    for id in &sessions {
        assert_eq!(witness.join(id).await["seq"], 1);
    }
    let mut visits = Vec::new();
    for place in 0..CLIENTS {
        visits.push(tokio::spawn(visit(server.ws().await, place, sessions.clone())));
    }
    let mut staying = Vec::new();
    for visit in visits {
        staying.extend(visit.await.unwrap());
    }
    assert_eq!(staying.len(), 30);
    eventually("dropped clients are disconnected", async || {
        api.active_clients(&sessions[0]).await == 31
    })
    .await;
    for id in &sessions[1..] {
        assert_eq!(api.active_clients(id).await, 1);
    }

    let mut sql = server.sql().await;
    let wrong = "select count(*) from sessions as s where active_clients <>
                     (select count(*) from clients as c where c.session = s.session)
                     or seq <> (select count(*) from events as e where e.session = s.session)
                     or seq <> (select max(seq) from events as e where e.session = s.session)";
    assert_eq!(number(&mut sql, wrong).await, 0);
    let clients = "select count(*) from clients";
    assert_eq!(number(&mut sql, clients).await, 30 + SESSIONS as i64);
    // Each event says the count as it was after it.
    let counted = "select count(*) from (
        select payload ->> 'active_clients' as claimed,
               sum(iif(event = 'session-connected', 1, -1))
                   over (partition by session order by seq) as counted
        from events) where claimed <> counted";
    assert_eq!(number(&mut sql, counted).await, 0);

    // The witness receives all of it, in order, nothing twice; its own joins are the first event of each.
    let all = number(&mut sql, "select sum(seq) - count(*) from sessions").await;
    witness.receive(all as usize).await;
    let mut last_seqs: HashMap<String, i64> = HashMap::new();
    for event in &witness.events {
        let last = last_seqs.entry(event["session_id"].as_str().unwrap().to_owned()).or_insert(1);
        assert_eq!(event["seq"], *last + 1);
        *last += 1;
    }
    for id in &sessions {
        assert_eq!(api.get(&format!("/sessions/{id}")).await["seq"], last_seqs[id]);
    }
    for ws in &mut staying {
        ws.ask(json!({"type": "ping"})).await;
        // A client in a session receives its events until it leaves, and no more.
        let mut last: HashMap<&Value, i64> = HashMap::new();
        for event in &ws.events {
            let seq = event["seq"].as_i64().unwrap();
            let before = last.insert(&event["session_id"], seq);
            assert!(before.is_none_or(|before| before < seq), "{event}");
        }
    }
}
