//! What one live connection may do, and until when.

use std::future::{Future, pending};
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;

use crate::access::Grant;
use crate::error::Error;
use crate::model::Timestamp;
use crate::net::Caller;
use crate::state::AppState;

/// How long a client may take to send its token, if the handshake had none.
const TOKEN_TIMEOUT: Duration = Duration::from_secs(10);
/// How long before the end of its token a client is notified of it, or half of the time that is left if that is
/// less: a client that gets short tokens does not ask for another one at once, again and again.
const EXPIRY_NOTICE: Duration = Duration::from_secs(60);

/// What is known of a client from the handshake of its connection.
#[derive(Clone)]
pub struct Handshake {
    /// What its token grants; None if it sent none.
    pub grant: Option<Grant>,
    /// Its address, as a trusted proxy says it.
    pub address: IpAddr,
    /// The other end of the connection, for the log.
    pub remote: Option<SocketAddr>,
}

/// What happens to the grant of a connection without the client's doing.
#[derive(Debug)]
pub enum GrantChange {
    /// It ends soon, at this time.
    Expiring(Timestamp),
    /// It has ended, or the client has not sent a token; the text says which.
    Ended(&'static str),
}

/// The grant of a connection.
pub struct Authorization {
    state: Arc<AppState>,
    address: IpAddr,
    /// None until the client has sent a token.
    grant: Option<Grant>,
    /// The next change. Boxed, and None for a grant that never ends, so that an idle connection holds no
    /// memory for it.
    next: Option<Pin<Box<dyn Future<Output = GrantChange> + Send + Sync>>>,
}

impl Authorization {
    /// The grant of the handshake. Without one, the client may do everything while there are no tokens; else it
    /// has to send a token.
    pub fn new(state: Arc<AppState>, handshake: Handshake) -> Self {
        let Handshake { grant, address, .. } = handshake;
        let grant = grant.or_else(|| state.access.anonymous());
        let next = match &grant {
            Some(grant) => next_change(grant, state.clock.now(), false),
            None => Some(Box::pin(async {
                sleep(TOKEN_TIMEOUT).await;
                GrantChange::Ended("no token was sent in time")
            }) as _),
        };
        Self { state, address, grant, next }
    }

    /// What the holder of another token may do. Fails with `UNAUTHORIZED` if it is not valid.
    pub async fn authenticate(&self, token: &str) -> Result<Grant, Error> {
        self.state.authenticate(token, self.address).await
    }

    /// Counts a message. Fails with `RATE_LIMITED` if the client has sent too many.
    pub fn check_rate(&self) -> Result<(), Error> {
        let Some(limiter) = &self.state.rate_limits.messages else { return Ok(()) };
        let key = self.grant.as_ref().and_then(Grant::key);
        limiter.check(key.map_or_else(|| Caller::at(self.address), Caller::Token))
    }

    /// Replaces the grant.
    pub fn set(&mut self, grant: Grant) {
        self.next = next_change(&grant, self.state.clock.now(), false);
        self.grant = Some(grant);
    }

    /// The grant. Fails with `UNAUTHORIZED` if there is none, or if it has ended.
    pub fn grant(&self) -> Result<&Grant, Error> {
        let grant = self.grant.as_ref().ok_or_else(|| Error::Unauthorized {
            message: "A token is needed. Send it in a request of the type 'auth'.".to_owned(),
            has_token: false,
        })?;
        // A connection that was opened before the first token was made has to send one now.
        let is_closed = matches!(grant, Grant::Open) && self.state.access.anonymous().is_none();
        match is_closed || grant.has_ended(self.state.clock.now()) {
            true => Err(Error::invalid_token("The token has ended. Send another one.")),
            false => Ok(grant),
        }
    }

    /// Waits for the next change of the grant. Dropping the future loses nothing.
    pub async fn changed(&mut self) -> GrantChange {
        let Some(next) = &mut self.next else { return pending().await };
        let change = next.await;
        self.next = match (&change, &self.grant) {
            (GrantChange::Expiring(_), Some(grant)) => {
                next_change(grant, self.state.clock.now(), true)
            }
            _ => None,
        };
        change
    }
}

/// Waits until a grant ends, or, unless the client `is_warned`, until it ends soon. None if it never ends.
fn next_change(
    grant: &Grant,
    now: Timestamp,
    is_warned: bool,
) -> Option<Pin<Box<dyn Future<Output = GrantChange> + Send + Sync>>> {
    let revoked = grant.revocation();
    let end = grant.expires_at();
    if revoked.is_none() && end.is_none() {
        return None;
    }
    Some(Box::pin(async move {
        let revoked = async {
            match &revoked {
                Some(revoked) => revoked.cancelled().await,
                None => pending().await,
            }
        };
        let timer = async {
            let Some(end) = end else { return pending().await };
            let left = Duration::from_micros(
                u64::try_from(end.as_micros().saturating_sub(now.as_micros())).unwrap_or(0),
            );
            if is_warned || left.is_zero() {
                sleep(left).await;
                return GrantChange::Ended("the token has expired");
            }
            sleep(left - EXPIRY_NOTICE.min(left / 2)).await;
            GrantChange::Expiring(end)
        };
        tokio::select! {
            () = revoked => GrantChange::Ended("the token has expired or was revoked"),
            change = timer => change,
        }
    }))
}
