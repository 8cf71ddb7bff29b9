//! Pages of large items are bounded in bytes as well as in number, and name the next page.

use serde_json::{Value, json};

use crate::support::Server;
use crate::support::board::{Board, node_id};

/// About the most bytes of events in an answer, and of sessions on a page.
const EVENT_BYTES: usize = 4 << 20;
const PAGE_BYTES: usize = 8 << 20;

/// A page as text and as what it says.
async fn page(board: &Board, path: &str) -> (usize, Value) {
    let url = format!("http://{}/api/v1{path}", board.api.addr);
    let text = board.api.http.get(url).send().await.unwrap().text().await.unwrap();
    (text.len(), serde_json::from_str(&text).unwrap())
}

#[tokio::test]
async fn event_pages_are_bounded_in_bytes() {
    let server = Server::start().await;
    let board = Board::new(server.api()).await;
    board.create(1, None).await;
    // Each change has the old and the new value: more than 120 KB.
    for n in 0..80 {
        let value = format!("{n:>60000}");
        let update = json!({"node_id": node_id(1), "property_id": "p", "value": value});
        board.execute("UpdateProperty", update).await;
    }
    for query in ["", "&limit=10000", "&limit=7"] {
        let (mut since, mut events, mut pages) = (0, Vec::new(), 0);
        loop {
            let path = format!("/sessions/{}/events?since={since}{query}", board.id);
            let (size, page) = page(&board, &path).await;
            // One more entry of the log, at most.
            assert!(size < EVENT_BYTES + 300_000, "{size} bytes");
            let some = page["events"].as_array().unwrap();
            assert!(!some.is_empty() && page["gap"] == false);
            events.extend(some.iter().map(|event| event["seq"].as_i64().unwrap()));
            pages += 1;
            match page["next_since"].as_i64() {
                Some(next) => since = next,
                None => {
                    assert_eq!(page["seq"], *events.last().unwrap());
                    break;
                }
            }
        }
        assert_eq!(events, (1..=162).collect::<Vec<i64>>());
        assert!(if query == "&limit=7" { pages == 24 } else { pages < 5 }, "{pages}");
    }
    // A client that comes back gets all of them, too.
    let mut ws = server.ws().await;
    ws.ask(json!({"type": "join_session", "session_id": board.id, "since": 0})).await;
    ws.receive(163).await;
    let received: Vec<_> = ws.events.iter().map(|event| event["seq"].as_i64().unwrap()).collect();
    assert_eq!(received, (1..=163).collect::<Vec<i64>>());
}

#[tokio::test]
async fn event_larger_than_a_page_is_returned_alone() {
    let server = Server::start().await;
    let board = Board::new(server.api()).await;
    // Texts that are written ahead, in parts.
    let nodes: Vec<Value> = (1..=3_000)
        .map(|n| json!({"id": node_id(n), "blueprint_type_id": "t", "name": "x".repeat(500)}))
        .collect();
    let body = json!({"nodes": nodes});
    let (status, answer) = board.call(reqwest::Method::PUT, "/graph", body).await;
    assert_eq!(status, 200, "{answer}");
    let first = board.get("/events?limit=1").await;
    assert_eq!((&first["events"][0]["seq"], &first["next_since"]), (&json!(1), &json!(1)));
    let all = board.get("/events?limit=10000").await;
    assert_eq!(all["events"].as_array().unwrap().len(), 3_001);
    assert_eq!(all["next_since"], Value::Null);
    let ahead = board.get("/events?since=5000").await;
    assert_eq!((&ahead["gap"], &ahead["next_since"]), (&json!(true), &Value::Null));
}

#[tokio::test]
async fn history_pages_have_next_since() {
    let server = Server::start().await;
    let board = Board::new(server.api()).await;
    for number in 1..=5 {
        board.create(number, None).await;
    }
    let (mut since, mut found) = (0, Vec::new());
    loop {
        let page = board.get(&format!("/commands?since={since}&limit=2")).await;
        let some = page["commands"].as_array().unwrap();
        found.extend(some.iter().map(|command| command["revision"].as_i64().unwrap()));
        match page["next_since"].as_i64() {
            Some(next) => since = next,
            None => break,
        }
    }
    assert_eq!(found, [1, 2, 3, 4, 5]);
    assert_eq!(board.get("/commands?limit=5").await["next_since"], Value::Null);
    assert_eq!(board.get("/commands?since=10").await["next_since"], Value::Null);
}

#[tokio::test]
async fn session_pages_are_bounded_in_bytes() {
    let server = Server::start().await;
    let api = server.api();
    let board = Board::new(api.clone()).await;
    let mut created = vec![board.id.clone()];
    // Texts that are all escapes take six times their bytes.
    let (name, text) = ("\u{1}".repeat(1024), "x".repeat(60_000));
    for n in 0..180 {
        let body = json!({"name": name, "attributes": {"text": text}, "pinned": n % 2 == 0});
        created.push(api.create(body).await);
    }
    for (query, count) in [("limit=10000", 181), ("", 181), ("limit=107&active=false", 181)] {
        for order in ["created_at", "-created_at", "last_activity", "-active_clients"] {
            let mut expected = created.clone();
            if order.starts_with('-') {
                expected.reverse();
            }
            let (mut cursor, mut found, mut pages) = (String::new(), Vec::new(), 0);
            loop {
                let path = format!("/sessions?{query}&order={order}{cursor}");
                let (size, page) = page(&board, &path).await;
                assert!(size < PAGE_BYTES + 100_000, "{size} bytes");
                assert_eq!(page["total"], count);
                let some = page["sessions"].as_array().unwrap();
                found.extend(some.iter().map(|one| one["session_id"].as_str().unwrap().to_owned()));
                pages += 1;
                match page["next_cursor"].as_str() {
                    Some(next) => cursor = format!("&cursor={next}"),
                    None => break,
                }
            }
            assert_eq!(found, expected, "{query} {order}");
            assert_eq!(pages, 2, "{query} {order}");
        }
    }
}
