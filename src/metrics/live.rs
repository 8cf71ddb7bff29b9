//! Live connections, and what is sent to them.

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;

use super::define::{latency, lifetime, metrics};
use super::labelled::Labelled;
use crate::model::{DisconnectReason, Transport};

/// What carries a live connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Carrier {
    /// A plain WebSocket.
    WebSocket,
    /// A WebSocket with Socket.IO.
    SocketIoWebSocket,
    /// Long-polling with Socket.IO.
    SocketIoPolling,
    /// Server-sent events.
    EventStream,
}

impl Carrier {
    const ALL: [Self; 4] =
        [Self::WebSocket, Self::SocketIoWebSocket, Self::SocketIoPolling, Self::EventStream];

    /// The value of the label `transport`.
    pub fn label(self) -> &'static str {
        match self {
            Self::WebSocket => "websocket",
            Self::SocketIoWebSocket => "socketio_websocket",
            Self::SocketIoPolling => "socketio_polling",
            Self::EventStream => "sse",
        }
    }
}

metrics! {
    /// Live connections, and what is sent to them.
    pub struct LiveMetrics {
        /// Live connections that are open, whether or not they have joined a session.
        connections: Labelled<Gauge, 1> = Labelled::new(["transport"], carriers()),
        /// Live connections that were opened, by their first transport.
        connections_opened_total: Labelled<Counter, 1> = Labelled::new(["transport"], carriers()),
        /// Live connections that have ended, by their last transport.
        connections_closed_total: Labelled<Counter, 2> =
            Labelled::new(["transport", "reason"], ends()),
        /// How long live connections were open.
        connection_duration_seconds: Labelled<Histogram, 1> =
            Labelled::histograms(lifetime, ["transport"], carriers()),
        /// Clients: live connections that have joined a session.
        clients: Labelled<Gauge, 1> = Labelled::new(["transport"], transports()),
        /// Reads of events that a client has missed: there were none, some, or they are no longer kept.
        replays_total: Labelled<Counter, 1> =
            Labelled::new(["outcome"], [["none"], ["events"], ["gap"]]),
        /// Events that were sent to clients as they came, counted once for each client.
        deliveries_total: Labelled<Counter, 1> = Labelled::new(["transport"], transports()),
        /// From the commit of an event until it is written to a client; one write in 16 is measured.
        delivery_lag_seconds: Labelled<Histogram, 1> =
            Labelled::histograms(latency, ["transport"], transports()),
        /// Presence data that clients have sent.
        presence_messages_total: Labelled<Counter, 1> = Labelled::new(["transport"], transports()),
        /// Times that a client's queue had no room for presence, which it was sent later.
        presence_dropped_total: Counter,
    }
}

fn carriers() -> impl Iterator<Item = [&'static str; 1]> {
    Carrier::ALL.into_iter().map(|carrier| [carrier.label()])
}

fn ends() -> impl Iterator<Item = [&'static str; 2]> {
    Carrier::ALL.into_iter().flat_map(|carrier| {
        // The other two end no connection.
        let reasons = DisconnectReason::ALL.into_iter().filter(|reason| {
            !matches!(reason, DisconnectReason::Left | DisconnectReason::ServerRestart)
        });
        reasons.map(move |reason| [carrier.label(), reason.as_str()])
    })
}

/// The values of `transport` where it does not matter how Socket.IO is carried.
fn transports() -> impl Iterator<Item = [&'static str; 1]> {
    Transport::ALL.into_iter().map(|transport| [transport.label()])
}
