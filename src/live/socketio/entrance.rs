//! The way in: what the library tells of a socket becomes requests and an end.

use std::fmt::Display;
use std::pin::Pin;
use std::sync::Arc;

use socketioxide::handler::{ConnectHandler, DisconnectHandler, MessageHandler, Value};
use socketioxide::socket::{DisconnectReason, Socket};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch};
use tracing::Instrument;

use super::client_id::ClientIds;
use super::conversation::{Conversation, Outlet};
use super::packet::Incoming;
use super::relay::{Relay, Relays};
use crate::service::Service;
use crate::session::DepartureReason;

/// The largest requests that may wait for one client; of smaller ones there may be more.
const LARGEST_WAITING: usize = 4;

/// A request that waits for its turn, and the room that it takes meanwhile.
pub type Waiting = (Incoming, OwnedSemaphorePermit);

/// Lets sockets into a namespace.
#[derive(Clone)]
pub struct Entrance {
    service: Arc<Service>,
    relays: Relays,
    client_ids: ClientIds,
}

impl Entrance {
    pub fn new(service: Arc<Service>, relays: Relays, client_ids: ClientIds) -> Self {
        Self { service, relays, client_ids }
    }

    /// Starts the socket's task and ties both together. The task ends when the socket does.
    fn receive(&self, socket: &Arc<Socket<Relay>>) -> Result<(), &'static str> {
        let relay = self.relays.of(socket.ns());
        let Some(relay) = relay.filter(|_| !self.service.draining.is_cancelled()) else {
            return Err("The server is stopping.");
        };
        let limits = self.service.limits;
        let (queue, requests) = mpsc::channel(limits.client_queue);
        let (end, ended) = watch::channel(None);
        let end = End(Arc::new(end));
        let room = Arc::new(Semaphore::new(LARGEST_WAITING * limits.body));
        socket.on_fallback(Inbox { queue, room, end: end.clone() });
        socket.on_disconnect(end);
        let conversation = Conversation {
            client_id: self.client_ids.claim(socket.id.as_str(), socket.ns()),
            requests,
            outlet: Outlet::new(relay, socket, limits.ping_interval + limits.ping_timeout),
            ended,
        };
        let span = crate::live::span(conversation.client_id.as_str());
        self.service.tasks.spawn(conversation.run(self.service.clone()).instrument(span));
        Ok(())
    }
}

// The library's own handlers are async functions that it spawns, each in a task: events of one
// socket could overtake each other. These run where the packet is read.

impl ConnectHandler<Relay, ()> for Entrance {
    fn call(&self, _socket: Arc<Socket<Relay>>, _auth: Option<Value>) {}

    // The client may send its first event as soon as it reads that it is connected, which is
    // before `call`; so all is made ready here.
    fn call_middleware<'a>(
        &'a self,
        socket: Arc<Socket<Relay>>,
        _auth: &'a Option<Value>,
    ) -> Pin<Box<dyn Future<Output = Result<(), Box<dyn Display + Send>>> + Send + 'a>> {
        Box::pin(async move {
            self.receive(&socket).map_err(|reason| Box::new(reason) as Box<dyn Display + Send>)
        })
    }
}

/// Takes a socket's requests in the order that they come.
struct Inbox {
    queue: mpsc::Sender<Waiting>,
    /// Bytes.
    room: Arc<Semaphore>,
    end: End,
}

impl MessageHandler<Relay, ()> for Inbox {
    fn call(&self, _socket: Arc<Socket<Relay>>, data: Value, acknowledge: Option<i64>) {
        let request = Incoming::new(data, acknowledge);
        let size = u32::try_from(request.size()).unwrap_or(u32::MAX);
        // A client that asks faster than it is answered cannot be told to wait.
        let room = self.room.clone().try_acquire_many_owned(size);
        if !room.is_ok_and(|room| self.queue.try_send((request, room)).is_ok()) {
            self.end.set(DepartureReason::SlowConsumer);
        }
    }
}

/// Tells a socket's task that it is over, and why; the first reason counts.
#[derive(Clone)]
struct End(Arc<watch::Sender<Option<DepartureReason>>>);

impl End {
    fn set(&self, reason: DepartureReason) {
        self.0.send_if_modified(|present| {
            let is_first = present.is_none();
            present.get_or_insert(reason);
            is_first
        });
    }
}

impl DisconnectHandler<Relay, ()> for End {
    fn call_with_defer(
        &self,
        socket: Arc<Socket<Relay>>,
        reason: DisconnectReason,
        defer: fn(Arc<Socket<Relay>>),
    ) {
        self.set(match reason {
            DisconnectReason::TransportClose | DisconnectReason::ClientNSDisconnect => {
                DepartureReason::Disconnected
            }
            DisconnectReason::HeartbeatTimeout => DepartureReason::PingTimeout,
            DisconnectReason::ClosingServer => DepartureReason::ServerShutdown,
            // This side ends a namespace for no other reason.
            DisconnectReason::ServerNSDisconnect => DepartureReason::SlowConsumer,
            DisconnectReason::MultipleHttpPollingError
            | DisconnectReason::PacketParsingError
            | DisconnectReason::TransportError => DepartureReason::ConnectionLost,
        });
        defer(socket);
    }
}
