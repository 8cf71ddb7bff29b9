//! The server and its clients beside a small model of them.

use std::collections::{BTreeMap, BTreeSet};

use reqwest::Method;
use serde_json::{Value, json};
use sqlx::SqliteConnection;

use crate::support::{Binary, Ws, eventually, number, seconds_ago, set_last_activity};

use super::modelled::Modelled;
use super::step::{CLIENTS, SESSIONS, Step};

/// The service, its clients, and what they ought to be.
pub struct World {
    server: Binary,
    sql: SqliteConnection,
    clients: Vec<Option<Ws>>,
    /// By place, the last one made there.
    sessions: Vec<Modelled>,
    /// Those that a new one has replaced.
    former: Vec<Modelled>,
    /// The events that each client has still to receive, by session.
    outstanding: Vec<BTreeMap<String, Vec<(i64, &'static str)>>>,
}

impl World {
    pub async fn new() -> Self {
        let settings = ["--cleanup-interval", "off", "--synchronous", "normal"];
        let server = Binary::start(&settings).await;
        let sql = server.sql().await;
        let mut world = Self {
            server,
            sql,
            clients: (0..CLIENTS).map(|_| None).collect(),
            sessions: Vec::new(),
            former: Vec::new(),
            outstanding: vec![BTreeMap::new(); CLIENTS],
        };
        for _ in 0..SESSIONS {
            let id = world.server.api().create(json!({})).await;
            world.sessions.push(Modelled { id, ..Modelled::default() });
        }
        world
    }

    /// An event happens in the model: those who are in will receive it.
    fn happens(&mut self, session: usize, event: &'static str) {
        let modelled = &mut self.sessions[session];
        modelled.seq += 1;
        modelled.aged = false;
        for member in &modelled.members {
            let outstanding = self.outstanding[*member].entry(modelled.id.clone()).or_default();
            outstanding.push((modelled.seq, event));
        }
    }

    /// The client is in nothing any more.
    fn vanishes(&mut self, client: usize) {
        for session in 0..SESSIONS {
            if self.sessions[session].members.remove(&client) {
                self.happens(session, "session-disconnected");
            }
        }
        self.outstanding[client].clear();
        self.clients[client] = None;
    }

    pub async fn take(&mut self, step: Step) {
        let api = self.server.api();
        match step {
            Step::Create(session) => {
                if self.sessions[session].removed {
                    let id = api.create(json!({})).await;
                    let new = Modelled { id, ..Modelled::default() };
                    self.former.push(std::mem::replace(&mut self.sessions[session], new));
                }
            }
            Step::Join { client, session } => self.join(client, session).await,
            Step::Leave { client, session } => self.leave(client, session).await,
            Step::Close(client) => {
                if let Some(ws) = self.clients[client].take() {
                    ws.close().await;
                    self.vanishes(client);
                }
            }
            Step::Drop(client) => {
                self.clients[client] = None;
                self.vanishes(client);
            }
            Step::Delete(session) => {
                let (status, _) = api.call(Method::DELETE, &self.path(session), None).await;
                self.is_or_was(session, status.as_u16(), 204);
                if !self.sessions[session].removed {
                    self.remove(session);
                }
            }
            Step::Pin { session, pinned } => {
                let body = Some(json!({"pinned": pinned}));
                let (status, answer) = api.call(Method::PATCH, &self.path(session), body).await;
                self.is_or_was(session, status.as_u16(), 200);
                let modelled = &mut self.sessions[session];
                modelled.aged = false;
                if !modelled.removed {
                    if modelled.pinned != pinned {
                        modelled.pinned = pinned;
                        self.happens(session, "session-updated");
                    }
                    assert_eq!(answer["pinned"], pinned);
                    assert_eq!(answer["seq"], self.sessions[session].seq);
                }
            }
            Step::Touch(session) => {
                let path = format!("{}/touch", self.path(session));
                let (status, _) = api.call(Method::POST, &path, None).await;
                self.is_or_was(session, status.as_u16(), 200);
                self.sessions[session].aged = false;
            }
            Step::Age(session) => {
                // Clients that were dropped before must be disconnected, or their disconnect would be activity.
                self.settle().await;
                let modelled = &mut self.sessions[session];
                if !modelled.removed {
                    set_last_activity(&mut self.sql, &modelled.id, &seconds_ago(7200.0)).await;
                    modelled.aged = true;
                }
            }
            Step::Cleanup { dry_run } => self.clean_up(dry_run).await,
            Step::Terminate => {
                assert!(self.server.terminate().await.success());
                self.all_vanish();
                let left = number(&mut self.sql, "select count(*) from clients").await;
                assert_eq!(left, 0, "clients are left after a stop");
                self.server.start_again().await;
            }
            Step::Kill => {
                self.server.kill().await;
                self.all_vanish();
                self.server.start_again().await;
            }
        }
    }

    fn path(&self, session: usize) -> String {
        format!("/sessions/{}", self.sessions[session].id)
    }

    fn is_or_was(&self, session: usize, status: u16, good: u16) {
        assert_eq!(status, if self.sessions[session].removed { 410 } else { good });
    }

    fn all_vanish(&mut self) {
        (0..CLIENTS).for_each(|client| self.vanishes(client));
    }

    fn remove(&mut self, session: usize) {
        self.happens(session, "session-removed");
        self.sessions[session].removed = true;
        self.sessions[session].members.clear();
    }

