//! The keys by which join tokens are signed and verified.
//!
//! The algorithm of each key is fixed by the settings. The header of a token only selects among the keys that
//! exist, so it can't weaken the check.

use std::sync::{OnceLock, PoisonError, RwLock, RwLockReadGuard};

use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, EncodingKey, Header, decode, decode_header};
use serde_json::Value;

use super::join_token::{AUDIENCE, Claims, JoinGrant, JoinRole, check_user};
use super::service_token::TokenHash;
use super::verifier::{JoinKey, PublicKeys, Verifier};
use crate::error::Error;
use crate::model::{SessionId, Timestamp};

/// The largest join token that is looked at.
const MAX_TOKEN_BYTES: usize = 8 * 1024;

/// The keys from the settings.
struct ConfiguredKeys {
    /// The key to sign with.
    signing: Option<JoinKey>,
    verifiers: Vec<Verifier>,
}

impl ConfiguredKeys {
    fn new(key: Option<JoinKey>, previous: Option<JoinKey>, public: PublicKeys) -> Self {
        let mut verifiers = public.0;
        verifiers.extend(key.iter().chain(&previous).map(Verifier::from_secret));
        Self { signing: key, verifiers }
    }
}

/// All keys of join tokens.
pub struct JoinKeys {
    configured: RwLock<ConfiguredKeys>,
    /// The key from the database, where the settings have none.
    stored: OnceLock<JoinKey>,
}

impl JoinKeys {
    /// The keys from the settings: the one to sign with, the one before it, and those of applications.
    pub fn new(key: Option<JoinKey>, previous: Option<JoinKey>, public: PublicKeys) -> Self {
        let configured = RwLock::new(ConfiguredKeys::new(key, previous, public));
        Self { configured, stored: OnceLock::new() }
    }

    /// Takes over the keys of settings that were read again. What the old keys have signed stays valid on
    /// connections that are open, until it expires.
    pub fn replace(&self, key: Option<JoinKey>, previous: Option<JoinKey>, public: PublicKeys) {
        let configured = ConfiguredKeys::new(key, previous, public);
        *self.configured.write().unwrap_or_else(PoisonError::into_inner) = configured;
    }

    /// Whether the settings have any key.
    pub fn are_configured(&self) -> bool {
        !self.configured().verifiers.is_empty()
    }

    /// Whether the server has a key to sign with.
    pub fn can_sign(&self) -> bool {
        self.signing_key().is_some()
    }

    /// Takes over the key from the database.
    pub fn set_stored(&self, key: JoinKey) {
        // The key in the database never changes, so a second one is the same.
        let _ = self.stored.set(key);
    }

    fn signing_key(&self) -> Option<JoinKey> {
        self.configured().signing.as_ref().or_else(|| self.stored.get()).cloned()
    }

    fn configured(&self) -> RwLockReadGuard<'_, ConfiguredKeys> {
        // Nothing panics while the lock is held for writing.
        self.configured.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes a token for one session. Fails with `INVALID_REQUEST` if `user` is too large.
    pub fn sign(
        &self,
        session_id: SessionId,
        role: JoinRole,
        user: Option<Value>,
        expires_at: Timestamp,
    ) -> Result<String, Error> {
        check_user(user.as_ref())?;
        let key = self
            .signing_key()
            .ok_or_else(|| Error::internal(anyhow::anyhow!("there is no key to sign with")))?;
        let claims = Claims::new(session_id, role, user, expires_at);
        let header = Header::new(Algorithm::HS256);
        jsonwebtoken::encode(&header, &claims, &EncodingKey::from_secret(key.as_bytes()))
            .map_err(|cause| Error::internal(cause.into()))
    }

    /// What a token grants. Fails with `UNAUTHORIZED` if it is malformed, expired, or signed by no known key.
    pub fn verify(&self, token: &str) -> Result<JoinGrant, Error> {
        let malformed = || Error::invalid_token("The token is unknown or malformed.");
        if token.len() > MAX_TOKEN_BYTES {
            return Err(malformed());
        }
        let header = decode_header(token).map_err(|_| malformed())?;
        let configured = self.configured();
        let stored = self.stored.get().filter(|_| configured.signing.is_none());
        let stored = stored.map(Verifier::from_secret);
        for verifier in configured.verifiers.iter().chain(&stored).filter(|it| it.fits(&header)) {
            match decode::<Claims>(token, &verifier.key, &verifier.validation()) {
                Ok(verified) => {
                    return JoinGrant::new(verified.claims, TokenHash::of(token).key());
                }
                Err(cause) if matches!(cause.kind(), ErrorKind::InvalidSignature) => {}
                Err(cause) => return Err(Error::invalid_token(&reason(cause.kind()))),
            }
        }
        Err(Error::invalid_token("No key of the server verifies the join token."))
    }
}

