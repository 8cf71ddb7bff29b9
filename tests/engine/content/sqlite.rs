//! The store on SQLite. A single request goes in by its public function; several are applied in one
//! transaction, as the writer does with those that wait.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use rollcall::clock::Clock;
use rollcall::engine::commands;
use rollcall::engine::limits::Limits;
use rollcall::engine::request::{ContentRequest, Executed};
use rollcall::error::Error;
use rollcall::model::{CommandId, Event, SessionId};
use rollcall::store::{CreateSession, PAGE_BYTES, Store, Transaction, Write, WriterTask};
use serde_json::Value;
use sqlx::SqliteConnection;
use tempfile::TempDir;

use super::dump::{self, Dump};
use super::requests::{content_request, outcome};
use crate::random::event_json;
use crate::support::content::{Backend, Manner, Observed};
use crate::support::model::{Id, Node, Outcome, Request, Tree};
use crate::support::sql;
use crate::support::store::{Transactions, open_store_at};

pub struct Sqlite {
    folder: TempDir,
    store: Store,
    writer: Option<WriterTask>,
    transactions: Arc<Transactions>,
    sql: SqliteConnection,
    limits: Limits,
    clock: Clock,
    session_ids: Vec<SessionId>,
    /// Of each session the number of the last event that was heard.
    heard: Vec<i64>,
    /// Events of sessions that nobody has asked for them yet.
    published: Vec<Event>,
}

/// Requests that share a transaction.
struct Together {
    requests: Vec<ContentRequest>,
    one_by_one: bool,
}

impl Write for Together {
    type Output = Vec<Result<Executed, Error>>;

    async fn apply(&self, transaction: &mut Transaction<'_>) -> Result<Self::Output, Error> {
        transaction.load(self.requests.iter().map(|request| request.session_id)).await?;
        if !self.one_by_one {
            return commands::apply(transaction, &self.requests).await;
        }
        let mut outcomes = Vec::new();
        for request in &self.requests {
            if transaction.is_full() && !outcomes.is_empty() {
                break;
            }
            outcomes.extend(commands::apply(transaction, std::slice::from_ref(request)).await?);
        }
        Ok(outcomes)
    }
}

fn path(folder: &TempDir) -> PathBuf {
    folder.path().join("test.db")
}

impl Sqlite {
    /// A file of its own, without a session.
    pub async fn new(limits: Limits, clock: Clock) -> Self {
        let folder = TempDir::new().unwrap();
        let transactions = Arc::new(Transactions::default());
        let (store, writer) =
            open_store_at(&path(&folder), limits, transactions.clone(), clock.clone()).await;
        let sql = sql(path(&folder)).await;
        let (session_ids, heard) = (Vec::new(), Vec::new());
        Self {
            folder,
            store,
            writer: Some(writer),
            transactions,
            sql,
            limits,
            clock,
            session_ids,
            heard,
            published: Vec::new(),
        }
    }

    /// Makes so many new sessions, which take the numbers of those before them.
    pub async fn begin(&mut self, sessions: usize) {
        self.session_ids.clear();
        for _ in 0..sessions {
            let session = self.store.write(CreateSession::default()).await.unwrap();
            self.session_ids.push(session.session_id);
        }
        self.heard = vec![0; sessions];
        self.transactions.take();
        self.published.clear();
    }

    /// Everything that is stored of a session.
    pub async fn dump(&mut self, session: usize, ids: &BTreeMap<CommandId, CommandId>) -> Dump {
        dump::of_sqlite(&mut self.sql, self.session_ids[session], ids).await
    }

    pub fn session_id(&self, session: usize) -> SessionId {
        self.session_ids[session]
    }

    /// Ends in good order.
    pub async fn finish(mut self) {
        self.writer.take().unwrap().finish().await;
    }

