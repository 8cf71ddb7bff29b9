//! The HTTP requests of a session: polls, bodies, and the upgrade to WebSocket.

use super::EngineSession;
use crate::frame;
use crate::live::disconnect::Disconnect;
use crate::live::socketio::engine::packet::{self, CLOSE};
use crate::live::socketio::engine::probe::{ProbeEvent, UpgradeProbe};
use crate::live::socketio::engine::registry::{HttpRequest, Post};
use crate::live::socketio::engine::transport::Transport;
use crate::live::ws::connection::WsConnection;
use crate::metrics::Carrier;

impl EngineSession {
    /// Handles an HTTP request. One that does not fit the state of the session is dropped, and so
    /// refused.
    pub(super) fn handle_request(&mut self, request: HttpRequest) {
        let Transport::Polling(polling) = &mut self.transport else { return };
        match request {
            HttpRequest::Upgrade(socket) if self.probe.is_none() => {
                let ws = WsConnection::new(*socket, Vec::new());
                self.probe = Some(Box::new(UpgradeProbe::new(ws)));
            }
            HttpRequest::Poll(poll) if !self.queue.is_closed() => {
                let is_duplicate = polling.wait(poll).is_err();
                if is_duplicate {
                    polling.finish(frame::text(CLOSE));
                    self.lose_connection();
                }
            }
            HttpRequest::Post(post) if self.queue.accepts() => self.accept_post(*post),
            HttpRequest::Post(post) if !self.queue.is_closed() => self.held_post = Some(post),
            HttpRequest::BrokenPost => self.lose_connection(),
            HttpRequest::Upgrade(_) | HttpRequest::Poll(_) | HttpRequest::Post(_) => {}
        }
    }

    /// Queues the packets of a body, up to one that ends the session.
    pub(super) fn accept_post(&mut self, post: Post) {
        for packet in packet::split_payload(&post.payload) {
            self.handle_packet(packet.into());
            if self.queue.is_closed() {
                break;
            }
        }
        if !self.queue.has_failed() {
            // The client may be gone; then nobody needs the answer.
            let _ = post.accepted.send(());
        }
    }

    pub(super) async fn handle_probe(&mut self, event: ProbeEvent) -> Result<(), Disconnect> {
        match event {
            ProbeEvent::Pending => {}
            ProbeEvent::Failed => {
                tracing::debug!("an upgrade to WebSocket failed; long-polling goes on");
                self.probe = None;
            }
            ProbeEvent::Upgraded => {
                if let Some(probe) = self.probe.take() {
                    self.transport.upgrade(probe.into_ws());
                    self.open.set_carrier(Carrier::SocketIoWebSocket);
                    // A ping may have waited for a poll until now.
                    self.heartbeat.extend();
                    self.flush().await?;
                }
            }
        }
        Ok(())
    }
}
