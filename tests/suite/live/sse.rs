//! Server-sent events.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::board::{Board, node_id};
use crate::support::{PATIENCE, Server};

/// A reader of a stream, which splits it as the specification says.
struct Reader {
    response: reqwest::Response,
    buffer: String,
}

/// What is between two empty lines: the fields, in order.
type Block = Vec<(String, String)>;

impl Reader {
    async fn open(server: &Server, path: &str, last: Option<&str>) -> Self {
        let url = format!("http://{}/api/v1{path}", server.addr);
        let mut request = server.http.get(url).header("Accept", "text/event-stream");
        if let Some(last) = last {
            request = request.header("Last-Event-ID", last);
        }
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 200, "{path}");
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        assert_eq!(response.headers()["x-accel-buffering"], "no");
        assert_eq!(response.headers()["cache-control"], "no-store, no-transform");
        let mut reader = Self { response, buffer: String::new() };
        let begin = reader.block().await.unwrap();
        assert_eq!(begin[0], ("retry".to_owned(), "2000".to_owned()), "{begin:?}");
        reader
    }

    /// The next block; None at the end of the stream.
    async fn block(&mut self) -> Option<Block> {
        loop {
            if let Some((block, rest)) = self.buffer.split_once("\n\n") {
                let fields = block.lines().map(|line| {
                    let (name, value) = line.split_once(':').unwrap();
                    (name.to_owned(), value.trim_start().to_owned())
                });
                let fields = fields.collect();
                self.buffer = rest.to_owned();
                return Some(fields);
            }
            let chunk = tokio::time::timeout(PATIENCE, self.response.chunk()).await.unwrap();
            let Ok(Some(chunk)) = chunk else { return None };
            self.buffer.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }

    /// The next block with data: its other fields, and the data.
    async fn next(&mut self) -> Option<(Block, Value)> {
        loop {
            let mut block = self.block().await?;
            if let Some(place) = block.iter().position(|(name, _)| name == "data") {
                let data = serde_json::from_str(&block.remove(place).1).unwrap();
                return Some((block, data));
            }
        }
    }
}

fn id(seq: i64) -> Block {
    vec![("id".to_owned(), seq.to_string())]
}

#[tokio::test]
async fn stream_has_the_frames_of_the_websocket_and_their_numbers() {
    let server = Server::start().await;
    let board = Board::new(server.api()).await;
    board.create(1, None).await;
    let path = format!("/sessions/{}/events", board.id);
    let mut reader = Reader::open(&server, &path, None).await;
    let mut named = Reader::open(&server, &format!("{path}?named=true"), None).await;
    let mut ws = server.ws().await;
    ws.ask(json!({"type": "watch_session", "session_id": board.id})).await;
    board.create(2, None).await;
    for seq in 3..=4 {
        let frame = ws.event().await;
        assert_eq!(reader.next().await.unwrap(), (id(seq), frame.clone()));
        let (fields, data) = named.next().await.unwrap();
        assert_eq!(data, frame);
        assert_eq!(fields[1], ("event".to_owned(), frame["type"].as_str().unwrap().to_owned()));
    }
    // A reader is no client.
    assert_eq!(board.api.active_clients(&board.id).await, 0);
}

#[tokio::test]
async fn stream_continues_after_the_last_event_id_or_since() {
    let server = Server::start().await;
    let board = Board::new(server.api()).await;
    for number in 1..=3 {
        board.create(number, None).await;
    }
    let path = format!("/sessions/{}/events", board.id);
    // The header counts before the query, which stays as it is when a browser reconnects.
    for (path, last, first) in [
        (format!("{path}?since=2"), None, 3),
        (format!("{path}?since=2"), Some("4"), 5),
        (path, Some("0"), 1),
    ] {
        let mut reader = Reader::open(&server, &path, last).await;
        for seq in first..=6 {
            assert_eq!(reader.next().await.unwrap().0, id(seq), "{path} {last:?}");
        }
        board.api.get("/health").await;
    }
    let url = format!("http://{}/api/v1/sessions/{}/events", server.addr, board.id);
    let request = server.http.get(url).header("Accept", "text/html, text/event-stream;q=0.9");
    let refused = request.header("Last-Event-ID", "x").send().await.unwrap();
    assert_eq!(refused.status(), 400);
}

