//! Hostile clients beside a well-behaved one: it is answered rightly all along, its waits are
//! printed, and in the end the connections of the others and what they took are gone.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use reqwest::{Method, StatusCode};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::mpsc::unbounded_channel;
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::rounds;
use crate::support::{Binary, eventually, http};

/// Hostile clients of each kind that come with each wave.
const OF_EACH_KIND: usize = 8;
const BETWEEN_WAVES: Duration = Duration::from_millis(500);
/// Waves go on until there are so many changes, so that a percentile of their waits means something; but
/// no more waves than a slow machine may take.
const MIN_CHANGES: usize = 200;
const MAX_WAVES: u32 = 40;
/// What the server may hold in the end; a debug build at rest has about 30 MiB.
const MEMORY_MIB: u64 = 160;

const SETTINGS: [&str; 16] = [
    "--cleanup-interval",
    "off",
    "--header-timeout",
    "1s",
    "--body-timeout",
    "1s",
    "--idle-timeout",
    "2s",
    "--ping-interval",
    "2s",
    "--ping-timeout",
    "4s",
    "--client-queue-size",
    "64",
    "--max-connections",
    "5000",
];

/// What a hostile client does. A client that sends something that can't be right is to be disconnected; the
/// others are to be given up.
#[derive(Clone, Copy, Debug)]
enum Malice {
    HalfOpen,
    SlowHead,
    EndlessHead,
    BodyWithoutItsEnd,
    SocketThatNeverReads,
    SocketThatSaysNothing,
    GiantFrame,
    InvalidFrames,
    SocketIoWithoutNamespace,
    SocketIoPollThatNeverComes,
}

impl Malice {
    const ALL: [Self; 10] = [
        Self::HalfOpen,
        Self::SlowHead,
        Self::EndlessHead,
        Self::BodyWithoutItsEnd,
        Self::SocketThatNeverReads,
        Self::SocketThatSaysNothing,
        Self::GiantFrame,
        Self::InvalidFrames,
        Self::SocketIoWithoutNamespace,
        Self::SocketIoPollThatNeverComes,
    ];

    /// Does it, and holds the connection for as long as the task lives.
    async fn act(self, target: Target) {
        let stream = self.begin(&target).await;
        // A connection that is refused or broken has ended as well as it can.
        if let Ok(_held) = stream {
            std::future::pending::<()>().await;
        }
    }

    async fn begin(self, target: &Target) -> std::io::Result<TcpStream> {
        let mut stream = narrow(target).await?;
        let host = target.addr;
        match self {
            Self::HalfOpen => {}
            Self::SlowHead => {
                let head = format!("GET /api/v1/health HTTP/1.1\r\nHost: {host}\r\nX-Slow: ");
                stream.write_all(head.as_bytes()).await?;
                loop {
                    sleep(Duration::from_millis(200)).await;
                    stream.write_all(b"x").await?;
                }
            }
            Self::EndlessHead => {
                stream.write_all(b"GET /api/v1/health HTTP/1.1\r\n").await?;
                loop {
                    stream.write_all(b"X-More: of the same, without an end\r\n").await?;
                }
            }
            Self::BodyWithoutItsEnd => {
                let length = 2 * 1024 * 1024;
                let head = format!(
                    "POST /api/v1/sessions HTTP/1.1\r\nHost: {host}\r\nContent-Length: {length}\r\n\r\n"
                );
                stream.write_all(head.as_bytes()).await?;
                stream.write_all(&vec![b' '; length - 1]).await?;
            }
            Self::SocketThatNeverReads => {
                upgrade(&mut stream, target, "/api/v1/ws").await?;
                let join = json!({"type": "join_session", "session_id": target.session});
                stream.write_all(&frame(0x81, join.to_string().as_bytes())).await?;
            }
            Self::SocketThatSaysNothing => upgrade(&mut stream, target, "/api/v1/ws").await?,
            Self::GiantFrame => {
                upgrade(&mut stream, target, "/api/v1/ws").await?;
                // Eight bytes of length, as large as it can be said.
                stream.write_all(&[0x81, 0xff, 0x7f, 0xff, 0xff, 0xff]).await?;
                stream.write_all(&[0xff; 8]).await?;
                loop {
                    stream.write_all(&[b'x'; 16 * 1024]).await?;
                }
            }
            Self::InvalidFrames => {
                upgrade(&mut stream, target, "/api/v1/ws").await?;
                // Not UTF-8; an answer that nobody asked for; reserved bits, without a mask.
                stream.write_all(&frame(0x81, &[0xff, 0xfe, 0xfd])).await?;
                stream.write_all(&frame(0x8a, b"pong")).await?;
                stream.write_all(&[0xff, 0x03, 1, 2, 3]).await?;
            }
            Self::SocketIoWithoutNamespace => {
                upgrade(&mut stream, target, "/socket.io/?EIO=4&transport=websocket").await?;
            }
            Self::SocketIoPollThatNeverComes => {
                let request = format!(
                    "GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: {host}\r\n\r\n"
                );
                stream.write_all(request.as_bytes()).await?;
            }
        }
        Ok(stream)
    }
}

