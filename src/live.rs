//! The live doors: one set of requests and answers, whatever carries them.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use serde_json::value::to_raw_value;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::error::Error;
use crate::hub::{
    Delivery, DeliveryReceiver, EncodedMessage, Listener, Missed, QueueLimits, Queued,
};
use crate::model::{ContentLimits, DepartureReason, SessionId, Transport};
use crate::state::AppState;
use crate::store::{self, ContentRequest};

mod answer;
mod disconnect;
mod replay;
mod request;
pub mod socketio;
pub mod wire;
pub mod ws;

use answer::Answer;
use replay::Replay;
use request::{JoinSession, Presence, Request};

/// How long a disconnect that could not be written waits for the next try.
const RETRY: Duration = Duration::from_secs(1);

/// Logs a failure with the client that it is about. There is no span over a whole connection: it
/// would be entered with every event.
fn log(client_id: &str, failure: &Error) {
    tracing::error_span!(parent: None, "client", client_id).in_scope(|| failure.log());
}

/// One live connection, by any door, and the sessions that it is in.
///
/// A transport has one task that owns it, and in this task a loop:
///
/// ```ignore
/// loop {
///     select! {
///         request = transport.next_request() => {
///             let (answer, replay) = participant.answer(request).await;
///             transport.write(answer).await?;
///             if let Some(replay) = replay {
///                 transport.write_replay(replay).await?;
///             }
///         }
///         due = participant.next_due() => match due {
///             Due::Messages(messages) => transport.write_notices(messages).await?,
///             Due::Replay(replay) => transport.write_replay(replay).await?,
///         }
///     }
/// }
/// ```
///
/// What is due is written in the order in which it comes, and each before the next is asked for.
/// While nothing is asked for, the client's queue may overflow; what it misses then is read from the
/// file and comes as a replay. Only while the transport has said by
/// [`set_blocked`](Listener::set_blocked) that the client takes nothing of what is written does an
/// overflow end the connection.
///
/// Dropping it without [`Participant::leave`] takes the client out all the same.
struct Participant {
    state: Arc<AppState>,
    client_id: String,
    transport: Transport,
    listener: Arc<Listener>,
    deliveries: DeliveryReceiver,
    /// The sessions with the number of the last event that the client has, or needs not be sent.
    joined: HashMap<SessionId, i64>,
    /// What the queue had no room for.
    replays: VecDeque<Replay>,
    /// Whether there may be rows that name the client.
    counted: bool,
}

/// What is to be sent to the client next.
enum Due {
    Messages(Messages),
    Replay(Replay),
}

/// As much of a delivery as the client is to be sent.
enum Messages {
    All(Arc<Delivery>),
    Some(Vec<Arc<EncodedMessage>>),
}

impl Messages {
    /// Each of them, in order.
    fn iter(&self) -> impl Iterator<Item = &Arc<EncodedMessage>> {
        match self {
            Self::All(delivery) => delivery.messages.iter(),
            Self::Some(messages) => messages.iter(),
        }
    }
}

impl Participant {
    fn new(state: Arc<AppState>, client_id: String, transport: Transport) -> Self {
        // The client's own: every wait for the service's token would take the same lock.
        let end = state.draining.child_token();
        Self::with_end(state, client_id, transport, end)
    }

    /// One of several clients of the same connection, which all end by the same token.
    fn with_end(
        state: Arc<AppState>,
        client_id: String,
        transport: Transport,
        end: CancellationToken,
    ) -> Self {
        let limits = QueueLimits {
            deliveries: state.limits.client_queue_size,
            bytes: state.limits.client_queue_bytes,
        };
        let (listener, deliveries) = Listener::new(client_id.clone(), limits, end);
        Self {
            state,
            client_id,
            transport,
            listener,
            deliveries,
            joined: HashMap::new(),
            replays: VecDeque::new(),
            counted: false,
        }
    }

    /// The client's end of the hub.
    fn listener(&self) -> &Arc<Listener> {
        &self.listener
    }

    /// Comes back when this side ends the connection, with the reason; it borrows nothing.
    fn ended(&self) -> impl Future<Output = DepartureReason> + use<> {
        let (end, draining) =
            (self.listener.disconnect_token().clone(), self.state.draining.clone());
        async move {
            end.cancelled().await;
            if draining.is_cancelled() {
                DepartureReason::ServerShutdown
            } else {
                DepartureReason::SlowConsumer
            }
        }
    }

