//! Clients that speak Socket.IO frame by frame, by WebSocket and by polling.

use std::collections::VecDeque;
use std::net::SocketAddr;

use futures_util::{SinkExt, StreamExt};
use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use super::{PATIENCE, http};

pub const HANDSHAKE: &str = "socket.io/?EIO=4&transport";

/// What a client reads, without Engine.IO's own packets.
#[derive(Debug, Clone, PartialEq)]
pub enum Packet {
    Connect(Value),
    ConnectError(Value),
    Disconnect,
    Event(String, Value),
    Ack(i64, Value),
}

/// Reads `<type>[/namespace,][id][json]`.
pub fn parse(text: &str) -> (String, Packet) {
    let (kind, rest) = text.split_at(1);
    let (namespace, rest) = match rest.strip_prefix('/') {
        Some(_) => {
            let (namespace, rest) = rest.split_once(',').unwrap_or((rest, ""));
            (namespace.to_owned(), rest)
        }
        None => ("/".to_owned(), rest),
    };
    let digits = rest.chars().take_while(char::is_ascii_digit).count();
    let (id, data) = rest.split_at(digits);
    let data = if data.is_empty() { Value::Null } else { serde_json::from_str(data).unwrap() };
    let packet = match kind {
        "0" => Packet::Connect(data),
        "1" => Packet::Disconnect,
        "2" => Packet::Event(data[0].as_str().unwrap().to_owned(), data[1].clone()),
        "3" => Packet::Ack(id.parse().unwrap(), data[0].clone()),
        "4" => Packet::ConnectError(data),
        other => panic!("type {other}: {text}"),
    };
    (namespace, packet)
}

/// Writes a packet of a namespace.
pub fn packet(kind: &str, namespace: &str, rest: &str) -> String {
    match namespace {
        "/" => format!("4{kind}{rest}"),
        _ => format!("4{kind}{namespace},{rest}"),
    }
}

/// A client in one namespace by WebSocket.
pub struct Sio {
    pub socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    pub namespace: String,
    /// The socket's id.
    pub id: String,
    /// Events that came while something else was waited for.
    pub events: VecDeque<(String, Value)>,
    /// Whether it answers pings.
    pub answers_pings: bool,
    acknowledgements: i64,
}

impl Sio {
    /// Connected to `/graph`.
    pub async fn connect(addr: SocketAddr) -> Self {
        Self::connect_to(addr, "/graph").await
    }

    pub async fn connect_to(addr: SocketAddr, namespace: &str) -> Self {
        let mut client = Self::open(addr).await;
        client.namespace = namespace.to_owned();
        client.enter(namespace).await;
        client
    }

    /// A connection that is in no namespace yet.
    pub async fn open(addr: SocketAddr) -> Self {
        let url = format!("ws://{addr}/{HANDSHAKE}=websocket");
        let (socket, _) = tokio_tungstenite::connect_async(url).await.unwrap();
        let mut client = Self::over(socket);
        let open = client.raw().await.expect("the open packet");
        let open: Value = serde_json::from_str(open.strip_prefix('0').unwrap()).unwrap();
        assert_eq!(open["upgrades"], json!([]));
        client
    }

    pub fn over(socket: WebSocketStream<MaybeTlsStream<TcpStream>>) -> Self {
        Self {
            socket,
            namespace: "/graph".to_owned(),
            id: String::new(),
            events: VecDeque::new(),
            answers_pings: true,
            acknowledgements: 0,
        }
    }

    async fn enter(&mut self, namespace: &str) {
        self.send(packet("0", namespace, "")).await;
        let Some((_, Packet::Connect(connected))) = self.next().await else {
            panic!("not connected");
        };
        self.id = connected["sid"].as_str().unwrap().to_owned();
    }

    pub async fn send(&mut self, text: String) {
        self.socket.send(Message::text(text)).await.unwrap();
    }

    /// The next text frame, None at the end; pings are answered.
    pub async fn raw(&mut self) -> Option<String> {
        let patient = async {
            loop {
                match self.socket.next().await {
                    Some(Ok(Message::Text(text))) if text.as_str() == "2" => {
                        if self.answers_pings {
                            self.socket.send(Message::text("3")).await.ok()?;
                        }
                    }
                    Some(Ok(Message::Text(text))) => return Some(text.as_str().to_owned()),
                    Some(Ok(Message::Close(_)) | Err(_)) | None => return None,
                    Some(Ok(_)) => {}
                }
            }
        };
        tokio::time::timeout(PATIENCE, patient).await.expect("a frame in time")
    }

    /// The next packet with its namespace, None when the connection is closed.
    pub async fn next(&mut self) -> Option<(String, Packet)> {
        let text = self.raw().await?;
        text.strip_prefix('4').map(parse)
    }

