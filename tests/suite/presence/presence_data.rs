//! Presence data of clients: published to the others, bounded, and removed with the client.

use serde_json::{Value, json};

use crate::support::{Api, Server, Ws, eventually};

fn presence(id: &str, data: impl Into<Value>) -> Value {
    json!({"type": "presence", "session_id": id, "data": data.into(), "ref": 1})
}

/// The presence of each client in the session, by its user's name.
async fn presence_by_name(api: &Api, id: &str) -> Value {
    let clients = api.get(&format!("/sessions/{id}/clients")).await;
    let each = clients["clients"].as_array().unwrap().iter();
    each.map(|c| (c["user"]["name"].as_str().unwrap().to_owned(), c["presence"].clone())).collect()
}

async fn join_as(server: &Server, id: &str, name: &str) -> (Ws, Value) {
    let mut ws = server.ws().await;
    let user = json!({"name": name});
    let joined = ws.ask(json!({"type": "join_session", "session_id": id, "user": user})).await;
    assert_eq!(joined["type"], "joined", "{joined}");
    (ws, joined)
}

#[tokio::test]
async fn presence_is_published_and_its_latest_value_is_listed() {
    let server = Server::start().await;
    let api = server.api();
    let id = api.create(json!({})).await;
    let (mut ada, joined) = join_as(&server, &id, "ada").await;
    let adas_id = joined["client_id"].clone();
    assert_eq!(joined["clients"][0]["user"], json!({"name": "ada"}));
    let (mut bob, _) = join_as(&server, &id, "bob").await;
    assert_eq!(ada.event().await["type"], "session-connected");
    let seq = api.get(&format!("/sessions/{id}")).await["seq"].clone();

    ada.send(presence(&id, json!({"cursor": 1}))).await;
    ada.send(presence(&id, json!({"cursor": [2]}))).await;
    for data in [json!({"cursor": 1}), json!({"cursor": [2]})] {
        let expected =
            json!({"type": "presence", "session_id": id, "client_id": adas_id, "data": data});
        assert_eq!(bob.event().await, expected);
    }
    // The sender gets neither an answer nor an echo.
    assert_eq!(ada.ask(json!({"type": "ping"})).await["type"], "pong");
    assert_eq!(ada.events, Vec::<Value>::new());
    assert_eq!(presence_by_name(&api, &id).await, json!({"ada": {"cursor": [2]}, "bob": null}));
    assert_eq!(api.get(&format!("/sessions/{id}")).await["seq"], seq, "it is no durable event");

    let (cai, joined) = join_as(&server, &id, "cai").await;
    let hers = joined["clients"].as_array().unwrap().iter().find(|c| c["client_id"] == adas_id);
    assert_eq!(hers.unwrap()["presence"], json!({"cursor": [2]}));
    cai.close().await;

    ada.leave(&id).await;
    eventually("cai is disconnected", || async { api.active_clients(&id).await == 1 }).await;
    assert_eq!(presence_by_name(&api, &id).await, json!({"bob": null}));
    ada.join(&id).await;
    let clients = api.get(&format!("/sessions/{id}/clients")).await;
    let presences: Vec<_> =
        clients["clients"].as_array().unwrap().iter().map(|c| c["presence"].clone()).collect();
    assert_eq!(presences, [json!(null), json!(null)], "her presence data is gone with her");
}

#[tokio::test]
async fn invalid_presence_is_refused() {
    let server = Server::start().await;
    let api = server.api();
    let (id, other) = (api.create(json!({})).await, api.create(json!({})).await);
    let (mut ada, _) = join_as(&server, &id, "ada").await;
    let refused = ada.ask(presence(&other, 1)).await;
    assert_eq!((&refused["type"], &refused["ref"]), (&json!("error"), &json!(1)), "{refused}");
    assert_eq!(refused["code"], "INVALID_COMMAND");
    // Two bytes are the quotes.
    let refused = ada.ask(presence(&id, "x".repeat(4_095))).await;
    assert_eq!(refused["code"], "INVALID_REQUEST");
    assert!(refused["message"].as_str().unwrap().starts_with("data: 4097 bytes"), "{refused}");
    ada.send(presence(&id, "x".repeat(4_094))).await;
    let join = json!({"type": "join_session", "session_id": other, "user": "x".repeat(4_095)});
    let refused = ada.ask(join).await;
    assert!(refused["message"].as_str().unwrap().starts_with("user: 4097 bytes"), "{refused}");
    let missing = ada.ask(json!({"type": "presence", "session_id": id})).await;
    assert!(missing["message"].as_str().unwrap().contains("data"), "{missing}");
    assert_eq!(presence_by_name(&api, &id).await, json!({"ada": "x".repeat(4_094)}));
    assert_eq!(api.active_clients(&other).await, 0);
}

#[tokio::test]
async fn join_event_precedes_the_presence_of_its_client() {
    let server = Server::start().await;
    let id = server.api().create(json!({})).await;
    let (mut ada, _) = join_as(&server, &id, "ada").await;
    for round in 0..10 {
        // Two joins in a row, so that the second one may have to wait for its answer.
        let (_first, _) = join_as(&server, &id, "first").await;
        let (mut second, joined) = join_as(&server, &id, "second").await;
        second.send(presence(&id, round)).await;
        let mut known = Vec::new();
        loop {
            let notice = ada.event().await;
            match notice["type"].as_str().unwrap() {
                "presence" => break assert!(known.contains(&notice["client_id"]), "{notice}"),
                "session-connected" => known.push(notice["client_id"].clone()),
                _ => {}
            }
        }
        assert!(known.contains(&joined["client_id"]));
    }
}
