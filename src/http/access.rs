//! Who may call which route: the table, and the check of each request against it.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, LazyLock};

use axum::extract::{FromRequestParts, MatchedPath, RawPathParams, Request};
use axum::http::header::{AUTHORIZATION, SEC_WEBSOCKET_PROTOCOL};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method};

use super::cookie::login_id;
use super::error::ApiError;
use super::origin;
use crate::access::{Grant, Need, Reach};
use crate::error::Error;
use crate::live::Handshake;
use crate::model::SessionId;
use crate::net::{Caller, PeerClosed};
use crate::state::AppState;

/// What each route needs. A route that is not listed needs the scope `admin`.
const NEEDS: &[(&str, &str, Need)] = &[
    ("GET", "/api/v1/health", Need::Nothing),
    ("GET", "/api/v1/ready", Need::Nothing),
    ("GET", "/api/v1/openapi.json", Need::Nothing),
    // What is sent over them is checked message by message.
    ("GET", "/api/v1/ws", Need::Nothing),
    ("GET", "/socket.io", Need::Nothing),
    ("GET", "/socket.io/", Need::Nothing),
    ("POST", "/socket.io", Need::Nothing),
    ("POST", "/socket.io/", Need::Nothing),
    // The page is for everybody; what it shows it asks for as its visitor.
    ("GET", "/", Need::Nothing),
    ("GET", "/docs", Need::Nothing),
    ("GET", "/ui/{version}/{*path}", Need::Nothing),
    ("GET", "/metrics", Need::Read),
    ("GET", "/api/v1/events", Need::Read),
    ("GET", "/api/v1/sessions", Need::Read),
    ("POST", "/api/v1/sessions", Need::Write),
    ("GET", "/api/v1/sessions/{session_id}", Need::Read),
    ("PATCH", "/api/v1/sessions/{session_id}", Need::Write),
    ("DELETE", "/api/v1/sessions/{session_id}", Need::Write),
    ("GET", "/api/v1/sessions/{session_id}/info", Need::Read),
    ("POST", "/api/v1/sessions/{session_id}/touch", Need::Edit),
    ("POST", "/api/v1/sessions/{session_id}/restore", Need::Write),
    ("POST", "/api/v1/sessions/{session_id}/messages", Need::Edit),
    ("POST", "/api/v1/sessions/{session_id}/tokens", Need::Write),
    ("GET", "/api/v1/sessions/{session_id}/clients", Need::Read),
    ("DELETE", "/api/v1/sessions/{session_id}/clients/{client_id}", Need::Admin),
    ("GET", "/api/v1/sessions/{session_id}/cleanup", Need::Read),
    ("GET", "/api/v1/sessions/cleanup", Need::Read),
    ("POST", "/api/v1/sessions/cleanup", Need::Admin),
    ("POST", "/api/v1/commands/execute", Need::Edit),
    ("POST", "/api/v1/sessions/{session_id}/commands", Need::Edit),
    ("GET", "/api/v1/sessions/{session_id}/commands", Need::Read),
    ("POST", "/api/v1/sessions/{session_id}/undo", Need::Edit),
    ("POST", "/api/v1/sessions/{session_id}/redo", Need::Edit),
    ("GET", "/api/v1/sessions/{session_id}/graph", Need::Read),
    ("PUT", "/api/v1/sessions/{session_id}/graph", Need::Edit),
    ("GET", "/api/v1/sessions/{session_id}/graph/tree", Need::Read),
    ("GET", "/api/v1/sessions/{session_id}/graph/nodes/{node_id}", Need::Read),
    ("GET", "/api/v1/sessions/{session_id}/events", Need::Read),
    ("POST", "/api/v1/login", Need::Read),
    ("POST", "/api/v1/logout", Need::Nothing),
    ("POST", "/api/v1/tokens", Need::Admin),
    ("GET", "/api/v1/tokens", Need::Admin),
    ("DELETE", "/api/v1/tokens/{token_id}", Need::Admin),
    ("GET", "/api/v1/admin/settings", Need::Admin),
    ("PUT", "/api/v1/admin/log_filter", Need::Admin),
];

