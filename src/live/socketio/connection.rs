//! One Socket.IO connection: the namespaces that its client is in, its requests, and the events that
//! it is sent.

use std::convert::Infallible;
use std::future::pending;
use std::sync::Arc;

use tokio_tungstenite::tungstenite::Utf8Bytes;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::engine::{Engine, Incoming};
use super::packet::{self, Call, Kind, Packet};
use crate::frame::Namespace;
use crate::live::connection::Connection;
use crate::live::disconnect::Disconnect;
use crate::live::replay::{Replay, ReplayPage};
use crate::live::request::Request;
use crate::live::subscriptions::{Messages, Outgoing};
use crate::model::{DepartureReason, Transport};
use crate::state::AppState;

/// A connection that its own task serves.
pub struct SocketIoConnection {
    state: Arc<AppState>,
    /// Cancelled when this side ends the connection. It is the connection's own: every wait for the
    /// service's token would take the same lock.
    end: CancellationToken,
    engine: Engine,
    /// The client in each namespace. It is a client of its own there, since it may be in others as
    /// well.
    clients: [Option<Box<Connection>>; Namespace::COUNT],
    /// An event whose attachments have not all come, and how many are missing.
    incomplete: Option<(Utf8Bytes, usize)>,
}

impl SocketIoConnection {
    pub fn new(state: Arc<AppState>, engine: Engine) -> Self {
        let end = state.draining.child_token();
        Self { state, end, engine, clients: [None, None], incomplete: None }
    }

    /// Serves the connection from its beginning to its end.
    pub async fn serve(mut self) {
        let end = self.end.clone();
        let disconnect = tokio::select! {
            Err(disconnect) = self.run() => disconnect,
            () = end.cancelled() => {
                let is_stopping = self.state.draining.is_cancelled();
                let (stop, slow) = (DepartureReason::ServerShutdown, DepartureReason::SlowConsumer);
                (if is_stopping { stop } else { slow }).into()
            }
        };
        // Counted out first: the client may take its time to hear of it.
        for client in self.clients.into_iter().flatten() {
            client.leave(disconnect.reason).await;
        }
        self.engine.close(disconnect).await;
    }

    /// Answers requests and passes events on until one side has had enough.
    async fn run(&mut self) -> Result<Infallible, Disconnect> {
        // The packet that opens a WebSocket.
        self.engine.flush().await?;
        loop {
            let has_room = !self.engine.is_full();
            tokio::select! {
                incoming = self.engine.next() => {
                    // An idle connection holds no room for what a request takes.
                    Box::pin(self.take(incoming?)).await?;
                }
                (namespace, due) = next_outgoing(&mut self.clients), if has_room => {
                    self.forward(namespace, due).await?;
                }
            }
            // What waits goes along in the same write.
            while !self.engine.is_full()
                && let Some((namespace, due)) = self.try_next_outgoing()
            {
                self.forward(namespace, due).await?;
            }
            self.engine.flush().await?;
        }
    }

    fn try_next_outgoing(&mut self) -> Option<(Namespace, Outgoing)> {
        Namespace::ALL.into_iter().find_map(|namespace| {
            let client = self.clients[namespace as usize].as_mut()?;
            Some((namespace, client.try_next_outgoing()?))
        })
    }

    /// Puts what is due behind what is to be sent.
    async fn forward(&mut self, namespace: Namespace, due: Outgoing) -> Result<(), Disconnect> {
        match due {
            Outgoing::Messages(Messages::All(delivery)) => {
                self.engine.push(delivery.packets(namespace).clone());
            }
            Outgoing::Messages(messages) => {
                messages
                    .iter()
                    .for_each(|encoded| self.engine.push(encoded.packet(namespace).clone()));
            }
            // An idle connection holds no room for it.
            Outgoing::Replay(replay) => {
                return Box::pin(self.write_replay(namespace, replay)).await;
            }
        }
        Ok(())
    }

    async fn take(&mut self, incoming: Incoming) -> Result<(), Disconnect> {
        match (incoming, self.incomplete.take()) {
            (Incoming::End(disconnect), _) => Err(disconnect),
            (Incoming::Text(text), None) => self.take_packet(text).await,
            (Incoming::Binary, Some((text, 1))) => self.take_event(&text, true).await,
            (Incoming::Binary, Some((text, missing))) => {
                self.incomplete = Some((text, missing - 1));
                Ok(())
            }
            (Incoming::Text(text), Some(_)) => {
                self.engine.end_unreadable(&text);
                Ok(())
            }
            (Incoming::Binary, None) => {
                self.engine.end_unreadable("a binary message");
                Ok(())
            }
        }
    }

