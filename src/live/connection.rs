//! One live connection of a client, whatever its transport: its requests and its end.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use serde_json::value::to_raw_value;
use tokio::time::sleep;
use tracing::field::display;

use super::authorization::{Authorization, GrantChange, Handshake};
use super::disconnect::Disconnect;
use super::meters::DeliveryMeter;
use super::replay::Replay;
use super::request::{Presence, Request};
use super::response::Response;
use super::subscriptions::{Outgoing, Subscriptions};
use crate::access::Need;
use crate::engine::request::ContentRequest;
use crate::error::Error;
use crate::hub::{EndSignal, Listener};
use crate::model::{ContentLimits, DisconnectReason, SessionId, Transport};
use crate::state::AppState;

mod following;

/// The time between two attempts to write a disconnect that the disk refuses.
const DISCONNECT_RETRY_INTERVAL: Duration = Duration::from_secs(1);

/// Logs a failure together with the client's id. There is no span over a whole connection, since it
/// would be entered with every event.
fn log(client_id: &str, failure: &Error) {
    tracing::error_span!(parent: None, "client", client_id).in_scope(|| failure.log());
}

/// One live connection of a client.
///
/// A transport has one task that owns the connection, and in this task a loop:
///
/// ```ignore
/// loop {
///     select! {
///         request = transport.recv() => {
///             let (response, replay) = connection.handle(request).await;
///             transport.write(response).await?;
///             if let Some(replay) = replay {
///                 transport.write_replay(replay).await?;
///             }
///         }
///         outgoing = connection.next_outgoing() => match outgoing {
///             Outgoing::Messages(messages) => transport.write_messages(messages).await?,
///             Outgoing::Replay(replay) => transport.write_replay(replay).await?,
///         }
///     }
/// }
/// ```
///
/// The transport writes each [`Outgoing`] before it asks for the next one. While it does not ask, the
/// client's queue may overflow; the client then gets what it missed as a replay from the event log. An
/// overflow ends the connection only while the transport has reported, by [`Listener::set_blocked`],
/// that the client accepts no bytes.
///
/// The client leaves all its sessions by [`Connection::leave`], or else when the connection is dropped.
pub struct Connection {
    state: Arc<AppState>,
    transport: Transport,
    /// The other end of the transport connection, for the log.
    remote: Option<SocketAddr>,
    subscriptions: Subscriptions,
    authorization: Authorization,
    meter: DeliveryMeter,
    /// Whether the database may have rows of the client.
    may_have_rows: bool,
}

impl Connection {
    /// A connection that has joined no session.
    pub fn new(
        state: Arc<AppState>,
        client_id: String,
        transport: Transport,
        handshake: Handshake,
    ) -> Self {
        let end = EndSignal::new(&state.draining);
        Self::with_end_signal(state, client_id, transport, handshake, end)
    }

    /// As [`Connection::new`], for one of several clients that share a transport connection and its `end`,
    /// and so end together.
    pub fn with_end_signal(
        state: Arc<AppState>,
        client_id: String,
        transport: Transport,
        handshake: Handshake,
        end: EndSignal,
    ) -> Self {
        let remote = handshake.remote;
        tracing::debug!(client_id, remote = remote.map(display), "client connected");
        let meter = DeliveryMeter::new(&state.metrics, transport);
        let subscriptions = Subscriptions::new(state.clone(), client_id, transport, end);
        let authorization = Authorization::new(state.clone(), handshake);
        Self { state, transport, remote, subscriptions, authorization, meter, may_have_rows: false }
    }

    /// The hub's end of the client's queue.
    pub fn listener(&self) -> &Arc<Listener> {
        self.subscriptions.listener()
    }

    /// Bounds of the content that the client may send.
    pub fn limits(&self) -> &ContentLimits {
        &self.state.limits.content
    }

    /// Waits until the server ends the connection, and returns why. The future borrows nothing.
    pub fn ended_by_server(&self) -> impl Future<Output = DisconnectReason> + use<> {
        self.listener().end_signal().given()
    }

    /// Waits for what the client is to be sent next. Dropping the future loses nothing.
    pub async fn next_outgoing(&mut self) -> Outgoing {
        let outgoing = tokio::select! {
            outgoing = self.subscriptions.next() => outgoing,
            change = self.authorization.changed() => match change {
                GrantChange::Expiring(expires_at) => {
                    Outgoing::Notice(Response::TokenExpiring { expires_at })
                }
                GrantChange::Ended(reason) => Outgoing::End(Disconnect::unauthorized(reason)),
            },
        };
        self.meter.add(&outgoing);
        outgoing
    }

    /// What the client is to be sent next, if there is something now. If not, what it was sent is to be
    /// written.
    pub fn try_next_outgoing(&mut self) -> Option<Outgoing> {
        let outgoing = self.subscriptions.try_next();
        match &outgoing {
            Some(outgoing) => self.meter.add(outgoing),
            None => self.meter.count(),
        }
        outgoing
    }

