//! docs/frames.md has every frame of the plain WebSocket, and is played against a server.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use reqwest::Method;
use serde_json::Value;

use super::markdown::{blocks, read};
use super::shell::{ID, has_form, without_chance};
use crate::support::{Server, Ws};

/// A connection, with the frames that came while another one was waited for.
struct Connection {
    ws: Ws,
    waiting: VecDeque<Value>,
}

/// The page as far as it is played.
struct Play {
    server: Option<Server>,
    connections: BTreeMap<String, Connection>,
    /// What the page has, and what the server has in its place: ids, and texts that are cut.
    known: HashMap<String, String>,
    /// The types of the frames that were sent or came.
    types: BTreeSet<String>,
}

/// The lines of the conversation. One that begins with a blank goes on with the line before it.
fn lines(page: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for (_, text) in blocks(page).into_iter().filter(|(kind, _)| *kind == "frames") {
        for line in text.lines() {
            match line.strip_prefix("    ") {
                Some(rest) => *lines.last_mut().unwrap() += rest,
                None => lines.push(line.to_owned()),
            }
        }
    }
    lines
}

impl Play {
    async fn line(&mut self, line: &str, answer: &mut Value) {
        let words: Vec<&str> = line.splitn(3, ' ').collect();
        match words[..] {
            ["SIGTERM"] => {
                let mut server = self.server.take().unwrap();
                tokio::spawn(async move { server.stop().await });
            }
            ["REST", "→", request] => *answer = self.request(request).await,
            ["REST", "←", shown] => self.compare(shown, answer),
            [name, "→", frame] => self.send(name, frame).await,
            [name, "←", frame] => self.receive(name, frame).await,
            _ => panic!("not a line of a conversation: {line}"),
        }
    }

    async fn request(&self, request: &str) -> Value {
        let request = self.with_known(request);
        let mut words = request.splitn(3, ' ');
        let method: Method = words.next().unwrap().parse().unwrap();
        let path = words.next().unwrap().strip_prefix("/api/v1").unwrap();
        let body = words.next().map(|body| serde_json::from_str(body).unwrap());
        let (status, answer) = self.server.as_ref().unwrap().api().call(method, path, body).await;
        assert!(status.is_success(), "{request}: {answer}");
        answer
    }

    async fn send(&mut self, name: &str, frame: &str) {
        self.note(&serde_json::from_str(frame).unwrap());
        if !self.connections.contains_key(name) {
            let ws = self.server.as_ref().unwrap().ws().await;
            self.connections.insert(name.to_owned(), Connection { ws, waiting: VecDeque::new() });
        }
        let frame = self.with_known(frame);
        self.connections.get_mut(name).unwrap().ws.send_text(frame).await;
    }

    /// The next frame of the shown type: a response may overtake events.
    async fn receive(&mut self, name: &str, shown: &str) {
        let connection = self.connections.get_mut(name).unwrap();
        if let Some(code) = shown.strip_prefix("close ") {
            let close = connection.ws.next().await.expect_err("the end of the connection").unwrap();
            assert_eq!(u16::from(close.code).to_string(), code, "{name}");
            return;
        }
        let frame: Value = serde_json::from_str(shown).unwrap_or_else(|e| panic!("{shown}: {e}"));
        let is_shown = |came: &Value| came["type"] == frame["type"];
        let came = match connection.waiting.iter().position(is_shown) {
            Some(at) => connection.waiting.remove(at).unwrap(),
            None => loop {
                let came = connection.ws.next().await.expect("an open connection");
                if is_shown(&came) {
                    break came;
                }
                connection.waiting.push_back(came);
            },
        };
        self.note(&came);
        self.compare(shown, &came);
    }

    fn note(&mut self, frame: &Value) {
        self.types.insert(frame["type"].as_str().unwrap().to_owned());
    }

    fn with_known(&self, text: &str) -> String {
        self.known.iter().fold(text.to_owned(), |text, (shown, came)| text.replace(shown, came))
    }

    fn compare(&mut self, shown: &str, came: &Value) {
        let value: Value = serde_json::from_str(shown).unwrap();
        assert!(self.fits(&value, came), "shown:\n{shown}\ncame:\n{came}");
    }

    fn fits(&mut self, shown: &Value, came: &Value) -> bool {
        match (shown, came) {
            (Value::Object(shown), Value::Object(came)) => {
                let is_load = came.get("type").is_some_and(|name| name == "load");
                shown.keys().eq(came.keys())
                    && shown.iter().all(|(key, shown)| {
                        let came = &came[key];
                        // It is made by chance, or depends on all that was before.
                        let is_any = key == "after_ms" || is_load;
                        is_any && came.is_number() || self.fits(shown, came)
                    })
            }
            (Value::Array(shown), Value::Array(came)) => {
                shown.len() == came.len()
                    && shown.iter().zip(came).all(|(shown, came)| self.fits(shown, came))
            }
            (Value::String(shown), Value::String(came)) => self.text_fits(shown, came),
            _ => shown == came,
        }
    }

    /// An id that the server makes, or a text that is cut, stands for the same one wherever the page has it.
    fn text_fits(&mut self, shown: &str, came: &str) -> bool {
        if shown.contains('…') || shown.len() == ID.len() && has_form(shown, ID) {
            let known = self.known.entry(shown.to_owned()).or_insert_with(|| came.to_owned());
            return known == came;
        }
        without_chance(shown) == without_chance(came)
    }
}

#[tokio::test]
async fn frames_page_is_what_a_server_sends_and_has_every_frame() {
    let page = read("docs/frames.md");
    let mut play = Play {
        server: Some(Server::start().await),
        connections: BTreeMap::new(),
        known: HashMap::new(),
        types: BTreeSet::new(),
    };
    let mut answer = Value::Null;
    for line in lines(&page) {
        play.line(&line, &mut answer).await;
    }
    for (name, connection) in &play.connections {
        // More of these come while the rest is played.
        let mut unshown = connection.waiting.iter().filter(|frame| frame["type"] != "load");
        assert!(unshown.next().is_none(), "not shown, {name}: {:?}", connection.waiting);
    }

    // Every event is in the OpenAPI document, and the error about an unknown request names all requests.
    let events = &rollcall::http::openapi()["components"]["schemas"]["Event"];
    let events = events["discriminator"]["mapping"].as_object().unwrap().keys();
    let mut expected: BTreeSet<String> = events.cloned().collect();
    let requests = page.split("is not one of ").nth(1).unwrap().split('"').next().unwrap();
    expected.extend(requests.split(", ").map(str::to_owned));
    // The page about the WebSocket names all others.
    let named = read("docs/websocket.md");
    expected.extend(
        named.split(r#"{"type":""#).skip(1).map(|rest| rest.split('"').next().unwrap().to_owned()),
    );
    assert!(expected.len() > 30, "{expected:?}");
    let missing: Vec<&String> = expected.difference(&play.types).collect();
    assert!(missing.is_empty(), "docs/frames.md lacks {missing:?}");
}
