//! `rollcall sessions list|show|remove|cleanup` and `rollcall join-token`.

use reqwest::Method;
use serde_json::{Value, json};

use super::run;
use crate::support::Server;

/// The cells of a row of a table.
fn cells(line: &str) -> Vec<&str> {
    line.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect()
}

#[tokio::test]
async fn sessions_are_listed_in_a_table_or_as_json() {
    let server = Server::start().await;
    let api = server.api();
    let first = api.create(json!({"name": "Sprint board", "project_id": "acme"})).await;
    api.create(json!({"name": "a\u{1b}[31m\nb", "pinned": true})).await;
    server.ws().await.join(&first).await;
    let table = run(server.addr, &["sessions", "list"]).await.out();
    let lines: Vec<&str> = table.lines().collect();
    assert_eq!(lines.len(), 3, "{table}");
    assert_eq!(lines[0].split("  ").next().unwrap(), "SESSION ID");
    assert_eq!(cells(lines[1])[0], first);
    assert_eq!(cells(lines[1])[4..], ["no", "acme", "Sprint board"]);
    // What others have chosen as a name does not get at the terminal.
    assert_eq!(cells(lines[2])[4..], ["yes", "-", "a\\u{1b}[31m\\nb"]);
    // Everything stands below its head.
    for name in ["CLIENTS", "LAST ACTIVITY", "NAME"] {
        let at = lines[0].find(name).unwrap();
        assert!(lines[1..].iter().all(|line| line[..at].ends_with("  ")), "{table}");
    }

    let page = run(server.addr, &["sessions", "list", "--json"]).await.json();
    assert_eq!(page, api.get("/sessions?limit=1000").await);
    assert_eq!(run(server.addr, &["sessions", "--json", "list"]).await.json(), page);
}

#[tokio::test]
async fn list_has_the_filters_of_the_api_and_says_how_to_go_on() {
    let server = Server::start().await;
    let api = server.api();
    let first = api.create(json!({"project_id": "acme"})).await;
    let second = api.create(json!({})).await;
    let mut ada = server.ws().await;
    ada.join(&second).await;
    for (arguments, expected) in [
        (vec!["--project", "acme"], vec![&first]),
        (vec!["--active"], vec![&second]),
        (vec!["--empty"], vec![&first]),
        (vec!["--idle-hours", "1"], vec![]),
        (vec!["--order", "-created_at"], vec![&second, &first]),
    ] {
        let arguments = [&["sessions", "list", "--json"], &arguments[..]].concat();
        let page = run(server.addr, &arguments).await.json();
        let ids: Vec<&Value> = page["sessions"]
            .as_array()
            .unwrap()
            .iter()
            .map(|session| &session["session_id"])
            .collect();
        assert_eq!(json!(ids), json!(expected), "{arguments:?}");
    }
    let page = run(server.addr, &["sessions", "list", "--limit", "1"]).await;
    let cursor = page.err.trim().strip_prefix("1 of 2 sessions; for the next ones add --cursor ");
    let cursor = cursor.unwrap_or_else(|| panic!("{}", page.err));
    assert!(page.out.contains(&first) && !page.out.contains(&second), "{}", page.out);
    let rest = run(server.addr, &["sessions", "list", "--cursor", cursor]).await.out();
    assert!(rest.contains(&second) && !rest.contains(&first), "{rest}");
}

