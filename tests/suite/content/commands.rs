//! Every command over REST: its response, its events, and its refusals.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::board::{Board, command, new_node, node_id, refusal};
use crate::support::{Server, number};

async fn board() -> (Server, Board) {
    let server = Server::start().await;
    let board = Board::new(server.api()).await;
    (server, board)
}

/// The events since `seq`, without what all events have.
async fn events_since(board: &Board, seq: i64) -> Vec<Value> {
    let page = board.get(&format!("/events?since={seq}")).await;
    let strip = |event: &Value| {
        let mut event = event.clone();
        for key in ["session_id", "seq", "timestamp"] {
            assert!(!event.as_object_mut().unwrap().remove(key).unwrap().is_null());
        }
        event
    };
    page["events"].as_array().unwrap().iter().map(strip).collect()
}

#[tokio::test]
async fn created_node_is_in_response_event_and_tree() {
    let (_server, board) = board().await;
    let answer = board
        .execute_as(
            "ada",
            "CreateNode",
            json!({"blueprint_type_id": "task", "name": "Buy milk", "properties": {"a": [1, null]}}),
        )
        .await;
    let id = answer["result"]["node_id"].clone();
    assert_eq!(
        answer,
        json!({
            "success": true, "command_id": answer["command_id"], "seq": 2, "revision": 1,
            "result": {"node_id": id}, "undo_available": true, "redo_available": false
        })
    );
    assert_eq!(
        events_since(&board, 0).await,
        [
            json!({
                "event": "node-created", "node_id": id, "parent_id": null,
                "blueprint_type_id": "task", "name": "Buy milk", "properties": {"a": [1, null]},
                "index": 0, "command_id": answer["command_id"], "client_id": "ada", "revision": 1
            }),
            json!({
                "event": "command-executed", "command_id": answer["command_id"],
                "command_type": "CreateNode", "client_id": "ada", "revision": 1
            }),
        ]
    );
    let node = board.get(&format!("/graph/nodes/{}", id.as_str().unwrap())).await;
    assert_eq!(
        node,
        json!({
            "id": id, "parent_id": null, "blueprint_type_id": "task", "name": "Buy milk",
            "properties": {"a": [1, null]}
        })
    );
}

#[tokio::test]
async fn each_command_publishes_its_event() {
    let (_server, board) = board().await;
    board.create(1, None).await;
    board.create(2, Some(1)).await;
    let (one, two) = (node_id(1), node_id(2));
    let cases = [
        (
            "RenameNode",
            json!({"node_id": two, "name": "x"}),
            json!({"event": "node-renamed", "node_id": two, "name": "x"}),
        ),
        (
            "UpdateProperty",
            json!({"node_id": two, "property_id": "p", "value": 1}),
            json!({"event": "property-changed", "node_id": two, "property_id": "p",
                   "old_value": null, "new_value": 1}),
        ),
        (
            "UpdateProperty",
            json!({"node_id": two, "property_id": "p", "old_value": 9, "new_value": {"b": 2}}),
            json!({"event": "property-changed", "node_id": two, "property_id": "p",
                   "old_value": 1, "new_value": {"b": 2}}),
        ),
        (
            "DeleteProperty",
            json!({"node_id": two, "property_id": "p"}),
            json!({"event": "property-deleted", "node_id": two, "property_id": "p",
                   "old_value": {"b": 2}}),
        ),
        (
            "UnlinkNode",
            json!({"child_id": two}),
            json!({"event": "node-unlinked", "child_id": two, "parent_id": one}),
        ),
        (
            "LinkNode",
            json!({"parent_id": one, "child_id": two}),
            json!({"event": "node-linked", "parent_id": one, "child_id": two, "index": 0}),
        ),
        (
            "LinkNode",
            json!({"parent_id": null, "child_id": two, "index": 0}),
            json!({"event": "node-linked", "parent_id": null, "child_id": two, "index": 0}),
        ),
        (
            "LinkNode",
            json!({"parent_id": null, "child_id": two}),
            json!({"event": "node-unlinked", "child_id": two, "parent_id": null}),
        ),
        (
            "LinkNode",
            json!({"parent_id": one, "child_id": two}),
            json!({"event": "node-linked", "parent_id": one, "child_id": two, "index": 0}),
        ),
        (
            "DeleteNode",
            json!({"node_id": one}),
            json!({"event": "node-deleted", "node_id": one, "parent_id": null}),
        ),
    ];
    for (name, data, mut event) in cases {
        let before = board.get("").await;
        let answer = board.execute(name, data).await;
        let revision = before["revision"].as_i64().unwrap() + 1;
        event["revision"] = revision.into();
        event["command_id"] = answer["command_id"].clone();
        event["client_id"] = json!(null);
        let events = events_since(&board, before["seq"].as_i64().unwrap()).await;
        let end = json!({
            "event": "command-executed", "command_id": answer["command_id"], "command_type": name,
            "client_id": null, "revision": revision
        });
        assert_eq!(events, [event, end], "{name}");
    }
    assert_eq!(board.get("").await["node_count"], 0, "all below a deleted node is gone too");
}

