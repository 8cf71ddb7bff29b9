//! Service tokens: `rct_<id>_<secret>`. The fixed prefix lets scanners for leaked secrets find them.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::lifetime::Lifetime;
use super::scope::TokenScope;
use crate::error::Error;
use crate::model::Timestamp;

const PREFIX: &str = "rct_";
/// The number of characters of a token's id.
const ID_CHARS: usize = 8;
/// The number of random bytes of a token's secret.
const SECRET_BYTES: usize = 32;
/// The characters of ids: 32, so that each random byte gives one without a bias.
const ID_ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
/// The most characters of the name of a token.
const MAX_NAME_CHARS: usize = 200;
/// The most bytes of a project id, as those of sessions.
const MAX_PROJECT_BYTES: usize = 1024;
/// The fewest characters of a token that an operator chooses.
const MIN_ADMIN_TOKEN_CHARS: usize = 32;

/// The SHA-256 of a whole token. The secret has full entropy, so no slow hash is needed.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct TokenHash([u8; 32]);

impl TokenHash {
    /// The hash of a token.
    pub fn of(token: &str) -> Self {
        Self(Sha256::digest(token.as_bytes()).into())
    }

    /// A hash as it is stored; None if it does not have 32 bytes.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// The bytes to store.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// A part of the hash that distinguishes tokens, where nothing depends on it but a rate limit.
    pub fn key(&self) -> u64 {
        self.0.iter().take(8).fold(0, |key, byte| key << 8 | u64::from(*byte))
    }

    /// Whether it is the hash of `token`, in a time that does not depend on either.
    pub fn matches(&self, token: &str) -> bool {
        self.0.ct_eq(&Self::of(token).0).into()
    }
}

/// A new service token, whose text is shown once and never stored.
struct TokenSecret {
    /// The id, which is a part of the text and names the token afterwards.
    id: String,
    /// The whole token.
    text: String,
    /// What is stored of it.
    hash: TokenHash,
}

impl TokenSecret {
    /// Makes a token from random bytes of the operating system. Fails if it gives none.
    fn generate() -> Result<Self, Error> {
        let id: [u8; ID_CHARS] = random_bytes()?;
        let id: String =
            id.iter().map(|byte| char::from(ID_ALPHABET[usize::from(byte % 32)])).collect();
        let secret = URL_SAFE_NO_PAD.encode(random_bytes::<SECRET_BYTES>()?);
        let text = format!("{PREFIX}{id}_{secret}");
        Ok(Self { id, hash: TokenHash::of(&text), text })
    }
}

/// Random bytes of the operating system.
pub fn random_bytes<const COUNT: usize>() -> Result<[u8; COUNT], Error> {
    let mut bytes = [0; COUNT];
    getrandom::fill(&mut bytes)
        .map_err(|cause| Error::internal(anyhow::anyhow!("no random bytes: {cause}")))?;
    Ok(bytes)
}

/// The id in a service token; None if the text does not look like one.
pub fn id_of(token: &str) -> Option<&str> {
    let (id, _) = token.strip_prefix(PREFIX)?.split_once('_')?;
    (id.len() == ID_CHARS).then_some(id)
}

/// A service token as it is stored: everything but the token itself.
#[derive(Clone)]
pub struct StoredToken {
    /// What names the token.
    pub id: String,
    /// What it is for, for people.
    pub name: String,
    /// The hash of the token.
    pub hash: TokenHash,
    /// What it allows.
    pub scope: TokenScope,
    /// The only project whose sessions it may see; None for all sessions.
    pub project_id: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it stops to be valid; None for never.
    pub expires_at: Option<Timestamp>,
    /// When it was last used, to within a minute.
    pub last_used_at: Option<Timestamp>,
    /// When it was revoked; None if it was not.
    pub revoked_at: Option<Timestamp>,
}

/// What a new service token is to be.
pub struct NewToken {
    /// What it is for, for people: at most 200 characters.
    pub name: String,
    /// What it allows.
    pub scope: TokenScope,
    /// The only project whose sessions it may see; None for all sessions.
    pub project_id: Option<String>,
    /// How long it is valid; None for ever.
    pub lifetime: Option<Lifetime>,
}

impl NewToken {
    /// Makes the token: its text, which is shown once, and what is stored. Fails with `INVALID_REQUEST` if the
    /// name or the project is malformed.
    pub fn make(self, now: Timestamp) -> Result<(String, StoredToken), Error> {
        let Self { name, scope, project_id, lifetime } = self;
        let is_name = (1..=MAX_NAME_CHARS).contains(&name.chars().count());
        if !is_name || name.contains(char::is_control) {
            return Err(Error::InvalidRequest(format!(
                "name: it must have 1 to {MAX_NAME_CHARS} characters, and no control characters"
            )));
        }
        let is_project = |id: &String| id.len() <= MAX_PROJECT_BYTES && !id.contains('\0');
        if !project_id.as_ref().is_none_or(is_project) {
            return Err(Error::InvalidRequest(format!(
                "project_id: it must have at most {MAX_PROJECT_BYTES} bytes, and no U+0000"
            )));
        }
        let TokenSecret { id, text, hash } = TokenSecret::generate()?;
        let expires_at = lifetime.map(|Lifetime(duration)| now.after(duration));
        let stored = StoredToken {
            id,
            name,
            hash,
            scope,
            project_id,
            created_at: now,
            expires_at,
            last_used_at: None,
            revoked_at: None,
        };
        Ok((text, stored))
    }
}

/// A token with the scope `admin` that the operator chooses, so that there is one before any is made.
#[derive(Clone)]
pub struct AdminToken(pub(super) TokenHash);

impl AdminToken {
    /// Takes a token of at least 32 visible ASCII characters; a line end behind it is ignored.
    pub fn parse(text: &str) -> Result<Self, String> {
        let token = text.trim_end_matches(['\r', '\n']);
        let is_visible = token.bytes().all(|byte| byte.is_ascii_graphic());
        if token.len() < MIN_ADMIN_TOKEN_CHARS || !is_visible {
            return Err(format!(
                "the admin token must have at least {MIN_ADMIN_TOKEN_CHARS} characters, all of them \
                 visible ASCII without blanks; make one with: openssl rand -hex 32"
            ));
        }
        Ok(Self(TokenHash::of(token)))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn generated_tokens_have_the_documented_format_and_differ() {
        let (one, other) = (TokenSecret::generate().unwrap(), TokenSecret::generate().unwrap());
        assert_eq!(one.text.len(), PREFIX.len() + ID_CHARS + 1 + 43);
        assert_eq!(id_of(&one.text), Some(one.id.as_str()));
        assert!(one.id != other.id && one.text != other.text);
        assert!(one.hash.matches(&one.text) && !one.hash.matches(&other.text));
        assert!(!one.hash.matches(""));
    }

    #[test]
    fn short_or_unprintable_admin_token_is_rejected() {
        let good = "0123456789abcdef0123456789abcdef";
        assert!(AdminToken::parse(good).is_ok() && AdminToken::parse(&format!("{good}\n")).is_ok());
        for wrong in ["", &good[1..], &format!("{good} x"), &format!("\n{good}"), &"é".repeat(40)]
        {
            assert!(AdminToken::parse(wrong).is_err(), "{wrong}");
        }
    }
}
