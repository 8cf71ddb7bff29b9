//! One key of join tokens: a secret one that signs and verifies, or a public one that verifies.

use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, JwkSet};
use jsonwebtoken::{Algorithm, DecodingKey, Header, Validation};

use super::join_token::AUDIENCE;
use super::service_token::random_bytes;
use crate::error::Error;

/// How far the clocks of this machine and of the signer may be apart, in seconds.
const LEEWAY_SECONDS: u64 = 30;
/// The fewest bytes of a key that an application shares with the server (RFC 7518, section 3.2).
const MIN_KEY_BYTES: usize = 32;

/// A secret key of HS256.
#[derive(Clone, PartialEq, Eq)]
pub struct JoinKey(Vec<u8>);

impl JoinKey {
    /// Takes the bytes of a key as an operator writes it; line ends behind it are ignored. Fails if it is too
    /// short.
    pub fn parse(bytes: &[u8]) -> Result<Self, String> {
        let key = bytes.trim_ascii_end();
        if key.len() < MIN_KEY_BYTES {
            return Err(format!(
                "the join key must have at least {MIN_KEY_BYTES} bytes; make one with: openssl rand -hex 32"
            ));
        }
        Ok(Self(key.to_vec()))
    }

    /// A random key. Fails if the operating system gives no random bytes.
    pub fn generate() -> Result<Self, Error> {
        Ok(Self(random_bytes::<MIN_KEY_BYTES>()?.to_vec()))
    }

    /// A key as it was stored.
    pub fn from_stored(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// The bytes to store.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// Public keys of ES256 and EdDSA, by which an application's tokens are verified.
#[derive(Clone, Default)]
pub struct PublicKeys(pub(super) Vec<Verifier>);

impl PublicKeys {
    /// Whether there is no key.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Reads PEM blocks or a JWK set. Keys of other algorithms in a set are skipped; fails if none is left.
    pub fn parse(text: &str) -> Result<Self, String> {
        let keys: Vec<Verifier> = match text.trim_start().starts_with('{') {
            true => {
                let set: JwkSet = serde_json::from_str(text)
                    .map_err(|cause| format!("it is not a JWK set: {cause}"))?;
                set.keys.iter().filter_map(Verifier::from_jwk).collect()
            }
            false => {
                const END: &str = "-----END PUBLIC KEY-----";
                let blocks = text.split_inclusive(END).filter(|block| block.contains(END));
                blocks.map(Verifier::from_pem).collect::<Result<_, _>>()?
            }
        };
        match keys.is_empty() {
            true => {
                Err("it has no public key of ES256 or EdDSA, as PEM or in a JWK set".to_owned())
            }
            false => Ok(Self(keys)),
        }
    }
}

/// A key that verifies tokens of one algorithm.
#[derive(Clone)]
pub struct Verifier {
    key_id: Option<String>,
    algorithm: Algorithm,
    /// What verifies the signature.
    pub key: DecodingKey,
}

impl Verifier {
    pub fn from_secret(JoinKey(secret): &JoinKey) -> Self {
        let key = DecodingKey::from_secret(secret);
        Self { key_id: None, algorithm: Algorithm::HS256, key }
    }

    fn from_pem(block: &str) -> Result<Self, String> {
        let ec = DecodingKey::from_ec_pem(block.as_bytes()).map(|key| (Algorithm::ES256, key));
        let key = ec.or_else(|_| {
            DecodingKey::from_ed_pem(block.as_bytes()).map(|key| (Algorithm::EdDSA, key))
        });
        let (algorithm, key) =
            key.map_err(|_| "a PEM block is no public key of ES256 or EdDSA".to_owned())?;
        Ok(Self { key_id: None, algorithm, key })
    }

    /// None for a key of another algorithm.
    fn from_jwk(jwk: &Jwk) -> Option<Self> {
        let algorithm = match &jwk.algorithm {
            AlgorithmParameters::EllipticCurve(it) if it.curve == EllipticCurve::P256 => {
                Algorithm::ES256
            }
            AlgorithmParameters::OctetKeyPair(it) if it.curve == EllipticCurve::Ed25519 => {
                Algorithm::EdDSA
            }
            _ => return None,
        };
        let key = DecodingKey::from_jwk(jwk).ok()?;
        Some(Self { key_id: jwk.common.key_id.clone(), algorithm, key })
    }

    /// Whether the key may have signed a token with this header.
    pub fn fits(&self, header: &Header) -> bool {
        let is_named = match (&self.key_id, &header.kid) {
            (Some(own), Some(named)) => own == named,
            _ => true,
        };
        self.algorithm == header.alg && is_named
    }

    pub fn validation(&self) -> Validation {
        let mut validation = Validation::new(self.algorithm);
        validation.leeway = LEEWAY_SECONDS;
        validation.validate_nbf = true;
        validation.set_audience(&[AUDIENCE]);
        validation.set_required_spec_claims(&["exp", "aud"]);
        validation
    }
}
