//! The same requests on the storage in memory and on SQLite have the same outcomes, events and rows.

use std::cell::RefCell;
use std::collections::BTreeMap;

use rollcall::engine::limits::{Capacities, Limits};
use rollcall::model::{CommandId, ContentLimits};
use serde_json::{Value, json};

use super::clock::TestClock;
use super::memory::Memory;
use super::property::SESSIONS;
use super::sqlite::Sqlite;
use crate::random::run;
use crate::support::content::{Backend, Manner, Mode, Observed, Run, play, turns};
use crate::support::model::{Outcome, Refusal, Request, Walk};

/// Both storages at once, the answers of which are compared.
struct Both<'s> {
    memory: Memory,
    sqlite: &'s mut Sqlite,
    /// For the id of each command in SQLite the one in memory.
    ids: BTreeMap<CommandId, CommandId>,
}

impl Both<'_> {
    /// A request in memory. SQLite stages on its own what is too long for a transaction, so no caller is notified
    /// of that.
    async fn change_alone(
        &mut self,
        requests: &[(usize, Request)],
        manner: Manner,
    ) -> Vec<Outcome> {
        let outcomes = self.memory.change(requests, manner).await;
        match &outcomes[0] {
            Err(refusal) if refusal.code == Refusal::TOO_LONG => {
                let (session, request) = requests[0].clone();
                let request = Request { walk: Walk::Unlimited, ..request };
                self.memory.change(&[(session, request)], manner).await
            }
            _ => outcomes,
        }
    }

    /// What SQLite says, with the ids that memory has.
    fn translate(&self, mut text: String) -> String {
        for (sqlite, memory) in &self.ids {
            text = text.replace(&sqlite.to_string(), &memory.to_string());
        }
        for session in 0..SESSIONS {
            let (sqlite, memory) =
                (self.sqlite.session_id(session), self.memory.session_id(session));
            text = text.replace(&sqlite.to_string(), &memory.to_string());
        }
        text
    }

    fn compare(&mut self, request: &Request, memory: &Outcome, sqlite: &Outcome) {
        if let (Ok(memory), Ok(sqlite)) = (memory, sqlite) {
            self.ids.insert(sqlite.command_id, memory.command_id);
        }
        if request.lacks_client() {
            // For which of its faults it is refused is left open.
            return assert!(memory.is_err() && sqlite.is_err(), "{memory:?}, {sqlite:?}");
        }
        let text = |outcome: &Outcome| match outcome {
            Ok(executed) => json!(executed).to_string(),
            Err(refusal) => format!("{refusal:?}"),
        };
        assert_eq!(text(memory), self.translate(text(sqlite)), "{request:?}");
    }
}

impl Backend for Both<'_> {
    async fn change(&mut self, requests: &[(usize, Request)], manner: Manner) -> Vec<Outcome> {
        let in_memory = match requests.len() == 1 && !manner.one_by_one {
            true => self.change_alone(requests, manner).await,
            false => self.memory.change(requests, manner).await,
        };
        let in_sqlite = self.sqlite.change(requests, manner).await;
        for (((_, request), memory), sqlite) in requests.iter().zip(&in_memory).zip(&in_sqlite) {
            self.compare(request, memory, sqlite);
        }
        in_memory
    }

    async fn events(&mut self, session: usize) -> Vec<Value> {
        let in_memory = self.memory.events(session).await;
        let in_sqlite = self.sqlite.events(session).await;
        let in_sqlite = self.translate(json!(in_sqlite).to_string());
        assert_eq!(json!(in_memory).to_string(), in_sqlite, "the events");
        in_memory
    }

    async fn observe(&mut self, session: usize) -> Observed {
        let sqlite = self.sqlite.dump(session, &self.ids).await;
        assert_eq!(self.memory.dump(session), sqlite, "the rows");
        self.memory.observe(session).await
    }

    async fn restart(&mut self) {
        self.memory.restart().await;
        self.sqlite.restart().await;
    }

    fn bytes_of_step(&self, command_id: CommandId) -> i64 {
        self.memory.bytes_of_step(command_id)
    }
}

fn run_on_both(default_cases: u32, own_scope: bool, limits: Limits) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let clock = TestClock::default();
    let sqlite = RefCell::new(runtime.block_on(Sqlite::new(limits, clock.clock())));
    let mode = Mode { sessions: SESSIONS, own_scope, together: 6, turns: 12 };
    run(default_cases, 300, turns(mode), |turns| {
        let mut sqlite = sqlite.borrow_mut();
        let memory = Memory::new(SESSIONS, limits, clock.clone());
        runtime.block_on(async {
            sqlite.begin(SESSIONS).await;
            let mut both = Both { memory, sqlite: &mut sqlite, ids: BTreeMap::new() };
            play(Run::new(&mut both, SESSIONS, limits.content), turns).await;
        });
    });
    runtime.block_on(sqlite.into_inner().finish());
}

#[test]
fn memory_and_sqlite_agree() {
    run_on_both(20, true, Limits::default());
}

#[test]
fn memory_and_sqlite_agree_under_limits() {
    let content = ContentLimits {
        depth: 4,
        nodes: 14,
        history: 5,
        history_bytes: 3_000,
        staging_threshold: 3,
        ..ContentLimits::default()
    };
    let capacities = Capacities {
        cached_sessions: 1,
        cached_siblings: 1,
        transaction_bytes: 1_500,
        ..Capacities::default()
    };
    run_on_both(20, true, Limits { content, capacities, ..Limits::default() });
}
