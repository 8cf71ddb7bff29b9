//! The sessions that one client has joined, and what it is sent of them: each event once and in order.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use prometheus_client::metrics::gauge::Gauge;
use tokio::time::Instant;

use super::replay::Replay;
use crate::error::Error;
use crate::hub::{DeliveryReceiver, EndSignal, Listener, QueueLimits};
use crate::model::graph::FlatGraph;
use crate::model::{SessionId, Transport};
use crate::state::AppState;

mod outgoing;
mod selection;

pub use outgoing::{Messages, Outgoing};

/// From where on a client that begins to follow a session is sent its events.
pub enum Since {
    /// From the moment that the response describes.
    Response,
    /// From the same moment, whatever it has got before: it gets the content of that moment.
    Graph,
    /// After this event, which is the last that the client has.
    Event(i64),
}

impl Since {
    /// From what the client has asked for, and what it gets.
    pub fn of(since: Option<u32>, graph: &Option<FlatGraph>) -> Self {
        match (graph, since) {
            (Some(_), _) => Self::Graph,
            (None, Some(since)) => Self::Event(since.into()),
            (None, None) => Self::Response,
        }
    }
}

/// The subscriptions of one client.
pub struct Subscriptions {
    state: Arc<AppState>,
    listener: Arc<Listener>,
    deliveries: DeliveryReceiver,
    /// The cursor of each session that is joined or watched.
    cursors: HashMap<SessionId, Cursor>,
    /// Whether the client follows what happens to all sessions.
    watches_all: bool,
    /// Ranges of the event log that are to be sent before the next delivery.
    replays: VecDeque<Replay>,
    /// How many clients of this transport there are.
    clients: Gauge,
    /// Whether the client is counted in `clients`.
    is_counted: bool,
}

/// How far a client is in a session.
struct Cursor {
    /// The number of the last event that the client has, or that it is not to be sent.
    sent: i64,
    /// The number of its join. A removal before it was taken back.
    joined: i64,
    /// Whether the client has joined, or only watches.
    is_client: bool,
}

impl Subscriptions {
    /// A client without subscriptions. The hub gives `end` to evict it.
    pub fn new(
        state: Arc<AppState>,
        client_id: String,
        transport: Transport,
        end: EndSignal,
    ) -> Self {
        let limits = QueueLimits {
            deliveries: state.limits.client_queue_size,
            bytes: state.limits.client_queue_bytes,
        };
        let (listener, deliveries) = Listener::new(client_id, limits, end);
        let clients = state.metrics.live.clients.with([transport.label()]);
        let (cursors, replays) = (HashMap::new(), VecDeque::new());
        let (watches_all, is_counted) = (false, false);
        Self { state, listener, deliveries, cursors, watches_all, replays, clients, is_counted }
    }

    /// The hub's end of the client's queue.
    pub fn listener(&self) -> &Arc<Listener> {
        &self.listener
    }

    /// Whether the client has joined the session.
    pub fn is_joined(&self, session_id: SessionId) -> bool {
        self.cursors.get(&session_id).is_some_and(|cursor| cursor.is_client)
    }

    /// Refuses to watch one more session than a connection may join.
    pub fn check_watch(&self, session_id: SessionId) -> Result<(), Error> {
        let limit = self.state.limits.joined_sessions;
        let watched = self.cursors.values().filter(|cursor| !cursor.is_client).count();
        if self.has(session_id) || watched < limit {
            return Ok(());
        }
        let message = format!(
            "A connection may watch at most {limit} sessions, and this one does. Unwatch one, open \
             another connection, or raise --max-joined-sessions."
        );
        Err(Error::LimitReached { message, limit, setting: "--max-joined-sessions" })
    }

    /// Whether the client has joined or watches the session.
    pub fn has(&self, session_id: SessionId) -> bool {
        self.cursors.contains_key(&session_id)
    }

    /// The sessions that the client has joined or watches.
    pub fn sessions(&self) -> impl Iterator<Item = SessionId> {
        self.cursors.keys().copied()
    }

    /// Begins to listen to a session, before the join is committed. Returns what
    /// [`Subscriptions::is_listening`] takes.
    pub fn begin_join(&self, session_id: SessionId) -> Instant {
        self.state.hub.subscribe(session_id, &self.listener)
    }

    /// Whether the client still listens since [`Subscriptions::begin_join`].
    pub fn is_listening(&self, session_id: SessionId, since: Instant) -> bool {
        self.state.hub.is_open(session_id, since)
    }

