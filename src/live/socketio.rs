//! The Socket.IO door: the same rooms for the clients that exist, by WebSocket and by polling.

use std::sync::Arc;

use axum::Router;
use socketioxide::{ParserConfig, SocketIo};

use self::client_id::ClientIds;
use self::entrance::Entrance;
use self::relay::{Relay, Relays};
use crate::service::Service;

mod client_id;
mod conversation;
mod entrance;
mod packet;
mod relay;

/// Where clients connect to; the same in both.
const NAMESPACES: [&str; 2] = ["/graph", "/"];
/// Room that every client has for packets, however few deliveries may wait for it: the engine
/// needs some itself, and a ping that finds none counts as unanswered.
const LEAST_BUFFER: usize = 64;

/// The door under `path`; when the service drains, it closes all connections.
pub fn door(service: &Arc<Service>, path: &'static str) -> Router {
    let limits = service.limits;
    let relays = Relays::default();
    let (door, io) = SocketIo::builder()
        .with_adapter::<Relay>(relays.clone())
        .with_parser(ParserConfig::common().max_incoming_binary_buf_size(limits.body))
        .req_path(path)
        .ping_interval(limits.ping_interval)
        .ping_timeout(limits.ping_timeout)
        .connect_timeout(limits.ping_interval + limits.ping_timeout)
        .max_payload(limits.body as u64)
        .ws_max_message_size(limits.body)
        .ws_max_frame_size(limits.body)
        .max_buffer_size(limits.client_queue.max(LEAST_BUFFER))
        .build_svc();
    let client_ids = ClientIds::default();
    for namespace in NAMESPACES {
        io.ns(namespace, Entrance::new(service.clone(), relays.clone(), client_ids.clone()));
    }
    let draining = service.draining.clone();
    service.tasks.spawn(async move {
        draining.cancelled().await;
        // The transport is closed, not the namespace: a client that lost its transport tries
        // again by itself, one that was put out of its namespace does not.
        io.close().await;
    });
    Router::new().route_service(path, door.clone()).route_service(&format!("{path}/"), door)
}
