//! One session, its model, and who looks on.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::board::{Board, node_id};
use crate::support::model::{Change, Command, Fit, Id, Tree};
use crate::support::model::{History, Reach, Scope, fit, play_with_event_indexes};
use crate::support::{Follower, Server, Ws};

use super::act::{Act, Draft};

/// One run: the server's session, the model of it, and who looks on.
pub struct Run<'s> {
    server: &'s mut Server,
    board: Board,
    tree: Tree,
    history: History,
    created: u32,
    revision: i64,
    /// Whether steps were only ever taken back from the last one on.
    in_order: bool,
    socket: Ws,
    socket_id: String,
    listener: Ws,
    follower: Follower,
}

impl<'s> Run<'s> {
    pub async fn new(server: &'s mut Server, limit: usize) -> Self {
        let board = Board::new(server.api()).await;
        let (socket, listener) = (server.ws().await, server.ws().await);
        let mut run = Self {
            server,
            board,
            tree: Tree::default(),
            history: History::new(limit),
            created: 0,
            revision: 0,
            in_order: true,
            socket,
            socket_id: String::new(),
            listener,
            follower: Follower::default(),
        };
        run.join().await;
        run
    }

    async fn join(&mut self) {
        let (id, since) = (&self.board.id, self.follower.seq);
        let join = json!({"type": "join_session", "session_id": id, "since": since});
        let joined = self.listener.ask(join).await;
        self.follower.receive_until(&mut self.listener, joined["seq"].as_i64().unwrap()).await;
        let joined = self.socket.join(id).await;
        self.socket_id = joined["client_id"].as_str().unwrap().to_owned();
        self.follower.receive_until(&mut self.listener, joined["seq"].as_i64().unwrap()).await;
    }

    async fn restart(&mut self) {
        self.server.restart().await;
        self.board.api = self.server.api();
        (self.socket, self.listener) = (self.server.ws().await, self.server.ws().await);
        self.join().await;
    }

    fn client(&self, who: u8) -> Option<String> {
        match who {
            0 => None,
            1 => Some("ada".to_owned()),
            2 => Some("bob".to_owned()),
            _ => Some(self.socket_id.clone()),
        }
    }

    /// Mostly one that is there, sometimes one that was, sometimes one that never was.
    fn choose(&self, pick: u8, fresh: &[Id]) -> Id {
        let there: Vec<Id> = self.tree.nodes.keys().chain(fresh).cloned().collect();
        let mut from = vec![there; 8].concat();
        from.push(node_id(u32::from(pick) % (self.created + 1)));
        from.push(node_id(u32::MAX));
        from[usize::from(pick) % from.len()].clone()
    }

    /// The node with the most children, and these.
    fn largest_family(&self) -> (Id, Vec<Id>) {
        let families = self.tree.nodes.iter().map(|(id, node)| (id, &node.children));
        let largest = families.max_by_key(|(_, children)| children.len());
        largest.map_or_else(
            || (node_id(u32::MAX), Vec::new()),
            |(id, children)| (id.clone(), children.clone()),
        )
    }

