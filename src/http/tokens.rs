//! `/tokens`: service tokens.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::error::{ApiError, CommonErrors, ErrorBody};
use super::extract::{JsonBody, NoInput};
use crate::access::{Lifetime, NewToken, StoredToken, TokenScope};
use crate::error::Error;
use crate::model::{Timestamp, excerpt};
use crate::state::AppState;
use crate::store::{CreateToken, RevokeToken};

/// What a new service token is to be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "backend", "scope": "write", "expires_in": "90d"}))]
pub struct TokenRequest {
    /// What the token is for, for people.
    #[schema(min_length = 1, max_length = 200, pattern = "^[^\\u0000-\\u001f\\u007f-\\u009f]*$")]
    name: String,
    scope: TokenScope,
    /// The only project whose sessions the token may see; all sessions by default.
    #[schema(max_length = 1024)]
    project_id: Option<String>,
    /// How long the token is valid, such as `90d`; for ever by default.
    #[schema(value_type = Option<String>, pattern = "^[1-9][0-9]{0,2}[smhd]$")]
    expires_in: Option<Lifetime>,
}

/// A service token, without the token itself.
#[derive(Serialize, ToSchema)]
pub struct ServiceTokenInfo {
    /// What names the token. It is a part of the token.
    id: String,
    name: String,
    scope: TokenScope,
    /// The only project whose sessions the token may see; null for all sessions.
    project_id: Option<String>,
    created_at: Timestamp,
    /// When the token stops to be valid; null for never.
    expires_at: Option<Timestamp>,
    /// When the token was last used; null if it was not used.
    last_used_at: Option<Timestamp>,
    /// When the token was revoked; null if it was not.
    revoked_at: Option<Timestamp>,
}

impl From<StoredToken> for ServiceTokenInfo {
    fn from(token: StoredToken) -> Self {
        Self {
            id: token.id,
            name: token.name,
            scope: token.scope,
            project_id: token.project_id,
            created_at: token.created_at,
            expires_at: token.expires_at,
            last_used_at: token.last_used_at,
            revoked_at: token.revoked_at,
        }
    }
}

/// A new service token. It is shown here and never again.
#[derive(Serialize, ToSchema)]
pub struct NewServiceToken {
    /// The token.
    token: String,
    #[serde(flatten)]
    info: ServiceTokenInfo,
}

/// The service tokens.
#[derive(Serialize, ToSchema)]
pub struct ServiceTokenList {
    tokens: Vec<ServiceTokenInfo>,
}

/// Creates a service token.
///
/// The response has the token, which is stored as a hash only, so it can't be shown again.
#[utoipa::path(post, path = "/api/v1/tokens", tag = "access",
    operation_id = "createToken", summary = "Create a service token",
    request_body = TokenRequest,
    responses((status = 201, body = NewServiceToken, description = "Token created"),
        (status = 422, body = ErrorBody, description = "INVALID_COMMAND: there are too many tokens"),
        CommonErrors))]
pub async fn create(
    State(state): State<Arc<AppState>>,
    JsonBody(request): JsonBody<TokenRequest>,
) -> Result<(StatusCode, Json<NewServiceToken>), ApiError> {
    let TokenRequest { name, scope, project_id, expires_in } = request;
    let new = NewToken { name, scope, project_id, lifetime: expires_in };
    let (token, stored) = new.make(state.clock.now())?;
    state.store.write(CreateToken(stored.clone())).await?;
    state.reload_tokens().await?;
    Ok((StatusCode::CREATED, Json(NewServiceToken { token, info: stored.into() })))
}

/// Lists the service tokens, revoked and expired ones included.
///
/// The oldest comes first. The tokens themselves are not stored, and so not listed.
#[utoipa::path(get, path = "/api/v1/tokens", tag = "access",
    operation_id = "listTokens", summary = "List service tokens",
    responses((status = 200, body = ServiceTokenList, description = "Service tokens"), CommonErrors))]
pub async fn list(State(state): State<Arc<AppState>>) -> Result<Json<ServiceTokenList>, ApiError> {
    let mut tokens = state.store.tokens().await?;
    for token in &mut tokens {
        // The database has it up to a minute later.
        token.last_used_at = state.access.tokens.last_use(&token.id).or(token.last_used_at);
    }
    Ok(Json(ServiceTokenList { tokens: tokens.into_iter().map(Into::into).collect() }))
}

/// Revokes a service token.
///
/// It is refused from now on, and ends the live connections that it has opened.
#[utoipa::path(delete, path = "/api/v1/tokens/{token_id}", tag = "access",
    operation_id = "revokeToken", summary = "Revoke a service token",
    params(("token_id" = String, Path)),
    responses((status = 204, description = "Token revoked"),
        (status = 404, body = ErrorBody, description = "TOKEN_NOT_FOUND: there is no token with this id"),
        CommonErrors))]
pub async fn revoke(
    State(state): State<Arc<AppState>>,
    Path(token_id): Path<String>,
    _: NoInput,
) -> Result<StatusCode, ApiError> {
    if !state.store.write(RevokeToken(token_id.clone())).await? {
        return Err(ApiError(Error::TokenNotFound(excerpt(&token_id))));
    }
    state.reload_tokens().await?;
    Ok(StatusCode::NO_CONTENT)
}
