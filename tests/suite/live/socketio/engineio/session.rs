//! An Engine.IO session: handshake, payloads, heartbeat and end.

use super::{SILENT, departure, joined, next_text, poll, waiting_poll};

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::socketio::{HANDSHAKE, Sio, packet};
use crate::support::{Server, eventually};

#[tokio::test]
async fn handshake_returns_session_id_and_settings() {
    let settings = ["--ping-interval", "3s", "--ping-timeout", "2s", "--body-limit", "1000"];
    let server = Server::with(&settings).await;
    let opened = |open: &str| -> Value {
        let mut open: Value = serde_json::from_str(open.strip_prefix('0').unwrap()).unwrap();
        assert!(open["sid"].as_str().is_some_and(|sid| sid.len() >= 20), "{open}");
        open["sid"].take();
        open
    };
    let expected = |upgrades: Value| {
        json!({"sid": null, "upgrades": upgrades, "pingInterval": 3000, "pingTimeout": 2000,
            "maxPayload": 1000})
    };
    for slash in ["", "/"] {
        let url = format!("http://{}/socket.io{slash}?EIO=4&transport=polling", server.addr);
        let answer = server.http.get(url).send().await.unwrap();
        assert_eq!(answer.headers()["content-type"], "text/plain; charset=UTF-8");
        assert_eq!(answer.headers()["cache-control"], "no-store");
        assert_eq!(opened(&answer.text().await.unwrap()), expected(json!(["websocket"])));
    }
    let url = format!("ws://{}/{HANDSHAKE}=websocket", server.addr);
    let (mut socket, _) = tokio_tungstenite::connect_async(url).await.unwrap();
    assert_eq!(opened(&next_text(&mut socket).await), expected(json!([])));
}

#[tokio::test]
async fn refusals_have_the_codes_of_the_reference_implementation() {
    let server = Server::start().await;
    let refused = async |method: Method, query: &str| {
        let url = format!("http://{}/socket.io/?{query}", server.addr);
        let answer = server.http.request(method, url).send().await.unwrap();
        assert_eq!(answer.status(), 400, "{query}");
        answer.json::<Value>().await.unwrap()
    };
    let unknown = json!({"code": 0, "message": "Transport unknown"});
    for query in ["", "EIO=4", "EIO=4&transport=abc", "EIO=4&transport=webtransport"] {
        assert_eq!(refused(Method::GET, query).await, unknown, "{query}");
    }
    let unknown = json!({"code": 1, "message": "Session ID unknown"});
    for sid in ["", "x", "00000000000000000000000000000000"] {
        let query = format!("EIO=4&transport=polling&sid={sid}");
        assert_eq!(refused(Method::GET, &query).await, unknown, "{query}");
    }
    let method = json!({"code": 2, "message": "Bad handshake method"});
    for wrong in [Method::POST, Method::PUT, Method::DELETE] {
        assert_eq!(refused(wrong, "EIO=4&transport=polling").await, method);
    }
    let bad = refused(Method::GET, "EIO=4&transport=websocket").await;
    assert_eq!(bad["code"], 3);
    assert!(bad["message"].as_str().unwrap().starts_with("Bad request: "), "{bad}");
    let version = json!({"code": 5, "message": "Unsupported protocol version"});
    for query in ["transport=polling", "EIO=3&transport=polling", "EIO=abc&transport=polling"] {
        assert_eq!(refused(Method::GET, query).await, version, "{query}");
    }
    for query in ["transport=websocket", "EIO=4", "EIO=4&transport=abc"] {
        let url = format!("ws://{}/socket.io/?{query}", server.addr);
        assert!(tokio_tungstenite::connect_async(url).await.is_err(), "{query}");
    }
}

