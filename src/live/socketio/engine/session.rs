//! One Engine.IO session: its packets, its heartbeat, and the upgrade from long-polling to WebSocket.

use std::convert::Infallible;
use std::sync::Arc;

use bytes::Bytes;
use tokio::time::Instant;
use tokio_tungstenite::tungstenite;
use tungstenite::{Message, Utf8Bytes};

use super::heartbeat::Heartbeat;
use super::packet::{NOOP, PING, PacketType};
use super::polling::Polling;
use super::probe::{self, ProbeEvent, UpgradeProbe};
use super::registry::{HttpRequest, HttpRequests, Post};
use super::request_queue::{Incoming, RequestQueue};
use super::transport::{Transport, TransportEvent};
use crate::frame;
use crate::hub::Listener;
use crate::live::disconnect::Disconnect;
use crate::live::meters::OpenConnection;
use crate::live::ws::Socket;
use crate::live::ws::connection::WsConnection;
use crate::metrics::Carrier;
use crate::model::{DisconnectReason, excerpt};
use crate::state::{AppState, Limits};

mod requests;

/// A session, which is served by a task of its own.
pub struct EngineSession {
    transport: Transport,
    limits: Limits,
    heartbeat: Heartbeat,
    queue: RequestQueue,
    /// A body that waits for room in the queue.
    held_post: Option<Box<Post>>,
    probe: Option<Box<UpgradeProbe>>,
    requests: HttpRequests,
    /// Since when the client is in no namespace; None while it is in one.
    unused_since: Option<Instant>,
    open: OpenConnection,
}

/// One thing that happens to a session.
enum Step {
    Transport(TransportEvent),
    Request(HttpRequest),
    Probe(ProbeEvent),
    Heartbeat,
}

impl EngineSession {
    /// A session that begins with long-polling.
    pub fn polling(state: &AppState, requests: HttpRequests) -> Self {
        let open = OpenConnection::begin(state.metrics.clone(), Carrier::SocketIoPolling);
        Self::new(state.limits, Transport::Polling(Polling::default()), requests, open)
    }

    /// A session that is a WebSocket from its beginning; `open` is the frame with its first packet.
    pub fn websocket(state: &AppState, socket: Socket, open_packet: Bytes) -> Self {
        let open = OpenConnection::begin(state.metrics.clone(), Carrier::SocketIoWebSocket);
        let mut ws = WsConnection::new(socket, Vec::new());
        ws.push(open_packet);
        let transport = Transport::WebSocket(Box::new(ws));
        Self::new(state.limits, transport, HttpRequests::none(), open)
    }

    fn new(
        limits: Limits,
        transport: Transport,
        requests: HttpRequests,
        open: OpenConnection,
    ) -> Self {
        Self {
            transport,
            limits,
            heartbeat: Heartbeat::new(limits.ping_interval, limits.ping_timeout),
            queue: RequestQueue::new(limits.body),
            held_post: None,
            probe: None,
            requests,
            unused_since: Some(Instant::now()),
            open,
        }
    }

    /// Replaces the client's ends of the hub, one for each namespace that it is in. A session without
    /// one is ended after a while.
    pub fn set_listeners(&mut self, listeners: Vec<Arc<Listener>>) {
        self.unused_since = listeners.is_empty().then(Instant::now);
        self.transport.set_listeners(listeners);
    }

    /// Adds whole frames with packets after those that are not sent yet.
    pub fn push(&mut self, frames: Bytes) {
        self.transport.push(frames);
    }