    async fn take_packet(&mut self, text: Utf8Bytes) -> Result<(), Disconnect> {
        let Some(packet) = Packet::parse(&text[1..]) else {
            self.engine.end_unreadable(&text);
            return Ok(());
        };
        let namespace = Namespace::find(packet.namespace);
        let is_in = namespace.is_some_and(|namespace| self.clients[namespace as usize].is_some());
        match packet.kind {
            Kind::Connect if !is_in => self.connect(packet.namespace, namespace),
            Kind::Disconnect if is_in => self.disconnect(namespace).await,
            Kind::Event { attachments: 0 } if is_in => return self.take_event(&text, false).await,
            Kind::Event { attachments } if is_in => self.incomplete = Some((text, attachments)),
            // Nothing that is sent asks for one.
            Kind::Acknowledgement { attachments: 0 } if is_in => {}
            _ => self.engine.end_unreadable(&text),
        }
        Ok(())
    }

    fn connect(&mut self, path: &str, namespace: Option<Namespace>) {
        let Some(namespace) = namespace else {
            return self.engine.push(packet::connect_error(path, "Invalid namespace"));
        };
        // Others get to know it. So it is not the id of the session, which lets its bearer poll.
        let socket_id = Uuid::new_v4().simple().to_string();
        self.engine.push(packet::connected(namespace, &socket_id));
        let client = Connection::with_token(
            self.state.clone(),
            socket_id,
            Transport::SocketIo,
            self.end.clone(),
        );
        self.clients[namespace as usize] = Some(Box::new(client));
        self.set_listeners();
    }

    async fn disconnect(&mut self, namespace: Option<Namespace>) {
        if let Some(namespace) = namespace
            && let Some(client) = self.clients[namespace as usize].take()
        {
            self.set_listeners();
            client.leave(DepartureReason::Disconnected).await;
        }
    }

    fn set_listeners(&mut self) {
        let clients = self.clients.iter().flatten();
        self.engine.set_listeners(clients.map(|client| client.listener().clone()).collect());
    }

    /// Answers the event of a packet, and sends what a client missed that joins again.
    async fn take_event(&mut self, text: &str, has_binary: bool) -> Result<(), Disconnect> {
        let Some(packet) = Packet::parse(&text[1..]) else { return Ok(()) };
        let Some(namespace) = Namespace::find(packet.namespace) else { return Ok(()) };
        let Some(client) = &mut self.clients[namespace as usize] else { return Ok(()) };
        let mut reference = None;
        let request = Call::parse(packet.payload, has_binary).and_then(|call| {
            reference = call.reference;
            Request::parse(&call.name, call.payload, client.limits())
        });
        let (answer, replay) = match request {
            Ok(request) => tokio::select! {
                answer = client.handle(request) => answer,
                Err(disconnect) = self.engine.tend() => return Err(disconnect),
            },
            Err(failure) => (failure.into(), None),
        };
        for frame in packet::answered(namespace, &answer, reference, packet.id) {
            self.engine.push(frame);
        }
        match replay {
            Some(replay) => self.write_replay(namespace, replay).await,
            None => Ok(()),
        }
    }

    /// Sends what the client missed, or that it can't be had any more.
    async fn write_replay(
        &mut self,
        namespace: Namespace,
        mut replay: Replay,
    ) -> Result<(), Disconnect> {
        loop {
            let answer = match replay.next().await {
                Ok(None) => return Ok(()),
                Ok(Some(ReplayPage::Events(events))) => {
                    for event in &events {
                        self.engine.push(namespace.event(&event.to_pair()));
                    }
                    None
                }
                Ok(Some(ReplayPage::Gap(gap))) => Some(gap),
                Err(failure) => Some(failure.into()),
            };
            for frame in answer.iter().flat_map(|it| packet::answered(namespace, it, None, None)) {
                self.engine.push(frame);
            }
            self.engine.make_room().await?;
        }
    }
}

/// What is to be sent to the client next, in any namespace.
async fn next_outgoing(
    clients: &mut [Option<Box<Connection>>; Namespace::COUNT],
) -> (Namespace, Outgoing) {
    async fn next(client: &mut Option<Box<Connection>>) -> Outgoing {
        match client {
            Some(client) => client.next_outgoing().await,
            None => pending().await,
        }
    }
    let [root, graph] = clients;
    tokio::select! {
        due = next(root) => (Namespace::Root, due),
        due = next(graph) => (Namespace::Graph, due),
    }
}
