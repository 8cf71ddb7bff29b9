//! Who may do what: service tokens, join tokens, and what each of them grants. It knows no HTTP and no
//! database.
//!
//! - `scope` is what a token allows, and what a call needs.
//! - `grant` is what one caller may do.
//! - `service_token` is the format of service tokens; `registry` has those that are valid.
//! - `lifetime` is how long a new token is valid.
//! - `logins` has the pages that hold a cookie in place of a service token.
//! - `join_token` is what the JWTs of browsers say; `join_keys` signs and verifies them, by keys of `verifier`.

use crate::error::Error;
use crate::model::Timestamp;

mod grant;
mod join_keys;
mod join_token;
mod lifetime;
mod logins;
mod registry;
mod scope;
mod service_token;
mod verifier;

pub use grant::{Grant, Reach};
pub use join_keys::JoinKeys;
pub use join_token::{JoinGrant, JoinRole, MAX_JOIN_TTL};
pub use lifetime::Lifetime;
pub use logins::{LOGIN_LIFETIME, Logins};
pub use registry::{ServiceToken, ServiceTokens};
pub use scope::{Need, TokenScope};
pub use service_token::{AdminToken, NewToken, StoredToken, TokenHash};
pub use verifier::{JoinKey, PublicKeys};

/// The credentials that the server accepts.
pub struct Access {
    /// The service tokens.
    pub tokens: ServiceTokens,
    /// The keys of join tokens.
    pub join_keys: JoinKeys,
    /// The pages that have logged in.
    pub logins: Logins,
}

impl Access {
    /// What a caller without a token may do: everything, while there is no token of any kind. None if a token
    /// is needed.
    pub fn anonymous(&self) -> Option<Grant> {
        let is_open = self.tokens.is_empty() && !self.join_keys.are_configured();
        is_open.then_some(Grant::Open)
    }

    /// What the holder of `token` may do. Fails with `UNAUTHORIZED` if the token is not valid at `now`.
    pub fn authenticate(&self, token: &str, now: Timestamp) -> Result<Grant, Error> {
        if let Some(token) = self.tokens.find(token, now)? {
            return Ok(Grant::Service(token));
        }
        self.join_keys.verify(token).map(|grant| Grant::Join(grant.into()))
    }
}
