//! One Engine.IO 4 session: its packets, its heartbeat, and the upgrade from polling to WebSocket.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::future::pending;
use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_tungstenite::tungstenite;
use tungstenite::{Message, Utf8Bytes};

use super::heartbeat::Heartbeat;
use super::polling::{self, Polling};
use super::probe::{Outcome, Probe};
use super::registry::{HttpRequest, Post, Registration};
use super::transport::{Carried, NOOP, Transport};
use crate::frame;
use crate::hub::Listener;
use crate::live::disconnect::Disconnect;
use crate::live::ws::connection::{Socket, WsConnection};
use crate::model::{DepartureReason, excerpt};
use crate::state::Limits;

const CLOSE: &str = "1";
const PING: &str = "2";

/// What a client sent, in its order.
pub enum Incoming {
    /// The text of a message, with the `4` in front.
    Text(Utf8Bytes),
    Binary,
    /// There will be no more.
    End(Disconnect),
}

impl Incoming {
    /// The bytes that it takes while it waits.
    fn size(&self) -> usize {
        let text = if let Self::Text(text) = self { text.len() } else { 0 };
        size_of::<Self>() + text
    }
}

/// A session that its own task serves.
pub struct Engine {
    transport: Transport,
    limits: Limits,
    heartbeat: Heartbeat,
    /// What the client sent and nobody has looked at.
    inbox: VecDeque<Incoming>,
    inbox_bytes: usize,
    /// Whether nothing is read any more, since what came last ends the session.
    is_ending: bool,
    /// A body that waits for room in the inbox.
    held: Option<Box<Post>>,
    probe: Option<Box<Probe>>,
    /// From HTTP requests that name the session.
    requests: Option<(mpsc::Receiver<HttpRequest>, Registration)>,
    /// Since when the client is in no namespace.
    unused_since: Option<Instant>,
}

enum Step {
    Carried(Carried),
    Request(HttpRequest),
    Probe(Outcome),
    HeartbeatDue,
}

impl Engine {
    /// A session that begins with long-polling.
    pub fn polling(
        limits: Limits,
        registration: Registration,
        requests: mpsc::Receiver<HttpRequest>,
    ) -> Self {
        let transport = Transport::Polling(Polling::default());
        Self::new(limits, transport, Some((requests, registration)))
    }

    /// A session that is a WebSocket from its beginning; `open` is its first packet.
    pub fn websocket(limits: Limits, socket: Socket, open: Bytes) -> Self {
        let mut wire = WsConnection::new(socket, Vec::new());
        wire.push(open);
        Self::new(limits, Transport::WebSocket(Box::new(wire)), None)
    }

    fn new(
        limits: Limits,
        transport: Transport,
        requests: Option<(mpsc::Receiver<HttpRequest>, Registration)>,
    ) -> Self {
        Self {
            transport,
            limits,
            heartbeat: Heartbeat::new(limits.ping_interval, limits.ping_timeout),
            inbox: VecDeque::new(),
            inbox_bytes: 0,
            is_ending: false,
            held: None,
            probe: None,
            requests,
            unused_since: Some(Instant::now()),
        }
    }

    /// Says who the client is in the namespaces that it is in. One that is in none for too long is let
    /// go.
    pub fn set_listeners(&mut self, listeners: Vec<Arc<Listener>>) {
        self.unused_since = listeners.is_empty().then(Instant::now);
        self.transport.set_listeners(listeners);
    }

    /// Puts whole frames with packets behind those that are not sent yet.
    pub fn push(&mut self, frames: Bytes) {
        self.transport.push(frames);
    }

    /// Whether so much is not sent yet that more has to wait.
    pub fn is_full(&self) -> bool {
        self.transport.is_full()
    }

    /// Sends what can be sent now.
    pub async fn flush(&mut self) -> Result<(), Disconnect> {
        self.transport.flush().await
    }

    /// Sends until there is room for more.
    pub async fn make_room(&mut self) -> Result<(), Disconnect> {
        self.flush().await?;
        while self.is_full() {
            if self.is_ending {
                return Err(DepartureReason::ConnectionLost.into());
            }
            self.step().await?;
        }
        Ok(())
    }

