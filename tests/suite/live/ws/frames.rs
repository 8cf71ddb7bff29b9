//! An invalid request gets an `error` frame and the connection goes on; a protocol violation or an
//! oversized frame closes it with the code for that.

use futures_util::SinkExt;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio_tungstenite::MaybeTlsStream;
use tokio_tungstenite::tungstenite::Message;

use crate::support::{Server, Ws, eventually};

async fn send_text(ws: &mut Ws, text: &str) -> Value {
    ws.socket.send(Message::text(text.to_owned())).await.unwrap();
    ws.answer().await
}

/// An error with this code; nothing else happens, and a ping is answered after it.
async fn check(ws: &mut Ws, what: &str, named: &str, answer: &Value) {
    assert_eq!(answer["type"], "error", "{what}: {answer}");
    assert_eq!(answer["code"], "INVALID_REQUEST", "{what}: {answer}");
    let message = answer["message"].as_str().unwrap();
    assert!(message.contains(named), "{what} does not name {named}: {message}");
    let pong = ws.ask(json!({"type": "ping", "ref": what})).await;
    assert_eq!(pong, json!({"type": "pong", "ref": what}));
}

#[tokio::test]
async fn frame_that_is_no_json_object_gets_an_error() {
    let server = Server::start().await;
    let mut ws = server.ws().await;
    for text in [
        "",
        " ",
        "nonsense",
        "{",
        "}",
        "[]",
        "1",
        "null",
        "\"ping\"",
        "true",
        "{\"type\":}",
        "[\"ping\", 1]",
        "{\"type\": \"ping\"} {}",
        "{\"type\": \"ping\"}x",
        "{\"type\": NaN}",
    ] {
        let answer = send_text(&mut ws, text).await;
        check(&mut ws, text, "", &answer).await;
    }
    let (open, close) = ("[".repeat(200_000), "]".repeat(200_000));
    let deep = format!("{{\"type\":\"join_session\",\"user\":{open}{close}}}");
    let answer = send_text(&mut ws, &deep).await;
    check(&mut ws, "a deep one", "", &answer).await;
}

#[tokio::test]
async fn invalid_request_gets_an_error_with_its_ref() {
    let server = Server::start().await;
    let id = server.api().create(json!({})).await;
    let mut ws = server.ws().await;
    let uuid = "0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b";
    for (named, frame) in [
        ("type", json!({})),
        ("type", json!({"type": null})),
        ("type", json!({"type": 7})),
        ("type", json!({"type": ["ping"]})),
        ("type", json!({"session_id": uuid})),
        ("type", json!({"type": ""})),
        ("dance", json!({"type": "dance"})),
        ("type", json!({"type": "x".repeat(10_000)})),
        ("type", json!({"type": "joined", "session_id": uuid})),
        ("session_id", json!({"type": "join_session"})),
        ("session_id", json!({"type": "join_session", "session_id": null})),
        ("session_id", json!({"type": "join_session", "session_id": 1})),
        ("session_id", json!({"type": "join_session", "session_id": ""})),
        ("session_id", json!({"type": "join_session", "session_id": "nonsense"})),
        ("session_id", json!({"type": "join_session", "session_id": [id]})),
        ("user", json!({"type": "join_session", "session_id": id, "user": "x".repeat(5000)})),
        ("session_id", json!({"type": "leave_session"})),
        ("session_id", json!({"type": "leave_session", "session_id": "nonsense"})),
    ] {
        for reference in [json!(1), json!("a"), json!({"deep": [1, null]}), json!(false)] {
            let mut frame = frame.clone();
            frame["ref"] = reference.clone();
            let text = frame.to_string();
            let answer = send_text(&mut ws, &text).await;
            let what = &text[..text.len().min(100)];
            assert_eq!(answer["ref"], reference, "{what}: {answer}");
            assert!(answer.to_string().len() < 1000, "an answer does not repeat so much");
            check(&mut ws, what, named, &answer).await;
        }
        let answer = send_text(&mut ws, &frame.to_string()).await;
        assert_eq!(answer.get("ref"), None, "{answer}");
    }
    assert_eq!(server.api().get(&format!("/sessions/{id}")).await["seq"], 0);
}

#[tokio::test]
async fn binary_frame_gets_an_error() {
    let server = Server::start().await;
    let api = server.api();
    let id = api.create(json!({})).await;
    let mut ws = server.ws().await;
    ws.join(&id).await;
    let join = json!({"type": "leave_session", "session_id": id}).to_string().into_bytes();
    for bytes in [vec![], vec![0xff; 100], join] {
        ws.socket.send(Message::binary(bytes)).await.unwrap();
        let answer = ws.answer().await;
        check(&mut ws, "a binary frame", "binary", &answer).await;
    }
    assert_eq!(api.active_clients(&id).await, 1);
}