    /// Whether so much is unsent that more has to wait.
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
            if self.queue.is_closed() {
                return Err(DisconnectReason::ConnectionLost.into());
            }
            self.step().await?;
        }
        Ok(())
    }

    /// Waits for the next message of the client, and for room for its response. Dropping the future
    /// loses nothing.
    pub async fn next(&mut self) -> Result<Incoming, Disconnect> {
        loop {
            // After the end nobody takes what is unsent, so there will be no more room.
            if (!self.is_full() || self.queue.is_closed())
                && let Some(incoming) = self.queue.pop()
            {
                if self.queue.accepts()
                    && let Some(post) = self.held_post.take()
                {
                    self.accept_post(*post);
                }
                return Ok(incoming);
            }
            self.step().await?;
        }
    }

    /// Keeps the session alive while a request is executed; returns only at its end.
    pub async fn keep_alive(&mut self) -> Result<Infallible, Disconnect> {
        loop {
            self.step().await?;
        }
    }

    /// Ends the session since a packet breaks the protocol; what came before it is still handled.
    pub fn protocol_error(&mut self, packet: &str) {
        let packet = excerpt(packet);
        tracing::info!(%packet, "a Socket.IO client sent what can't be read; its connection is ended");
        let reason = "not a packet of Engine.IO 4 and Socket.IO 5";
        self.queue.close(Disconnect::protocol_error(reason));
    }

    /// Closes the transport.
    pub async fn close(self, disconnect: Disconnect) {
        self.open.end(disconnect.reason);
        self.transport.close(disconnect).await;
    }

    /// Waits for one step and handles it. Dropping the future before the step loses nothing.
    async fn step(&mut self) -> Result<(), Disconnect> {
        // A client that never stops sending is pinged as well.
        let step = if self.heartbeat.is_ping_due() {
            Step::Heartbeat
        } else {
            let accepts = self.queue.accepts();
            tokio::select! {
                biased;
                event = self.transport.next(), if accepts => Step::Transport(event),
                request = self.requests.next() => Step::Request(request),
                event = probe::next_event(&mut self.probe) => Step::Probe(event),
                () = self.heartbeat.due() => Step::Heartbeat,
            }
        };
        match step {
            Step::Transport(TransportEvent::Message(message)) => self.handle_frame(message).await?,
            // A client that upgrades has stopped polling.
            Step::Transport(TransportEvent::PollAborted) if self.probe.is_some() => {}
            Step::Transport(TransportEvent::PollAborted) => self.lose_connection(),
            Step::Request(request) => self.handle_request(request),
            Step::Probe(event) => self.handle_probe(event).await?,
            Step::Heartbeat => self.handle_heartbeat().await?,
        }
        if let Transport::Polling(polling) = &mut self.transport
            && polling.is_waiting()
            && self.probe.as_mut().is_some_and(|probe| probe.release_poll())
        {
            polling.push(frame::text(NOOP));
        }
        if let Transport::Polling(polling) = &mut self.transport {
            polling.flush();
        }
        Ok(())
    }

    async fn handle_frame(
        &mut self,
        message: Option<Result<Message, tungstenite::Error>>,
    ) -> Result<(), Disconnect> {
        match message {
            Some(Ok(Message::Text(text))) => self.handle_packet(text),
            Some(Ok(Message::Binary(_))) => self.queue.push(Incoming::Binary),
            Some(Ok(Message::Ping(_))) => {
                if let Transport::WebSocket(ws) = &mut self.transport {
                    ws.write_pong().await?;
                }
            }
            Some(Ok(Message::Pong(_) | Message::Frame(_))) => {}
            Some(Ok(Message::Close(_))) | None => {
                self.queue.close(DisconnectReason::Disconnected.into());
            }
            Some(Err(failure)) => self.queue.close(failure.into()),
        }
        Ok(())
    }

    fn handle_packet(&mut self, packet: Utf8Bytes) {
        if self.queue.is_closed() {
            return;
        }
        let is_polling = matches!(self.transport, Transport::Polling(_));
        match PacketType::of(&packet) {
            Some(PacketType::Message) => self.queue.push(Incoming::Text(packet)),
            Some(PacketType::Binary) if is_polling => self.queue.push(Incoming::Binary),
            Some(PacketType::Pong) => self.heartbeat.pong_received(),
            Some(PacketType::Close) => self.queue.close(DisconnectReason::Disconnected.into()),
            // They have no meaning here and do no harm.
            Some(PacketType::Open | PacketType::Upgrade | PacketType::Noop) => {}
            Some(PacketType::Ping | PacketType::Binary) | None => self.protocol_error(&packet),
        }
    }

    fn lose_connection(&mut self) {
        self.queue.close(DisconnectReason::ConnectionLost.into());
    }

    async fn handle_heartbeat(&mut self) -> Result<(), Disconnect> {
        if self.heartbeat.awaits_pong() {
            // The pong may be among what is not read since the queue is full. But a client that
            // accepts no bytes has not got the ping, and so has sent no pong.
            let may_be_unread = !self.queue.accepts() && !self.is_full();
            // A client does not poll while it upgrades.
            if self.probe.is_none() && !may_be_unread {
                return Err(DisconnectReason::PingTimeout.into());
            }
            self.heartbeat.extend();
            return Ok(());
        }
        let max_unused = self.limits.ping_interval + self.limits.ping_timeout;
        if self.unused_since.is_some_and(|since| since.elapsed() > max_unused) {
            return Err(DisconnectReason::ConnectionLost.into());
        }
        self.heartbeat.ping_sent();
        self.push(frame::text(PING));
        self.flush().await
    }
}
