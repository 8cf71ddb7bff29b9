//! Join tokens: JWTs that let a browser join sessions. Their claims, and what they grant.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::error::Error;
use crate::json;
use crate::model::{SessionId, Timestamp};

/// The longest time for which the server makes a join token.
pub const MAX_JOIN_TTL: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// The audience that every join token names.
pub(super) const AUDIENCE: &str = "rollcall";
/// The most bytes of the user in a token, as JSON.
const MAX_USER_BYTES: usize = 4096;

/// What the holder of a join token does in its sessions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum JoinRole {
    /// Joins, reads and sends presence.
    Viewer,
    /// Also changes the content.
    Editor,
}

/// The claims of a join token.
#[derive(Serialize, Deserialize)]
pub(super) struct Claims {
    /// Checked when the token is verified, where it may also be a list.
    #[serde(default)]
    aud: Value,
    exp: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    sub: Option<String>,
    rollcall: RollcallClaim,
}

#[derive(Serialize, Deserialize)]
struct RollcallClaim {
    #[serde(skip_serializing_if = "Option::is_none")]
    sessions: Option<Vec<SessionId>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    projects: Option<Vec<String>>,
    role: JoinRole,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<Value>,
}

/// The sessions that a join token is for.
#[derive(Debug)]
pub(super) enum JoinReach {
    Sessions(Vec<SessionId>),
    Projects(Vec<String>),
}

/// What a join token grants.
#[derive(Debug)]
pub struct JoinGrant {
    pub(super) reach: JoinReach,
    /// What the holder does in the sessions.
    pub role: JoinRole,
    /// Who the holder is, for the other clients: the claim `user`, or else the subject as `{"id": …}`. None
    /// if the token has neither.
    pub user: Option<Value>,
    /// When the token ends.
    pub expires_at: Timestamp,
    /// A number that distinguishes tokens.
    pub(super) key: u64,
}

impl Claims {
    /// The claims of a token that the server makes for one session.
    pub(super) fn new(
        session_id: SessionId,
        role: JoinRole,
        user: Option<Value>,
        expires_at: Timestamp,
    ) -> Self {
        // Whole seconds, so that the token ends at the time that the response names.
        let exp = (expires_at.as_micros() / 1_000_000) as f64;
        let claim = RollcallClaim { sessions: Some(vec![session_id]), projects: None, role, user };
        Self { aud: AUDIENCE.into(), exp, sub: None, rollcall: claim }
    }
}

impl JoinGrant {
    /// What a token with these claims grants. Fails with `UNAUTHORIZED` if they make no sense.
    pub(super) fn new(claims: Claims, key: u64) -> Result<Self, Error> {
        let Claims { exp, sub, rollcall, .. } = claims;
        let RollcallClaim { sessions, projects, role, user } = rollcall;
        let reach = match (sessions, projects) {
            (Some(sessions), None) => JoinReach::Sessions(sessions),
            (None, Some(projects)) => JoinReach::Projects(projects),
            _ => {
                let text = "The claim 'rollcall' must have either 'sessions' or 'projects'.";
                return Err(Error::invalid_token(text));
            }
        };
        check_user(user.as_ref()).map_err(|cause| Error::invalid_token(&cause.to_string()))?;
        let user = user.or_else(|| sub.map(|id| json!({"id": id})));
        let expires_at = Timestamp::from_micros((exp * 1e6) as i64);
        let expires_at =
            expires_at.ok_or_else(|| Error::invalid_token("The claim 'exp' is out of range."))?;
        Ok(Self { reach, role, user, expires_at, key })
    }
}

/// Fails with `INVALID_REQUEST` if the user is too large to be sent to other clients.
pub(super) fn check_user(user: Option<&Value>) -> Result<(), Error> {
    user.map_or(Ok(()), |user| json::check_free("user", user, MAX_USER_BYTES))
}
