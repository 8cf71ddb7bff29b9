//! Random commands, undos, redos and restarts by several clients over HTTP and WebSocket, compared with the
//! model and with a follower that reads only events. `tests/engine` plays far more of the same.

use std::cell::RefCell;

use proptest::test_runner::{Config, TestRunner};
use reqwest::Method;
use rollcall::engine::request::Executed;
use rollcall::model::ContentLimits;
use serde_json::{Value, json};

use crate::support::board::Board;
use crate::support::content::{Backend, Manner, Mode, Observed, Run, play, turns};
use crate::support::model::{
    Action, Condition, Id, NewNode, Node, Outcome, Refusal, Request, Tree,
};
use crate::support::{Server, Ws, cases};

/// One session of a server, which some clients reach by REST and one by WebSocket.
struct Http<'s> {
    server: &'s mut Server,
    board: Board,
    socket: Ws,
    socket_id: String,
    listener: Ws,
    /// The number of the last event that there is, as answers say.
    seq: i64,
    /// The number of the last event that was heard.
    heard: i64,
}

impl<'s> Http<'s> {
    async fn new(server: &'s mut Server) -> Self {
        let board = Board::new(server.api()).await;
        let (socket, listener) = (server.ws().await, server.ws().await);
        let socket_id = String::new();
        let mut http = Self { server, board, socket, socket_id, listener, seq: 0, heard: 0 };
        http.join().await;
        http
    }

    async fn join(&mut self) {
        let id = &self.board.id;
        let join = json!({"type": "join_session", "session_id": id, "since": self.heard});
        assert_eq!(self.listener.ask(join).await["type"], "joined");
        let joined = self.socket.join(id).await;
        self.socket_id = joined["client_id"].as_str().unwrap().to_owned();
        self.seq = joined["seq"].as_i64().unwrap();
    }

    async fn ask(&mut self, request: &Request) -> Outcome {
        let is_socket = request.client.as_ref() == Some(&self.socket_id);
        match (&request.action, request.condition) {
            // These can't be asked for by WebSocket.
            (Action::Replace(_), _) | (_, Some(Condition::NoneMatch(_))) => {
                self.ask_by_rest(request).await
            }
            _ if is_socket => self.ask_by_socket(request).await,
            _ => self.ask_by_rest(request).await,
        }
    }

    async fn ask_by_socket(&mut self, request: &Request) -> Outcome {
        let (mut body, name) = match &request.action {
            Action::Execute(command) => (command.to_json(), "execute"),
            Action::Undo(scope) => (json!({ "scope": scope }), "undo"),
            Action::Redo(scope) => (json!({ "scope": scope }), "redo"),
            Action::Replace(_) => unreachable!("it is asked by REST"),
        };
        body["type"] = name.into();
        body["session_id"] = self.board.id.clone().into();
        if let Some(key) = &request.key {
            body["idempotency_key"] = key.clone().into();
        }
        if let Some(Condition::Match(revision)) = request.condition {
            body["if_match"] = revision.into();
        }
        let answer = self.socket.ask(body).await;
        self.socket.events.clear();
        match answer["type"].as_str().unwrap() {
            "executed" => Ok(serde_json::from_value(answer).unwrap()),
            _ => Err(refusal(&answer)),
        }
    }

    async fn ask_by_rest(&mut self, request: &Request) -> Outcome {
        let (method, path, mut body) = match &request.action {
            Action::Execute(command) => (Method::POST, "/commands", command.to_json()),
            Action::Undo(scope) => (Method::POST, "/undo", json!({ "scope": scope })),
            Action::Redo(scope) => (Method::POST, "/redo", json!({ "scope": scope })),
            Action::Replace(nodes) => {
                let nodes: Vec<Value> = nodes.iter().map(NewNode::to_json).collect();
                (Method::PUT, "/graph", json!({ "nodes": nodes }))
            }
        };
        body["client_id"] = request.client.clone().into();
        let url = format!("http://{}/api/v1/sessions/{}{path}", self.server.addr, self.board.id);
        let mut call = self.server.http.request(method, url).json(&body);
        if let Some(key) = &request.key {
            call = call.header("Idempotency-Key", key);
        }
        call = match request.condition {
            Some(Condition::Match(revision)) => call.header("If-Match", format!("\"{revision}\"")),
            Some(Condition::NoneMatch(revision)) => {
                call.header("If-None-Match", format!("\"{revision}\""))
            }
            None => call,
        };
        let response = call.send().await.unwrap();
        let is_success = response.status().is_success();
        let answer: Value = response.json().await.unwrap();
        match is_success {
            true => Ok(serde_json::from_value(answer).unwrap()),
            false => Err(refusal(&answer["error"])),
        }
    }
}

