//! The service tokens that are valid, in memory: no request reads the database to check a token.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use tokio_util::sync::CancellationToken;

use super::scope::TokenScope;
use super::service_token::{AdminToken, StoredToken, TokenHash, id_of};
use crate::error::Error;
use crate::model::Timestamp;

/// A service token that was valid when it was last read from the database.
pub struct ServiceToken {
    /// What names the token; `admin` for the one from the settings.
    pub id: String,
    /// What it is for, for people.
    pub name: String,
    /// What it allows.
    pub scope: TokenScope,
    /// The only project whose sessions it may see; None for all sessions.
    pub project_id: Option<String>,
    /// When it stops to be valid; None for never.
    pub expires_at: Option<Timestamp>,
    hash: TokenHash,
    /// Cancelled when the token is no longer valid.
    ended: CancellationToken,
    /// When it was last used since the start, in microseconds since the Unix epoch; 0 for never.
    last_used: AtomicI64,
    /// The `last_used` that [`ServiceTokens::take_uses`] has returned.
    taken: AtomicI64,
}

impl ServiceToken {
    /// Whether the token is valid now.
    pub(super) fn is_valid(&self, now: Timestamp) -> bool {
        !self.ended.is_cancelled() && self.expires_at.is_none_or(|end| now < end)
    }

    /// A number that distinguishes tokens.
    pub(super) fn key(&self) -> u64 {
        self.hash.key()
    }

    /// Cancelled when the token is revoked or has expired.
    pub(super) fn ended(&self) -> &CancellationToken {
        &self.ended
    }
}

/// What was read from the database.
#[derive(Default)]
struct Loaded {
    by_id: HashMap<String, Arc<ServiceToken>>,
    /// Which read it comes from.
    read: u64,
}

/// The service tokens by id.
pub struct ServiceTokens {
    /// The token from the settings.
    admin: RwLock<Option<Arc<ServiceToken>>>,
    loaded: RwLock<Loaded>,
    /// How many reads of the database have begun.
    reads: AtomicU64,
    /// Whether the database has any token, valid or not. A server whose last token was revoked must not be
    /// open to everybody.
    has_stored: AtomicBool,
}

impl ServiceTokens {
    /// Only the token from the settings, if there is one.
    pub fn new(admin: Option<AdminToken>) -> Self {
        let admin = RwLock::new(admin.map(ServiceToken::admin));
        let (loaded, reads) = (RwLock::default(), AtomicU64::new(0));
        Self { admin, loaded, reads, has_stored: AtomicBool::new(false) }
    }

    /// Takes over the token of settings that were read again. One that is no longer in them is ended.
    pub fn replace_admin(&self, token: Option<AdminToken>) {
        let mut admin = self.admin.write().unwrap_or_else(PoisonError::into_inner);
        let is_same = match (&*admin, &token) {
            (Some(known), Some(AdminToken(hash))) => known.hash == *hash,
            (None, None) => true,
            _ => false,
        };
        if !is_same
            && let Some(gone) = std::mem::replace(&mut *admin, token.map(ServiceToken::admin))
        {
            gone.ended.cancel();
        }
    }

    /// Whether there is no token from the settings, and the database has none and had none.
    pub fn is_empty(&self) -> bool {
        self.admin().is_none() && !self.has_stored()
    }

    /// Whether the database has or had a token, valid or not.
    pub fn has_stored(&self) -> bool {
        self.has_stored.load(Ordering::Relaxed)
    }

