//! Rate limits: by token, and by address behind a trusted proxy.

use reqwest::Method;
use reqwest::header::RETRY_AFTER;
use serde_json::{Value, json};

use super::{ADMIN, Guarded};
use crate::support::{Server, eventually};

/// The answers to so many requests at once for one address behind the proxy.
async fn burst(server: &Server, count: usize, token: Option<&str>, address: &str) -> Vec<u16> {
    let url = format!("http://{}/api/v1/sessions", server.addr);
    let requests = (0..count).map(|_| {
        let request = server.http.get(&url).header("X-Forwarded-For", address);
        let request = match token {
            Some(token) => request.bearer_auth(token),
            None => request,
        };
        async { request.send().await.unwrap().status().as_u16() }
    });
    futures_util::future::join_all(requests).await
}

fn count(statuses: &[u16], wanted: u16) -> usize {
    statuses.iter().filter(|status| **status == wanted).count()
}

const PROXY: [&str; 4] = ["--cleanup-interval", "off", "--trusted-proxies", "127.0.0.1"];

#[tokio::test]
async fn requests_beyond_the_limit_are_refused_with_a_time_to_retry() {
    let settings = [&PROXY[..], &["--rate-limit-requests", "5"]].concat();
    let server = Server::with(&settings).await;
    let statuses = burst(&server, 50, None, "192.0.2.1").await;
    assert!(count(&statuses, 200) >= 5 && count(&statuses, 429) >= 20, "{statuses:?}");
    // Another address has its own share.
    assert_eq!(burst(&server, 1, None, "192.0.2.2").await, [200]);
    let url = format!("http://{}/api/v1/sessions", server.addr);
    // On a busy machine a share may grow again before the next request.
    let response = loop {
        burst(&server, 50, None, "192.0.2.3").await;
        let request = server.http.get(&url).header("X-Forwarded-For", "192.0.2.3");
        let response = request.send().await.unwrap();
        if response.status() == 429 {
            break response;
        }
    };
    assert!(response.headers()[RETRY_AFTER].to_str().unwrap().parse::<u64>().unwrap() >= 1);
    let body: Value = response.json().await.unwrap();
    assert_eq!(body["error"]["code"], "RATE_LIMITED");
    assert!(body["error"]["details"]["retry_after_ms"].is_u64(), "{body}");
    // What monitors ask is not counted.
    for _ in 0..20 {
        server.api().get("/health").await;
    }
}

#[tokio::test]
async fn each_token_has_its_own_share_wherever_it_comes_from() {
    let settings = [&PROXY[2..], &["--rate-limit-requests", "5"]].concat();
    let guarded = Guarded::with(&settings).await;
    let (one, other) = (guarded.token("read").await, guarded.token("read").await);
    let server = &guarded.server;
    eventually("the share is used up for another address, too", || async {
        burst(server, 30, Some(&one), "192.0.2.1").await;
        burst(server, 1, Some(&one), "192.0.2.2").await == [429]
    })
    .await;
    assert_eq!(burst(server, 1, Some(&other), "192.0.2.1").await, [200]);
}

#[tokio::test]
async fn live_messages_beyond_the_limit_get_an_error() {
    let server = Server::with(&["--cleanup-interval", "off", "--rate-limit-messages", "5"]).await;
    let id = server.api().create(json!({})).await;
    let mut ws = server.ws().await;
    for _ in 0..30 {
        ws.send(json!({"type": "join_session", "session_id": id})).await;
    }
    let mut refused = 0;
    for _ in 0..30 {
        let answer = ws.answer().await;
        refused += usize::from(answer["code"] == "RATE_LIMITED");
    }
    assert!((10..=25).contains(&refused), "{refused}");
}

#[tokio::test]
async fn many_invalid_tokens_of_one_address_are_slowed() {
    let guarded = Guarded::with(&PROXY[2..]).await;
    let server = &guarded.server;
    let statuses = burst(server, 60, Some("rct_aaaaaaaa_wrong"), "192.0.2.1").await;
    assert!(count(&statuses, 401) >= 20 && count(&statuses, 429) >= 30, "{statuses:?}");
    // Neither a valid token at that address nor another address suffers.
    assert_eq!(burst(server, 1, Some(ADMIN), "192.0.2.1").await, [200]);
    assert_eq!(burst(server, 1, Some("rct_aaaaaaaa_wrong"), "192.0.2.2").await, [401]);
}

#[tokio::test]
async fn forwarded_address_of_an_untrusted_peer_is_ignored() {
    let server = Server::with(&["--cleanup-interval", "off", "--rate-limit-requests", "5"]).await;
    let mut statuses = Vec::new();
    for host in 0..40 {
        statuses.extend(burst(&server, 1, None, &format!("192.0.2.{host}")).await);
    }
    assert!(statuses.contains(&429), "{statuses:?}");
    let (status, _) = server.api().call(Method::GET, "/health", None).await;
    assert_eq!(status, 200);
}
