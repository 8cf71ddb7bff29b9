//! The live doors: one set of requests and answers, whatever carries them.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::sleep;

use crate::error::Error;
use crate::hub::{Delivery, Listener, Notice};
use crate::service::Service;
use crate::session::{ContentLimits, DepartureReason, SessionId, Transport};
use crate::store::{self, ContentRequest};

mod answer;
mod replay;
mod request;
pub mod socketio;
mod wire;
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
/// Dropping it without [`Participant::leave`] takes the client out all the same.
struct Participant {
    service: Arc<Service>,
    client_id: String,
    transport: Transport,
    listener: Arc<Listener>,
    /// The sessions with the number of the last event that the client needs not be sent.
    joined: HashMap<SessionId, i64>,
    /// Whether there may be rows that name the client.
    counted: bool,
}

impl Participant {
    fn new(
        service: Arc<Service>,
        client_id: String,
        transport: Transport,
    ) -> (Self, mpsc::Receiver<Arc<Delivery>>) {
        // The client's own: every wait for the service's token would take the same lock.
        let end = service.draining.child_token();
        let (listener, deliveries) =
            Listener::new(client_id.clone(), service.limits.client_queue, end);
        let joined = HashMap::new();
        (Self { service, client_id, transport, listener, joined, counted: false }, deliveries)
    }

    /// Comes back when this side ends the connection, with the reason; it borrows nothing.
    fn ended(&self) -> impl Future<Output = DepartureReason> + use<> {
        let (end, draining) = (self.listener.end().clone(), self.service.draining.clone());
        async move {
            end.cancelled().await;
            if draining.is_cancelled() {
                DepartureReason::ServerShutdown
            } else {
                DepartureReason::SlowConsumer
            }
        }
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
        self.service.hub.subscribe(session_id, &self.listener);
        self.counted = true;
        let join = store::Join {
            session_id,
            client_id: self.client_id.clone(),
            transport: self.transport,
            user,
        };
        let joined = match self.service.store.join(join).await {
            Ok(joined) => joined,
            Err(failure) => {
                if failure.is_no_session() || !self.joined.contains_key(&session_id) {
                    self.service.hub.unsubscribe(session_id, &self.listener);
                }
                return Err(failure);
            }
        };
        // A client that was in already still has to get what is in its queue, unless it is
        // replayed to it now.
        let floor = self.joined.entry(session_id).or_insert(joined.seq);
        let replay = since.map(|since| {
            *floor = joined.seq;
            Replay::new(self.service.clone(), session_id, i64::from(since), joined.seq)
        });
        let store::Joined { active_clients, seq, revision, clients } = joined;
        let clients = self.service.hub.with_presence(session_id, clients)?;
        let client_id = self.client_id.clone();
        let answer =
            Answer::Joined { session_id, client_id, active_clients, seq, revision, clients };
        Ok((answer, replay))
    }

    async fn change_content(&self, mut request: ContentRequest) -> Result<Answer, Error> {
        let session_id = request.session_id;
        request.client_id = Some(self.client_id.clone());
        let executed = self.service.store.change_content(request).await?;
        Ok(Answer::Executed { session_id, executed })
    }

    fn tell_presence(&self, presence: Presence) -> Result<Answer, Error> {
        let Presence { session_id, data } = presence;
        if !self.joined.contains_key(&session_id) {
            let text =
                format!("Join session {session_id} before you tell others in it of yourself.");
            return Err(Error::InvalidCommand(text));
        }
        self.service.hub.tell(session_id, &self.listener, data);
        Ok(Answer::Silence {})
    }

    async fn leave_session(&mut self, session_id: SessionId) -> Result<Answer, Error> {
        let client_id = self.client_id.clone();
        let active_clients = self.service.store.leave(session_id, client_id.clone()).await?;
        self.service.hub.unsubscribe(session_id, &self.listener);
        self.joined.remove(&session_id);
        Ok(Answer::Left { session_id, client_id, active_clients })
    }

    /// Bounds for what the client sends.
    fn limits(&self) -> &ContentLimits {
        &self.service.limits.content
    }

    /// How many notices of a delivery the client is not to be sent; it gets those after them.
    fn skips(&mut self, delivery: &Delivery) -> usize {
        let all = delivery.notices.len();
        let Some(floor) = self.joined.get(&delivery.session_id) else { return all };
        // Events have numbers without holes, so it is some of the first ones, seldom any.
        let skipped = match delivery.notices.first().map(|told| &told.notice) {
            Some(Notice::Event(first)) => usize::try_from(floor + 1 - first.seq).unwrap_or(0),
            Some(Notice::Presence { client_id, .. }) if *client_id != self.client_id => 0,
            _ => all,
        };
        let ends = delivery.notices.last().is_some_and(|told| told.notice.ends_session());
        if skipped < all && ends {
            self.joined.remove(&delivery.session_id);
        }
        skipped.min(all)
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
            self.service.hub.unsubscribe(*session_id, &self.listener);
        }
        if !std::mem::take(&mut self.counted) {
            return None;
        }
        let service = self.service.clone();
        let client_id = std::mem::take(&mut self.client_id);
        tracing::debug!(client_id, reason = ?reason, "client gone");
        Some(async move {
            if let Err(failure) = service.store.disconnect(client_id.clone(), reason).await {
                log(&client_id, &failure);
                let again = disconnect_later(service.clone(), client_id, reason);
                service.tasks.spawn(again);
            }
        })
    }
}

/// While the disk refuses, the client is still counted: it is tried until it is not, or until the
/// end, after which the next start counts it out.
async fn disconnect_later(service: Arc<Service>, client_id: String, reason: DepartureReason) {
    while service.draining.run_until_cancelled(sleep(RETRY)).await.is_some() {
        match service.store.disconnect(client_id.clone(), reason).await {
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
            self.service.tasks.spawn_on(departure, &runtime);
        }
    }
}
