//! How a client begins to follow a session: by a join, or by a watch, which makes it no client of it.

use super::Connection;
use crate::engine::presence::Join;
use crate::error::Error;
use crate::live::replay::Replay;
use crate::live::request::{JoinSession, WatchSession, WithLoad};
use crate::live::response::Response;
use crate::live::subscriptions::Since;
use crate::model::SessionId;
use crate::model::graph::With;
use crate::store::{Joined, Snapshot};

impl Connection {
    pub(super) async fn join(
        &mut self,
        request: JoinSession,
    ) -> Result<(Response, Option<Replay>), Error> {
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
    pub(in crate::live) async fn watch(
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
    pub(in crate::live) fn watch_sessions(&mut self, with: Option<WithLoad>) {
        self.subscriptions.watch_all(with.is_some());
    }

    pub(super) fn unwatch(&mut self, session_id: SessionId) -> Response {
        self.subscriptions.unwatch(session_id);
        Response::Unwatched { session_id }
    }
}

/// The hub has ended the room that a client had begun to listen to, because the session was removed.
fn restored_meanwhile() -> Error {
    let text = "The session was removed and restored during the request; send it again.";
    Error::Unavailable(text.to_owned())
}