#[tokio::test]
async fn unknown_field_is_ignored() {
    let server = Server::start().await;
    let id = server.api().create(json!({})).await;
    let mut ws = server.ws().await;
    let frame = json!({"type": "join_session", "session_id": id, "later": {"version": 2}});
    assert_eq!(ws.ask(frame).await["type"], "joined");
    let pong = send_text(&mut ws, " {\"ref\" : [1 ,2] , \"type\":\"p\\u0069ng\"}\n").await;
    assert_eq!(pong, json!({"type": "pong", "ref": [1, 2]}));
}

/// A masked frame, with a mask of zeros (RFC 6455, section 5.2).
fn frame(first_byte: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![first_byte];
    match u16::try_from(payload.len()) {
        Ok(length @ ..=125) => frame.push(0x80 | length as u8),
        Ok(length) => {
            frame.push(0x80 | 126);
            frame.extend(length.to_be_bytes());
        }
        Err(_) => {
            frame.push(0x80 | 127);
            frame.extend((payload.len() as u64).to_be_bytes());
        }
    }
    frame.extend([0; 4]);
    frame.extend(payload);
    frame
}

async fn write(ws: &mut Ws, bytes: &[u8]) {
    let MaybeTlsStream::Plain(stream) = ws.socket.get_mut() else { panic!("no plain stream") };
    stream.write_all(bytes).await.unwrap();
}

#[tokio::test]
async fn protocol_violation_closes_only_its_own_connection() {
    let server = Server::with(&["--cleanup-interval", "off", "--body-limit", "1000"]).await;
    let api = server.api();
    let id = api.create(json!({})).await;
    let mut witness = server.ws().await;
    witness.join(&id).await;
    let unmasked = [0x81, 2, b'{', b'}'].to_vec();
    let mut begun = frame(0x01, b"{");
    begun.extend(frame(0x81, b"}"));
    for (what, bytes, code) in [
        ("a reserved opcode", frame(0x8b, b""), 1002),
        ("a frame without a mask", unmasked, 1002),
        ("a reserved bit", frame(0xc1, b"{}"), 1002),
        ("the rest of nothing", frame(0x80, b"{}"), 1002),
        ("a message within a message", begun, 1002),
        ("a large ping", frame(0x89, &[0; 126]), 1002),
        ("a ping in parts", frame(0x09, b""), 1002),
        ("half a code of closing", frame(0x88, &[3]), 1002),
        ("a text that is not UTF-8", frame(0x81, b"{\"\xff\"}"), 1007),
    ] {
        let mut ws = server.ws().await;
        let client_id = ws.join(&id).await["client_id"].clone();
        assert_eq!(witness.event().await["type"], "session-connected");
        write(&mut ws, &bytes).await;
        let close = ws.next().await.expect_err(what).unwrap_or_else(|| panic!("{what}: no frame"));
        assert_eq!(u16::from(close.code), code, "{what}: {close}");
        let gone = witness.event().await;
        assert_eq!(gone["client_id"], client_id, "{what}");
        assert_eq!(gone["reason"], "connection_lost", "{what}");
        assert_eq!(gone["active_clients"], 1, "{what}");
    }
    assert_eq!(api.active_clients(&id).await, 1);
}

#[tokio::test]
async fn oversized_frame_gets_an_error_and_close_1009() {
    let server = Server::with(&["--cleanup-interval", "off", "--body-limit", "1000"]).await;
    let api = server.api();
    let id = api.create(json!({})).await;
    let ping = |size: usize| {
        let empty = json!({"type": "ping", "x": ""}).to_string().len();
        json!({"type": "ping", "x": "x".repeat(size - empty)}).to_string()
    };
    let mut ws = server.ws().await;
    assert_eq!(send_text(&mut ws, &ping(1000)).await["type"], "pong");
    let parts = |size: usize| {
        let mut parts = frame(0x01, &ping(600).into_bytes());
        parts.extend(frame(0x80, &vec![b' '; size - 600]));
        parts
    };
    write(&mut ws, &parts(1000)).await;
    assert_eq!(ws.answer().await["type"], "pong");
    // The last ones are more than a connection takes before it is read: the client is still writing
    // when it is refused.
    let large = |size: usize| frame(0x81, &ping(size).into_bytes());
    for bytes in [large(1001), large(100_000), parts(1001), large(15_000_000)] {
        let mut ws = server.ws().await;
        ws.join(&id).await;
        write(&mut ws, &bytes).await;
        let answer = ws.answer().await;
        assert_eq!(answer["type"], "error", "{answer}");
        assert_eq!(answer["code"], "PAYLOAD_TOO_LARGE", "{answer}");
        let message = answer["message"].as_str().unwrap();
        assert!(message.contains("1000") && message.contains("frame"), "{message}");
        let close = ws.next().await.unwrap_err().expect("a close frame");
        assert_eq!(u16::from(close.code), 1009, "{close}");
        eventually("it is disconnected", || async { api.active_clients(&id).await == 0 }).await;
    }
}
