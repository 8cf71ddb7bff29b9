//! `/login` and `/logout`: the cookie of a page that uses the API.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;

use super::access::Granted;
use super::cookie::{login_id, set_login};
use super::error::{ApiError, CommonErrors};
use super::extract::NoInput;
use crate::access::{Grant, LOGIN_LIFETIME};
use crate::error::Error;
use crate::state::AppState;

/// Logs a page in.
///
/// The response sets a cookie in place of the service token of the request, so that the page need not keep the
/// token. The cookie is valid for 12 hours, or until the token ends.
#[utoipa::path(post, path = "/api/v1/login", tag = "access",
    operation_id = "logIn", summary = "Log in",
    responses((status = 204, description = "Logged in", headers(("Set-Cookie" = String, description = "The cookie"))), CommonErrors))]
pub async fn log_in(
    State(state): State<Arc<AppState>>,
    Granted(grant): Granted,
    _: NoInput,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response, ApiError> {
    // A cookie must not become a longer one.
    let (Grant::Service(token), true) = (grant, headers.contains_key(AUTHORIZATION)) else {
        return Err(ApiError(Error::Unauthorized {
            message: "Log in with a service token: 'Authorization: Bearer <token>'.".to_owned(),
            has_token: false,
        }));
    };
    let id = state.access.logins.begin(token, state.clock.now())?;
    Ok(set_login(&uri, &headers, &id, LOGIN_LIFETIME.as_secs()))
}

/// Logs a page out.
///
/// The cookie is no longer valid, and the response removes it. There need not be one.
#[utoipa::path(post, path = "/api/v1/logout", tag = "access",
    operation_id = "logOut", summary = "Log out",
    responses((status = 204, description = "Logged out", headers(("Set-Cookie" = String, description = "Removes the cookie"))), CommonErrors))]
pub async fn log_out(
    State(state): State<Arc<AppState>>,
    _: NoInput,
    headers: HeaderMap,
    uri: Uri,
) -> Response {
    if let Some(id) = login_id(&headers) {
        state.access.logins.end(id);
    }
    set_login(&uri, &headers, "", 0)
}