    /// The next thing that the client sent, as soon as there is room for its answer.
    pub async fn next(&mut self) -> Result<Incoming, Disconnect> {
        loop {
            // Nobody makes room any more for what the last requests are answered.
            if (!self.is_full() || self.is_ending)
                && let Some(incoming) = self.inbox.pop_front()
            {
                self.inbox_bytes -= incoming.size();
                if self.inbox.is_empty() {
                    // An idle connection holds no room for messages.
                    self.inbox = VecDeque::new();
                }
                if self.accepts()
                    && let Some(post) = self.held.take()
                {
                    self.take_post(*post);
                }
                return Ok(incoming);
            }
            self.step().await?;
        }
    }

    /// Keeps the session alive while its client waits for an answer; comes back at its end.
    pub async fn tend(&mut self) -> Result<Infallible, Disconnect> {
        loop {
            self.step().await?;
        }
    }

    /// Ends the session.
    pub async fn close(self, disconnect: Disconnect) {
        self.transport.close(disconnect).await;
    }

    fn accepts(&self) -> bool {
        !self.is_ending && self.inbox_bytes < self.limits.body
    }

    /// Waits for one thing to happen, and does what belongs to it. Whoever drops it in between loses
    /// nothing.
    async fn step(&mut self) -> Result<(), Disconnect> {
        // A client that never stops sending is asked all the same.
        let step = if self.heartbeat.wants_ping() {
            Step::HeartbeatDue
        } else {
            let accepts = self.accepts();
            tokio::select! {
                biased;
                carried = self.transport.next(), if accepts => Step::Carried(carried),
                request = request(&mut self.requests) => Step::Request(request),
                outcome = probed(&mut self.probe) => Step::Probe(outcome),
                () = self.heartbeat.due() => Step::HeartbeatDue,
            }
        };
        match step {
            Step::Carried(Carried::Message(message)) => self.take_message(message).await?,
            // A client that upgrades has stopped polling.
            Step::Carried(Carried::BrokenPoll) if self.probe.is_some() => {}
            Step::Carried(Carried::BrokenPoll) => self.end(DepartureReason::ConnectionLost.into()),
            Step::Request(request) => self.take_request(request),
            Step::Probe(outcome) => self.take_outcome(outcome).await?,
            Step::HeartbeatDue => self.beat().await?,
        }
        if let Transport::Polling(polling) = &mut self.transport
            && polling.is_waiting()
            && self.probe.as_mut().is_some_and(|probe| probe.releases_poll())
        {
            polling.push(frame::text(NOOP));
        }
        if let Transport::Polling(polling) = &mut self.transport {
            polling.flush();
        }
        Ok(())
    }

    async fn take_message(
        &mut self,
        message: Option<Result<Message, tungstenite::Error>>,
    ) -> Result<(), Disconnect> {
        match message {
            Some(Ok(Message::Text(text))) => self.take_packet(text),
            Some(Ok(Message::Binary(_))) => self.put(Incoming::Binary),
            Some(Ok(Message::Ping(_))) => {
                if let Transport::WebSocket(wire) = &mut self.transport {
                    wire.write_pong().await?;
                }
            }
            Some(Ok(Message::Pong(_) | Message::Frame(_))) => {}
            Some(Ok(Message::Close(_))) | None => self.end(DepartureReason::Disconnected.into()),
            Some(Err(failure)) => self.end(failure.into()),
        }
        Ok(())
    }

    /// Takes one packet of the client.
    fn take_packet(&mut self, packet: Utf8Bytes) {
        match packet.as_bytes().first() {
            _ if self.is_ending => {}
            Some(b'4') => self.put(Incoming::Text(packet)),
            Some(b'b') if self.is_polling() => self.put(Incoming::Binary),
            Some(b'3') => self.heartbeat.ponged(),
            Some(b'1') => self.end(DepartureReason::Disconnected.into()),
            // Out of place, but without a meaning.
            Some(b'0' | b'5' | b'6') => {}
            _ => self.end_unreadable(&packet),
        }
    }

