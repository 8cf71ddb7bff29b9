//! Server-sent events (WHATWG HTML, section 9.2): a session, or what happens to all of them, followed by a
//! plain GET. A reader is no client of any session.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{Stream, stream};
use tokio::time::{Interval, MissedTickBehavior, interval};
use uuid::Uuid;

use super::authorization::Handshake;
use super::connection::Connection;
use super::disconnect::Disconnect;
use super::meters::OpenConnection;
use super::replay::{Replay, ReplayPage};
use super::request::WatchSession;
use super::response::Response;
use super::subscriptions::{Messages, Outgoing};
use super::ws::encode_response;
use crate::error::Error;
use crate::frame;
use crate::hub::EncodedMessage;
use crate::metrics::Carrier;
use crate::model::{DisconnectReason, Event, SessionId, Transport};
use crate::state::AppState;

/// Sent at once: a reader behind a proxy is open only when it has got something.
const BEGIN: &str = "retry: 2000\n: rollcall\n";
/// Sent when there is nothing else, so that no proxy takes the stream for dead.
const COMMENT: &str = ":\n\n";
/// The time between two comments; the specification names 15 seconds.
const COMMENT_INTERVAL: Duration = Duration::from_secs(15);

/// What a reader wants.
#[derive(Debug)]
pub struct Reader {
    /// Whether each event has its name in a field of its own.
    pub named: bool,
    /// The number of the last event that the reader has; None to begin now.
    pub after: Option<u32>,
    /// The epoch of the database that `after` is from.
    pub epoch: Option<String>,
}

/// The events of a session from now on, or after the last one that the reader has. Fails if there is no
/// such session.
pub async fn follow_session(
    state: Arc<AppState>,
    handshake: Handshake,
    session_id: SessionId,
    reader: Reader,
) -> Result<impl Stream<Item = Result<Bytes, Infallible>> + Send + use<>, Error> {
    let Reader { named, after, epoch } = reader;
    let mut events = EventStream::begin(state, handshake, Follows::Session, named);
    let watch = WatchSession { session_id, since: after, epoch, with: None };
    let (response, replay) = events.connection.watch(watch).await?;
    // So that a reader that is cut off before the first event misses none.
    if let (Response::Following { seq, .. }, None) = (response, after) {
        events.begin.push_str(&format!("id: {seq}\n"));
    }
    events.begin.push('\n');
    events.replay = replay;
    Ok(events.into_stream())
}

/// What happens to all sessions from now on. A reader that reconnects gets a gap first.
pub fn follow_all(
    state: Arc<AppState>,
    handshake: Handshake,
    reader: Reader,
) -> impl Stream<Item = Result<Bytes, Infallible>> + Send + use<> {
    let mut events = EventStream::begin(state, handshake, Follows::AllSessions, reader.named);
    events.connection.watch_sessions(None);
    // So that a reader sends it back, and then gets a gap.
    events.begin.push_str("id: 0\n");
    if reader.after.is_some() {
        let name = if reader.named { "event: gap\n" } else { "" };
        events.begin.push_str(&format!("{name}data: {{\"type\":\"gap\"}}\n"));
    }
    events.begin.push('\n');
    events.into_stream()
}

/// What is followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Follows {
    Session,
    AllSessions,
}

/// One reader.
struct EventStream {
    connection: Connection,
    follows: Follows,
    named: bool,
    /// What is sent first.
    begin: String,
    replay: Option<Replay>,
    /// Completes when the server ends the stream.
    ended: Pin<Box<dyn Future<Output = DisconnectReason> + Send>>,
    comments: Interval,
    is_over: bool,
    open: Option<OpenConnection>,
}

impl EventStream {
    fn begin(state: Arc<AppState>, handshake: Handshake, follows: Follows, named: bool) -> Self {
        let open = OpenConnection::begin(state.metrics.clone(), Carrier::EventStream);
        let client_id = Uuid::now_v7().to_string();
        let connection = Connection::new(state, client_id, Transport::EventStream, handshake);
        let ended = Box::pin(connection.ended_by_server());
        let mut comments = interval(COMMENT_INTERVAL);
        comments.set_missed_tick_behavior(MissedTickBehavior::Delay);
        comments.reset();
        Self {
            connection,
            follows,
            named,
            begin: BEGIN.to_owned(),
            replay: None,
            ended,
            comments,
            is_over: false,
            open: Some(open),
        }
    }

