//! The Engine.IO sessions that HTTP requests can name: those that began with long-polling.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

use super::polling::Poll;
use crate::error::Error;
use crate::live::ws::connection::Socket;

/// Requests that may wait for a session's task. A client that keeps to the protocol has one poll, one
/// body and one upgrade under way.
const MAX_WAITING_REQUESTS: usize = 4;

/// What an HTTP request asks of a session.
pub enum HttpRequest {
    Poll(Poll),
    /// Packets of the client.
    Post(Box<Post>),
    /// A body that broke off, was too large, or came beside another one.
    BrokenPost,
    /// A WebSocket that is to take over.
    Upgrade(Box<Socket>),
}

/// A body with packets. Its sender is told when they are taken over; dropped, it is refused.
pub struct Post {
    pub payload: String,
    pub taken: oneshot::Sender<()>,
}

/// The way from HTTP requests to a session's task.
pub struct SessionHandle {
    requests: mpsc::Sender<HttpRequest>,
    is_posting: AtomicBool,
}

impl SessionHandle {
    /// Hands a request over; false if the session is over.
    pub async fn send(&self, request: HttpRequest) -> bool {
        self.requests.send(request).await.is_ok()
    }

    /// Begins to read a body; None if another one is still being read, which ends the session.
    pub fn begin_post(self: &Arc<Self>) -> Option<PostGuard> {
        if self.is_posting.swap(true, Ordering::AcqRel) {
            // A full queue is one of a client that breaks the protocol in other ways, too.
            let _ = self.requests.try_send(HttpRequest::BrokenPost);
            return None;
        }
        Some(PostGuard { session: self.clone(), is_whole: false })
    }
}

/// One body of a session, from its first byte to its answer. Dropped before it is whole, it ends the
/// session, since nobody knows which of its packets are lost.
pub struct PostGuard {
    session: Arc<SessionHandle>,
    is_whole: bool,
}

impl PostGuard {
    /// Hands the body's packets over; false if they were refused.
    pub async fn finish(mut self, payload: String) -> bool {
        self.is_whole = true;
        let (taken, is_taken) = oneshot::channel();
        let post = HttpRequest::Post(Box::new(Post { payload, taken }));
        self.session.send(post).await && is_taken.await.is_ok()
    }
}

impl Drop for PostGuard {
    fn drop(&mut self) {
        self.session.is_posting.store(false, Ordering::Release);
        if !self.is_whole {
            let _ = self.session.requests.try_send(HttpRequest::BrokenPost);
        }
    }
}

/// All sessions that HTTP requests can name.
#[derive(Clone, Default)]
pub struct Registry(Arc<Mutex<HashMap<Uuid, Arc<SessionHandle>>>>);

impl Registry {
    /// The session with that id.
    pub fn find(&self, sid: Uuid) -> Option<Arc<SessionHandle>> {
        self.sessions().get(&sid).cloned()
    }

    /// A new session's entry, and the requests that will come for it, unless there are `limit`
    /// sessions already: one that polls is there without a connection, too.
    pub fn add(
        &self,
        sid: Uuid,
        limit: usize,
    ) -> Result<(Registration, mpsc::Receiver<HttpRequest>), Error> {
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
        Ok((Registration { registry: self.clone(), sid }, receiver))
    }

    fn sessions(&self) -> MutexGuard<'_, HashMap<Uuid, Arc<SessionHandle>>> {
        // Nothing that runs under the lock panics half way through a change.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A session's place in the registry, which it leaves when this is dropped.
pub struct Registration {
    registry: Registry,
    sid: Uuid,
}

impl Drop for Registration {
    fn drop(&mut self) {
        self.registry.sessions().remove(&self.sid);
    }
}