    /// Takes back [`Subscriptions::begin_join`] after a failure, unless the client followed it before
    /// and the session is still there.
    pub fn abort_join(&self, session_id: SessionId, is_session_gone: bool) {
        let was_followed = self.has(session_id);
        if is_session_gone || !was_followed {
            self.state.hub.unsubscribe(session_id, &self.listener);
        }
        if !was_followed {
            self.listener.forget(session_id);
        }
    }

    /// Notes a join whose response has the session as of the event `seq`. Returns the replay up to there
    /// that the client has asked for.
    pub fn complete_join(
        &mut self,
        session_id: SessionId,
        since: Since,
        seq: i64,
    ) -> Option<Replay> {
        let replay = self.begin_at(session_id, since, seq, true);
        self.count_client();
        replay
    }

    /// As [`Subscriptions::complete_join`], for a client that watches; one that has joined stays joined.
    pub fn complete_watch(
        &mut self,
        session_id: SessionId,
        since: Since,
        seq: i64,
    ) -> Option<Replay> {
        self.begin_at(session_id, since, seq, false)
    }

    fn begin_at(
        &mut self,
        session_id: SessionId,
        since: Since,
        seq: i64,
        is_client: bool,
    ) -> Option<Replay> {
        // A client that followed before keeps its cursor, and gets what is in its queue, unless the
        // replay or the graph has that.
        let new = Cursor { sent: seq, joined: seq, is_client };
        let cursor = self.cursors.entry(session_id).or_insert(new);
        cursor.joined = seq;
        cursor.is_client |= is_client;
        let after = match since {
            Since::Response => return None,
            Since::Graph => None,
            Since::Event(after) => Some(after),
        };
        cursor.sent = seq;
        self.replays.retain(|replay| replay.session_id() != session_id);
        after.map(|after| Replay::new(self.state.clone(), session_id, after, seq))
    }

    /// Ends the watch of a session; nothing happens if the client has joined it.
    pub fn unwatch(&mut self, session_id: SessionId) {
        if self.has(session_id) && !self.is_joined(session_id) {
            self.leave(session_id);
        }
    }

    /// Ends the subscription of a session.
    pub fn leave(&mut self, session_id: SessionId) {
        self.state.hub.unsubscribe(session_id, &self.listener);
        self.end(session_id);
        self.listener.forget(session_id);
        self.replays.retain(|replay| replay.session_id() != session_id);
    }

    /// Begins to follow what happens to all sessions, and how much the server has to do if that is wanted.
    pub fn watch_all(&mut self, wants_load: bool) {
        self.watches_all = true;
        self.state.hub.lobby().watch(&self.listener, wants_load);
    }

    /// Ends what [`Subscriptions::watch_all`] began.
    pub fn unwatch_all(&mut self) {
        self.watches_all = false;
        self.state.hub.lobby().unwatch(&self.listener);
    }

    /// Whether the client follows what happens to all sessions.
    pub fn watches_all(&self) -> bool {
        self.watches_all
    }

    /// Stops listening to all sessions.
    pub fn unsubscribe_all(&mut self) {
        if self.watches_all {
            self.state.hub.lobby().unwatch(&self.listener);
        }
        for (session_id, _) in self.cursors.drain() {
            self.state.hub.unsubscribe(session_id, &self.listener);
        }
        self.count_client();
    }

    /// Forgets a session that the client does not follow any more.
    fn end(&mut self, session_id: SessionId) {
        self.cursors.remove(&session_id);
        self.count_client();
    }

    /// Counts the client while it has joined a session.
    fn count_client(&mut self) {
        let is_client = self.cursors.values().any(|cursor| cursor.is_client);
        if is_client != self.is_counted {
            self.is_counted = is_client;
            self.clients.inc_by(if is_client { 1 } else { -1 });
        }
    }

    /// Waits for what the client is to be sent next. Dropping the future loses nothing.
    pub async fn next(&mut self) -> Outgoing {
        loop {
            if let Some(replay) = self.replays.pop_front() {
                return Outgoing::Replay(replay);
            }
            let queued = self.deliveries.recv().await;
            if let Some(outgoing) = self.select(queued) {
                return outgoing;
            }
        }
    }

    /// As [`Subscriptions::next`], if there is something now.
    pub fn try_next(&mut self) -> Option<Outgoing> {
        loop {
            if let Some(replay) = self.replays.pop_front() {
                return Some(Outgoing::Replay(replay));
            }
            let queued = self.deliveries.try_recv()?;
            if let Some(outgoing) = self.select(queued) {
                return Some(outgoing);
            }
        }
    }
}