    fn into_stream(self) -> impl Stream<Item = Result<Bytes, Infallible>> + Send + use<> {
        stream::unfold(self, async |mut events| {
            let chunk = events.next().await?;
            Some((Ok(chunk.into()), events))
        })
    }

    /// What is to be written next; None at the end. The next part is asked for when the connection takes
    /// it, so what waits is bounded by the queue of the hub.
    async fn next(&mut self) -> Option<String> {
        if !self.begin.is_empty() {
            return Some(std::mem::take(&mut self.begin));
        }
        loop {
            if let Some(chunk) = self.next_of_replay().await {
                self.comments.reset();
                return Some(chunk);
            }
            if self.is_over {
                return None;
            }
            let chunk = tokio::select! {
                reason = &mut self.ended => self.end(reason.into()),
                _ = self.comments.tick() => COMMENT.to_owned(),
                outgoing = self.connection.next_outgoing() => self.encode(outgoing),
            };
            if !chunk.is_empty() {
                return Some(chunk);
            }
        }
    }

    /// The next page of the replay; None if there is none.
    async fn next_of_replay(&mut self) -> Option<String> {
        let replay = self.replay.as_mut()?;
        let page = replay.next().await;
        let after = replay.after();
        let mut chunk = String::new();
        match page {
            Ok(None) => {
                self.replay = None;
                return None;
            }
            Ok(Some(ReplayPage::Events(events))) => {
                for event in &events {
                    let frame = frame::text(&event.to_json("type"));
                    self.write_event(event, &frame, &mut chunk);
                }
            }
            Ok(Some(ReplayPage::Gap(gap))) => {
                chunk.push_str(&format!("id: {after}\n"));
                self.write_response(&gap, &mut chunk);
            }
            Err(failure) => self.write_response(&failure.into(), &mut chunk),
        }
        Some(chunk)
    }

    fn encode(&mut self, outgoing: Outgoing) -> String {
        self.comments.reset();
        let mut chunk = String::new();
        match outgoing {
            Outgoing::Messages(Messages::All(delivery)) => {
                delivery.messages.iter().for_each(|each| self.write_message(each, &mut chunk));
            }
            Outgoing::Messages(Messages::Some(messages)) => {
                messages.iter().for_each(|each| self.write_message(each, &mut chunk));
            }
            Outgoing::Replay(replay) => self.replay = Some(replay),
            Outgoing::Notice(notice) => self.write_response(&notice, &mut chunk),
            Outgoing::End(disconnect) => chunk = self.end(disconnect),
        }
        chunk
    }

    /// Ends the stream; the last chunk says when to come back.
    fn end(&mut self, disconnect: Disconnect) -> String {
        let mut chunk = String::new();
        if let Some(reconnect) = disconnect.reconnect() {
            self.write_response(&reconnect, &mut chunk);
        }
        self.finish(disconnect.reason);
        chunk
    }

    fn finish(&mut self, reason: DisconnectReason) {
        self.is_over = true;
        if let Some(open) = self.open.take() {
            open.end(reason);
        }
    }

    /// Events, and sessions as they change. Presence and messages are for clients of the session only.
    fn write_message(&mut self, message: &EncodedMessage, chunk: &mut String) {
        if !message.is_for_readers() {
            return;
        }
        match message.event() {
            Some(event) => self.write_event(event, message.frame(), chunk),
            None => self.write_data(message.name(), message.frame(), chunk),
        }
    }

    fn write_event(&mut self, event: &Event, frame: &[u8], chunk: &mut String) {
        // Of all sessions the numbers say nothing.
        if self.follows == Follows::Session {
            chunk.push_str(&format!("id: {}\n", event.seq));
        }
        self.write_data(&event.name, frame, chunk);
        if event.ends_session() && self.follows == Follows::Session {
            self.finish(DisconnectReason::Disconnected);
        }
    }

    fn write_response(&self, response: &Response, chunk: &mut String) {
        self.write_data(response.name(), &encode_response(response, None), chunk);
    }

    /// The text of a frame, which is JSON without line breaks, as one event of the stream.
    fn write_data(&self, name: &str, frame: &[u8], chunk: &mut String) {
        let text = frame::texts(frame).next().unwrap_or_default();
        if self.named {
            chunk.push_str(&format!("event: {name}\n"));
        }
        chunk.push_str("data: ");
        // The frame was made of a text.
        chunk.push_str(&String::from_utf8_lossy(text));
        chunk.push_str("\n\n");
    }
}