/// How the subprotocol with a token begins.
const TOKEN_PROTOCOL: &str = "rollcall.token.";

/// Routes that monitors ask, whatever else comes from their address.
const NEVER_LIMITED: [&str; 2] = ["/api/v1/health", "/api/v1/ready"];

/// Routes without a session in their path that check by themselves which sessions the caller may see. All
/// other such routes are refused to a caller that is restricted to some sessions.
const RESTRICTED_BY_HANDLER: [(&str, &str); 4] = [
    ("POST", "/api/v1/login"),
    ("GET", "/api/v1/sessions"),
    ("POST", "/api/v1/sessions"),
    ("POST", "/api/v1/commands/execute"),
];

/// What a route needs.
pub fn need(method: &str, path: &str) -> Need {
    static TABLE: LazyLock<HashMap<(&str, &str), Need>> = LazyLock::new(|| {
        NEEDS.iter().map(|&(method, path, need)| ((method, path), need)).collect()
    });
    TABLE.get(&(method, path)).copied().unwrap_or(Need::Admin)
}

/// What the caller of a handler may do.
pub struct Granted(pub Grant);

impl<S: Sync> FromRequestParts<S> for Granted {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let grant = parts.extensions.get::<Grant>().cloned();
        // Only a route that needs nothing has no grant.
        let missing = || Error::internal(anyhow::anyhow!("the request was not authorized"));
        Ok(Self(grant.ok_or_else(missing)?))
    }
}

/// Checks that the caller may make this request, and puts its grant into the request. Fails with
/// `UNAUTHORIZED`, `FORBIDDEN` or `RATE_LIMITED`.
pub async fn authorize(state: &Arc<AppState>, request: Request) -> Result<Request, Error> {
    let (mut parts, body) = request.into_parts();
    if let Some(grant) = check(state, &mut parts).await? {
        parts.extensions.insert(grant);
    }
    Ok(Request::from_parts(parts, body))
}

/// What the caller may do; None for a request that needs no token.
async fn check(state: &AppState, parts: &mut Parts) -> Result<Option<Grant>, Error> {
    let address = client_address(state, parts);
    // A request for no route is answered with 404, which needs no token.
    let Some(path) = parts.extensions.get::<MatchedPath>().cloned() else {
        check_rate(state, Caller::at(address))?;
        return Ok(None);
    };
    let path = path.as_str();
    let method = if parts.method == Method::HEAD { Method::GET } else { parts.method.clone() };
    let need = need(method.as_str(), path);
    if need == Need::Nothing {
        if !NEVER_LIMITED.contains(&path) {
            check_rate(state, Caller::at(address))?;
        }
        return Ok(None);
    }
    let grant = match authenticate(state, parts, address).await {
        Ok(grant) => grant,
        Err(failure) => {
            check_rate(state, Caller::at(address))?;
            return Err(failure);
        }
    };
    check_rate(state, grant.key().map_or_else(|| Caller::at(address), Caller::Token))?;
    grant.check(need)?;
    if !matches!(grant.reach(), Reach::All) {
        match session_of(parts).await? {
            Some(session_id) => state.check_session(&grant, session_id).await?,
            None if RESTRICTED_BY_HANDLER.contains(&(method.as_str(), path)) => {}
            None => grant.check_whole_server(need)?,
        }
    }
    Ok(Some(grant))
}

fn check_rate(state: &AppState, caller: Caller) -> Result<(), Error> {
    state.rate_limits.requests.as_ref().map_or(Ok(()), |limiter| limiter.check(caller))
}

/// The address of the client, or of the proxy before it if that is not trusted.
fn client_address(state: &AppState, parts: &Parts) -> IpAddr {
    let peer = PeerClosed::address_of(&parts.extensions).map(|address| address.ip());
    let unknown = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
    state.trusted_proxies.client(peer.unwrap_or(unknown), &parts.headers)
}

