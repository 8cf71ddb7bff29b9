//! Where and how the metrics are scraped.

use reqwest::header::{ACCEPT, CONTENT_TYPE};

use crate::support::{Binary, Scrape, Server, eventually};

#[tokio::test]
async fn scrape_is_openmetrics_for_those_who_accept_it() {
    let server = Server::start().await;
    let url = format!("http://{}/metrics", server.addr);
    for (accept, kind, has_end) in [
        ("*/*", "text/plain; version=0.0.4; charset=utf-8", false),
        (
            "application/openmetrics-text;version=1.0.0,text/plain;q=0.5",
            "application/openmetrics-text; version=1.0.0; charset=utf-8",
            true,
        ),
    ] {
        let response = server.http.get(&url).header(ACCEPT, accept).send().await.unwrap();
        assert_eq!(response.headers()[CONTENT_TYPE], kind);
        let text = response.text().await.unwrap();
        assert_eq!(text.ends_with("# EOF\n"), has_end, "{text}");
        assert!(text.contains("\nrollcall_ready 1\n"), "{text}");
    }
}

#[tokio::test]
async fn metrics_listener_serves_metrics_alone() {
    let settings = ["--cleanup-interval", "off", "--metrics-listen", "127.0.0.1:0"];
    let server = Binary::start(&settings).await;
    eventually("it says where", || async { server.log().contains("serving metrics") }).await;
    let log = server.log();
    let addr = log.split("serving metrics at http://").nth(1).unwrap();
    let addr = addr.split("/metrics").next().unwrap();
    let addr = addr.parse().unwrap();
    assert_eq!(Scrape::of(addr).await.value("rollcall_ready"), 1.0);
    let get = |path| reqwest::get(format!("http://{addr}{path}"));
    assert_eq!(get("/api/v1/health").await.unwrap().status(), 404);
    let post = reqwest::Client::new().post(format!("http://{addr}/metrics")).send().await.unwrap();
    assert_eq!(post.status(), 405);
}

#[tokio::test]
async fn label_values_that_clients_make_up_are_not_kept() {
    let server = Server::start().await;
    let unknown = reqwest::Method::from_bytes(b"BREW").unwrap();
    for path in ["/api/v1/health", "/nowhere/1", "/nowhere/2"] {
        let url = format!("http://{}{path}", server.addr);
        server.http.request(unknown.clone(), url).send().await.unwrap();
    }
    let scrape = Scrape::of(server.addr).await;
    let count = |labels| scrape.value(&format!("rollcall_http_requests_total{{{labels}}}"));
    assert_eq!(count(r#"method="other",route="/api/v1/health",status="405""#), 1.0);
    assert_eq!(count(r#"method="other",route="none",status="404""#), 2.0);
    assert!(!scrape.0.contains("BREW") && !scrape.0.contains("nowhere"), "{}", scrape.0);
}