    async fn tree_of(&mut self, session: usize) -> Tree {
        let rows: Vec<(String, Option<String>, String, String, String, i64)> = sqlx::query_as(
            "select n.node_id, n.parent_id, n.blueprint_type_id, n.name, n.properties, n.child_count
             from sessions as s
             join nodes as n on n.session = s.session and n.generation = s.generation
             where s.session_id = ? order by n.parent_id, n.position",
        )
        .bind(self.session_ids[session].to_string())
        .fetch_all(&mut self.sql)
        .await
        .unwrap();
        let mut tree = Tree::default();
        let mut counts = Vec::new();
        for (id, parent, kind, name, properties, child_count) in rows {
            let id: Id = id.parse().unwrap();
            let parent: Option<Id> = parent.map(|parent| parent.parse().unwrap());
            let properties: serde_json::Map<String, Value> =
                serde_json::from_str(&properties).unwrap();
            let node = tree.nodes.entry(id).or_default();
            (node.parent, node.kind, node.name) = (parent, kind, name);
            node.properties = properties.into();
            counts.push((id, child_count));
            match parent {
                // A parent may come after its children.
                Some(parent) => tree.nodes.entry(parent).or_default().children.push(id),
                None => tree.roots.push(id),
            }
        }
        for (id, child_count) in counts {
            let Node { children, .. } = &tree.nodes[&id];
            assert_eq!(children.len() as i64, child_count, "the child count of {id}");
        }
        tree
    }
}

impl Backend for Sqlite {
    async fn change(&mut self, requests: &[(usize, Request)], manner: Manner) -> Vec<Outcome> {
        let mut waiting: Vec<ContentRequest> = requests
            .iter()
            .map(|(session, request)| content_request(self.session_ids[*session], request))
            .collect();
        let one_by_one = manner.one_by_one;
        if waiting.len() == 1 && !one_by_one {
            return vec![outcome(self.store.change_content(waiting.remove(0)).await)];
        }
        let mut outcomes = Vec::new();
        while !waiting.is_empty() {
            let together = Together { requests: waiting.clone(), one_by_one };
            let done = self.store.write(together).await.unwrap();
            assert!(!done.is_empty(), "a transaction does one request at least");
            waiting.drain(..done.len());
            outcomes.extend(done.into_iter().map(outcome));
        }
        outcomes
    }

    /// Those in the log. What was published is the same, but for staged changes.
    async fn events(&mut self, session: usize) -> Vec<Value> {
        let (session_id, since) = (self.session_ids[session], self.heard[session]);
        let page = self.store.events(session_id, since, 100_000, PAGE_BYTES).await.unwrap();
        assert!(!page.gap);
        self.heard[session] = page.seq;
        self.published.extend(self.transactions.take().into_iter().flatten());
        for event in self.published.extract_if(.., |event| event.session_id == session_id) {
            let place = usize::try_from(event.seq - since - 1).unwrap();
            assert_eq!(event_json(&event), event_json(&page.events[place]));
        }
        page.events.iter().map(event_json).collect()
    }

    async fn observe(&mut self, session: usize) -> Observed {
        let session_id = self.session_ids[session].to_string();
        let (seq, revision, node_count, root_count, steps): (i64, i64, i64, i64, i64) =
            sqlx::query_as(
                "select seq, revision, node_count, root_count, steps from sessions
                 where session_id = ?",
            )
            .bind(&session_id)
            .fetch_one(&mut self.sql)
            .await
            .unwrap();
        let history: Vec<(String, String)> = sqlx::query_as(
            "select h.command_id, h.state from sessions as s
             join history as h on h.session = s.session where s.session_id = ? order by h.step",
        )
        .bind(&session_id)
        .fetch_all(&mut self.sql)
        .await
        .unwrap();
        let tree = self.tree_of(session).await;
        assert_eq!(root_count, tree.roots.len() as i64);
        let overview = self.store.overview(self.session_ids[session]).await.unwrap();
        Observed {
            tree,
            seq,
            revision,
            node_count,
            available: (overview.undo_available, overview.redo_available),
            forgotten: steps - history.len() as i64,
            steps: history
                .into_iter()
                .map(|(id, state)| (id.parse::<CommandId>().unwrap(), state != "applied"))
                .collect(),
        }
    }

    async fn restart(&mut self) {
        self.writer.take().unwrap().finish().await;
        let (limits, clock) = (self.limits, self.clock.clone());
        let (store, writer) =
            open_store_at(&path(&self.folder), limits, self.transactions.clone(), clock).await;
        (self.store, self.writer) = (store, Some(writer));
    }
}
