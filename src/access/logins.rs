//! Logins of pages: a page holds a cookie with a random id in place of a service token.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::registry::ServiceToken;
use super::service_token::{TokenHash, random_bytes};
use crate::error::Error;
use crate::model::Timestamp;

/// How long a login is valid.
pub const LOGIN_LIFETIME: Duration = Duration::from_secs(12 * 60 * 60);
/// The most logins at a time. The one that ends first makes room for another one.
const MAX_LOGINS: usize = 10_000;

/// The logins by the hashes of their ids. They are kept in memory only: after a restart, people log in again.
#[derive(Default)]
pub struct Logins(Mutex<HashMap<TokenHash, Login>>);

struct Login {
    token: Arc<ServiceToken>,
    expires_at: Timestamp,
}

impl Logins {
    /// Begins a login. Returns its id, for the cookie.
    pub fn begin(&self, token: Arc<ServiceToken>, now: Timestamp) -> Result<String, Error> {
        let id = URL_SAFE_NO_PAD.encode(random_bytes::<32>()?);
        let mut logins = self.lock();
        if logins.len() >= MAX_LOGINS {
            logins.retain(|_, login| now < login.expires_at);
        }
        if logins.len() >= MAX_LOGINS {
            let first = logins.iter().min_by_key(|(_, login)| login.expires_at);
            if let Some(hash) = first.map(|(hash, _)| hash.clone()) {
                logins.remove(&hash);
            }
        }
        logins.insert(TokenHash::of(&id), Login { token, expires_at: now.after(LOGIN_LIFETIME) });
        Ok(id)
    }

    /// The service token of the login with this id; None if there is none, or it has ended.
    pub fn find(&self, id: &str, now: Timestamp) -> Option<Arc<ServiceToken>> {
        let logins = self.lock();
        let login = logins.get(&TokenHash::of(id)).filter(|login| now < login.expires_at)?;
        login.token.is_valid(now).then(|| login.token.clone())
    }

    /// Ends the login with this id.
    pub fn end(&self, id: &str) {
        self.lock().remove(&TokenHash::of(id));
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<TokenHash, Login>> {
        // Nothing panics while the lock is held.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