    /// The next packet of this client's namespace that is not an event; events are kept.
    pub async fn next_but_events(&mut self) -> Option<Packet> {
        loop {
            match self.next().await? {
                (namespace, _) if namespace != self.namespace => {}
                (_, Packet::Event(name, data)) => self.events.push_back((name, data)),
                (_, packet) => return Some(packet),
            }
        }
    }

    /// The next event.
    pub async fn event(&mut self) -> (String, Value) {
        if let Some(event) = self.events.pop_front() {
            return event;
        }
        match self.next().await.expect("an open connection") {
            (_, Packet::Event(name, data)) => (name, data),
            other => panic!("not an event: {other:?}"),
        }
    }

    /// The next event of that name; those before it are kept in order.
    pub async fn event_named(&mut self, wanted: &str) -> Value {
        if let Some(place) = self.events.iter().position(|(name, _)| name == wanted) {
            return self.events.remove(place).unwrap().1;
        }
        loop {
            match self.next().await.expect("an open connection") {
                (_, Packet::Event(name, data)) if name == wanted => return data,
                (_, Packet::Event(name, data)) => self.events.push_back((name, data)),
                other => panic!("not an event: {other:?}"),
            }
        }
    }

    pub async fn emit(&mut self, name: &str, payload: Value) {
        let text = packet("2", &self.namespace, &json!([name, payload]).to_string());
        self.send(text).await;
    }

    /// Emits and waits for the acknowledgement.
    pub async fn call(&mut self, name: &str, payload: Value) -> Value {
        self.acknowledgements += 1;
        let id = self.acknowledgements;
        let rest = format!("{id}{}", json!([name, payload]));
        self.send(packet("2", &self.namespace, &rest)).await;
        match self.next_but_events().await {
            Some(Packet::Ack(answered, data)) if answered == id => data,
            other => panic!("not the acknowledgement {id}: {other:?}"),
        }
    }

    /// Joins and returns the event `joined`.
    pub async fn join(&mut self, session_id: &str) -> Value {
        self.emit("join_session", json!({"session_id": session_id})).await;
        self.event_named("joined").await
    }
}

/// A client by long-polling.
pub struct Polling {
    pub http: reqwest::Client,
    pub url: String,
    /// The session's id, which nobody else may know.
    pub sid: String,
    /// The socket's id.
    pub id: String,
    pub namespace: String,
    /// Engine.IO packets that were polled but not looked at.
    pub waiting: VecDeque<String>,
}

impl Polling {
    /// Connected to `/graph`.
    pub async fn connect(addr: SocketAddr) -> Self {
        let http = http();
        let url = format!("http://{addr}/{HANDSHAKE}=polling");
        let open = http.get(&url).send().await.unwrap().text().await.unwrap();
        let open: Value = serde_json::from_str(open.strip_prefix('0').unwrap()).unwrap();
        assert_eq!(open["upgrades"], json!(["websocket"]));
        let sid = open["sid"].as_str().unwrap().to_owned();
        let url = format!("{url}&sid={sid}");
        let namespace = "/graph".to_owned();
        let (id, waiting) = (String::new(), VecDeque::new());
        let mut client = Self { http, url, sid, id, namespace, waiting };
        client.post(packet("0", "/graph", "")).await;
        let Packet::Connect(connected) = client.next().await else { panic!("not connected") };
        client.id = connected["sid"].as_str().unwrap().to_owned();
        assert_ne!(client.id, client.sid);
        client
    }

    pub async fn post(&self, body: String) -> StatusCode {
        self.http.post(&self.url).body(body).send().await.unwrap().status()
    }

    /// Polls once; the packets wait to be looked at.
    pub async fn poll(&mut self) -> StatusCode {
        let sent = tokio::time::timeout(PATIENCE, self.http.get(&self.url).send());
        let response = sent.await.expect("a poll's answer in time").unwrap();
        let status = response.status();
        if status.is_success() {
            let text = response.text().await.unwrap();
            self.waiting.extend(text.split('\u{1e}').map(str::to_owned));
        }
        status
    }

    /// The next packet; pings are answered.
    pub async fn next(&mut self) -> Packet {
        loop {
            while let Some(packet) = self.waiting.pop_front() {
                match packet.as_str() {
                    "2" => assert_eq!(self.post("3".to_owned()).await, StatusCode::OK),
                    "6" | "" => {}
                    text => return parse(text.strip_prefix('4').unwrap()).1,
                }
            }
            assert_eq!(self.poll().await, StatusCode::OK);
        }
    }

    /// The next event of that name.
    pub async fn event_named(&mut self, wanted: &str) -> Value {
        loop {
            match self.next().await {
                Packet::Event(name, data) if name == wanted => return data,
                Packet::Event(..) => {}
                other => panic!("not an event: {other:?}"),
            }
        }
    }

    pub async fn emit(&self, name: &str, payload: Value) {
        let text = packet("2", &self.namespace, &json!([name, payload]).to_string());
        assert_eq!(self.post(text).await, StatusCode::OK);
    }
}
