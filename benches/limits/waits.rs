//! How long others wait beside one heavy request: somebody touches another session all the while.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use reqwest::Method;
use rusqlite::Connection;
use serde_json::json;

use super::outside::start;
use super::service::{Api, Binary};
use super::support::{Row, percentile, runtime};

mod content;

/// What no single request may make others wait, in milliseconds.
const MAX_WAIT_MS: f64 = 50.0;

const SESSIONS_OF_ONE_CLIENT: usize = 4_000;
const CLIENTS_OF_ONE_SESSION: i64 = 10_000;

pub fn run() -> Vec<Row> {
    let runtime = runtime();
    let mut rows = runtime.block_on(content::run());
    rows.extend(runtime.block_on(left()));
    rows.extend(runtime.block_on(removed()));
    rows
}

/// Does the heavy work while another session is touched again and again.
async fn beside(server: &Binary, work: &str, heavy: impl Future<Output = ()>) -> Row {
    let api = server.api();
    let other = api.create(json!({})).await;
    let is_over = Arc::new(AtomicBool::new(false));
    let toucher = tokio::spawn(touch(api, other, is_over.clone()));
    // A few touches before, so that connections are open and what is read is known.
    tokio::time::sleep(Duration::from_millis(100)).await;
    let start = Instant::now();
    heavy.await;
    let took = start.elapsed();
    is_over.store(true, Ordering::Relaxed);
    let waits = toucher.await.unwrap();
    let (p99, longest) = (percentile(&waits, 99), percentile(&waits, 100));
    Row {
        work: format!("others wait beside {work}"),
        measured: format!(
            "{longest:.1} ms at most, {p99:.1} ms (p99); its own answer {:.0} ms",
            took.as_secs_f64() * 1e3
        ),
        limit: format!("{MAX_WAIT_MS:.0} ms"),
        ratio: format!("{:.0} %", longest / MAX_WAIT_MS * 100.0),
    }
}

/// How long each touch took.
async fn touch(api: Api, session: String, is_over: Arc<AtomicBool>) -> Vec<Duration> {
    let path = format!("/sessions/{session}/touch");
    let mut waits = Vec::new();
    while !is_over.load(Ordering::Relaxed) {
        let start = Instant::now();
        api.post(&path, json!({})).await;
        waits.push(start.elapsed());
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    waits
}

async fn left() -> Vec<Row> {
    let most = SESSIONS_OF_ONE_CLIENT.to_string();
    let server = start(&["--max-joined-sessions", &most]).await;
    let api = server.api();
    let mut ws = server.ws().await;
    for _ in 0..SESSIONS_OF_ONE_CLIENT {
        let session = api.create(json!({})).await;
        ws.join(&session).await;
    }
    let work = format!("one client that leaves {SESSIONS_OF_ONE_CLIENT} sessions");
    let leaving = async {
        ws.close().await;
        while api.get("/sessions?active=true&limit=1").await["total"] != 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    vec![beside(&server, &work, leaving).await]
}

async fn removed() -> Vec<Row> {
    let server = start(&[]).await;
    let api = server.api();
    let path = format!("/sessions/{}", api.create(json!({})).await);
    Connection::open(server.database())
        .unwrap()
        .execute_batch(&format!(
            "pragma foreign_keys = on;
             with recursive n (n) as
                 (select 1 union all select n + 1 from n where n < {CLIENTS_OF_ONE_SESSION})
             insert into clients (session, client_id, transport, connected_at)
             select session, 'client-' || n, 'websocket', created_at from n, sessions;"
        ))
        .unwrap();
    let work = format!("DELETE of a session of {CLIENTS_OF_ONE_SESSION} clients");
    let removing = async {
        let (status, answer) = api.call(Method::DELETE, &path, None).await;
        assert!(status.is_success(), "{answer}");
    };
    vec![beside(&server, &work, removing).await]
}
