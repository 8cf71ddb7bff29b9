//! The writer alone: callers that join and leave, over rollcall's writer and over a plain one.

use std::collections::HashMap;
use std::sync::mpsc::{Receiver, Sender, channel};

use rollcall::model::SessionId;
use rollcall::store::Store;
use rusqlite::{Connection, params};
use tokio::sync::oneshot;

use super::support::{AsyncCall, File, Row, closed_loop, join, open, raw, runtime, sessions};

const SESSIONS: usize = 64;

pub fn run() -> Vec<Row> {
    [256, 2048]
        .into_iter()
        .map(|callers| {
            Row::rates(
                format!("join and leave, {callers} callers, the writer alone"),
                || store_rate(callers),
                || limit(callers),
            )
        })
        .collect()
}

pub struct StoreCaller {
    pub store: Store,
    pub session_id: SessionId,
    pub client_id: String,
}

impl AsyncCall for StoreCaller {
    async fn call(&mut self) -> u64 {
        self.store.join(join(self.session_id, self.client_id.clone())).await.unwrap();
        self.store.leave(self.session_id, self.client_id.clone()).await.unwrap();
        2
    }
}

fn store_rate(callers: usize) -> f64 {
    let runtime = runtime();
    let file = File::new();
    runtime.block_on(async {
        let (store, writer) = open(&file.path).await;
        let ids = sessions(&store, SESSIONS).await;
        let rate = closed_loop(callers, |caller| StoreCaller {
            store: store.clone(),
            session_id: ids[caller % SESSIONS],
            client_id: format!("client-{caller}"),
        })
        .await;
        writer.finish().await;
        rate
    })
}

struct RawJob {
    session_id: String,
    client_id: String,
    joins: bool,
    reply: oneshot::Sender<(i64, i64)>,
}

struct Raw {
    jobs: Sender<RawJob>,
    session_id: String,
    client_id: String,
}

impl AsyncCall for Raw {
    async fn call(&mut self) -> u64 {
        for joins in [true, false] {
            let (reply, answer) = oneshot::channel();
            let (session_id, client_id) = (self.session_id.clone(), self.client_id.clone());
            self.jobs.send(RawJob { session_id, client_id, joins, reply }).unwrap();
            answer.await.unwrap();
        }
        2
    }
}

/// The same callers over a thread that does what has to be done with prepared statements on the
/// same schema, as many jobs in a transaction as wait.
fn limit(callers: usize) -> f64 {
    let runtime = runtime();
    let file = File::new();
    let ids = runtime.block_on(async {
        let (store, writer) = open(&file.path).await;
        let ids = sessions(&store, SESSIONS).await;
        writer.finish().await;
        ids
    });
    let connection = raw(&file.path);
    let (jobs, queue) = channel();
    let thread = std::thread::spawn(move || serve(connection, &queue));
    let rate = runtime.block_on(closed_loop(callers, |caller| Raw {
        jobs: jobs.clone(),
        session_id: ids[caller % SESSIONS].to_string(),
        client_id: format!("client-{caller}"),
    }));
    drop(jobs);
    thread.join().unwrap();
    rate
}

fn serve(connection: Connection, queue: &Receiver<RawJob>) {
    let mut find = connection
        .prepare("select session, seq, active_clients from sessions where session_id = ?")
        .unwrap();
    let mut insert = connection
        .prepare("insert into clients (session, client_id, transport, connected_at) values (?, ?, 'websocket', ?)")
        .unwrap();
    let mut delete =
        connection.prepare("delete from clients where session = ? and client_id = ?").unwrap();
    let mut log = connection
        .prepare(
            "insert into internal_event_log (session, first_seq, seq, at, events) values (?, ?, ?, ?, ?)",
        )
        .unwrap();
    while let Ok(first) = queue.recv() {
        let mut batch = vec![first];
        batch.extend(queue.try_iter().take(1023));
        let now = rollcall::model::Timestamp::now().to_string();
        connection.execute_batch("begin immediate").unwrap();
        let mut answers = Vec::with_capacity(batch.len());
        let mut entries: HashMap<i64, (i64, i64, String)> = HashMap::new();
        for job in &batch {
            let (session, seq, active): (i64, i64, i64) = find
                .query_row([&job.session_id], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
                .unwrap();
            let (_, last, events) = entries.entry(session).or_insert((seq + 1, seq, String::new()));
            *last += 1;
            let (name, active) = if job.joins {
                insert.execute(params![session, job.client_id, now]).unwrap();
                ("session-connected", active + 1)
            } else {
                delete.execute(params![session, job.client_id]).unwrap();
                ("session-disconnected", active - 1)
            };
            let before = if events.is_empty() { '[' } else { ',' };
            let client_id = &job.client_id;
            *events += &format!(
                r#"{before}["{name}",{{"client_id":"{client_id}","active_clients":{active}}}]"#
            );
            answers.push((*last, active));
        }
        for (session, (first, last, events)) in entries {
            log.execute(params![session, first, last, now, events + "]"]).unwrap();
        }
        connection.execute_batch("commit").unwrap();
        for (job, answer) in batch.into_iter().zip(answers) {
            let _ = job.reply.send(answer);
        }
    }
}
