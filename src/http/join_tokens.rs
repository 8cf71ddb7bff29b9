//! `/sessions/{session_id}/tokens`: join tokens, by which a browser joins one session.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::error::{ApiError, CommonErrors, SessionErrors};
use super::extract::{JsonBody, SessionPath};
use crate::access::{JoinKey, JoinRole, Lifetime, MAX_JOIN_TTL};
use crate::error::Error;
use crate::model::{SessionId, Timestamp};
use crate::state::AppState;
use crate::store::KeepJoinKey;

/// How long a join token is valid by default.
const DEFAULT_TTL: Lifetime = Lifetime(Duration::from_secs(60 * 60));

/// What a new join token is to be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"role": "editor", "user": {"name": "Ada"}, "ttl": "1h"}))]
pub struct JoinTokenRequest {
    role: JoinRole,
    /// Who the holder is, for the other clients: it replaces what the client says when it joins. At most 4 KiB
    /// of JSON.
    user: Option<Value>,
    /// How long the token is valid: a duration up to 30 days, `1h` by default.
    #[schema(value_type = Option<String>, pattern = "^[1-2]?[1-9][smhd]$")]
    ttl: Option<Lifetime>,
}

/// A new join token.
#[derive(Serialize, ToSchema)]
pub struct NewJoinToken {
    /// The token: a JWT.
    token: String,
    /// When the token ends.
    expires_at: Timestamp,
}

/// Creates a join token.
///
/// With it a browser joins this session only, as a viewer or as an editor. An application that shares a key
/// with the server can sign such tokens itself; docs/security.md has their claims.
#[utoipa::path(post, path = "/api/v1/sessions/{session_id}/tokens", tag = "access",
    operation_id = "createJoinToken", summary = "Create a join token",
    params(("session_id" = SessionId, Path)), request_body = JoinTokenRequest,
    responses((status = 201, body = NewJoinToken, description = "Join token created"),
        SessionErrors, CommonErrors))]
pub async fn create(
    State(state): State<Arc<AppState>>,
    SessionPath(session_id): SessionPath,
    JsonBody(request): JsonBody<JoinTokenRequest>,
) -> Result<(StatusCode, Json<NewJoinToken>), ApiError> {
    let JoinTokenRequest { role, user, ttl } = request;
    let Lifetime(ttl) = ttl.unwrap_or(DEFAULT_TTL);
    if ttl > MAX_JOIN_TTL {
        return Err(ApiError(Error::InvalidRequest("ttl: it is longer than 30 days".to_owned())));
    }
    state.store.overview(session_id).await?;
    let keys = &state.access.join_keys;
    if !keys.can_sign() {
        keys.set_stored(state.store.write(KeepJoinKey(JoinKey::generate()?)).await?);
    }
    let expires_at = state.clock.now().after(ttl).whole_seconds();
    let token = keys.sign(session_id, role, user, expires_at)?;
    Ok((StatusCode::CREATED, Json(NewJoinToken { token, expires_at })))
}
