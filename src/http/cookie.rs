//! The cookie of a page that has logged in.

use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};

use super::host;

/// The name of the cookie.
pub const COOKIE_NAME: &str = "rollcall_login";

/// The id in the cookie of a page.
pub fn login_id(headers: &HeaderMap) -> Option<&str> {
    let values = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut cookies = values.flat_map(|list| list.split(';')).filter_map(|it| it.split_once('='));
    cookies.find(|(name, _)| name.trim() == COOKIE_NAME).map(|(_, id)| id.trim())
}

/// A response with the cookie. Only pages of the very same site send it, and no script can read it. It is sent
/// over TLS only, unless the page is on this machine.
pub fn set_login(uri: &Uri, headers: &HeaderMap, id: &str, max_age: u64) -> Response {
    let is_local = host::checked_target_host(uri, headers).is_some_and(|host| host.is_local());
    let is_forwarded_tls = headers.get("x-forwarded-proto").is_some_and(|proto| proto == "https");
    let secure = if is_local && !is_forwarded_tls { "" } else { "; Secure" };
    let cookie =
        format!("{COOKIE_NAME}={id}; Path=/; Max-Age={max_age}; HttpOnly; SameSite=Strict{secure}");
    (StatusCode::NO_CONTENT, [(SET_COOKIE, cookie)]).into_response()
}
