//! The log, and the request ids that it shares with responses.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Binary, Server, eventually, http};

#[tokio::test]
async fn json_log_lines_are_json_with_the_request_id() {
    let mut server = Binary::start(&["--log-format", "json", "--log-filter", "debug"]).await;
    let response = http()
        .get(format!("http://{}/api/v1/health", server.addr))
        .header("x-request-id", "my-own-id")
        .send()
        .await
        .unwrap();
    assert_eq!(response.headers()["x-request-id"], "my-own-id");
    server.terminate().await;
    let log = server.log();
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let about: Vec<&Value> = lines.iter().filter(|line| line["id"] == "my-own-id").collect();
    let [line] = about[..] else { panic!("one line for the request: {log}") };
    assert_eq!(line["level"], "DEBUG");
    assert_eq!(line["message"], "request finished");
    assert_eq!(line["path"], "/api/v1/health");
}

#[tokio::test]
async fn access_log_has_one_line_for_each_request() {
    let settings = ["--log-format", "json", "--access-log", "--log-filter"];
    for filter in ["info", "debug"] {
        let mut server = Binary::start(&[&settings[..], &[filter]].concat()).await;
        let id = server.api().create(json!({"name": "a"})).await;
        let url = format!("http://{}/api/v1/sessions/{id}/graph/tree?x=secret", server.addr);
        let request = http().get(url).header("user-agent", "curl/8").header("x-request-id", "tree");
        let tree = request.send().await.unwrap().text().await.unwrap();
        server.terminate().await;
        let log = server.log();
        assert!(!log.contains("secret"), "{log}");
        let lines = log.lines().map(|line| serde_json::from_str(line).unwrap());
        let lines: Vec<Value> = lines.filter(|line: &Value| line["id"] == "tree").collect();
        let [line] = &lines[..] else { panic!("one line for the request: {log}") };
        assert_eq!(line["level"], "INFO");
        assert_eq!(line["method"], "GET");
        assert_eq!(line["route"], "/api/v1/sessions/{session_id}/graph/tree");
        assert_eq!(line["status"], 200);
        assert_eq!(line["bytes"], tree.len());
        assert_eq!(line["user_agent"], "curl/8");
        assert!(line["duration_seconds"].as_f64().unwrap() > 0.0, "{line}");
        assert!(line["remote"].as_str().unwrap().starts_with("127.0.0.1:"), "{line}");
    }
}

#[tokio::test]
async fn access_log_names_the_token_and_not_its_secret() {
    let mut server = Binary::start(&["--log-format", "json", "--access-log"]).await;
    let made = server.api().post("/tokens", json!({"name": "backend", "scope": "read"})).await;
    let token = made["token"].as_str().unwrap();
    let url = format!("http://{}/api/v1/sessions", server.addr);
    for (id, token) in [("mine", token), ("wrong", "rct_aaaaaaaa_b")] {
        let request = http().get(&url).header("x-request-id", id).bearer_auth(token);
        request.send().await.unwrap();
    }
    server.terminate().await;
    let log = server.log();
    assert!(!log.contains(token), "{log}");
    let line = |id: &str| -> Value {
        let lines = log.lines().map(|line| serde_json::from_str(line).unwrap());
        lines.into_iter().find(|line: &Value| line["id"] == id).unwrap()
    };
    assert_eq!(line("mine")["token"], "backend");
    assert_eq!(line("wrong").get("token"), None);
}

#[tokio::test]
async fn log_says_when_the_server_starts_and_has_stopped() {
    let mut server = Binary::start(&["--log-format", "json"]).await;
    server.terminate().await;
    let log = server.log();
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let messages: Vec<&str> = lines.iter().map(|line| line["message"].as_str().unwrap()).collect();
    assert_eq!(messages, ["started", "shutting down", "stopped"]);
    assert_eq!(lines[0]["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(lines[0]["addresses"], format!("http://{}", server.addr));
    assert_eq!(lines[0]["access"], "this machine");
}

#[tokio::test]
async fn log_to_a_file_has_no_colours() {
    let mut server = Binary::start(&["--log-filter", "debug"]).await;
    server.api().get("/health").await;
    server.terminate().await;
    let log = server.log();
    assert!(log.contains("request finished"), "{log}");
    assert!(!log.contains('\u{1b}'), "{log}");
}

#[tokio::test]
async fn log_lines_name_the_client_or_task() {
    let settings = ["--log-format", "json", "--log-filter", "trace", "--max-inactive-hours", "0"]
        .map(str::to_owned);
    let mut settings: Vec<&str> = settings.iter().map(String::as_str).collect();
    settings.extend(["--cleanup-interval", "50ms"]);
    let mut server = Binary::start(&settings).await;
    let id = server.api().create(json!({})).await;
    eventually("it is removed", || async {
        let path = format!("/sessions/{id}");
        server.api().call(Method::GET, &path, None).await.0 == 410
    })
    .await;
    let id = server.api().create(json!({"pinned": true})).await;
    let client_id = server.ws().await.join(&id).await["client_id"].clone();
    server.terminate().await;
    let log = server.log();
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let about = lines.iter().filter(|line| line["client_id"] == client_id);
    let about: Vec<&Value> = about.filter(|line| line.get("remote").is_some()).collect();
    let messages: Vec<&str> = about.iter().map(|line| line["message"].as_str().unwrap()).collect();
    assert_eq!(messages, ["client connected", "client disconnected"], "{log}");
    assert!(about[0]["remote"].as_str().unwrap().starts_with("127.0.0.1:"), "{log}");
    let removed = lines.iter().find(|line| line["message"] == "removed idle sessions").unwrap();
    assert_eq!(removed["span"]["name"], "cleanup", "{removed}");
}

#[tokio::test]
async fn every_response_has_a_request_id() {
    let server = Server::start().await;
    for path in ["/api/v1/health", "/api/v1/sessions/nonsense", "/nowhere"] {
        let response =
            server.http.get(format!("http://{}{path}", server.addr)).send().await.unwrap();
        let id = response.headers()["x-request-id"].to_str().unwrap();
        uuid::Uuid::parse_str(id).unwrap();
    }
}

#[tokio::test]
async fn request_id_of_the_caller_is_kept_if_well_formed() {
    let server = Server::start().await;
    let url = format!("http://{}/api/v1/health", server.addr);
    let longest = "~".repeat(128);
    for (id, is_taken) in [
        ("0af7651916cd43dd8448eb211c80319c", true),
        ("!", true),
        (longest.as_str(), true),
        (&format!("{longest}~"), false),
        ("", false),
        ("two words", false),
        ("tab\there", false),
        ("caf\u{e9}", false),
    ] {
        let response = server.http.get(&url).header("x-request-id", id).send().await.unwrap();
        let answered = response.headers()["x-request-id"].to_str().unwrap();
        if is_taken {
            assert_eq!(answered, id);
        } else {
            uuid::Uuid::parse_str(answered).unwrap();
        }
    }
}
