//! The live doors: one set of requests and answers, whatever carries them.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::mpsc;

use crate::error::Error;
use crate::hub::{Delivery, Listener};
use crate::service::Service;
use crate::session::{DepartureReason, Event, SessionId, Transport};
use crate::store;

mod answer;
mod replay;
mod request;
pub mod ws;

use answer::Answer;
use replay::Replay;
use request::{JoinSession, Request};

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
    ) -> (Self, mpsc::Receiver<Delivery>) {
        let (listener, deliveries) = Listener::new(service.limits.client_queue);
        let joined = HashMap::new();
        (Self { service, client_id, transport, listener, joined, counted: false }, deliveries)
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
            Request::Ping => Ok(Answer::Pong {}),
        };
        (answer.unwrap_or_else(Answer::from), None)
    }

    async fn join(&mut self, request: JoinSession) -> Result<(Answer, Option<Replay>), Error> {
        let JoinSession { session_id, since, user } = request;
        let is_new = !self.joined.contains_key(&session_id);
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
                if is_new {
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
        Ok((Answer::joined(session_id, self.client_id.clone(), joined), replay))
    }

    async fn leave_session(&mut self, session_id: SessionId) -> Result<Answer, Error> {
        let client_id = self.client_id.clone();
        let active_clients = self.service.store.leave(session_id, client_id.clone()).await?;
        self.service.hub.unsubscribe(session_id, &self.listener);
        self.joined.remove(&session_id);
        Ok(Answer::Left { session_id, client_id, active_clients })
    }

    /// Whether the client is to be sent this event.
    fn wants(&mut self, event: &Event) -> bool {
        let wants = self.joined.get(&event.session_id).is_some_and(|floor| event.seq > *floor);
        if wants && event.name == Event::REMOVED {
            self.joined.remove(&event.session_id);
        }
        wants
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
        Some(async move {
            if let Err(failure) = service.store.disconnect(client_id, reason).await {
                failure.log();
            }
        })
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
