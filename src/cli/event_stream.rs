//! A stream of server-sent events, which is opened again after the server was away.

use std::time::Duration;

use anyhow::bail;
use reqwest::header::ACCEPT;
use reqwest::{Method, Response, StatusCode};
use rollcall::model::SessionId;
use serde_json::Value;
use tokio::time::{sleep, timeout};

use super::failure::{Exit, exit};
use super::server::Server;

/// The server sends something every 15 seconds; after this time the connection is taken for dead.
const MAX_SILENCE: Duration = Duration::from_secs(45);
/// Waits between two attempts to come back.
const MIN_DELAY: Duration = Duration::from_millis(500);
const MAX_DELAY: Duration = Duration::from_secs(5);
/// The longest event that is read; the server's own limits are lower.
const MAX_EVENT_BYTES: usize = 64 * 1024 * 1024;
/// A number above that of every event: nothing comes behind it.
const BEHIND_ALL: &str = "4294967295";

/// A reader of the events of one session, or of what happens to all.
pub struct EventStream<'a> {
    server: &'a Server,
    session: Option<SessionId>,
    /// The number of the last event that was read, and the epoch that it is from.
    since: Option<u64>,
    epoch: Option<String>,
    /// None while the server is away.
    response: Option<Response>,
    /// What has come and is not yet read, and how far no end of an event is in it.
    buffer: Vec<u8>,
    searched: usize,
    delay: Duration,
}

/// What comes next.
pub enum Next {
    /// A frame, as text and parsed.
    Frame(String, Value),
    /// The connection is lost, or the server has ended it.
    Lost,
}

impl<'a> EventStream<'a> {
    /// Opens the stream, which begins after the event `since`, or now.
    pub async fn open(
        server: &'a Server,
        session: Option<SessionId>,
        since: Option<u64>,
    ) -> anyhow::Result<Self> {
        let mut stream = Self {
            server,
            session,
            since,
            epoch: None,
            response: None,
            buffer: Vec::new(),
            searched: 0,
            delay: MIN_DELAY,
        };
        stream.read_epoch().await?;
        stream.connect().await?;
        Ok(stream)
    }

    /// The next frame. It may be dropped while it waits: nothing is lost by that.
    pub async fn next(&mut self) -> anyhow::Result<Next> {
        loop {
            while let Some(event) = self.take_event() {
                if let Some(frame) = self.read(&event)? {
                    return Ok(frame);
                }
            }
            let Some(response) = &mut self.response else { return Ok(Next::Lost) };
            let Ok(Ok(Some(chunk))) = timeout(MAX_SILENCE, response.chunk()).await else {
                self.response = None;
                return Ok(Next::Lost);
            };
            self.buffer.extend_from_slice(&chunk);
            if self.buffer.len() > MAX_EVENT_BYTES {
                bail!("the server sends an event of more than {MAX_EVENT_BYTES} bytes");
            }
        }
    }

    /// Notes the epoch after a gap, which may be another one than before.
    pub async fn skip_gap(&mut self) -> anyhow::Result<()> {
        match self.read_epoch().await {
            // The server has gone away again, which the stream notices as well.
            Err(cause) if exit(&cause) == Exit::Failed => Ok(()),
            outcome => outcome,
        }
    }

    /// Waits for the server and opens the stream again, after the last event that was read. False if the
    /// session was removed meanwhile.
    pub async fn come_back(&mut self) -> anyhow::Result<bool> {
        loop {
            sleep(self.delay).await;
            match self.connect().await {
                Ok(exists) => {
                    self.delay = MIN_DELAY;
                    return Ok(exists);
                }
                Err(cause) if exit(&cause) == Exit::Failed => {
                    self.delay = (self.delay * 2).min(MAX_DELAY)
                }
                Err(cause) => return Err(cause),
            }
        }
    }

    /// Asks for the epoch that numbers of events are from, which the stream does not say.
    async fn read_epoch(&mut self) -> anyhow::Result<()> {
        let Some(session) = self.session else { return Ok(()) };
        let query = [("since", BEHIND_ALL.to_owned()), ("limit", "1".to_owned())];
        let path = ["sessions", &session.to_string(), "events"];
        let page = self.server.get(&path, &query).await?.json;
        self.epoch = page["epoch"].as_str().map(str::to_owned);
        Ok(())
    }

    async fn connect(&mut self) -> anyhow::Result<bool> {
        let request = match self.session {
            Some(session) => {
                let since = self.since.map(|since| ("since", since.to_string()));
                let epoch = self.epoch.clone().map(|epoch| ("epoch", epoch));
                let query: Vec<_> = since.into_iter().chain(epoch).collect();
                let path = ["sessions", &session.to_string(), "events"];
                self.server.request(Method::GET, &path, &query)
            }
            None => {
                let request = self.server.request(Method::GET, &["events"], &[]);
                // A reader that comes back then gets a gap first.
                if self.since.is_some() { request.header("Last-Event-ID", "0") } else { request }
            }
        };
        let response = self.server.send(request.header(ACCEPT, "text/event-stream")).await?;
        self.buffer.clear();
        self.searched = 0;
        if response.status() == StatusCode::NO_CONTENT {
            return Ok(false);
        }
        self.response = Some(response);
        Ok(true)
    }

    /// The lines of the next event, if all of it has come.
    fn take_event(&mut self) -> Option<Vec<u8>> {
        let found = self.buffer[self.searched..].windows(2).position(|pair| pair == b"\n\n");
        let Some(found) = found else {
            self.searched = self.buffer.len().saturating_sub(1);
            return None;
        };
        let rest = self.buffer.split_off(self.searched + found + 2);
        self.searched = 0;
        Some(std::mem::replace(&mut self.buffer, rest))
    }

    /// The frame of an event; None if it has no data.
    fn read(&mut self, event: &[u8]) -> anyhow::Result<Option<Next>> {
        let (mut data, mut id) = (None, None);
        for line in std::str::from_utf8(event)?.lines() {
            match line.split_once(": ") {
                Some(("data", text)) => data = Some(text),
                Some(("id", number)) => id = number.parse().ok(),
                _ => {}
            }
        }
        // The first block has an id and no data: where the stream begins.
        self.since = id.or(self.since);
        let Some(data) = data else { return Ok(None) };
        let frame: Value = serde_json::from_str(data)?;
        if let (Some("reconnect"), Some(delay)) =
            (frame["type"].as_str(), frame["after_ms"].as_u64())
        {
            self.delay = Duration::from_millis(delay).min(MAX_DELAY);
        }
        Ok(Some(Next::Frame(data.to_owned(), frame)))
    }
}