    /// Executes a request; a change is committed when this returns. After a join with `since` there is
    /// a replay, which is to be sent right after the response.
    pub async fn handle(&mut self, request: Request) -> (Response, Option<Replay>) {
        let response = match self.authorize(&request).await {
            Err(failure) => Err(failure),
            Ok(()) => match request {
                Request::JoinSession(join) => match self.join(join).await {
                    Ok(joined) => return joined,
                    Err(failure) => Err(failure),
                },
                Request::LeaveSession(leave) => self.leave_session(leave.session_id).await,
                Request::WatchSession(watch) => match self.watch(watch).await {
                    Ok(watching) => return watching,
                    Err(failure) => Err(failure),
                },
                Request::UnwatchSession(unwatch) => Ok(self.unwatch(unwatch.session_id)),
                Request::WatchSessions(watch) => {
                    self.watch_sessions(watch.with);
                    Ok(Response::WatchingSessions {})
                }
                Request::UnwatchSessions => {
                    self.subscriptions.unwatch_all();
                    Ok(Response::UnwatchedSessions {})
                }
                Request::Content(request) => self.change_content(request).await,
                Request::Presence(presence) => self.publish_presence(presence),
                Request::Auth(auth) => self.authenticate(&auth.token).await,
                Request::Ping => Ok(Response::Pong {}),
            },
        };
        let refuse = |failure: Error| {
            self.state.metrics.http.observe_refusal(failure.code(), "messages");
            log(self.client_id(), &failure);
            Response::from(failure)
        };
        (response.unwrap_or_else(refuse), None)
    }

    /// Fails unless the client may send this request. A session that it has joined or watches was checked then.
    async fn authorize(&self, request: &Request) -> Result<(), Error> {
        self.authorization.check_rate()?;
        let (need, session_id) = request.need();
        if need == Need::Nothing {
            return Ok(());
        }
        let grant = self.authorization.grant()?;
        grant.check(need)?;
        match session_id {
            None => grant.check_whole_server(need),
            Some(session_id) if self.subscriptions.has(session_id) => Ok(()),
            Some(session_id) => self.state.check_session(grant, session_id).await,
        }
    }

    /// Takes another token, which must be for every session that the client has joined or watches.
    async fn authenticate(&mut self, token: &str) -> Result<Response, Error> {
        let grant = self.authorization.authenticate(token).await?;
        if self.subscriptions.watches_all() {
            grant.check_whole_server(Need::Read)?;
        }
        for session_id in self.subscriptions.sessions() {
            let is_joined = self.subscriptions.is_joined(session_id);
            grant.check(if is_joined { Need::Join } else { Need::Read })?;
            self.state.check_session(&grant, session_id).await?;
        }
        let expires_at = grant.expires_at();
        self.authorization.set(grant);
        Ok(Response::Authenticated { expires_at })
    }

    async fn change_content(&self, mut request: ContentRequest) -> Result<Response, Error> {
        let session_id = request.session_id;
        request.client_id = Some(self.client_id().to_owned());
        let executed = self.state.store.change_content(request).await?;
        Ok(Response::Executed { session_id, executed })
    }

    fn publish_presence(&self, presence: Presence) -> Result<Response, Error> {
        let Presence { session_id, data } = presence;
        if !self.subscriptions.is_joined(session_id) {
            let text = format!("Join session {session_id} before sending presence.");
            return Err(Error::InvalidCommand(text));
        }
        let data = to_raw_value(&data).map_err(|cause| Error::internal(cause.into()))?;
        self.state.hub.publish_presence(session_id, self.listener(), data.into());
        let metrics = &self.state.metrics.live;
        metrics.presence_messages_total.with([self.transport.label()]).inc();
        Ok(Response::Empty {})
    }

    async fn leave_session(&mut self, session_id: SessionId) -> Result<Response, Error> {
        let client_id = self.client_id().to_owned();
        let active_clients = self.state.store.leave(session_id, client_id.clone()).await?;
        self.subscriptions.leave(session_id);
        Ok(Response::Left { session_id, client_id, active_clients })
    }

    /// Disconnects the client from all its sessions; returns when that is committed.
    pub async fn leave(mut self, reason: DisconnectReason) {
        if let Some(disconnect) = self.disconnect(reason) {
            disconnect.await;
        }
    }

    /// Ends the subscriptions. Returns the write that disconnects the client, unless the database has
    /// no rows of it or this was called before.
    fn disconnect(
        &mut self,
        reason: DisconnectReason,
    ) -> Option<impl Future<Output = ()> + Send + use<>> {
        self.subscriptions.unsubscribe_all();
        if !std::mem::take(&mut self.may_have_rows) {
            return None;
        }
        let state = self.state.clone();
        let client_id = self.client_id().to_owned();
        let (remote, reason_name) = (self.remote.map(display), reason.as_str());
        tracing::debug!(client_id, remote, reason = reason_name, "client disconnected");
        Some(async move {
            if let Err(failure) = state.store.disconnect(client_id.clone(), reason).await {
                log(&client_id, &failure);
                let retry = retry_disconnect(state.clone(), client_id, reason);
                state.tasks.spawn(retry);
            }
        })
    }

    fn client_id(&self) -> &str {
        self.listener().client_id()
    }
}

/// Tries to write a disconnect until it succeeds or the server stops. In the latter case the next start
/// disconnects the client.
async fn retry_disconnect(state: Arc<AppState>, client_id: String, reason: DisconnectReason) {
    while state.draining.run_until_cancelled(sleep(DISCONNECT_RETRY_INTERVAL)).await.is_some() {
        match state.store.disconnect(client_id.clone(), reason).await {
            Ok(()) => return,
            Err(failure) => log(&client_id, &failure),
        }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        if let Some(disconnect) = self.disconnect(DisconnectReason::ConnectionLost)
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            self.state.tasks.spawn_on(disconnect, &runtime);
        }
    }
}