    /// To be called before the tokens are read from the database. Returns the number of the read.
    pub fn begin_read(&self) -> u64 {
        self.reads.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Takes over the tokens of the database, from the read with this number. Those that are no longer valid at
    /// `now` are ended. Nothing happens if a read that began later was taken over before: it is newer than
    /// whatever was committed before it began.
    pub fn replace(&self, read: u64, stored: Vec<StoredToken>, now: Timestamp) {
        let has_stored = !stored.is_empty();
        let mut loaded = self.loaded.write().unwrap_or_else(PoisonError::into_inner);
        if read < loaded.read {
            return;
        }
        loaded.read = read;
        let mut old = std::mem::take(&mut loaded.by_id);
        for token in stored {
            let is_valid = token.revoked_at.is_none() && token.expires_at.is_none_or(|t| now < t);
            if !is_valid {
                continue;
            }
            let same = old.remove(&token.id).filter(|known| known.is_same(&token));
            let token = same.unwrap_or_else(|| Arc::new(ServiceToken::from(token)));
            loaded.by_id.insert(token.id.clone(), token);
        }
        // Also what a row had before it was changed.
        old.into_values().for_each(|gone| gone.ended.cancel());
        self.has_stored.fetch_or(has_stored, Ordering::Relaxed);
    }

    /// The service token with this text. None if the text is no service token; fails with `UNAUTHORIZED` if
    /// it looks like one, but is not valid.
    pub fn find(&self, text: &str, now: Timestamp) -> Result<Option<Arc<ServiceToken>>, Error> {
        if let Some(admin) = self.admin()
            && admin.hash.matches(text)
        {
            return Ok(Some(admin));
        }
        let Some(id) = id_of(text) else { return Ok(None) };
        let known = self.loaded().by_id.get(id).cloned();
        let token = known.filter(|token| token.hash.matches(text) && token.is_valid(now));
        let token = token.ok_or_else(|| {
            Error::invalid_token("The service token is unknown, revoked or expired.")
        })?;
        token.last_used.store(now.as_micros(), Ordering::Relaxed);
        Ok(Some(token))
    }

    /// The tokens that were used since this was last called, and when.
    pub fn take_uses(&self) -> Vec<(String, Timestamp)> {
        let loaded = self.loaded();
        let uses = loaded.by_id.values().filter_map(|token| {
            let used = token.last_used.load(Ordering::Relaxed);
            let is_new = token.taken.swap(used, Ordering::Relaxed) != used;
            Some((token.id.clone(), Timestamp::from_micros(used).filter(|_| is_new)?))
        });
        uses.collect()
    }

    /// When a token was last used since the start; None for never.
    pub fn last_use(&self, id: &str) -> Option<Timestamp> {
        let used = self.loaded().by_id.get(id)?.last_used.load(Ordering::Relaxed);
        Timestamp::from_micros(used).filter(|_| used != 0)
    }

    fn admin(&self) -> Option<Arc<ServiceToken>> {
        // Nothing panics while the lock is held.
        self.admin.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn loaded(&self) -> RwLockReadGuard<'_, Loaded> {
        // Nothing panics while the lock is held.
        self.loaded.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ServiceToken {
    /// The token from the settings.
    fn admin(AdminToken(hash): AdminToken) -> Arc<Self> {
        Arc::new(Self {
            id: "admin".to_owned(),
            name: "admin".to_owned(),
            scope: TokenScope::Admin,
            project_id: None,
            expires_at: None,
            hash,
            ended: CancellationToken::new(),
            last_used: AtomicI64::new(0),
            taken: AtomicI64::new(0),
        })
    }

    fn is_same(&self, stored: &StoredToken) -> bool {
        self.hash == stored.hash
            && self.name == stored.name
            && self.scope == stored.scope
            && self.project_id == stored.project_id
            && self.expires_at == stored.expires_at
    }
}

impl From<StoredToken> for ServiceToken {
    fn from(stored: StoredToken) -> Self {
        let StoredToken { id, name, hash, scope, project_id, expires_at, .. } = stored;
        Self {
            id,
            name,
            scope,
            project_id,
            expires_at,
            hash,
            ended: CancellationToken::new(),
            last_used: AtomicI64::new(0),
            taken: AtomicI64::new(0),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::service_token::NewToken;
    use super::*;

    #[test]
    fn late_read_does_not_replace_a_newer_one() {
        let now = Timestamp::now();
        let new = NewToken {
            name: "x".to_owned(),
            scope: TokenScope::Read,
            project_id: None,
            lifetime: None,
        };
        let (text, stored) = new.make(now).unwrap();
        let tokens = ServiceTokens::new(None);
        // Begins before the token is stored, and ends after a read that began later.
        let stale = tokens.begin_read();
        let fresh = tokens.begin_read();
        tokens.replace(fresh, vec![stored.clone()], now);
        tokens.replace(stale, Vec::new(), now);
        let token = tokens.find(&text, now).unwrap().unwrap();
        assert!(!token.ended().is_cancelled());
        let later = tokens.begin_read();
        tokens.replace(later, vec![StoredToken { revoked_at: Some(now), ..stored }], now);
        assert!(token.ended().is_cancelled() && tokens.find(&text, now).is_err());
        assert!(!tokens.is_empty(), "a token was there");
    }
}