#[tokio::test]
async fn stream_begins_with_the_number_after_which_it_continues() {
    let server = Server::start().await;
    let board = Board::new(server.api()).await;
    board.create(1, None).await;
    let path = format!("/sessions/{}/events", board.id);
    let url = format!("http://{}/api/v1{path}", server.addr);
    let request = server.http.get(url).header("Accept", "text/event-stream");
    let mut cut_off = Reader { response: request.send().await.unwrap(), buffer: String::new() };
    let begin = cut_off.block().await.unwrap();
    assert_eq!(begin.last(), id(2).last(), "{begin:?}");
    drop(cut_off);
    board.create(2, None).await;
    let mut again = Reader::open(&server, &path, Some("2")).await;
    assert_eq!(again.next().await.unwrap().0, id(3));
}

#[tokio::test]
async fn stream_says_gap_where_events_are_missing() {
    let server = Server::start().await;
    let board = Board::new(server.api()).await;
    board.create(1, None).await;
    for query in ["?since=9", "?since=1&epoch=0123456789abcdef"] {
        let path = format!("/sessions/{}/events{query}", board.id);
        let mut reader = Reader::open(&server, &path, None).await;
        let gap = json!({"type": "gap", "session_id": board.id});
        let seq = board.api.get(&path).await["seq"].as_i64().unwrap();
        assert_eq!(reader.next().await.unwrap(), (id(seq), gap));
        let rename = json!({"node_id": node_id(1), "name": query});
        board.execute("RenameNode", rename).await;
        assert_eq!(reader.next().await.unwrap().1["name"], query);
    }
}

#[tokio::test]
async fn stream_ends_with_the_session_and_does_not_begin_again() {
    let server = Server::start().await;
    let board = Board::new(server.api()).await;
    let path = format!("/sessions/{}/events", board.id);
    let mut reader = Reader::open(&server, &path, None).await;
    board.api.call(Method::DELETE, &format!("/sessions/{}", board.id), None).await;
    assert_eq!(reader.next().await.unwrap().1["type"], "session-removed");
    assert!(reader.next().await.is_none());
    let url = format!("http://{}/api/v1{path}", server.addr);
    let again = server.http.get(url).header("Accept", "text/event-stream").send().await.unwrap();
    assert_eq!(again.status(), 204);
}

#[tokio::test]
async fn stream_ends_when_the_server_stops_and_does_not_hold_it_up() {
    let mut server = Server::start().await;
    let board = Board::new(server.api()).await;
    let path = format!("/sessions/{}/events", board.id);
    let mut reader = Reader::open(&server, &path, None).await;
    let reading = tokio::spawn(async move {
        let last = reader.next().await.map(|(_, data)| data["type"].clone());
        (last, reader.next().await.is_none())
    });
    tokio::time::timeout(Duration::from_secs(8), server.stop()).await.expect("a prompt stop");
    assert_eq!(reading.await.unwrap(), (Some(json!("reconnect")), true));
}

#[tokio::test]
async fn stream_of_a_slow_reader_has_every_event_in_the_end() {
    let server = Server::with(&["--client-queue-size", "4"]).await;
    let board = Board::new(server.api()).await;
    let path = format!("/sessions/{}/events", board.id);
    let mut reader = Reader::open(&server, &path, None).await;
    for number in 1..=50 {
        board.create(number, None).await;
    }
    for seq in 1..=100 {
        assert_eq!(reader.next().await.unwrap().0, id(seq));
    }
}

#[tokio::test]
async fn stream_of_all_sessions_says_what_happens_to_them() {
    let server = Server::start().await;
    let api = server.api();
    let mut reader = Reader::open(&server, "/events", None).await;
    let session = api.post("/sessions", json!({"name": "board"})).await;
    let created = json!({"type": "session-created", "session": session});
    assert_eq!(reader.next().await.unwrap(), (Vec::new(), created));
    let id = session["session_id"].as_str().unwrap();
    api.call(Method::DELETE, &format!("/sessions/{id}"), None).await;
    while reader.next().await.unwrap().1["type"] != "session-removed" {}
    api.create(json!({})).await;
    assert_eq!(reader.next().await.unwrap().1["type"], "session-created");
    // One that comes back has missed something.
    let mut again = Reader::open_with_gap(&server).await;
    api.create(json!({"name": "x"})).await;
    assert_eq!(again.next().await.unwrap().1["session"]["name"], "x");
}

impl Reader {
    /// A reader that comes back to the stream of all sessions; the first block has the gap.
    async fn open_with_gap(server: &Server) -> Self {
        let url = format!("http://{}/api/v1/events", server.addr);
        let request = server.http.get(url).header("Last-Event-ID", "0");
        let response = request.send().await.unwrap();
        let mut reader = Self { response, buffer: String::new() };
        assert_eq!(reader.next().await.unwrap().1, json!({"type": "gap"}));
        reader
    }
}
