//! One Socket.IO connection: the namespaces that its client is in, its requests, and the events that it
//! is sent.

use std::convert::Infallible;
use std::future::pending;
use std::sync::Arc;

use serde::Deserialize;
use tokio_tungstenite::tungstenite::Utf8Bytes;
use uuid::Uuid;

use super::engine::{EngineSession, Incoming};
use super::packet::{self, Event, Packet, PacketType};
use crate::access::Grant;
use crate::error::Error;
use crate::frame::Namespace;
use crate::hub::EndSignal;
use crate::live::authorization::Handshake;
use crate::live::connection::Connection;
use crate::live::disconnect::Disconnect;
use crate::live::replay::{Replay, ReplayPage};
use crate::live::request::Request;
use crate::live::subscriptions::{Messages, Outgoing};
use crate::model::{DisconnectReason, Transport};
use crate::state::AppState;

/// A connection, which is served by a task of its own.
pub struct SocketIoConnection {
    state: Arc<AppState>,
    /// Given when the server ends the connection.
    end: EndSignal,
    session: EngineSession,
    /// Its grant is for a namespace to which the client connects without a token.
    handshake: Handshake,
    /// The client's connection in each namespace. Each has a client id of its own, since a client may
    /// be in both.
    namespaces: [Option<Box<Connection>>; Namespace::COUNT],
    /// An event packet and the number of its binary attachments that are still to come.
    incomplete: Option<(Utf8Bytes, usize)>,
}

impl SocketIoConnection {
    /// A connection over a session that has just begun; it is in no namespace.
    pub fn new(state: Arc<AppState>, session: EngineSession, handshake: Handshake) -> Self {
        let end = EndSignal::new(&state.draining);
        Self { state, end, session, handshake, namespaces: [None, None], incomplete: None }
    }

    /// Serves the connection from its beginning to its end.
    pub async fn serve(mut self) {
        let ended = self.end.given();
        let disconnect = tokio::select! {
            Err(disconnect) = self.run() => disconnect,
            reason = ended => reason.into(),
        };
        // The client leaves its sessions first, since it may take its time to read the close frame.
        let reconnect = disconnect.reconnect();
        for (namespace, connection) in Namespace::ALL.into_iter().zip(self.namespaces) {
            let Some(connection) = connection else { continue };
            connection.leave(disconnect.reason).await;
            if let Some(reconnect) = &reconnect {
                let frames = packet::encode_response(namespace, reconnect, None, None);
                frames.for_each(|frame| self.session.push(frame));
            }
        }
        self.session.close(disconnect).await;
    }

    /// Handles requests and sends responses and events until the connection is to end.
    async fn run(&mut self) -> Result<Infallible, Disconnect> {
        // The packet that opens a WebSocket.
        self.session.flush().await?;
        loop {
            let has_room = !self.session.is_full();
            tokio::select! {
                incoming = self.session.next() => {
                    // Boxed, so that an idle connection holds no memory for a request.
                    Box::pin(self.handle(incoming?)).await?;
                }
                (namespace, outgoing) = next_outgoing(&mut self.namespaces), if has_room => {
                    self.push_outgoing(namespace, outgoing).await?;
                }
            }
            // What waits goes out in the same write.
            while !self.session.is_full()
                && let Some((namespace, outgoing)) = self.try_next_outgoing()
            {
                self.push_outgoing(namespace, outgoing).await?;
            }
            self.session.flush().await?;
        }
    }

    fn try_next_outgoing(&mut self) -> Option<(Namespace, Outgoing)> {
        Namespace::ALL.into_iter().find_map(|namespace| {
            let connection = self.namespaces[namespace as usize].as_mut()?;
            Some((namespace, connection.try_next_outgoing()?))
        })
    }

    /// Adds messages to what is to be sent, or sends a replay.
    async fn push_outgoing(
        &mut self,
        namespace: Namespace,
        outgoing: Outgoing,
    ) -> Result<(), Disconnect> {
        match outgoing {
            Outgoing::Messages(Messages::All(delivery)) => {
                self.session.push(delivery.packets(namespace).clone());
            }
            Outgoing::Messages(some) => {
                some.iter().for_each(|each| self.session.push(each.packet(namespace).clone()));
            }
            // Boxed, so that an idle connection holds no memory for it.
            Outgoing::Replay(replay) => {
                return Box::pin(self.send_replay(namespace, replay)).await;
            }
            Outgoing::Notice(notice) => {
                let frames = packet::encode_response(namespace, &notice, None, None);
                frames.for_each(|frame| self.session.push(frame));
            }
            Outgoing::End(disconnect) => return Err(disconnect),
        }
        Ok(())
    }

    async fn handle(&mut self, incoming: Incoming) -> Result<(), Disconnect> {
        match (incoming, self.incomplete.take()) {
            (Incoming::End(disconnect), _) => Err(disconnect),
            (Incoming::Text(text), None) => self.handle_packet(text).await,
            (Incoming::Binary, Some((text, 1))) => self.handle_event(&text, true).await,
            (Incoming::Binary, Some((text, missing))) => {
                self.incomplete = Some((text, missing - 1));
                Ok(())
            }
            (Incoming::Text(text), Some(_)) => {
                self.session.protocol_error(&text);
                Ok(())
            }
            (Incoming::Binary, None) => {
                self.session.protocol_error("a binary message");
                Ok(())
            }
        }
    }