fn refusal(error: &Value) -> Refusal {
    let text = |key: &str| error[key].as_str().unwrap_or_else(|| panic!("{error}")).to_owned();
    Refusal { code: text("code"), message: text("message") }
}

impl Backend for Http<'_> {
    fn clients(&self) -> Vec<Option<String>> {
        vec![None, Some("ada".to_owned()), Some("bob".to_owned()), Some(self.socket_id.clone())]
    }

    async fn change(&mut self, requests: &[(usize, Request)], _: Manner) -> Vec<Outcome> {
        let mut outcomes = Vec::new();
        for (_, request) in requests {
            let outcome = self.ask(request).await;
            if let Ok(Executed { seq, .. }) = &outcome {
                self.seq = self.seq.max(*seq);
            }
            outcomes.push(outcome);
        }
        outcomes
    }

    async fn events(&mut self, _: usize) -> Vec<Value> {
        let mut events = Vec::new();
        while self.heard < self.seq {
            let event = self.listener.event().await;
            self.heard = event["seq"].as_i64().unwrap();
            events.push(event);
        }
        events
    }

    async fn observe(&mut self, _: usize) -> Observed {
        let graph = self.board.get("/graph/tree").await;
        let info = self.board.get("/info").await;
        let history = self.board.get("/commands").await;
        let mut tree = Tree::default();
        put_in(&mut tree, None, &graph["roots"]);
        let flag = |key: &str| info[key].as_bool().unwrap();
        let steps = history["commands"].as_array().unwrap().iter();
        Observed {
            tree,
            seq: graph["seq"].as_i64().unwrap(),
            revision: graph["revision"].as_i64().unwrap(),
            node_count: info["node_count"].as_i64().unwrap(),
            available: (flag("undo_available"), flag("redo_available")),
            steps: steps
                .map(|step| {
                    let id = step["command_id"].as_str().unwrap();
                    (id.parse().unwrap(), step["undone"] == true)
                })
                .collect(),
            forgotten: history["forgotten"].as_i64().unwrap(),
        }
    }

    async fn restart(&mut self) {
        self.server.restart().await;
        self.board.api = self.server.api();
        (self.socket, self.listener) = (self.server.ws().await, self.server.ws().await);
        self.join().await;
    }
}

/// Builds a tree from the nested nodes of a GET.
fn put_in(tree: &mut Tree, parent: Option<Id>, nodes: &Value) {
    for node in nodes.as_array().unwrap() {
        let text = |key: &str| node[key].as_str().unwrap().to_owned();
        let id: Id = text("id").parse().unwrap();
        let (kind, name) = (text("blueprint_type_id"), text("name"));
        let properties = node["properties"].as_object().unwrap().clone().into();
        tree.insert(id, Node { parent, kind, name, properties, ..Node::default() }, None);
        put_in(tree, Some(id), &node["children"]);
    }
}

fn run_all(default_cases: u32, own_scope: bool, limits: ContentLimits, more: &[&str]) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let history = limits.history.to_string();
    let mut settings =
        vec!["--cleanup-interval", "off", "--synchronous", "normal", "--history-limit", &history];
    settings.extend(more);
    let server = RefCell::new(runtime.block_on(Server::with(&settings)));
    let config = Config {
        cases: cases(default_cases),
        failure_persistence: None,
        max_shrink_iters: 300,
        ..Config::default()
    };
    let mode = Mode { sessions: 1, own_scope, together: 1, turns: 40 };
    let outcome = TestRunner::new(config).run(&turns(mode), |turns| {
        let mut server = server.borrow_mut();
        runtime.block_on(async {
            let mut http = Http::new(&mut server).await;
            play(Run::new(&mut http, 1, limits), &turns).await;
        });
        Ok(())
    });
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
}

fn history_of(history: i64) -> ContentLimits {
    ContentLimits { history, ..ContentLimits::default() }
}

#[test]
fn undo_in_order_restores_exactly_the_previous_tree() {
    run_all(3, false, history_of(1_000), &[]);
}

#[test]
fn undo_in_client_scope_never_overwrites_the_work_of_others() {
    run_all(5, true, history_of(1_000), &[]);
}

#[test]
fn history_at_its_limit_forgets_the_oldest_steps() {
    run_all(3, true, history_of(4), &[]);
}

#[test]
fn staged_changes_have_the_effects_of_direct_ones() {
    run_all(5, true, history_of(20), &["--staging-threshold", "1"]);
}