    fn resolve(&mut self, draft: &Draft, fresh: &mut Vec<Id>) -> Command {
        let key = |key: &u8| format!("p{key}");
        match draft {
            Draft::Create(parent, index, properties) => {
                let parent = parent.map(|pick| match pick % 2 {
                    0 => self.choose(pick, fresh),
                    _ => self.largest_family().0,
                });
                // Sometimes an id that was given before.
                let again = *properties == 3 && self.created.is_multiple_of(3);
                self.created += u32::from(!again);
                let id = node_id(self.created);
                fresh.push(id.clone());
                let properties = (0..*properties).map(|n| (key(&n), json!(n))).collect();
                Command::Create { id, parent, index: index.map(usize::from), properties }
            }
            Draft::Delete(id) => Command::Delete(self.choose(*id, fresh)),
            Draft::Link(child, parent, index) => Command::Link {
                child: self.choose(*child, fresh),
                parent: self.choose(*parent, fresh),
                index: index.map(usize::from),
            },
            Draft::Reorder(child, index) => {
                let (parent, children) = self.largest_family();
                let child = match children.len() {
                    0 => self.choose(*child, fresh),
                    count => children[usize::from(*child) % count].clone(),
                };
                Command::Link { child, parent, index: Some(usize::from(*index)) }
            }
            Draft::Unlink(id) => Command::Unlink(self.choose(*id, fresh)),
            Draft::Rename(id, name) => Command::Rename(
                self.choose(*id, fresh),
                ["new", "b", ""][usize::from(*name)].into(),
            ),
            Draft::Update(id, name, value) => {
                let values = [json!(null), json!(1.5), json!({"deep": [true]}), json!("ü\n")];
                let value = values[usize::from(*value)].clone();
                Command::Update(self.choose(*id, fresh), key(name), value)
            }
            Draft::DeleteProperty(id, name) => {
                Command::DeleteProperty(self.choose(*id, fresh), key(name))
            }
            Draft::Batch(drafts) => {
                Command::Batch(drafts.iter().map(|draft| self.resolve(draft, fresh)).collect())
            }
        }
    }

    /// Over the transport that this client uses: the response, or the code of the refusal.
    async fn ask(&mut self, who: u8, request: &str, mut body: Value) -> Result<Value, String> {
        if who == 3 {
            body["type"] = request.into();
            body["session_id"] = self.board.id.clone().into();
            let answer = self.socket.ask(body).await;
            self.socket.events.clear();
            return match answer["type"].as_str().unwrap() {
                "executed" => Ok(answer),
                _ => Err(answer["code"].as_str().unwrap().to_owned()),
            };
        }
        body["client_id"] = self.client(who).into();
        let path = if request == "execute" { "/commands" } else { &format!("/{request}") };
        let (status, answer) = self.board.call(Method::POST, path, body).await;
        match status.is_success() {
            true => Ok(answer),
            false => Err(answer["error"]["code"].as_str().unwrap().to_owned()),
        }
    }

    /// Receives the events of a change and checks what its answer says of the whole.
    async fn effects(&mut self, answer: &Value, last: &str) -> Vec<Value> {
        self.revision += 1;
        assert_eq!(answer["success"], true, "{answer}");
        assert_eq!(answer["revision"], self.revision, "{answer}");
        let seq = answer["seq"].as_i64().unwrap();
        let mut events = self.follower.receive_until(&mut self.listener, seq).await;
        assert!(events.iter().all(|event| event["revision"] == self.revision), "{events:?}");
        let end = events.pop().expect("an event at least");
        assert_eq!((&end["type"], &end["command_id"]), (&json!(last), &answer["command_id"]));
        events
    }

    async fn execute(&mut self, who: u8, draft: &Draft) {
        let command = self.resolve(draft, &mut Vec::new());
        let before = self.tree.clone();
        let expected = self.tree.execute(&command);
        match (self.ask(who, "execute", command.to_json()).await, expected) {
            (Ok(answer), Ok(changes)) => {
                let events = self.effects(&answer, "command-executed").await;
                let mut indexed = before.clone();
                play_with_event_indexes(&mut indexed, &changes, &events);
                assert_eq!(indexed, self.tree, "the events' indexes");
                assert_eq!(
                    (&answer["undo_available"], &answer["redo_available"]),
                    (&json!(true), &json!(false))
                );
                let id = answer["command_id"].as_str().unwrap().to_owned();
                self.history.push(id, self.client(who), changes, (before, self.tree.clone()));
            }
            (Err(code), Err(expected)) => assert_eq!(code, expected, "{command:?}"),
            (answer, expected) => panic!("{command:?}: {answer:?} instead of {expected:?}"),
        }
    }