    async fn handle_packet(&mut self, text: Utf8Bytes) -> Result<(), Disconnect> {
        let Some(packet) = Packet::parse(&text[1..]) else {
            self.session.protocol_error(&text);
            return Ok(());
        };
        let namespace = Namespace::find(packet.namespace);
        let is_connected = namespace.is_some_and(|it| self.namespaces[it as usize].is_some());
        match packet.kind {
            PacketType::Connect if !is_connected => self.connect(&packet, namespace).await,
            PacketType::Disconnect if is_connected => self.leave(namespace).await,
            PacketType::Event { attachments: 0 } if is_connected => {
                return self.handle_event(&text, false).await;
            }
            PacketType::Event { attachments } if is_connected => {
                self.incomplete = Some((text, attachments));
            }
            // The server asks for no acknowledgements, so this one has no meaning.
            PacketType::Acknowledgement { attachments: 0 } if is_connected => {}
            _ => self.session.protocol_error(&text),
        }
        Ok(())
    }

    /// Connects the client to a namespace. Refuses a path that is none, and a client without a valid token.
    async fn connect(&mut self, packet: &Packet<'_>, namespace: Option<Namespace>) {
        let path = packet.namespace;
        let Some(namespace) = namespace else {
            return self.session.push(packet::connect_error(path, "Invalid namespace", None));
        };
        let grant = match self.authenticate(packet.payload).await {
            Ok(grant) => grant,
            Err(failure) => {
                let (message, data) = (failure.to_string(), failure.into());
                return self.session.push(packet::connect_error(path, &message, Some(&data)));
            }
        };
        // Other clients see this id. It must not be the id of the Engine.IO session, with which anyone
        // could poll.
        let client_id = Uuid::new_v4().simple().to_string();
        self.session.push(packet::connect(namespace, &client_id));
        let connection = Connection::with_end_signal(
            self.state.clone(),
            client_id,
            Transport::SocketIo,
            Handshake { grant: Some(grant), ..self.handshake.clone() },
            self.end.clone(),
        );
        self.namespaces[namespace as usize] = Some(Box::new(connection));
        self.update_listeners();
    }

    /// What a client may do that connects with this payload: `{"token": …}`, which its option `auth` sets.
    async fn authenticate(&mut self, payload: &str) -> Result<Grant, Error> {
        #[derive(Deserialize)]
        struct Auth {
            token: String,
        }
        // Applications may send other objects to servers that ask for none.
        if let Ok(Auth { token }) = serde_json::from_str(payload) {
            return self.state.authenticate(&token, self.handshake.address).await;
        }
        let grant = self.handshake.grant.clone().or_else(|| self.state.access.anonymous());
        grant.ok_or_else(|| Error::Unauthorized {
            message: "A token is needed. Send it as 'auth: {token}'.".to_owned(),
            has_token: false,
        })
    }

    /// Disconnects the client from a namespace.
    async fn leave(&mut self, namespace: Option<Namespace>) {
        if let Some(namespace) = namespace
            && let Some(connection) = self.namespaces[namespace as usize].take()
        {
            self.update_listeners();
            connection.leave(DisconnectReason::Disconnected).await;
        }
    }

    fn update_listeners(&mut self) {
        let connections = self.namespaces.iter().flatten();
        let listeners = connections.map(|connection| connection.listener().clone()).collect();
        self.session.set_listeners(listeners);
    }

    /// Handles the request in an event packet: sends its response and, after a join, the replay.
    async fn handle_event(&mut self, text: &str, has_binary: bool) -> Result<(), Disconnect> {
        let Some(packet) = Packet::parse(&text[1..]) else { return Ok(()) };
        let Some(namespace) = Namespace::find(packet.namespace) else { return Ok(()) };
        let Some(connection) = &mut self.namespaces[namespace as usize] else { return Ok(()) };
        let mut reference = None;
        let request = Event::parse(packet.payload, has_binary).and_then(|event| {
            reference = event.reference;
            Request::parse(&event.name, event.payload, connection.limits())
        });
        let (response, replay) = match request {
            Ok(request) => tokio::select! {
                handled = connection.handle(request) => handled,
                Err(disconnect) = self.session.keep_alive() => return Err(disconnect),
            },
            Err(failure) => (failure.into(), None),
        };
        for frame in packet::encode_response(namespace, &response, reference, packet.id) {
            self.session.push(frame);
        }
        match replay {
            Some(replay) => self.send_replay(namespace, replay).await,
            None => Ok(()),
        }
    }

    /// Sends a replay page by page.
    async fn send_replay(
        &mut self,
        namespace: Namespace,
        mut replay: Replay,
    ) -> Result<(), Disconnect> {
        loop {
            let response = match replay.next().await {
                Ok(None) => return Ok(()),
                Ok(Some(ReplayPage::Events(events))) => {
                    for event in &events {
                        self.session.push(namespace.event(&event.to_pair()));
                    }
                    None
                }
                Ok(Some(ReplayPage::Gap(gap))) => Some(gap),
                Err(failure) => Some(failure.into()),
            };
            if let Some(response) = &response {
                let frames = packet::encode_response(namespace, response, None, None);
                frames.for_each(|frame| self.session.push(frame));
            }
            self.session.make_room().await?;
        }
    }
}

/// Waits for what the client is to be sent next, in any namespace.
async fn next_outgoing(
    namespaces: &mut [Option<Box<Connection>>; Namespace::COUNT],
) -> (Namespace, Outgoing) {
    async fn next(connection: &mut Option<Box<Connection>>) -> Outgoing {
        match connection {
            Some(connection) => connection.next_outgoing().await,
            None => pending().await,
        }
    }
    let [root, graph] = namespaces;
    tokio::select! {
        outgoing = next(root) => (Namespace::Root, outgoing),
        outgoing = next(graph) => (Namespace::Graph, outgoing),
    }
}