    fn is_polling(&self) -> bool {
        matches!(self.transport, Transport::Polling(_))
    }

    fn take_request(&mut self, request: HttpRequest) {
        // What is dropped here is refused.
        match (request, &mut self.transport) {
            (HttpRequest::Upgrade(socket), Transport::Polling(_)) if self.probe.is_none() => {
                self.probe = Some(Box::new(Probe::new(WsConnection::new(*socket, Vec::new()))));
            }
            (HttpRequest::Poll(poll), Transport::Polling(polling)) if !self.is_ending => {
                let is_duplicate = polling.wait(poll).is_err();
                if is_duplicate {
                    polling.finish(frame::text(CLOSE));
                    self.end(DepartureReason::ConnectionLost.into());
                }
            }
            (HttpRequest::Post(post), Transport::Polling(_)) if !self.is_ending => {
                if self.accepts() {
                    self.take_post(*post);
                } else {
                    self.held = Some(post);
                }
            }
            (HttpRequest::BrokenPost, Transport::Polling(_)) => {
                self.end(DepartureReason::ConnectionLost.into());
            }
            _ => {}
        }
    }

    fn take_post(&mut self, post: Post) {
        for packet in polling::packets(&post.payload) {
            self.take_packet(packet.into());
            if self.is_ending {
                break;
            }
        }
        let is_refused = matches!(self.inbox.back(),
            Some(Incoming::End(end)) if end.reason == DepartureReason::ConnectionLost);
        if !is_refused {
            // Whoever sent it may be gone.
            let _ = post.taken.send(());
        }
    }

    async fn take_outcome(&mut self, outcome: Outcome) -> Result<(), Disconnect> {
        match outcome {
            Outcome::Waits => {}
            Outcome::Failed => {
                tracing::debug!("a WebSocket did not take over; long-polling goes on");
                self.probe = None;
            }
            Outcome::Complete => {
                if let Some(probe) = self.probe.take() {
                    self.transport.upgrade(probe.into_wire());
                    // A ping may have waited for a poll all along.
                    self.heartbeat.extend();
                    self.flush().await?;
                }
            }
        }
        Ok(())
    }

    async fn beat(&mut self) -> Result<(), Disconnect> {
        if self.heartbeat.awaits_pong() {
            // What waits to be read may be the answer; but who takes nothing has sent none.
            let is_unheard = !self.accepts() && !self.is_full();
            // A client that upgrades does not poll.
            if self.probe.is_none() && !is_unheard {
                return Err(DepartureReason::PingTimeout.into());
            }
            self.heartbeat.extend();
            return Ok(());
        }
        let may_be_unused = self.limits.ping_interval + self.limits.ping_timeout;
        if self.unused_since.is_some_and(|since| since.elapsed() > may_be_unused) {
            return Err(DepartureReason::ConnectionLost.into());
        }
        self.heartbeat.pinged();
        self.push(frame::text(PING));
        self.flush().await
    }

    /// Ends the session behind what came before.
    fn end(&mut self, disconnect: Disconnect) {
        if !std::mem::replace(&mut self.is_ending, true) {
            self.put(Incoming::End(disconnect));
        }
    }

    fn put(&mut self, incoming: Incoming) {
        self.inbox_bytes += incoming.size();
        self.inbox.push_back(incoming);
    }

    /// Ends the session since a packet breaks the protocol.
    pub fn end_unreadable(&mut self, packet: &str) {
        let packet = excerpt(packet);
        tracing::info!(%packet, "a Socket.IO client sent what can't be read; its connection is ended");
        self.end(Disconnect::protocol_error("not a packet of Engine.IO 4 and Socket.IO 5"));
    }
}

async fn request(
    requests: &mut Option<(mpsc::Receiver<HttpRequest>, Registration)>,
) -> HttpRequest {
    match requests {
        Some((requests, _)) => match requests.recv().await {
            Some(request) => request,
            // The registration has the other end.
            None => pending().await,
        },
        None => pending().await,
    }
}

async fn probed(probe: &mut Option<Box<Probe>>) -> Outcome {
    match probe {
        Some(probe) => probe.next().await,
        None => pending().await,
    }
}
