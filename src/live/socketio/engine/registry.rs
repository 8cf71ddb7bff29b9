//! The Engine.IO sessions that HTTP requests can name: those that began with long-polling.

use std::collections::HashMap;
use std::future::pending;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

use super::polling::Poll;
use crate::error::Error;
use crate::live::ws::Socket;

/// The HTTP requests that may wait for the task of one session. A client that keeps to the protocol has
/// at most one poll, one body and one upgrade in progress.
const MAX_WAITING_REQUESTS: usize = 4;

/// An HTTP request for a session.
pub enum HttpRequest {
    /// Waits for packets of the server.
    Poll(Poll),
    /// Has packets of the client.
    Post(Box<Post>),
    /// A body that was incomplete or too large, or came during another one.
    BrokenPost,
    /// A WebSocket that is to take over.
    Upgrade(Box<Socket>),
}

/// A body with packets. `accepted` is notified when they are in the session's queue; if it is dropped,
/// the body is refused.
pub struct Post {
    pub payload: String,
    pub accepted: oneshot::Sender<()>,
}

/// The way from HTTP requests to the task of one session.
pub struct SessionHandle {
    requests: mpsc::Sender<HttpRequest>,
    is_posting: AtomicBool,
}

impl SessionHandle {
    /// Hands a request to the session's task; false if the session has ended.
    pub async fn send(&self, request: HttpRequest) -> bool {
        self.requests.send(request).await.is_ok()
    }

    /// Begins to read a body; None if another one is being read, which ends the session.
    pub fn begin_post(self: &Arc<Self>) -> Option<PostGuard> {
        if self.is_posting.swap(true, Ordering::AcqRel) {
            // If there is no room, the client breaks the protocol in other ways, too.
            let _ = self.requests.try_send(HttpRequest::BrokenPost);
            return None;
        }
        Some(PostGuard { session: self.clone(), is_complete: false })
    }
}

/// One body for a session, from its first byte to its response. If it is dropped before it is complete,
/// the session ends, since its packets are lost.
pub struct PostGuard {
    session: Arc<SessionHandle>,
    is_complete: bool,
}

impl PostGuard {
    /// Hands the body's packets to the session; false if they are refused.
    pub async fn finish(mut self, payload: String) -> bool {
        self.is_complete = true;
        let (accepted, is_accepted) = oneshot::channel();
        let post = HttpRequest::Post(Box::new(Post { payload, accepted }));
        self.session.send(post).await && is_accepted.await.is_ok()
    }
}

impl Drop for PostGuard {
    fn drop(&mut self) {
        self.session.is_posting.store(false, Ordering::Release);
        if !self.is_complete {
            let _ = self.session.requests.try_send(HttpRequest::BrokenPost);
        }
    }
}

/// The sessions by their ids.
#[derive(Clone, Default)]
pub struct Registry(Arc<Mutex<HashMap<Uuid, Arc<SessionHandle>>>>);

impl Registry {
    /// The session with this id.
    pub fn find(&self, sid: Uuid) -> Option<Arc<SessionHandle>> {
        self.sessions().get(&sid).cloned()
    }

    /// Registers a new session, and returns the HTTP requests that will come for it. Refuses with
    /// `UNAVAILABLE` if there are `limit` sessions, since a session that polls often has no connection
    /// that would be counted.
    pub fn add(&self, sid: Uuid, limit: usize) -> Result<HttpRequests, Error> {
        let (requests, receiver) = mpsc::channel(MAX_WAITING_REQUESTS);
        let handle = SessionHandle { requests, is_posting: AtomicBool::new(false) };
        let mut sessions = self.sessions();
        if sessions.len() >= limit {
            return Err(Error::Unavailable(format!(
                "All {limit} clients that the server takes are connected; try again later, or raise \
                 --max-connections."
            )));
        }
        sessions.insert(sid, Arc::new(handle));
        Ok(HttpRequests(Some((receiver, Registration { registry: self.clone(), sid }))))
    }

    fn sessions(&self) -> MutexGuard<'_, HashMap<Uuid, Arc<SessionHandle>>> {
        // Nothing that runs under the lock panics half way through a change.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The HTTP requests for one session. When this is dropped, they no longer find the session.
pub struct HttpRequests(Option<(mpsc::Receiver<HttpRequest>, Registration)>);

impl HttpRequests {
    /// Those for a session that is not registered: none.
    pub fn none() -> Self {
        Self(None)
    }

    /// Waits for the next request. Dropping the future loses nothing.
    pub async fn next(&mut self) -> HttpRequest {
        if let Some((receiver, _)) = &mut self.0
            && let Some(request) = receiver.recv().await
        {
            return request;
        }
        // The registry has a sender as long as the session is registered.
        pending().await
    }
}

/// An entry of the registry, which is removed when this is dropped.
struct Registration {
    registry: Registry,
    sid: Uuid,
}

impl Drop for Registration {
    fn drop(&mut self) {
        self.registry.sessions().remove(&self.sid);
    }
}