#[tokio::test]
async fn both_command_routes_are_equivalent() {
    let (_server, board) = board().await;
    let mut body = command("CreateNode", new_node(1, None));
    body["session_id"] = board.id.clone().into();
    let answer = board.api.post("/commands/execute", body.clone()).await;
    assert_eq!(answer["result"]["node_id"], node_id(1));
    assert_eq!(board.outline().await, "n1");
    body["session_id"] = node_id(77).into();
    let (status, code, _) =
        refusal(board.api.call(Method::POST, "/commands/execute", Some(body)).await);
    assert_eq!((status, &*code), (404, "SESSION_NOT_FOUND"));
}

#[tokio::test]
async fn impossible_command_is_refused_and_changes_nothing() {
    let (_server, board) = board().await;
    board.create(1, None).await;
    board.create(2, Some(1)).await;
    board.create(3, Some(2)).await;
    let before = board.snapshot().await;
    let (missing, one, two, three) = (node_id(9), node_id(1), node_id(2), node_id(3));
    let cases = [
        ("CreateNode", new_node(4, Some(9)), 422, "INVALID_COMMAND", &missing),
        ("CreateNode", new_node(1, None), 422, "INVALID_COMMAND", &one),
        ("DeleteNode", json!({"node_id": missing}), 404, "NODE_NOT_FOUND", &missing),
        (
            "LinkNode",
            json!({"parent_id": missing, "child_id": two}),
            422,
            "INVALID_COMMAND",
            &missing,
        ),
        (
            "LinkNode",
            json!({"parent_id": one, "child_id": missing}),
            404,
            "NODE_NOT_FOUND",
            &missing,
        ),
        ("LinkNode", json!({"parent_id": three, "child_id": one}), 422, "INVALID_COMMAND", &three),
        ("LinkNode", json!({"parent_id": two, "child_id": two}), 422, "INVALID_COMMAND", &two),
        ("UnlinkNode", json!({"child_id": missing}), 404, "NODE_NOT_FOUND", &missing),
        ("UnlinkNode", json!({"child_id": one}), 422, "INVALID_COMMAND", &one),
        ("RenameNode", json!({"node_id": missing, "name": "x"}), 404, "NODE_NOT_FOUND", &missing),
        (
            "UpdateProperty",
            json!({"node_id": missing, "property_id": "p", "value": 1}),
            404,
            "NODE_NOT_FOUND",
            &missing,
        ),
        (
            "DeleteProperty",
            json!({"node_id": one, "property_id": "p"}),
            422,
            "INVALID_COMMAND",
            &one,
        ),
    ];
    for (name, data, status, code, named) in cases {
        let refused = board.refused(name, data.clone()).await;
        assert_eq!((refused.0, &*refused.1), (status, code), "{name} {data}: {}", refused.2);
        assert!(refused.2.contains(named.as_str()), "{name} {data}: {}", refused.2);
    }
    assert_eq!(board.snapshot().await, before);
}