#[tokio::test]
async fn session_is_shown_with_its_clients_and_why_it_stays() {
    let server = Server::start().await;
    let api = server.api();
    let id = api.create(json!({"name": "board"})).await;
    let alone = run(server.addr, &["sessions", "show", &id]).await.out();
    assert!(alone.contains("\ncleanup        it stays until 20"), "{alone}");
    let mut ada = server.ws().await;
    let user = json!({"name": "Ada"});
    ada.ask(json!({"type": "join_session", "session_id": id, "user": user})).await;
    let shown = run(server.addr, &["sessions", "show", &id]).await.out();
    assert!(shown.contains("\ncleanup        it stays: has_clients"), "{shown}");
    assert!(shown.contains("\nCLIENT ID") && shown.contains(r#"{"name":"Ada"}"#), "{shown}");
    let json = run(server.addr, &["sessions", "show", &id, "--json"]).await.json();
    assert_eq!(json["name"], "board");
    assert_eq!(json["clients"][0]["user"], user);
    assert_eq!(json["cleanup"], api.get(&format!("/sessions/{id}/cleanup")).await);
}

#[tokio::test]
async fn removal_wants_yes_and_goes_on_after_a_failure() {
    let server = Server::start().await;
    let api = server.api();
    let (first, second) = (api.create(json!({})).await, api.create(json!({})).await);
    let missing = "00000000-0000-7000-8000-000000000001";
    let remove = ["sessions", "remove", &first, missing, &second];
    let refused = run(server.addr, &remove).await;
    assert_eq!((refused.status, refused.out.as_str()), (2, ""));
    assert!(refused.err.contains("--yes"), "{}", refused.err);
    assert_eq!(api.get("/sessions").await["total"], 2);
    let removed = run(server.addr, &[&remove[..], &["--yes", "--json"]].concat()).await;
    assert_eq!(removed.status, 3);
    assert!(removed.err.contains(missing) && removed.err.contains("(SESSION_NOT_FOUND)"));
    assert!(removed.err.contains("Removed 2 sessions."), "{}", removed.err);
    let json: Value = serde_json::from_str(&removed.out).unwrap();
    assert_eq!(json, json!({"removed_sessions": [first, second], "count": 2}));
    assert_eq!(api.get("/sessions").await["total"], 0);
}

#[tokio::test]
async fn cleanup_prints_what_it_removes_or_would() {
    let server = Server::start().await;
    let api = server.api();
    let id = api.create(json!({})).await;
    let hours = ["--max-inactive-hours", "0"];
    let clean = ["sessions", "cleanup"];
    let dry = run(server.addr, &[&clean[..], &hours, &["--dry-run"]].concat()).await;
    assert_eq!((dry.out.trim(), dry.err.trim()), (id.as_str(), "Would remove 1 session."));
    // Not idle for as long as the server's setting says.
    let none = run(server.addr, &[&clean[..], &["--yes"]].concat()).await;
    assert_eq!((none.out.trim(), none.err.trim()), ("", "Removed 0 sessions."));
    let refused = run(server.addr, &[&clean[..], &hours].concat()).await;
    assert_eq!(refused.status, 2, "{}", refused.err);
    assert_eq!(api.get("/sessions").await["total"], 1);
    let done = run(server.addr, &[&clean[..], &hours, &["--yes", "--json"]].concat()).await.json();
    assert_eq!(done, json!({"removed_sessions": [id], "count": 1, "dry_run": false}));
    assert_eq!(api.call(Method::GET, &format!("/sessions/{id}"), None).await.0, 410);
}

#[tokio::test]
async fn join_token_lets_its_holder_join() {
    let server = Server::start().await;
    let id = server.api().create(json!({})).await;
    let arguments = ["join-token", &id, "--role", "viewer", "--user", r#"{"name": "Ada"}"#];
    let made = run(server.addr, &arguments).await;
    let token = made.out.trim();
    assert!(made.err.contains("expires at 20"), "{}", made.err);
    let mut ada = server.ws().await;
    let answer = ada.ask(json!({"type": "auth", "token": token})).await;
    assert_eq!(answer["type"], "authenticated", "{answer}");
    ada.join(&id).await;
    let clients = server.api().get(&format!("/sessions/{id}/clients")).await;
    assert_eq!(clients["clients"][0]["user"], json!({"name": "Ada"}));
    let json =
        run(server.addr, &[&arguments[..], &["--ttl", "8h", "--json"]].concat()).await.json();
    assert!(json["token"].is_string() && json["expires_at"].is_string(), "{json}");
}