/// What is attacked.
#[derive(Clone)]
struct Target {
    addr: std::net::SocketAddr,
    session: Arc<str>,
}

/// A connection with a small window, so that little is on its way to who does not read.
async fn narrow(target: &Target) -> std::io::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    socket.set_recv_buffer_size(4096)?;
    socket.connect(target.addr).await
}

async fn upgrade(stream: &mut TcpStream, target: &Target, path: &str) -> std::io::Result<()> {
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
        target.addr
    );
    stream.write_all(request.as_bytes()).await?;
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    assert!(head.starts_with(b"HTTP/1.1 101"), "{}", String::from_utf8_lossy(&head));
    Ok(())
}

/// A short frame of a client, with a mask that changes nothing.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let length = u8::try_from(payload.len()).ok().filter(|length| *length < 126).unwrap();
    let mut frame = vec![first, 0x80 | length, 0, 0, 0, 0];
    frame.extend_from_slice(payload);
    frame
}

/// Changes a session and receives the event, again and again; how long each change took until both the
/// answer and the event had come.
async fn behave_well(
    server: &Binary,
    session: &str,
    changes: &AtomicUsize,
    is_over: &AtomicBool,
) -> Vec<Duration> {
    let (api, path) = (server.api(), format!("/sessions/{session}"));
    let mut ws = server.ws().await;
    let mut seq = ws.join(session).await["seq"].as_i64().unwrap();
    // It reads while it waits for answers, too: so its pings are answered.
    let (events, mut received) = unbounded_channel();
    let mut reading = JoinSet::new();
    reading.spawn(async move {
        loop {
            let event = ws.next().await.expect("an open connection");
            if events.send(event).is_err() {
                return;
            }
        }
    });
    let filler = "x".repeat(20_000);
    let mut waits = Vec::new();
    let mut turn = 0;
    while !is_over.load(Ordering::Relaxed) {
        turn += 1;
        let attributes = json!({"turn": turn, "filler": filler});
        let start = Instant::now();
        let patch = json!({ "attributes": attributes });
        let (status, answer) = api.call(Method::PATCH, &path, Some(patch)).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        assert_eq!(answer["attributes"], attributes);
        loop {
            let event = received.recv().await.expect("an open connection");
            seq += 1;
            assert_eq!(event["seq"], seq, "nothing is missed and nothing comes twice");
            if event["type"] == "session-updated" {
                assert_eq!(event["changes"]["attributes"]["turn"], turn);
                break;
            }
        }
        waits.push(start.elapsed());
        changes.store(waits.len(), Ordering::Relaxed);
        sleep(Duration::from_millis(5)).await;
    }
    reading.shutdown().await;
    waits
}

/// The sockets that the server has open.
fn open_sockets(server: &Binary) -> usize {
    let files = std::fs::read_dir(format!("/proc/{}/fd", server.pid())).unwrap();
    let target =
        |file: std::io::Result<std::fs::DirEntry>| std::fs::read_link(file.ok()?.path()).ok();
    files.filter_map(target).filter(|to| to.to_string_lossy().starts_with("socket:")).count()
}

fn memory_mib(server: &Binary) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.pid())).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1024
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn hostile_clients_cost_a_well_behaved_one_nothing_but_time() {
    let waves = rounds("FAULT_WAVES", 4);
    let server = Binary::start(&SETTINGS).await;
    let session = server.api().create(json!({})).await;
    let at_rest = open_sockets(&server);
    let target = Target { addr: server.addr, session: session.as_str().into() };
    let (changes, is_over) = (AtomicUsize::new(0), AtomicBool::new(false));

    let mut hostile = JoinSet::new();
    let attack = async {
        let (mut most, mut wave) = (0, 0);
        let has_enough = || changes.load(Ordering::Relaxed) >= MIN_CHANGES;
        while wave < waves || !has_enough() && wave < MAX_WAVES {
            wave += 1;
            for malice in Malice::ALL {
                for _ in 0..OF_EACH_KIND {
                    hostile.spawn(malice.act(target.clone()));
                }
            }
            sleep(BETWEEN_WAVES).await;
            most = most.max(memory_mib(&server));
        }
        is_over.store(true, Ordering::Relaxed);
        most
    };
    let (mut waits, most) =
        tokio::join!(behave_well(&server, &session, &changes, &is_over), attack);
    waits.sort();
    let part = |percent: usize| waits[(waits.len() - 1) * percent / 100];
    println!(
        "beside {} hostile clients: {} changes, answered and received after {:?} (p50), {:?} (p99), \
         {:?} at most; the server took {most} MiB",
        hostile.len(),
        waits.len(),
        part(50),
        part(99),
        part(100)
    );

    // They hold their ends still; the server has let go.
    eventually("the hostile connections are gone", async || open_sockets(&server) <= at_rest + 2)
        .await;
    eventually("its memory is given back", async || memory_mib(&server) < MEMORY_MIB).await;
    let api = server.api();
    eventually("they are disconnected", async || api.active_clients(&session).await == 0).await;
    assert_eq!(
        http().get(format!("http://{}/api/v1/health", server.addr)).send().await.unwrap().status(),
        200
    );
    hostile.shutdown().await;
    assert!(!server.log().contains("panicked"), "{}", server.log());
}