/// The session in the path; None if the route has none. Fails as the handler would if it is malformed.
async fn session_of(parts: &mut Parts) -> Result<Option<SessionId>, Error> {
    let params = RawPathParams::from_request_parts(parts, &())
        .await
        .map_err(|cause| Error::InvalidRequest(cause.to_string()))?;
    let session_id = params.iter().find(|(name, _)| *name == "session_id");
    session_id.map(|(_, text)| super::extract::parse_id("session", text)).transpose()
}

/// What the sender of a request may do. Fails with `UNAUTHORIZED` if a token is needed.
async fn authenticate(state: &AppState, parts: &Parts, address: IpAddr) -> Result<Grant, Error> {
    if let Some(token) = token_of(state, &parts.headers)? {
        return state.authenticate(token, address).await;
    }
    let grant = match login_grant(state, parts)? {
        Some(grant) => Some(grant),
        None => state.access.anonymous(),
    };
    grant.ok_or_else(|| Error::Unauthorized {
        message: "A token is needed. Send it as 'Authorization: Bearer <token>'.".to_owned(),
        has_token: false,
    })
}

/// What is known of the client from its handshake. A token is in the header `Authorization`, or a subprotocol,
/// since pages can't set headers of a WebSocket, or a cookie stands for it. Fails with `UNAUTHORIZED` if the
/// token is not valid.
pub async fn handshake(state: &AppState, parts: &Parts) -> Result<Handshake, Error> {
    let address = client_address(state, parts);
    let token = match token_of(state, &parts.headers)? {
        Some(token) => Some(token),
        None => protocols(&parts.headers).find_map(|name| name.strip_prefix(TOKEN_PROTOCOL)),
    };
    let grant = match token {
        Some(token) => Some(state.authenticate(token, address).await?),
        None => login_grant(state, parts)?,
    };
    let remote = PeerClosed::address_of(&parts.extensions);
    Ok(Handshake { grant, address, remote })
}

/// What a page may do that has logged in; None if it has not. Fails with `FORBIDDEN` if another page may have
/// made the browser send the cookie: requests with effects must come from a page of this server.
fn login_grant(state: &AppState, parts: &Parts) -> Result<Option<Grant>, Error> {
    let Parts { method, uri, headers, .. } = parts;
    let Some(id) = login_id(headers) else { return Ok(None) };
    let Some(token) = state.access.logins.find(id, state.clock.now()) else { return Ok(None) };
    if origin::has_effects(method, uri, headers) && !origin::is_own(uri, headers) {
        return Err(Error::Forbidden(
            "With the cookie of a login, a change must come from a page of this server. Send a token in \
             the header Authorization instead."
                .to_owned(),
        ));
    }
    Ok(Some(Grant::Service(token)))
}

/// The subprotocols that the client of a WebSocket offers.
pub fn protocols(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    let values = headers.get_all(SEC_WEBSOCKET_PROTOCOL).iter();
    values.filter_map(|value| value.to_str().ok()).flat_map(|list| list.split(',').map(str::trim))
}

/// The token of a request. While there are no tokens, an `Authorization` for a proxy in front is ignored.
fn token_of<'a>(state: &AppState, headers: &'a HeaderMap) -> Result<Option<&'a str>, Error> {
    match bearer_token(headers) {
        Err(_) if state.access.anonymous().is_some() => Ok(None),
        token => token,
    }
}

/// The token in the header `Authorization`; None if there is no such header. Fails if it is malformed.
fn bearer_token(headers: &HeaderMap) -> Result<Option<&str>, Error> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let Some(value) = values.next() else { return Ok(None) };
    let token = value.to_str().ok().and_then(|text| {
        let (scheme, token) = text.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
    });
    match (token, values.next()) {
        (Some(token), None) if !token.is_empty() => Ok(Some(token)),
        _ => Err(Error::invalid_token("The header Authorization is not 'Bearer <token>'.")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn route_that_is_not_in_the_table_needs_admin() {
        assert_eq!(need("GET", "/api/v1/sessions"), Need::Read);
        assert_eq!(need("PUT", "/api/v1/sessions"), Need::Admin);
        assert_eq!(need("GET", "/api/v1/new"), Need::Admin);
    }
}
