//! `rollcall webhook`: every command, with a receiver.

use serde_json::json;

use super::run;
use crate::support::{Server, eventually};
use crate::webhooks::receiver::Receiver;

#[tokio::test]
async fn webhook_is_created_tried_and_removed() {
    let server = Server::with(&["--cleanup-interval", "off", "--webhook-allow-private"]).await;
    let (api, receiver) = (server.api(), Receiver::start().await);
    let url = receiver.url();
    let webhook =
        async |arguments: &[&str]| run(server.addr, &[&["webhook"], arguments].concat()).await;

    let created =
        webhook(&["create", &url, "--type", "session.removed", "--project", "p", "--json"])
            .await
            .json();
    let id = created["endpoint_id"].as_str().unwrap();
    assert!(created["secret"].as_str().unwrap().starts_with("whsec_"), "{created}");
    assert_eq!(created["types"], json!(["session.removed"]));
    assert_eq!(created["project_id"], "p");

    let table = webhook(&["list"]).await.out();
    assert!(table.lines().count() == 2 && table.contains(id) && table.contains(&url), "{table}");
    assert_eq!(webhook(&["list", "--json"]).await.json(), api.get("/webhooks").await);
    let shown = webhook(&["show", id]).await.out();
    assert!(
        shown.contains("types       session.removed\n") && !shown.contains("whsec_"),
        "{shown}"
    );

    let message = webhook(&["test", id]).await.out();
    let message = message.trim();
    receiver.receive(1).await;
    assert_eq!(receiver.seen()[0].id(), message);
    eventually("it is recorded", async || {
        webhook(&["deliveries", id]).await.out().contains("delivered")
    })
    .await;
    let page = webhook(&["deliveries", id, "--state", "delivered", "--json"]).await.json();
    assert_eq!(page["deliveries"][0]["message_id"], message);
    assert_eq!(webhook(&["deliveries", id, "--state", "failed"]).await.out().lines().count(), 1);
    webhook(&["retry", id, message]).await.out();
    receiver.receive(2).await;
    eventually("it is recorded again", async || {
        webhook(&["deliveries", id]).await.out().contains("delivered")
    })
    .await;
    let replayed = webhook(&["replay", id, "--since", "2020-01-01T00:00:00Z"]).await.out();
    assert_eq!(replayed, "1\n");
    receiver.receive(3).await;

    let rotated = webhook(&["rotate", id]).await.out();
    assert!(rotated.starts_with("whsec_") && rotated.trim() != created["secret"], "{rotated}");
    let enabled = webhook(&["enable", id, "--json"]).await.json();
    assert_eq!(enabled["enabled"], true);

    assert_eq!(webhook(&["remove", id]).await.status, 2);
    webhook(&["remove", id, "--yes"]).await.out();
    assert_eq!(api.get("/webhooks").await["webhooks"], json!([]));
    assert_eq!(webhook(&["show", id]).await.status, 3);
}

#[tokio::test]
async fn webhook_that_is_off_says_why() {
    let server = Server::with(&["--cleanup-interval", "off", "--webhook-allow-private"]).await;
    let api = server.api();
    let created =
        run(server.addr, &["webhook", "create", "http://127.0.0.1:9/", "--json"]).await.json();
    let id = created["endpoint_id"].as_str().unwrap();
    let disabled = run(server.addr, &["webhook", "disable", id]).await.out();
    assert!(disabled.contains("state       off (request at 20"), "{disabled}");
    assert_eq!(api.get(&format!("/webhooks/{id}")).await["enabled"], false);
    let table = run(server.addr, &["webhook", "list"]).await.out();
    assert!(table.contains("off (request at 20"), "{table}");
    let enabled = run(server.addr, &["webhook", "enable", id]).await.out();
    assert!(enabled.contains("state       on\n"), "{enabled}");
}

#[tokio::test]
async fn webhook_update_changes_what_is_named_and_nothing_else() {
    let server = Server::with(&["--cleanup-interval", "off", "--webhook-allow-private"]).await;
    let webhook =
        async |arguments: &[&str]| run(server.addr, &[&["webhook"], arguments].concat()).await;
    let created = webhook(&["create", "http://127.0.0.1:9/", "--json"]).await.json();
    let id = created["endpoint_id"].as_str().unwrap();
    let update = async |changes: &[&str]| {
        let changed = webhook(&[&["update", id, "--json"], changes].concat()).await.json();
        json!([changed["url"], changed["types"], changed["project_id"], changed["enabled"]])
    };

    let (old, new) = ("http://127.0.0.1:9/", "http://127.0.0.1:9/new");
    let two = json!(["session.removed", "client.left"]);
    let limited = ["--type", "session.removed", "--type", "client.left", "--project", "p"];
    assert_eq!(update(&limited).await, json!([old, two, "p", true]));
    assert_eq!(update(&["--url", new]).await, json!([new, two, "p", true]));
    webhook(&["disable", id]).await.out();
    assert_eq!(update(&["--all-types"]).await, json!([new, null, "p", false]));
    assert_eq!(update(&["--all-projects"]).await, json!([new, null, null, false]));

    let shown = webhook(&["update", id, "--project", "q"]).await.out();
    assert!(shown.contains("project     q\n"), "{shown}");
    let refused = webhook(&["update", id, "--type", "session.exploded"]).await;
    assert_eq!(refused.status, 1, "{refused:?}");
    assert!(refused.err.contains("session.exploded"), "{refused:?}");
}
