//! Logins: a page has a cookie in place of a service token.

use reqwest::header::{COOKIE, ORIGIN, SET_COOKIE};
use reqwest::{Method, Response};
use serde_json::json;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;

use super::{ADMIN, Guarded};

/// A request of a page, by its cookie and its origin.
async fn call(
    guarded: &Guarded,
    method: Method,
    path: &str,
    cookie: &str,
    origin: Option<&str>,
) -> Response {
    let url = format!("http://{}/api/v1{path}", guarded.server.addr);
    let mut request = guarded.server.http.request(method, url).header(COOKIE, cookie);
    if let Some(origin) = origin {
        request = request.header(ORIGIN, origin);
    }
    request.send().await.unwrap()
}

/// The whole `Set-Cookie` of a login.
async fn log_in(guarded: &Guarded, token: &str) -> String {
    let url = format!("http://{}/api/v1/login", guarded.server.addr);
    let response = guarded.server.http.post(url).bearer_auth(token).send().await.unwrap();
    assert_eq!(response.status(), 204);
    response.headers()[SET_COOKIE].to_str().unwrap().to_owned()
}

fn value(set_cookie: &str) -> &str {
    set_cookie.split(';').next().unwrap()
}

#[tokio::test]
async fn login_cookie_stands_for_the_token_and_does_not_have_it() {
    let guarded = Guarded::start().await;
    let token = guarded.token("write").await;
    let set_cookie = log_in(&guarded, &token).await;
    assert!(!set_cookie.contains(&token));
    for part in ["HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=43200"] {
        assert!(set_cookie.contains(part), "{set_cookie}");
    }
    assert!(!set_cookie.contains("Secure"), "on this machine, without TLS: {set_cookie}");
    let cookie = format!("other=1; {}", value(&set_cookie));
    assert_eq!(call(&guarded, Method::GET, "/sessions", &cookie, None).await.status(), 200);
    // It allows what the token allows.
    let own = format!("http://{}", guarded.server.addr);
    let response = call(&guarded, Method::POST, "/sessions", &cookie, Some(&own)).await;
    assert_eq!(response.status(), 201);
    assert_eq!(call(&guarded, Method::GET, "/tokens", &cookie, Some(&own)).await.status(), 403);
    guarded.revoke(&token).await;
    assert_eq!(call(&guarded, Method::GET, "/sessions", &cookie, None).await.status(), 401);
}

#[tokio::test]
async fn change_by_cookie_must_come_from_a_page_of_the_server() {
    let guarded = Guarded::start().await;
    let set_cookie = log_in(&guarded, ADMIN).await;
    let cookie = value(&set_cookie);
    let own = format!("http://{}", guarded.server.addr);
    // One on another port of this machine may call with a token, but not with the cookie.
    for origin in [None, Some("http://localhost:3000"), Some("null"), Some("https://evil.example")]
    {
        let response = call(&guarded, Method::POST, "/sessions", cookie, origin).await;
        assert_eq!(response.status(), 403, "{origin:?}");
    }
    assert_eq!(guarded.admin().get("/sessions").await["total"], 0);
    let connect = async |origin: &str| {
        let url = format!("ws://{}/api/v1/ws", guarded.server.addr);
        let mut request = url.into_client_request().unwrap();
        request.headers_mut().insert("cookie", HeaderValue::from_str(cookie).unwrap());
        request.headers_mut().insert("origin", HeaderValue::from_str(origin).unwrap());
        tokio_tungstenite::connect_async(request).await
    };
    assert!(connect("http://localhost:3000").await.is_err());
    let (socket, _) = connect(&own).await.unwrap();
    let mut ws = crate::support::Ws { socket, events: Vec::new() };
    let id = guarded.admin().create(json!({})).await;
    ws.join(&id).await;
}

#[tokio::test]
async fn logout_ends_the_login() {
    let guarded = Guarded::start().await;
    let set_cookie = log_in(&guarded, ADMIN).await;
    let cookie = value(&set_cookie);
    let response = call(&guarded, Method::POST, "/logout", cookie, None).await;
    assert_eq!(response.status(), 204);
    assert!(response.headers()[SET_COOKIE].to_str().unwrap().contains("Max-Age=0"));
    assert_eq!(call(&guarded, Method::GET, "/sessions", cookie, None).await.status(), 401);
}

#[tokio::test]
async fn login_needs_a_service_token_and_not_a_cookie() {
    let guarded = Guarded::start().await;
    let id = guarded.admin().create(json!({})).await;
    let path = format!("/sessions/{id}/tokens");
    let join = guarded.admin().post(&path, json!({"role": "viewer"})).await;
    let join = guarded.anonymous().with_token(join["token"].as_str().unwrap());
    assert_eq!(join.refusal(Method::POST, "/login", None).await.0, 401);
    assert_eq!(guarded.anonymous().refusal(Method::POST, "/login", None).await.0, 401);
    let set_cookie = log_in(&guarded, ADMIN).await;
    let own = format!("http://{}", guarded.server.addr);
    let again = call(&guarded, Method::POST, "/login", value(&set_cookie), Some(&own)).await;
    assert_eq!(again.status(), 401, "a login can't prolong itself");
}

#[tokio::test]
async fn login_cookie_is_secure_behind_tls() {
    let guarded = Guarded::with(&["--allowed-hosts", "rollcall.example"]).await;
    let url = format!("http://{}/api/v1/login", guarded.server.addr);
    for (name, value) in [("host", "rollcall.example"), ("x-forwarded-proto", "https")] {
        let request = guarded.server.http.post(&url).bearer_auth(ADMIN).header(name, value);
        let response = request.send().await.unwrap();
        assert!(response.headers()[SET_COOKIE].to_str().unwrap().contains("; Secure"), "{name}");
    }
}
