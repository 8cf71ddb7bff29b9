//! When the last listener has a change, at several rates; and what cursors cost.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use futures_util::{SinkExt, StreamExt};
use serde_json::json;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, sleep};
use tokio_tungstenite::tungstenite::Message;

use super::outside::{cpu_seconds, start};
use super::service::{Binary, Ws};
use super::support::{Row, percentile, runtime};

const RATES: [u32; 4] = [10, 50, 200, 1_000];
const LISTENERS: usize = 100;
/// Connections that changes come from, in turns.
const PUBLISHERS: usize = 8;
const WHILE: Duration = Duration::from_secs(5);

const CURSORS: usize = 50;
const CURSOR_RATE: u32 = 60;
const ONLOOKERS: usize = 200;

pub fn run() -> Vec<Row> {
    let runtime = runtime();
    let mut rows: Vec<Row> =
        RATES.iter().map(|rate| runtime.block_on(last_listener(*rate))).collect();
    rows.push(runtime.block_on(cursors()));
    rows
}

async fn last_listener(rate: u32) -> Row {
    let server = start(&[]).await;
    let api = server.api();
    let session = api.create(json!({})).await;
    let (sender, mut received) = unbounded_channel();
    let mut listeners = JoinSet::new();
    for _ in 0..LISTENERS {
        let mut ws = server.ws().await;
        ws.join(&session).await;
        listeners.spawn(listen(ws, sender.clone()));
    }
    drop(sender);
    let (mut publishers, mut readers) = (Vec::new(), JoinSet::new());
    for number in 0..PUBLISHERS {
        let mut ws = server.ws().await;
        let node_id = format!("00000000-0000-7000-8000-{number:012x}");
        let data = json!({"blueprint_type_id": "t", "node_id": node_id});
        let answer = ws
            .ask(json!({"type": "execute", "session_id": session, "command_type": "CreateNode",
                        "data": data}))
            .await;
        assert_eq!(answer["type"], "executed", "{answer}");
        let (requests, mut answers) = ws.socket.split();
        readers.spawn(async move { while let Some(Ok(_)) = answers.next().await {} });
        publishers.push((requests, node_id));
    }

    let count = (f64::from(rate) * WHILE.as_secs_f64()) as usize;
    let mut sent = Vec::with_capacity(count);
    let mut ticks = interval(Duration::from_secs(1) / rate);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    for change in 0..count {
        ticks.tick().await;
        let (requests, node_id) = &mut publishers[change % PUBLISHERS];
        let data = json!({"node_id": node_id, "name": format!("change {change}.")});
        let request = json!({"type": "execute", "session_id": session,
                             "command_type": "RenameNode", "data": data});
        sent.push(Instant::now());
        requests.send(Message::text(request.to_string())).await.unwrap();
    }
    let mut last: HashMap<usize, (usize, Instant)> = HashMap::new();
    let mut complete = 0;
    while complete < count {
        let (change, at) = received.recv().await.unwrap();
        let (times, latest) = last.entry(change).or_insert((0, at));
        *times += 1;
        *latest = at.max(*latest);
        complete += usize::from(*times == LISTENERS);
    }
    let waits: Vec<Duration> =
        sent.iter().enumerate().map(|(change, at)| last[&change].1 - *at).collect();
    Row {
        work: format!("until the last of {LISTENERS} listeners has a change, {rate} changes/s"),
        measured: format!(
            "{:.1} ms (p50), {:.1} ms (p99)",
            percentile(&waits, 50),
            percentile(&waits, 99)
        ),
        limit: String::new(),
        ratio: String::new(),
    }
}

/// Reports when each change came.
async fn listen(mut ws: Ws, sender: UnboundedSender<(usize, Instant)>) {
    while let Some(Ok(message)) = ws.socket.next().await {
        let Message::Text(text) = message else { continue };
        let Some((_, rest)) = text.split_once("\"change ") else { continue };
        let at = Instant::now();
        let number = rest.split('.').next().unwrap().parse().unwrap();
        if sender.send((number, at)).is_err() {
            return;
        }
    }
}

async fn cursors() -> Row {
    let server = start(&[]).await;
    let session = server.api().create(json!({})).await;
    let messages = Arc::new(AtomicU64::new(0));
    let mut clients = JoinSet::new();
    let mut senders = Vec::new();
    for _ in 0..ONLOOKERS {
        let mut ws = server.ws().await;
        ws.join(&session).await;
        let (requests, mut answers) = ws.socket.split();
        senders.push(requests);
        let messages = messages.clone();
        clients.spawn(async move {
            while let Some(Ok(_)) = answers.next().await {
                messages.fetch_add(1, Ordering::Relaxed);
            }
        });
    }
    let onlookers = senders.split_off(CURSORS);
    for (number, mut requests) in senders.into_iter().enumerate() {
        let session = session.clone();
        clients.spawn(async move {
            let mut ticks = interval(Duration::from_secs(1) / CURSOR_RATE);
            for turn in 0_u64.. {
                ticks.tick().await;
                let presence = json!({"type": "presence", "session_id": session,
                                      "data": {"x": turn % 1_000, "y": number}});
                if requests.send(Message::text(presence.to_string())).await.is_err() {
                    return;
                }
            }
        });
    }
    // Until the joins are sent to all and the cursors move.
    sleep(Duration::from_secs(1)).await;
    let (cores, rate) = measured(&server, &messages).await;
    drop(onlookers);
    Row {
        work: format!("{CURSORS} cursors at {CURSOR_RATE} Hz among {ONLOOKERS} listeners"),
        measured: format!("{cores:.2} cores, {rate:.0} messages/s"),
        limit: String::new(),
        ratio: String::new(),
    }
}

/// The cores that the server takes, and the messages a second that come.
async fn measured(server: &Binary, messages: &AtomicU64) -> (f64, f64) {
    let start = Instant::now();
    let (cpu, count) = (cpu_seconds(server), messages.load(Ordering::Relaxed));
    sleep(WHILE).await;
    let seconds = start.elapsed().as_secs_f64();
    let came = messages.load(Ordering::Relaxed) - count;
    ((cpu_seconds(server) - cpu) / seconds, came as f64 / seconds)
}
