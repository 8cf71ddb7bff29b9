//! Joins while webhooks are sent, beside joins without any: nothing of a webhook is in the path of a join.

use std::future::pending;
use std::time::{Duration, Instant};

use axum::Router;
use axum::http::StatusCode;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

use super::outside::start;
use super::service::Ws;
use super::support::{Row, WHILE, in_turns, percentile, runtime};

const SESSIONS: usize = 32;
/// Clients that join and leave as fast as they can, and those that pause in between.
const BUSY: usize = 64;
const CALM: usize = 16;
const PAUSE: Duration = Duration::from_millis(20);

/// What there is to send to.
#[derive(Clone, Copy)]
enum Receivers {
    None,
    /// One that takes connections and never answers.
    Hangs,
    /// So many that answer at once.
    Answer(usize),
}

pub fn run() -> Vec<Row> {
    let runtime = runtime();
    let cases = [
        (Receivers::Hangs, "a receiver that hangs"),
        (Receivers::Answer(1), "1 receiver"),
        (Receivers::Answer(3), "3 receivers"),
    ];
    cases.into_iter().flat_map(|(receivers, name)| rows(&runtime, receivers, name)).collect()
}

fn rows(runtime: &Runtime, receivers: Receivers, name: &str) -> [Row; 2] {
    let waits = |receivers, clients, pause| runtime.block_on(joins(receivers, clients, pause));
    let rate = |receivers| waits(receivers, BUSY, None).len() as f64 / WHILE.as_secs_f64();
    let p99 = |receivers| percentile(&waits(receivers, CALM, Some(PAUSE)), 99);
    let (with, without) = in_turns(|| p99(receivers), || p99(Receivers::None));
    [
        Row::rates(
            format!("joins and leaves of {BUSY} clients with {name}, against none"),
            || rate(receivers),
            || rate(Receivers::None),
        ),
        Row {
            work: format!("p99 of a join, {CALM} clients that pause, with {name}, against none"),
            measured: format!("{with:.2} ms"),
            limit: format!("{without:.2} ms"),
            ratio: format!("{:.0} %", 100.0 * with / without),
        },
    ]
}

/// How long each join took.
async fn joins(receivers: Receivers, clients: usize, pause: Option<Duration>) -> Vec<Duration> {
    let server = start(&["--webhook-allow-private"]).await;
    let api = server.api();
    let mut serving = JoinSet::new();
    let (count, hangs) = match receivers {
        Receivers::None => (0, false),
        Receivers::Hangs => (1, true),
        Receivers::Answer(count) => (count, false),
    };
    for _ in 0..count {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let answer = move || async move { if hangs { pending().await } else { StatusCode::OK } };
        serving.spawn(async move { axum::serve(listener, Router::new().fallback(answer)).await });
        api.post("/webhooks", json!({ "url": url })).await;
    }
    let mut sessions = Vec::new();
    for _ in 0..SESSIONS {
        sessions.push(api.create(json!({})).await);
    }
    let mut calls = JoinSet::new();
    for client in 0..clients {
        let (ws, session) = (server.ws().await, sessions[client % SESSIONS].clone());
        calls.spawn(join_and_leave(ws, session, pause));
    }
    calls.join_all().await.concat()
}

async fn join_and_leave(mut ws: Ws, session: String, pause: Option<Duration>) -> Vec<Duration> {
    let (begin, mut waits) = (Instant::now(), Vec::new());
    while begin.elapsed() < WHILE {
        let start = Instant::now();
        ws.join(&session).await;
        waits.push(start.elapsed());
        ws.leave(&session).await;
        ws.events.clear();
        if let Some(pause) = pause {
            tokio::time::sleep(pause).await;
        }
    }
    waits
}
