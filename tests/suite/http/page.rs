//! The page at `/` and its files.

use reqwest::header::{
    ACCEPT, ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH,
};
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};

use crate::support::{Server, code};

async fn get(server: &Server, path: &str, accept: &str) -> Response {
    let request = server.http.get(format!("http://{}{path}", server.addr)).header(ACCEPT, accept);
    request.send().await.unwrap()
}

fn header(response: &Response, name: impl reqwest::header::AsHeaderName) -> &str {
    response.headers().get(name).map_or("", |value| value.to_str().unwrap())
}

/// The paths that an HTML document names.
fn links(html: &str) -> Vec<&str> {
    let parts = html.split(['"', '\'']);
    parts.filter(|part| part.starts_with("ui/")).collect()
}

#[tokio::test]
async fn root_is_a_page_for_browsers_and_json_for_programs() {
    let server = Server::start().await;
    let page = get(&server, "/", "text/html,application/xhtml+xml,*/*;q=0.8").await;
    assert_eq!(header(&page, CONTENT_TYPE), "text/html; charset=utf-8");
    assert_eq!(header(&page, CACHE_CONTROL), "no-cache");
    for accept in ["*/*", "application/json", "text/html;q=0"] {
        let answer = get(&server, "/", accept).await;
        assert_eq!(header(&answer, "vary"), "accept, origin");
        let body: Value = answer.json().await.unwrap();
        assert_eq!((&body["name"], &body["api"]), (&json!("rollcall"), &json!("/api/v1")));
    }
}

#[tokio::test]
async fn files_of_the_page_may_be_kept_for_ever_and_the_page_is_asked_for_again() {
    let server = Server::start().await;
    let page = get(&server, "/", "text/html").await;
    let tag = header(&page, ETAG).to_owned();
    let html = page.text().await.unwrap();
    assert!(links(&html).len() >= 3, "{html}");
    for link in links(&html) {
        let file = get(&server, &format!("/{link}"), "*/*").await;
        assert_eq!(file.status(), StatusCode::OK, "{link}");
        assert!(header(&file, CACHE_CONTROL).contains("immutable"), "{link}");
    }
    let url = format!("http://{}/", server.addr);
    let again = server.http.get(url).header(ACCEPT, "text/html").header(IF_NONE_MATCH, tag);
    assert_eq!(again.send().await.unwrap().status(), StatusCode::NOT_MODIFIED);
}

#[tokio::test]
async fn page_loads_nothing_from_elsewhere_and_sends_no_referrer() {
    let server = Server::start().await;
    for path in ["/", "/docs"] {
        let page = get(&server, path, "text/html").await;
        assert_eq!(page.status(), StatusCode::OK, "{path}");
        let policy = header(&page, "content-security-policy");
        assert!(policy.starts_with("default-src 'none'; script-src 'self';"), "{policy}");
        assert!(!policy.contains("unsafe") && !policy.contains("http"), "{policy}");
        assert_eq!(header(&page, "x-content-type-options"), "nosniff");
        assert_eq!(header(&page, "referrer-policy"), "no-referrer");
        assert!(!page.text().await.unwrap().contains("://"), "{path}");
    }
}

#[tokio::test]
async fn files_are_compressed_only_for_those_who_take_gzip() {
    let server = Server::start().await;
    let html = get(&server, "/", "text/html").await.text().await.unwrap();
    let script = *links(&html).iter().find(|link| link.ends_with("app.js")).unwrap();
    let url = format!("http://{}/{script}", server.addr);
    let ask = |encoding: &str| server.http.get(&url).header(ACCEPT_ENCODING, encoding).send();
    let compressed = ask("br, gzip;q=0.5").await.unwrap();
    assert_eq!(header(&compressed, CONTENT_ENCODING), "gzip");
    assert_eq!(compressed.bytes().await.unwrap()[..2], [0x1f, 0x8b]);
    let plain = ask("gzip;q=0").await.unwrap();
    assert_eq!(header(&plain, CONTENT_ENCODING), "");
    assert!(plain.text().await.unwrap().contains("function App()"));
}

#[tokio::test]
async fn page_answers_head_and_refuses_what_it_does_not_have() {
    let server = Server::start().await;
    let url = |path: &str| format!("http://{}{path}", server.addr);
    let head = server.http.head(url("/")).header(ACCEPT, "text/html").send().await.unwrap();
    assert_eq!(head.status(), StatusCode::OK);
    assert_ne!(header(&head, "content-length"), "0");
    assert!(head.bytes().await.unwrap().is_empty());
    let html = get(&server, "/", "text/html").await.text().await.unwrap();
    let folder = links(&html)[0].rsplit_once('/').unwrap().0;
    let expected = [
        (Method::POST, "/".to_owned(), 405, "METHOD_NOT_ALLOWED"),
        (Method::GET, format!("/{folder}/nothing.js"), 404, "NOT_FOUND"),
        (Method::GET, "/ui/dev/app.js".to_owned(), 404, "NOT_FOUND"),
        (Method::GET, format!("/{folder}/..%2f..%2fCargo.toml"), 404, "NOT_FOUND"),
        (Method::GET, "/nothing".to_owned(), 404, "NOT_FOUND"),
    ];
    for (method, path, status, name) in expected {
        let request = server.http.request(method, url(&path)).header(ACCEPT, "text/html");
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status().as_u16(), status, "{path}");
        assert_eq!(code(&answer.json().await.unwrap()), name, "{path}");
    }
}