#[tokio::test]
async fn first_ping_comes_after_the_interval() {
    let server = Server::with(&SILENT).await;
    let mut client = Sio::connect(server.addr).await;
    client.send(r#"42/graph,["ping",{}]"#.to_owned()).await;
    assert_eq!(next_text(&mut client.socket).await, r#"42/graph,["pong",{}]"#);
    let (client, _) = joined(&server).await;
    client.post(r#"42/graph,["ping",{}]"#.to_owned()).await;
    assert_eq!(poll(&client).await, r#"42/graph,["pong",{}]"#);
}

#[tokio::test]
async fn heartbeat_goes_on_while_the_client_answers() {
    let server = Server::with(&["--ping-interval", "100ms", "--ping-timeout", "10s"]).await;
    let (client, _) = joined(&server).await;
    for _ in 0..3 {
        assert_eq!(poll(&client).await, "2");
        assert_eq!(client.post("3".to_owned()).await, StatusCode::OK);
    }
    let mut client = Sio::connect(server.addr).await;
    for _ in 0..3 {
        assert_eq!(next_text(&mut client.socket).await, "2");
        client.send("3".to_owned()).await;
    }
}

#[tokio::test]
async fn packets_of_a_body_are_taken_in_order() {
    let server = Server::with(&SILENT).await;
    let (client, _) = joined(&server).await;
    let body = (0..3).map(|n| format!(r#"42/graph,["ping",{{"ref":{n}}}]"#));
    let body = body.collect::<Vec<_>>().join("\u{1e}");
    let answer = client.http.post(&client.url).body(body).send().await.unwrap();
    assert_eq!((answer.status(), answer.text().await.unwrap()), (StatusCode::OK, "ok".to_owned()));
    let mut answers = Vec::new();
    while answers.len() < 3 {
        answers.extend(poll(&client).await.split('\u{1e}').map(str::to_owned));
    }
    let expected = (0..3).map(|n| format!(r#"42/graph,["pong",{{"ref":{n}}}]"#));
    assert_eq!(answers, expected.collect::<Vec<_>>());
}

#[tokio::test]
async fn duplicate_poll_ends_the_session() {
    let server = Server::with(&SILENT).await;
    let (client, id) = joined(&server).await;
    let get = || async {
        let answer = client.http.get(&client.url).send().await.unwrap();
        (answer.status(), answer.text().await.unwrap())
    };
    let (one, other) = tokio::join!(get(), get());
    let (first, second) = if one.0 == StatusCode::OK { (one, other) } else { (other, one) };
    assert_eq!(first, (StatusCode::OK, "1".to_owned()));
    assert_eq!(second.0, StatusCode::BAD_REQUEST);
    assert_eq!(get().await.0, StatusCode::BAD_REQUEST);
    assert_eq!(departure(&server, &id).await, "connection_lost");
}

#[tokio::test]
async fn duplicate_or_broken_body_ends_the_session() {
    let server = Server::with(&SILENT).await;
    for is_duplicate in [true, false] {
        let (client, id) = joined(&server).await;
        let path = client.url.split_once(&server.addr.to_string()).unwrap().1;
        let head = format!("POST {path} HTTP/1.1\r\nHost: {}\r\n", server.addr);
        let mut unfinished = TcpStream::connect(server.addr).await.unwrap();
        unfinished.write_all(format!("{head}Content-Length: 9\r\n\r\n3").as_bytes()).await.unwrap();
        if is_duplicate {
            eventually("the second one is refused", || async {
                client.post("3".to_owned()).await == StatusCode::BAD_REQUEST
            })
            .await;
        } else {
            drop(unfinished);
        }
        assert_eq!(departure(&server, &id).await, "connection_lost");
        assert_eq!(client.post("3".to_owned()).await, StatusCode::BAD_REQUEST);
    }
}

#[tokio::test]
async fn invalid_packet_ends_the_session() {
    let server = Server::with(&SILENT).await;
    for wrong in ["abc", "", "2", "2probe", "3\u{1e}x"] {
        let (client, id) = joined(&server).await;
        assert_eq!(client.post(wrong.to_owned()).await, StatusCode::BAD_REQUEST, "{wrong}");
        assert_eq!(departure(&server, &id).await, "connection_lost", "{wrong}");
        let again = client.http.get(&client.url).send().await.unwrap();
        assert_eq!(again.status(), StatusCode::BAD_REQUEST);
    }
    for wrong in ["abc", "", "2", "2probe", "bAQIDBA=="] {
        let id = server.api().create(json!({})).await;
        let mut client = Sio::connect(server.addr).await;
        client.join(&id).await;
        client.send(wrong.to_owned()).await;
        // Engine.IO's own close packet would keep some clients from reconnecting.
        assert_eq!(client.raw().await, None, "{wrong}");
        assert_eq!(departure(&server, &id).await, "connection_lost", "{wrong}");
    }
}

#[tokio::test]
async fn poll_that_breaks_off_ends_the_session_at_once() {
    let server = Server::with(&SILENT).await;
    let (client, id) = joined(&server).await;
    drop(waiting_poll(&client, server.addr).await);
    assert_eq!(departure(&server, &id).await, "connection_lost");
    assert_eq!(client.post("3".to_owned()).await, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn close_packet_releases_the_poll_and_ends_the_session() {
    let server = Server::with(&SILENT).await;
    let (client, id) = joined(&server).await;
    let mut waiting = waiting_poll(&client, server.addr).await;
    assert_eq!(client.post("1".to_owned()).await, StatusCode::OK);
    let mut answer = String::new();
    while !answer.ends_with("\r\n\r\n6") {
        let mut part = [0; 1024];
        let read = waiting.read(&mut part).await.unwrap();
        assert_ne!(read, 0, "{answer}");
        answer.push_str(std::str::from_utf8(&part[..read]).unwrap());
    }
    assert_eq!(departure(&server, &id).await, "disconnected");
    assert_eq!(client.post("3".to_owned()).await, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn client_without_namespace_is_disconnected() {
    let server = Server::with(&["--ping-interval", "100ms", "--ping-timeout", "100ms"]).await;
    let mut client = Sio::open(server.addr).await;
    assert_eq!(client.raw().await, None);
    // One that is in a namespace stays.
    let mut client = Sio::connect(server.addr).await;
    for _ in 0..5 {
        assert_eq!(next_text(&mut client.socket).await, "2");
        client.send("3".to_owned()).await;
    }
    client.send(packet("1", "/graph", "")).await;
    assert_eq!(client.raw().await, None);
}