    /// What is to be sent to the client next. It can be dropped and called again without loss.
    async fn next_due(&mut self) -> Due {
        loop {
            if let Some(replay) = self.replays.pop_front() {
                return Due::Replay(replay);
            }
            let queued = self.deliveries.recv().await;
            if let Some(due) = self.select(queued) {
                return due;
            }
        }
    }

    /// As [`Participant::next_due`], if there is something now.
    fn try_next_due(&mut self) -> Option<Due> {
        loop {
            if let Some(replay) = self.replays.pop_front() {
                return Some(Due::Replay(replay));
            }
            let queued = self.deliveries.try_recv()?;
            if let Some(due) = self.select(queued) {
                return Some(due);
            }
        }
    }

    /// What of it the client is to be sent.
    fn select(&mut self, queued: Queued) -> Option<Due> {
        match queued {
            Queued::Delivery(delivery) if delivery.is_presence() => self.select_presence(delivery),
            Queued::Delivery(delivery) => self.select_events(delivery),
            Queued::Missed(missed) => {
                for (session_id, missed) in missed {
                    self.make_up(session_id, missed);
                }
                None
            }
        }
    }

    /// Events that the client does not have yet: what was committed before it joined may be in its
    /// queue, too. Events have numbers without holes, so it is some of the first ones, seldom any.
    fn select_events(&mut self, delivery: Arc<Delivery>) -> Option<Due> {
        let session_id = delivery.session_id;
        let cursor = self.joined.get_mut(&session_id)?;
        let (first, last) = (delivery.first_event()?.seq, delivery.last_event()?);
        let after = std::mem::replace(cursor, last.seq.max(*cursor));
        if last.ends_session() {
            self.joined.remove(&session_id);
        }
        let skipped = usize::try_from(after + 1 - first).unwrap_or(0);
        if after + 1 < first {
            // Nothing is dropped without a note, so this does not happen; if it did, the file
            // knows what is missing.
            let mut missed = Missed::default();
            missed.add_events(&delivery);
            return Some(Due::Replay(self.replay(session_id, after, missed)));
        }
        match skipped {
            0 => Some(Due::Messages(Messages::All(delivery))),
            _ if skipped >= delivery.messages.len() => None,
            _ => Some(Due::Messages(Messages::Some(delivery.messages[skipped..].to_vec()))),
        }
    }

    /// What others in the session have told; the client is not sent its own.
    fn select_presence(&self, delivery: Arc<Delivery>) -> Option<Due> {
        self.joined.get(&delivery.session_id)?;
        let is_own = |encoded: &Arc<EncodedMessage>| encoded.is_presence_of(&self.client_id);
        if !delivery.messages.iter().any(is_own) {
            return Some(Due::Messages(Messages::All(delivery)));
        }
        let others: Vec<_> = delivery.messages.iter().filter(|t| !is_own(t)).cloned().collect();
        (!others.is_empty()).then_some(Due::Messages(Messages::Some(others)))
    }

    /// Has the file tell what the queue had no room for.
    fn make_up(&mut self, session_id: SessionId, missed: Missed) {
        let Some(cursor) = self.joined.get_mut(&session_id) else { return };
        let after = std::mem::replace(cursor, missed.until.max(*cursor));
        if missed.presence {
            self.state.hub.resume_presence(session_id, &self.listener);
        }
        if missed.removal.is_some() {
            self.joined.remove(&session_id);
        }
        if missed.until > after || missed.removal.is_some() {
            let replay = self.replay(session_id, after, missed);
            self.replays.push_back(replay);
        }
    }

    fn replay(&self, session_id: SessionId, after: i64, missed: Missed) -> Replay {
        let until = missed.until.max(after);
        Replay::new(self.state.clone(), session_id, after, until).with_removal(missed.removal)
    }

    /// Does what the client asks for; the answer comes after the commit. After a join with
    /// `since` the missed events are to be sent right behind the answer.
    async fn answer(&mut self, request: Request) -> (Answer, Option<Replay>) {
        let answer = match request {
            Request::JoinSession(join) => match self.join(join).await {
                Ok(joined) => return joined,
                Err(failure) => Err(failure),
            },
            Request::LeaveSession(leave) => self.leave_session(leave.session_id).await,
            Request::Content(request) => self.change_content(request).await,
            Request::Presence(presence) => self.tell_presence(presence),
            Request::Ping => Ok(Answer::Pong {}),
        };
        let refuse = |failure| {
            log(&self.client_id, &failure);
            Answer::from(failure)
        };
        (answer.unwrap_or_else(refuse), None)
    }

