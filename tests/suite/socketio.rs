//! Socket.IO by WebSocket: requests, answers, events, and every kind of end.

use serde_json::{Value, json};

use crate::sio::{HANDSHAKE, Packet, Sio, packet};
use crate::support::{Server, eventually};

/// What the session's events say of who went, and why.
async fn departures(server: &Server, session_id: &str) -> Vec<(String, String)> {
    let events = server.api().get(&format!("/sessions/{session_id}/events")).await;
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let events = events["events"].as_array().unwrap();
    let gone = events.iter().filter(|event| event["event"] == "session-disconnected");
    gone.map(|event| (text(&event["client_id"]), text(&event["reason"]))).collect()
}

/// Waits until the session is empty, and looks that each went once, for that reason.
async fn gone_once(server: &Server, session_id: &str, reason: &str) {
    let api = server.api();
    eventually("all are counted out", || async { api.active_clients(session_id).await == 0 }).await;
    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    let gone = departures(server, session_id).await;
    assert_eq!(gone.len(), 1, "{gone:?}");
    assert_eq!(gone[0].1, reason);
}

#[tokio::test]
async fn requests_are_answered_by_event_and_acknowledgement() {
    let server = Server::start().await;
    let id = server.api().create(json!({})).await;
    for namespace in ["/graph", "/"] {
        let mut client = Sio::connect_to(server.addr, namespace).await;
        let joined = client.join(&id).await;
        assert_eq!(joined["client_id"], client.id);
        assert_eq!(joined["active_clients"], 1);
        assert_eq!(joined["clients"][0]["transport"], "socket.io");
        assert_eq!(joined.get("ref"), None);

        let joined_again =
            client.call("join_session", json!({"session_id": id, "ref": [1, "a"]})).await;
        assert_eq!(joined_again["active_clients"], 1);
        assert_eq!(joined_again["ref"], json!([1, "a"]));
        assert_eq!(client.event().await, ("joined".to_owned(), joined_again));

        assert_eq!(client.call("ping", json!({"ref": 7})).await, json!({"ref": 7}));
        assert_eq!(client.event().await, ("pong".to_owned(), json!({"ref": 7})));

        let left = client.call("leave_session", json!({"session_id": id})).await;
        assert_eq!(left, json!({"session_id": id, "client_id": client.id, "active_clients": 0}));
        assert_eq!(client.event().await, ("left".to_owned(), left));
    }
}