    async fn join(&mut self, client: usize, session: usize) {
        self.settle().await;
        let addr = self.server.addr;
        let slot = &mut self.clients[client];
        if slot.is_none() {
            *slot = Some(Ws::connect(addr).await);
        }
        let ws = slot.as_mut().unwrap();
        let id = self.sessions[session].id.clone();
        let answer = ws.ask(json!({"type": "join_session", "session_id": id})).await;
        if self.sessions[session].removed {
            assert_eq!(answer["code"], "SESSION_REMOVED");
            return;
        }
        if !self.sessions[session].members.contains(&client) {
            // It learns of its own join by the answer.
            self.happens(session, "session-connected");
            self.sessions[session].members.insert(client);
        }
        let modelled = &self.sessions[session];
        assert_eq!(answer["type"], "joined", "{answer}");
        assert_eq!(answer["active_clients"], modelled.members.len());
        assert_eq!(answer["clients"].as_array().unwrap().len(), modelled.members.len());
        assert_eq!(answer["seq"], modelled.seq);
    }

    async fn leave(&mut self, client: usize, session: usize) {
        self.settle().await;
        let id = self.sessions[session].id.clone();
        let Some(ws) = self.clients[client].as_mut() else { return };
        let answer = ws.leave(&id).await;
        if self.sessions[session].removed {
            assert_eq!(answer["code"], "SESSION_REMOVED");
            return;
        }
        if self.sessions[session].members.remove(&client) {
            self.happens(session, "session-disconnected");
        }
        assert_eq!(answer["type"], "left", "{answer}");
        assert_eq!(answer["active_clients"], self.sessions[session].members.len());
    }

    async fn clean_up(&mut self, dry_run: bool) {
        self.settle().await;
        let body = json!({"max_inactive_hours": 1, "dry_run": dry_run});
        let report = self.server.api().post("/sessions/cleanup", body).await;
        let idle: Vec<usize> = (0..SESSIONS)
            .filter(|place| {
                let modelled = &self.sessions[*place];
                modelled.aged
                    && !modelled.pinned
                    && !modelled.removed
                    && modelled.members.is_empty()
            })
            .collect();
        let expected: BTreeSet<&str> =
            idle.iter().map(|place| self.sessions[*place].id.as_str()).collect();
        let removed = report["removed_sessions"].as_array().unwrap();
        let removed: BTreeSet<&str> = removed.iter().map(|id| id.as_str().unwrap()).collect();
        assert_eq!(removed, expected);
        if !dry_run {
            idle.into_iter().for_each(|place| self.remove(place));
        }
    }

    /// Waits until everybody who was dropped is disconnected.
    async fn settle(&mut self) {
        let api = self.server.api();
        for modelled in self.sessions.iter().filter(|modelled| !modelled.removed) {
            let count = modelled.members.len() as i64;
            eventually("dropped clients are disconnected", async || {
                api.active_clients(&modelled.id).await == count
            })
            .await;
        }
    }

    /// REST and SQL say what the model says.
    pub async fn check(&mut self) {
        self.settle().await;
        let rows: Vec<(String, i64, i64, i64)> = sqlx::query_as(
            "select session_id, active_clients, seq,
                    (select count(*) from clients as c where c.session = s.session)
             from sessions as s order by session",
        )
        .fetch_all(&mut self.sql)
        .await
        .unwrap();
        for (id, active_clients, _, counted) in &rows {
            assert_eq!(active_clients, counted, "{id}");
        }
        let stored: BTreeSet<(&str, i64, i64)> =
            rows.iter().map(|(id, count, seq, _)| (id.as_str(), *count, *seq)).collect();
        let alive = self.sessions.iter().filter(|modelled| !modelled.removed);
        let expected: BTreeSet<(&str, i64, i64)> =
            alive.map(|m| (m.id.as_str(), m.members.len() as i64, m.seq)).collect();
        assert_eq!(stored, expected);

        let page = self.server.api().get("/sessions").await;
        assert_eq!(page["total"], expected.len());
        let listed = page["sessions"].as_array().unwrap();
        let listed: BTreeSet<(&str, i64, i64)> = listed
            .iter()
            .map(|s| {
                let number = |key: &str| s[key].as_i64().unwrap();
                (s["session_id"].as_str().unwrap(), number("active_clients"), number("seq"))
            })
            .collect();
        assert_eq!(listed, expected);

        // The log has every number of every session once, those of removed sessions too.
        let logged: Vec<(String, i64, i64)> = sqlx::query_as(
            "select session_id, count(*), max(seq) from event_overview group by session_id",
        )
        .fetch_all(&mut self.sql)
        .await
        .unwrap();
        let logged: BTreeMap<String, (i64, i64)> =
            logged.into_iter().map(|(id, count, last)| (id, (count, last))).collect();
        let ever = self.sessions.iter().chain(&self.former).filter(|modelled| modelled.seq > 0);
        let expected: BTreeMap<String, (i64, i64)> =
            ever.map(|modelled| (modelled.id.clone(), (modelled.seq, modelled.seq))).collect();
        assert_eq!(logged, expected);
    }

    /// Every client has received what happened while it was in, in order and once.
    pub async fn check_received_events(&mut self) {
        for (client, ws) in self.clients.iter_mut().enumerate() {
            let Some(ws) = ws else { continue };
            ws.receive(self.outstanding[client].values().map(Vec::len).sum()).await;
            // Nor has it received more.
            assert_eq!(ws.ask(json!({"type": "ping"})).await["type"], "pong");
            let mut received: BTreeMap<String, Vec<(i64, &str)>> = BTreeMap::new();
            let text = |event: &Value, key: &str| event[key].as_str().unwrap().to_owned();
            let events = std::mem::take(&mut ws.events);
            for event in &events {
                let entry = (event["seq"].as_i64().unwrap(), event["type"].as_str().unwrap());
                received.entry(text(event, "session_id")).or_default().push(entry);
            }
            assert_eq!(received, std::mem::take(&mut self.outstanding[client]), "client {client}");
        }
    }
}
