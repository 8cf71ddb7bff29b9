//! The way out: packets whose text is written already.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use socketioxide::SocketError;
use socketioxide::adapter::Emitter;
use socketioxide::socket::Sid;
use socketioxide_core::adapter::{
    BroadcastOptions, CoreAdapter, CoreLocalAdapter, DefinedAdapter, SocketEmitter,
};
use socketioxide_core::packet::Packet;
use socketioxide_core::{Str, Value};

/// A namespace's sockets, reachable with text in place of values.
///
/// `Socket::emit` takes a value and writes it out for each socket. An adapter may send a packet
/// that holds text: what is left to do for each is one copy behind the packet's few bytes of
/// header, and another when the engine puts its own byte in front.
pub struct Relay {
    local: CoreLocalAdapter<Emitter>,
    relays: Relays,
}

/// The relay of each namespace.
#[derive(Clone, Default)]
pub struct Relays(Arc<Mutex<HashMap<String, Weak<Relay>>>>);

impl Relays {
    /// The relay of a namespace that exists.
    pub fn of(&self, namespace: &str) -> Option<Arc<Relay>> {
        let relays = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        relays.get(namespace).and_then(Weak::upgrade)
    }
}

impl Relay {
    /// Sends an event: `["name",{…}]`.
    pub fn event(&self, to: Sid, text: Str) -> Result<(), SocketError> {
        self.send(to, Packet::event(self.local.path().clone(), Value::Str(text, None)))
    }

    /// Sends an acknowledgement: `[…]`.
    pub fn acknowledgement(&self, to: Sid, id: i64, text: Str) -> Result<(), SocketError> {
        self.send(to, Packet::ack(self.local.path().clone(), Value::Str(text, None), id))
    }

    fn send(&self, to: Sid, packet: Packet) -> Result<(), SocketError> {
        match self.local.broadcast(packet, BroadcastOptions::new(to)) {
            Ok(()) => Ok(()),
            Err(failures) => Err(failures.into_iter().next().unwrap_or(SocketError::Closed)),
        }
    }
}

impl CoreAdapter<Emitter> for Relay {
    type Error = Infallible;
    type State = Relays;
    type AckStream = <Emitter as SocketEmitter>::AckStream;
    type InitRes = ();

    fn new(relays: &Relays, local: CoreLocalAdapter<Emitter>) -> Self {
        Self { local, relays: relays.clone() }
    }

    fn init(self: Arc<Self>, on_success: impl FnOnce() + Send + 'static) {
        let namespace = self.local.path().to_string();
        let mut relays = self.relays.0.lock().unwrap_or_else(PoisonError::into_inner);
        relays.insert(namespace, Arc::downgrade(&self));
        drop(relays);
        on_success();
    }

    async fn broadcast_with_ack(
        &self,
        packet: Packet,
        options: BroadcastOptions,
        timeout: Option<Duration>,
    ) -> Result<Self::AckStream, Infallible> {
        Ok(self.local.broadcast_with_ack(packet, options, timeout).0)
    }

    fn get_local(&self) -> &CoreLocalAdapter<Emitter> {
        &self.local
    }
}

impl DefinedAdapter for Relay {}