#[tokio::test]
async fn malformed_command_is_refused_with_the_name_of_the_field() {
    let (_server, board) = board().await;
    let before = board.snapshot().await;
    let cases = [
        ("CreateNode", json!({}), "blueprint_type_id"),
        ("CreateNode", json!({"blueprint_type_id": ""}), "data.blueprint_type_id"),
        ("CreateNode", json!({"blueprint_type_id": "t", "name": 1}), "data.name"),
        ("CreateNode", json!({"blueprint_type_id": "t", "parent_id": "x"}), "data.parent_id"),
        ("CreateNode", json!({"blueprint_type_id": "t", "node_id": "x"}), "data.node_id"),
        ("CreateNode", json!({"blueprint_type_id": "t", "properties": []}), "data.properties"),
        ("CreateNode", json!({"blueprint_type_id": "t", "index": -1}), "data.index"),
        ("DeleteNode", json!({}), "node_id"),
        ("LinkNode", json!({"parent_id": node_id(1)}), "child_id"),
        ("UnlinkNode", json!(5), "data"),
        ("RenameNode", json!({"node_id": node_id(1)}), "name"),
        ("UpdateProperty", json!({"node_id": node_id(1), "property_id": "p"}), "value"),
        ("DeleteProperty", json!({"node_id": node_id(1), "property_id": 4}), "data.property_id"),
        ("Batch", json!({"commands": 1}), "data.commands"),
        (
            "Batch",
            json!({"commands": [command("DeleteNode", json!({"node_id": 7}))]}),
            "data.commands[0].data.node_id",
        ),
        ("Batch", json!({"commands": [command("Nothing", json!({}))]}), "commands[0].command_type"),
        ("Batch", json!({"commands": [command("Batch", json!({"commands": []}))]}), "commands[0]"),
        ("Explode", json!({}), "command_type"),
    ];
    for (name, data, field) in cases {
        let (status, code, message) = board.refused(name, data.clone()).await;
        assert_eq!((status, &*code), (400, "INVALID_REQUEST"), "{name} {data}: {message}");
        assert!(message.contains(field), "{name} {data}: {message}");
    }
    assert_eq!(board.snapshot().await, before);
}

#[tokio::test]
async fn text_with_a_null_character_is_kept_whole_or_refused() {
    let (_server, board) = board().await;
    board.create(1, None).await;
    let before = board.snapshot().await;
    let torn = "before\u{0}after";
    let mut by_torn = command("DeleteNode", json!({"node_id": node_id(1)}));
    by_torn["client_id"] = torn.into();
    let cases = [
        (command("RenameNode", json!({"node_id": node_id(1), "name": torn})), "data.name"),
        (command("CreateNode", json!({"blueprint_type_id": torn})), "data.blueprint_type_id"),
        (by_torn, "client_id"),
    ];
    for (body, field) in cases {
        let (status, answer) = board.call(Method::POST, "/commands", body).await;
        assert_eq!(status, 400, "{field}: {answer}");
        assert!(answer["error"]["message"].as_str().unwrap().contains(field), "{answer}");
    }
    assert_eq!(board.snapshot().await, before);
    // Inside a property it is JSON like any other.
    let value = json!({"k\u{0}": "x\u{0}y"});
    let update = json!({"node_id": node_id(1), "property_id": "p\u{0}", "value": value});
    board.execute("UpdateProperty", update).await;
    assert_eq!(board.roots().await[0]["properties"], json!({ "p\u{0}": value }));
    board.undo().await;
    assert_eq!(board.roots().await[0]["properties"], json!({}));
}

#[tokio::test]
async fn batch_error_names_the_command_whose_node_is_unknown() {
    let server = Server::start().await;
    let board = Board::new(server.api()).await;
    let commands = [
        command("CreateNode", new_node(1, None)),
        command("RenameNode", json!({"node_id": node_id(2), "name": "x"})),
    ];
    let (status, code, message) = board.refused("Batch", json!({ "commands": commands })).await;
    assert_eq!((status, &*code), (404, "NODE_NOT_FOUND"));
    assert!(message.starts_with("commands[1] (RenameNode): "), "{message}");
    assert!(message.contains(&node_id(2)), "{message}");
}

#[tokio::test]
async fn batch_may_reuse_the_id_of_a_node_that_it_deletes() {
    let (server, board) = board().await;
    board.create(1, None).await;
    board.create(2, Some(1)).await;
    board.create(5, None).await;
    let before = board.roots().await;
    let mut other = new_node(1, Some(5));
    other["blueprint_type_id"] = "other".into();
    let commands = [
        command("DeleteNode", json!({"node_id": node_id(1)})),
        command("CreateNode", other),
        command("CreateNode", new_node(3, Some(1))),
        command("CreateNode", new_node(4, Some(1))),
        command("DeleteNode", json!({"node_id": node_id(3)})),
    ];
    board.execute("Batch", json!({ "commands": commands })).await;
    let after = board.roots().await;
    assert_eq!(
        (board.outline().await.as_str(), &after[0]["children"][0]["blueprint_type_id"]),
        ("n5(n1(n4))", &json!("other"))
    );
    let mut sql = server.sql().await;
    let counts =
        "select (select group_concat(child_count) from (select * from nodes order by name))
                      = '1,0,1' and (select root_count from sessions) = 1";
    assert_eq!(number(&mut sql, counts).await, 1);
    board.undo().await;
    assert_eq!(board.roots().await, before);
    board.redo().await;
    assert_eq!(board.roots().await, after);
    assert_eq!(number(&mut sql, counts).await, 1);
}
