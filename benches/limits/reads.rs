//! Reads from a million sessions, and the start on such a file with clients of a dead server.

use std::time::Instant;

use rollcall::model::{SessionId, Timestamp};
use rollcall::store::{Filter, Order, Page, Store};
use rusqlite::Connection;

use super::million;
use super::support::{AsyncCall, File, Row, WHILE, closed_loop, open, rounds, runtime};

/// Half of them are in one session.
const STALE_CLIENTS: i64 = 10_000;

pub fn run() -> Vec<Row> {
    let runtime = runtime();
    let file = File::prepared(&runtime);
    million::fill(&file);
    let started = rounds(|| {
        leave_clients_behind(&file);
        let start = Instant::now();
        let (_, writer) = runtime.block_on(open(&file.path));
        let started = start.elapsed();
        runtime.block_on(writer.finish());
        started.as_secs_f64()
    });
    let (store, writer) = runtime.block_on(open(&file.path));
    let connection = file.raw();
    let keys = |caller| Keys { store: store.clone(), next: caller as i64 };
    let pages = |_| Pages { store: store.clone() };
    let rows = vec![
        Row {
            work: "start with a million sessions and 10,000 stale clients, half of them in one session"
                .into(),
            measured: format!("{:.0} ms", started * 1e3),
            limit: "500 ms".into(),
            ratio: format!("{:.0} %", started / 0.5 * 100.0),
        },
        Row::rates(
            "a session by key out of a million, 64 callers",
            || runtime.block_on(closed_loop(64, keys)),
            || keys_limit(&connection),
        ),
        Row::rates(
            "a page of 100 out of a million, 4 callers",
            || runtime.block_on(closed_loop(4, pages)),
            || pages_limit(&connection),
        ),
    ];
    runtime.block_on(writer.finish());
    rows
}

fn leave_clients_behind(file: &File) {
    file.raw()
        .execute_batch(&format!(
            "with recursive n (n) as (select 1 union all select n + 1 from n where n < {STALE_CLIENTS})
             insert into clients (session, client_id, transport, connected_at)
             select iif(n % 2 = 0, 1, n % 1000 + 1), 'stale-' || n, 'websocket', '2024-01-15T10:30:00.000000+00:00'
             from n;"
        ))
        .unwrap();
}

struct Keys {
    store: Store,
    next: i64,
}

impl AsyncCall for Keys {
    async fn call(&mut self) -> u64 {
        self.next = (self.next + 7_919) % million::SESSIONS;
        let session_id: SessionId = million::id(self.next + 1).parse().unwrap();
        self.store.overview(session_id).await.unwrap();
        1
    }
}

struct Pages {
    store: Store,
}

impl AsyncCall for Pages {
    async fn call(&mut self) -> u64 {
        let (filter, order) = (Filter::default(), Order::default());
        let page = Page { filter, order, after: None, limit: 100 };
        let listing = self.store.list(&page, Timestamp::now()).await.unwrap();
        assert_eq!(listing.total, million::SESSIONS);
        1
    }
}

/// One thread with prepared statements.
fn keys_limit(connection: &Connection) -> f64 {
    let mut find = connection
        .prepare("select session_id, name, created_at, last_activity, active_clients, seq from sessions where session_id = ?")
        .unwrap();
    let start = Instant::now();
    let mut keys = 0;
    let mut next = 0;
    while start.elapsed() < WHILE {
        next = (next + 7_919) % million::SESSIONS;
        find.query_row([million::id(next + 1)], |row| row.get::<_, String>(2)).unwrap();
        keys += 1;
    }
    f64::from(keys) / start.elapsed().as_secs_f64()
}

/// The same of pages.
fn pages_limit(connection: &Connection) -> f64 {
    let mut list = connection
        .prepare(
            "select session_id, name, project_id, created_at, last_activity, active_clients,
                    node_count, pinned, idle_timeout_hours, attributes, seq, revision
             from sessions order by created_at, session limit 101",
        )
        .unwrap();
    let start = Instant::now();
    let mut pages = 0;
    while start.elapsed() < WHILE {
        let page: Vec<(String, String, String, String)> = list
            .query_map([], |row| Ok((row.get(0)?, row.get(3)?, row.get(4)?, row.get(9)?)))
            .unwrap()
            .map(Result::unwrap)
            .collect();
        assert_eq!(page.len(), 101);
        pages += 1;
    }
    f64::from(pages) / start.elapsed().as_secs_f64()
}