/// Why a token with a right signature is refused.
fn reason(kind: &ErrorKind) -> String {
    match kind {
        ErrorKind::ExpiredSignature => "The join token has expired.".to_owned(),
        ErrorKind::ImmatureSignature => "The join token is not valid yet.".to_owned(),
        ErrorKind::InvalidAudience => {
            format!("The claim 'aud' of the join token is not '{AUDIENCE}'.")
        }
        ErrorKind::MissingRequiredClaim(claim) => {
            format!("The join token has no claim '{claim}'.")
        }
        _ => "A claim of the join token is missing or malformed.".to_owned(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::time::Duration;

    use serde_json::json;

    use super::*;

    fn key(letter: &str) -> JoinKey {
        JoinKey::parse(letter.repeat(32).as_bytes()).unwrap()
    }

    fn encode(alg: Algorithm, key: &JoinKey, claims: &Value) -> String {
        let key = EncodingKey::from_secret(key.as_bytes());
        jsonwebtoken::encode(&Header::new(alg), claims, &key).unwrap()
    }

    fn soon() -> i64 {
        Timestamp::now().as_micros() / 1_000_000 + 60
    }

    fn claims() -> Value {
        let session = SessionId::new().to_string();
        json!({"aud": "rollcall", "exp": soon(), "rollcall": {"sessions": [session], "role": "viewer"}})
    }

    #[test]
    fn token_of_the_present_and_of_the_previous_key_is_verified() {
        let keys = JoinKeys::new(Some(key("a")), Some(key("b")), PublicKeys::default());
        assert!(keys.verify(&encode(Algorithm::HS256, &key("a"), &claims())).is_ok());
        assert!(keys.verify(&encode(Algorithm::HS256, &key("b"), &claims())).is_ok());
        assert!(keys.verify(&encode(Algorithm::HS256, &key("c"), &claims())).is_err());
    }

    #[test]
    fn algorithm_is_that_of_the_key_whatever_the_header_says() {
        let keys = JoinKeys::new(Some(key("a")), None, PublicKeys::default());
        for alg in [Algorithm::HS384, Algorithm::HS512] {
            assert!(keys.verify(&encode(alg, &key("a"), &claims())).is_err(), "{alg:?}");
        }
        let signed = encode(Algorithm::HS256, &key("a"), &claims());
        let (_, rest) = signed.split_once('.').unwrap();
        let (payload, _) = rest.split_once('.').unwrap();
        // {"alg":"none"}
        let unsigned = format!("eyJhbGciOiJub25lIn0.{payload}.");
        assert!(keys.verify(&unsigned).is_err());
    }

    #[test]
    fn missing_or_wrong_claim_is_named() {
        let keys = JoinKeys::new(Some(key("a")), None, PublicKeys::default());
        let with = |field: &str, value: Value| {
            let mut claims = claims();
            match value {
                Value::Null => drop(claims.as_object_mut().unwrap().remove(field)),
                value => claims[field] = value,
            }
            encode(Algorithm::HS256, &key("a"), &claims)
        };
        for (token, named) in [
            (with("exp", Value::Null), "missing or malformed"),
            (with("aud", Value::Null), "'aud'"),
            (with("aud", json!("another")), "'aud'"),
            (with("exp", json!(soon() - 120)), "expired"),
            (with("nbf", json!(soon())), "not valid yet"),
            (with("rollcall", Value::Null), "missing or malformed"),
            (with("rollcall", json!({"role": "viewer"})), "sessions"),
            (with("rollcall", json!({"projects": ["p"], "role": "owner"})), "malformed"),
        ] {
            let failure = keys.verify(&token).unwrap_err();
            assert_eq!(failure.code(), "UNAUTHORIZED");
            assert!(failure.to_string().contains(named), "{named}: {failure}");
        }
        assert!(keys.verify(&with("exp", json!(soon() - 80))).is_ok(), "within the leeway");
        assert!(keys.verify(&with("aud", json!(["x", "rollcall"]))).is_ok());
    }

    #[test]
    fn subject_stands_for_a_missing_user() {
        let keys = JoinKeys::new(Some(key("a")), None, PublicKeys::default());
        let mut claims = claims();
        claims["sub"] = json!("ada");
        let grant = keys.verify(&encode(Algorithm::HS256, &key("a"), &claims)).unwrap();
        assert_eq!(grant.user, Some(json!({"id": "ada"})));
        claims["rollcall"]["user"] = json!({"name": "Ada"});
        let grant = keys.verify(&encode(Algorithm::HS256, &key("a"), &claims)).unwrap();
        assert_eq!(grant.user, Some(json!({"name": "Ada"})));
    }

    #[test]
    fn server_signs_with_the_stored_key_only_where_none_is_configured() {
        let keys = JoinKeys::new(None, None, PublicKeys::default());
        assert!(!keys.can_sign() && !keys.are_configured());
        keys.set_stored(key("s"));
        let end = Timestamp::now().after(Duration::from_secs(60));
        let token = keys.sign(SessionId::new(), JoinRole::Editor, None, end).unwrap();
        assert_eq!(keys.verify(&token).unwrap().role, JoinRole::Editor);
        let configured = JoinKeys::new(Some(key("a")), None, PublicKeys::default());
        configured.set_stored(key("s"));
        assert!(configured.verify(&token).is_err());
    }
}