    async fn join(&mut self, request: JoinSession) -> Result<(Answer, Option<Replay>), Error> {
        let JoinSession { session_id, since, user } = request;
        // Listening begins before the join is committed, so that no event falls between.
        self.state.hub.subscribe(session_id, &self.listener);
        self.counted = true;
        let join = store::Join {
            session_id,
            client_id: self.client_id.clone(),
            transport: self.transport,
            user,
        };
        let joined = match self.state.store.join(join).await {
            Ok(joined) => joined,
            Err(failure) => {
                if failure.is_no_session() || !self.joined.contains_key(&session_id) {
                    self.state.hub.unsubscribe(session_id, &self.listener);
                }
                if !self.joined.contains_key(&session_id) {
                    self.listener.forget(session_id);
                }
                return Err(failure);
            }
        };
        // A client that was in already still has to get what is in its queue, unless it is
        // replayed to it now.
        let cursor = self.joined.entry(session_id).or_insert(joined.seq);
        let replay = since.map(|since| {
            *cursor = joined.seq;
            self.replays.retain(|replay| replay.session_id() != session_id);
            Replay::new(self.state.clone(), session_id, i64::from(since), joined.seq)
        });
        let store::Joined { active_clients, seq, revision, clients } = joined;
        let clients = self.state.hub.merge_presence(session_id, clients);
        let client_id = self.client_id.clone();
        let answer =
            Answer::Joined { session_id, client_id, active_clients, seq, revision, clients };
        Ok((answer, replay))
    }

    async fn change_content(&self, mut request: ContentRequest) -> Result<Answer, Error> {
        let session_id = request.session_id;
        request.client_id = Some(self.client_id.clone());
        let executed = self.state.store.change_content(request).await?;
        Ok(Answer::Executed { session_id, executed })
    }

    fn tell_presence(&self, presence: Presence) -> Result<Answer, Error> {
        let Presence { session_id, data } = presence;
        if !self.joined.contains_key(&session_id) {
            let text = format!("Join session {session_id} before sending presence.");
            return Err(Error::InvalidCommand(text));
        }
        let data = to_raw_value(&data).map_err(|cause| Error::internal(cause.into()))?;
        self.state.hub.publish_presence(session_id, &self.listener, data.into());
        Ok(Answer::Silence {})
    }

    async fn leave_session(&mut self, session_id: SessionId) -> Result<Answer, Error> {
        let client_id = self.client_id.clone();
        let active_clients = self.state.store.leave(session_id, client_id.clone()).await?;
        self.state.hub.unsubscribe(session_id, &self.listener);
        self.joined.remove(&session_id);
        self.listener.forget(session_id);
        self.replays.retain(|replay| replay.session_id() != session_id);
        Ok(Answer::Left { session_id, client_id, active_clients })
    }

    /// Bounds for what the client sends.
    fn limits(&self) -> &ContentLimits {
        &self.state.limits.content
    }

    /// Takes the client out of everything.
    async fn leave(mut self, reason: DepartureReason) {
        if let Some(departure) = self.departure(reason) {
            departure.await;
        }
    }

    /// What is left to do when the client is gone; nothing the second time.
    fn departure(
        &mut self,
        reason: DepartureReason,
    ) -> Option<impl Future<Output = ()> + Send + use<>> {
        for session_id in self.joined.keys() {
            self.state.hub.unsubscribe(*session_id, &self.listener);
        }
        if !std::mem::take(&mut self.counted) {
            return None;
        }
        let state = self.state.clone();
        let client_id = std::mem::take(&mut self.client_id);
        tracing::debug!(client_id, reason = ?reason, "client gone");
        Some(async move {
            if let Err(failure) = state.store.disconnect(client_id.clone(), reason).await {
                log(&client_id, &failure);
                let again = disconnect_later(state.clone(), client_id, reason);
                state.tasks.spawn(again);
            }
        })
    }
}

/// While the disk refuses, the client is still counted: it is tried until it is not, or until the
/// end, after which the next start counts it out.
async fn disconnect_later(state: Arc<AppState>, client_id: String, reason: DepartureReason) {
    while state.draining.run_until_cancelled(sleep(RETRY)).await.is_some() {
        match state.store.disconnect(client_id.clone(), reason).await {
            Ok(()) => return,
            Err(failure) => log(&client_id, &failure),
        }
    }
}

impl Drop for Participant {
    fn drop(&mut self) {
        if let Some(departure) = self.departure(DepartureReason::ConnectionLost)
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            self.state.tasks.spawn_on(departure, &runtime);
        }
    }
}
