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
use super::request::{JoinSession, Presence, Request, WatchSession};
use super::response::Response;
use super::subscriptions::{Outgoing, Since, Subscriptions};
use crate::access::Need;
use crate::engine::presence::Join;
use crate::engine::request::ContentRequest;
use crate::error::Error;
use crate::hub::{EndSignal, Listener};
use crate::model::graph::With;
use crate::model::{ContentLimits, DisconnectReason, SessionId, Transport};
use crate::state::AppState;
use crate::store::{Joined, Snapshot};

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
                Request::WatchSessions => {
                    self.watch_sessions();
                    Ok(Response::WatchingSessions {})
                }
                Request::UnwatchSessions => {
                    self.subscriptions.watch_all(false);
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

    async fn join(&mut self, request: JoinSession) -> Result<(Response, Option<Replay>), Error> {
        let JoinSession { session_id, since, epoch, user, with } = request;
        // Who the token says the client is, whatever the client says.
        let user = self.authorization.grant()?.user().cloned().or(user);
        let was_joined = self.subscriptions.is_joined(session_id);
        // Listening begins before the join is committed, so that no event is missed in between.
        let listening = self.subscriptions.begin_join(session_id);
        self.may_have_rows = true;
        let client_id = self.client_id().to_owned();
        let transport = self.transport;
        let join = Join { session_id, client_id: client_id.clone(), transport, user };
        let joined = match self.state.store.join(join).await {
            Ok(joined) => joined,
            Err(failure) => {
                self.subscriptions.abort_join(session_id, failure.is_no_session());
                return Err(failure);
            }
        };
        if !self.subscriptions.is_listening(session_id, listening) {
            self.state.store.leave(session_id, client_id).await?;
            return Err(restored_meanwhile());
        }
        let snapshot = match self.with_graph(session_id, joined, with).await {
            Ok(snapshot) => snapshot,
            Err(failure) if was_joined => return Err(failure),
            Err(failure) => {
                self.leave_session(session_id).await?;
                return Err(failure);
            }
        };
        let since = Since::of(since, &snapshot.graph);
        let replay = self.subscriptions.complete_join(session_id, since, snapshot.seq);
        let response = self.following(session_id, Some(client_id), snapshot);
        Ok((response, self.check_epoch(replay, epoch)))
    }

    /// The session as of the join, or with its content, as of a moment after it, if the client wants that.
    async fn with_graph(
        &self,
        session_id: SessionId,
        joined: Joined,
        with: Option<With>,
    ) -> Result<Snapshot, Error> {
        match with {
            None => Ok(joined.into()),
            Some(With::Graph) => {
                self.state.store.snapshot(session_id, self.graph_bytes(with)).await
            }
        }
    }

    /// The most bytes of a graph that goes along with a response; None if the client wants none.
    fn graph_bytes(&self, with: Option<With>) -> Option<usize> {
        with.map(|With::Graph| self.state.limits.client_queue_bytes)
    }

    fn following(
        &self,
        session_id: SessionId,
        client_id: Option<String>,
        snapshot: Snapshot,
    ) -> Response {
        let Snapshot { active_clients, seq, revision, clients, graph } = snapshot;
        Response::Following {
            session_id,
            client_id,
            active_clients,
            seq,
            revision,
            epoch: self.state.store.epoch().to_owned(),
            clients: self.state.hub.merge_presence(session_id, clients),
            graph,
        }
    }

    /// Begins to follow a session; what comes next is a response and a replay.
    pub(super) async fn watch(
        &mut self,
        request: WatchSession,
    ) -> Result<(Response, Option<Replay>), Error> {
        let WatchSession { session_id, since, epoch, with } = request;
        self.subscriptions.check_watch(session_id)?;
        // Listening begins before the session is read, so that no event is missed in between.
        let listening = self.subscriptions.begin_join(session_id);
        let snapshot = match self.state.store.snapshot(session_id, self.graph_bytes(with)).await {
            Ok(snapshot) => snapshot,
            Err(failure) => {
                self.subscriptions.abort_join(session_id, failure.is_no_session());
                return Err(failure);
            }
        };
        if !self.subscriptions.is_listening(session_id, listening) {
            return Err(restored_meanwhile());
        }
        let since = Since::of(since, &snapshot.graph);
        let replay = self.subscriptions.complete_watch(session_id, since, snapshot.seq);
        let response = self.following(session_id, None, snapshot);
        Ok((response, self.check_epoch(replay, epoch)))
    }

    /// Makes a gap of a replay whose `since` is from another epoch of the database.
    fn check_epoch(&self, replay: Option<Replay>, epoch: Option<String>) -> Option<Replay> {
        let is_foreign = epoch.is_some_and(|epoch| epoch != self.state.store.epoch());
        replay.map(|replay| if is_foreign { replay.into_gap() } else { replay })
    }

    /// Begins to follow what happens to all sessions.
    pub(super) fn watch_sessions(&mut self) {
        self.subscriptions.watch_all(true);
    }

    fn unwatch(&mut self, session_id: SessionId) -> Response {
        self.subscriptions.unwatch(session_id);
        Response::Unwatched { session_id }
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

/// The hub has ended the room that a client had begun to listen to, because the session was removed.
fn restored_meanwhile() -> Error {
    let text = "The session was removed and restored during the request; send it again.";
    Error::Unavailable(text.to_owned())
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