    /// Whether it was done.
    async fn back_or_forth(&mut self, who: u8, own: bool, back: bool) -> bool {
        let scope = if own { Scope::Client } else { Scope::Session };
        let client = self.client(who);
        let reach: Reach<'_> = (scope, client.as_deref());
        let request = if back { "undo" } else { "redo" };
        let body = json!({"scope": if own { "client" } else { "session" }});
        let answer = self.ask(who, request, body).await;
        if own && client.is_none() {
            assert_eq!(answer.unwrap_err(), "INVALID_REQUEST");
            return false;
        }
        let (undo, redo) = (self.history.to_undo(reach), self.history.to_redo(reach));
        let Some(place) = (if back { undo } else { redo }) else {
            let expected = if back { "NOTHING_TO_UNDO" } else { "NOTHING_TO_REDO" };
            assert_eq!(answer.unwrap_err(), expected);
            return false;
        };
        self.in_order &= !own;
        let step = self.history.step(place).clone();
        let changes: Vec<Change> = if back { step.backwards() } else { step.changes.clone() };
        let fits = fit(&self.tree, &changes);
        let answer = match answer {
            Ok(answer) => answer,
            Err(code) => {
                assert_eq!(code, "CONFLICT");
                let may_be = fits == Fit::No || (fits == Fit::Either && !self.in_order);
                assert!(may_be, "a conflict of {request} where nobody is in the way: {changes:?}");
                return false;
            }
        };
        assert_ne!(fits, Fit::No, "{request} overwrote something: {changes:?}");
        assert_eq!(answer["command_id"], step.command_id);
        let events = self.effects(&answer, request).await;
        play_with_event_indexes(&mut self.tree, &changes, &events);
        if self.in_order {
            assert_eq!(self.tree, if back { step.before } else { step.after });
        }
        match back {
            true => self.history.mark_undone(place, scope),
            false => self.history.mark_applied(place),
        }
        let flags = self.history.available(reach);
        assert_eq!(
            (&answer["undo_available"], &answer["redo_available"]),
            (&json!(flags.0), &json!(flags.1))
        );
        true
    }

    /// The model, the follower and the server say the same.
    async fn compare(&mut self) {
        assert_eq!(self.follower.tree, self.tree);
        let graph = self.board.get("/graph/tree").await;
        let seq = self.follower.seq;
        let expected = json!({"roots": self.tree.to_json(), "seq": seq, "revision": self.revision});
        assert_eq!(graph, expected);
        let info = self.board.get("/info").await;
        let (undo, redo) = self.history.available((Scope::Session, None));
        assert_eq!(
            [&info["node_count"], &info["undo_available"], &info["redo_available"]],
            [&json!(self.tree.nodes.len()), &json!(undo), &json!(redo)]
        );
    }

    pub async fn take(&mut self, act: &Act) {
        match act {
            Act::Execute(who, draft) => self.execute(*who, draft).await,
            Act::Undo(who, own) => drop(self.back_or_forth(*who, *own, true).await),
            Act::Redo(who, own) => drop(self.back_or_forth(*who, *own, false).await),
            Act::Restart => self.restart().await,
        }
        self.compare().await;
    }

    /// Undoes all, then redoes all of that.
    pub async fn there_and_back(&mut self) {
        let end = self.tree.clone();
        let mut undone = 0;
        while self.back_or_forth(0, false, true).await {
            undone += 1;
        }
        self.compare().await;
        if self.history.to_undo((Scope::Session, None)).is_none() && self.history.forgotten == 0 {
            assert_eq!(self.tree, Tree::default(), "all is undone");
        }
        for _ in 0..undone {
            assert!(self.back_or_forth(0, false, false).await, "what was just undone is redone");
        }
        assert_eq!(self.tree, end, "all is redone");
        self.compare().await;
        let listed = self.board.get("/commands").await;
        assert_eq!(listed["forgotten"], self.history.forgotten);
        let listed: Vec<(String, bool)> = listed["commands"]
            .as_array()
            .unwrap()
            .iter()
            .map(|c| (c["command_id"].as_str().unwrap().to_owned(), c["undone"] == true))
            .collect();
        assert_eq!(listed, self.history.listed());
    }
}
