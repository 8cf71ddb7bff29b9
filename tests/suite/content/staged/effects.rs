//! What a staged change does: the same as any other.

use super::{NODES, SETTINGS, board, is_tidy, nodes, put};

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::board::{Board, node_id};
use crate::support::{Follower, Server, eventually, number};

#[tokio::test(flavor = "multi_thread")]
async fn staged_change_is_one_undo_step_and_publishes_its_effects() {
    let (mut server, mut board) = board().await;
    board.create(10_000, None).await;
    let mut ws = server.ws().await;
    ws.join(&board.id).await;
    let mut listener = Follower::default();
    for event in board.get("/events?since=0").await["events"].as_array().unwrap() {
        listener.receive(event);
    }
    let before = board.roots().await;
    let answer = put(&board, "new").await;
    assert_eq!(answer["result"], json!({"node_count": NODES}));
    assert_eq!((&answer["revision"], &answer["undo_available"]), (&json!(2), &json!(true)));
    let after = board.roots().await;
    // The node before, the join, a deletion, the creations, and the command itself.
    assert_eq!(answer["seq"], 3 + 1 + i64::from(NODES) + 1);
    listener.receive_until(&mut ws, answer["seq"].as_i64().unwrap()).await;
    assert_eq!(listener.tree.to_json(), after);

    let undone = board.undo().await;
    assert_eq!(undone["redo_available"], true);
    assert_eq!(board.roots().await, before);
    ws.close().await;
    server.restart().await;
    board.api = server.api();
    board.redo().await;
    assert_eq!(board.roots().await, after);
    let gone = board.execute("DeleteNode", json!({"node_id": node_id(0)})).await;
    assert_eq!(gone["result"], json!({"deleted": NODES}));
    assert_eq!(board.roots().await, json!([]));
    board.undo().await;
    assert_eq!(board.roots().await, after);

    let mut reader = Follower::default();
    let session = board.get("").await;
    while Some(reader.seq) != session["seq"].as_i64() {
        let page = board.get(&format!("/events?since={}&limit=100", reader.seq)).await;
        page["events"].as_array().unwrap().iter().for_each(|event| reader.receive(event));
    }
    assert_eq!(reader.tree.to_json(), after);
    let mut file = server.sql().await;
    let steps: Vec<(i64, String, String, Option<i64>)> = sqlx::query_as(
        "select step, state, change, json_array_length(coalesce(became, was))
         from command_overview order by step, change desc",
    )
    .fetch_all(&mut file)
    .await
    .unwrap();
    let (created, deleted) = (|| "created".to_owned(), || "deleted".to_owned());
    let (applied, undone) = (|| "applied".to_owned(), || "undone".to_owned());
    let all = Some(i64::from(NODES));
    assert_eq!(
        steps,
        [
            (1, applied(), created(), Some(1)),
            (2, applied(), deleted(), Some(1)),
            (2, applied(), created(), all),
            (3, undone(), deleted(), all),
        ]
    );
    eventually("nothing is left over", async || is_tidy(&mut server.sql().await).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn retry_of_a_staged_change_gets_the_first_response() {
    let (_server, board) = board().await;
    let url = format!("http://{}/api/v1/sessions/{}/graph", board.api.addr, board.id);
    let body = json!({ "nodes": nodes("first") });
    let send = async |revision: &str| {
        let request = board.api.http.put(&url).header("Idempotency-Key", "k").json(&body);
        let answer = request.header("If-Match", revision).send().await.unwrap();
        (answer.status().as_u16(), answer.json::<Value>().await.unwrap())
    };
    let first = send("\"0\"").await;
    assert_eq!(first.0, 200);
    assert_eq!(send("\"0\"").await, first);
    assert_eq!(board.get("").await["revision"], 1);
    let late =
        board.api.http.put(&url).header("If-Match", "\"0\"").json(&body).send().await.unwrap();
    assert_eq!(late.status(), 412);
    let refused = json!({"nodes": nodes("first"), "client_id": ""});
    assert_eq!(board.call(Method::PUT, "/graph", refused).await.0, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn node_restored_beside_its_position_is_still_undone_in_client_scope() {
    let (_server, board) = board().await;
    let body = json!({ "nodes": nodes("hers"), "client_id": "ada" });
    assert_eq!(board.call(Method::PUT, "/graph", body).await.0, 200);
    board.execute_as("ada", "DeleteNode", json!({"node_id": node_id(0)})).await;
    // It takes the place that was the root's.
    board.create(10_000, None).await;
    let own = json!({"scope": "client", "client_id": "ada"});
    board.step("undo", own.clone()).await;
    assert_eq!(board.roots().await.as_array().unwrap().len(), 2);
    board.step("undo", own.clone()).await;
    assert_eq!(board.outline().await, "n10000");
    board.step("redo", own.clone()).await;
    assert_eq!(board.get("").await["node_count"], NODES + 1);
    board.step("redo", own).await;
    assert_eq!(board.outline().await, "n10000");
}

#[tokio::test(flavor = "multi_thread")]
async fn large_subtree_is_moved_without_a_new_generation() {
    let server = Server::with(&[&SETTINGS[..], &["--max-depth", "6"]].concat()).await;
    let board = Board::new(server.api()).await;
    put(&board, "first").await;
    let generation = "select generation from sessions";
    let before = number(&mut server.sql().await, generation).await;
    for (number, parent) in [(10_000, None), (10_001, Some(10_000)), (10_002, Some(10_001))] {
        board.create(number, parent).await;
    }
    board.create(10_003, Some(10_002)).await;
    let link = |parent: u32| json!({"child_id": node_id(0), "parent_id": node_id(parent)});
    board.execute("LinkNode", link(10_002)).await;
    let (below, top) = (board.roots().await, board.snapshot().await);
    let too_deep = board.refused("LinkNode", link(10_003)).await;
    assert_eq!((too_deep.0, &*too_deep.1), (422, "INVALID_COMMAND"), "{}", too_deep.2);
    assert_eq!(board.snapshot().await, top);
    board.undo().await;
    board.redo().await;
    assert_eq!(board.roots().await, below);
    board.execute("UnlinkNode", json!({"child_id": node_id(0)})).await;
    board.undo().await;
    assert_eq!(board.roots().await, below);
    assert_eq!(
        number(&mut server.sql().await, generation).await,
        before,
        "the tree was written anew"
    );

    // Several moves depend on each other, so these are simulated and staged.
    board.execute("UnlinkNode", json!({"child_id": node_id(0)})).await;
    let (one, two) = (link(10_001), link(10_002));
    let commands = [one, two].map(|data| json!({"command_type": "LinkNode", "data": data}));
    board.execute("Batch", json!({ "commands": commands })).await;
    assert_eq!(board.roots().await, below);
    assert!(number(&mut server.sql().await, generation).await > before);
}

#[tokio::test(flavor = "multi_thread")]
async fn few_nodes_with_large_properties_are_staged() {
    let (server, board) = board().await;
    let text = "x".repeat(1024);
    let creates = (0..10).map(|number| {
        let properties = json!({"text": text});
        let data = json!({"blueprint_type_id": "t", "node_id": node_id(number),
                          "properties": properties});
        json!({"command_type": "CreateNode", "data": data})
    });
    board.execute("Batch", json!({"commands": creates.collect::<Vec<_>>()})).await;
    let generation = "select generation from sessions";
    let mut last = number(&mut server.sql().await, generation).await;
    let before = board.roots().await;
    for (command_type, name) in [("RenameNode", "new"), ("DeleteNode", "")] {
        let commands: Vec<_> = (0..10)
            .map(|number| {
                let data = json!({"node_id": node_id(number), "name": name});
                json!({"command_type": command_type, "data": data})
            })
            .collect();
        board.execute("Batch", json!({ "commands": commands })).await;
        assert_ne!(board.roots().await, before);
        board.undo().await;
        assert_eq!(board.roots().await, before);
        let now = number(&mut server.sql().await, generation).await;
        assert_eq!(now, last + 2, "{command_type} and its undo");
        last = now;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn heavy_input_is_staged_where_the_session_is_light() {
    let (server, board) = board().await;
    let text = "x".repeat(1024);
    let creates = (1_000..1_010).map(|number| {
        let data = json!({"blueprint_type_id": "t", "node_id": node_id(number),
                          "properties": {"text": text}});
        json!({"command_type": "CreateNode", "data": data})
    });
    let creates = json!({"commands": creates.collect::<Vec<_>>()});
    let update = |number: u32| {
        let data = json!({"node_id": node_id(1_000), "property_id": "text",
                          "value": format!("{number}{text}")});
        json!({"command_type": "UpdateProperty", "data": data})
    };
    let updates = json!({"commands": (0..10).map(update).collect::<Vec<_>>()});
    let generation = "select generation from sessions";
    let mut generations = Vec::new();
    for batch in [&creates, &updates] {
        board.execute("Batch", batch.clone()).await;
        generations.push(number(&mut server.sql().await, generation).await);
    }
    assert_eq!(generations, [1, 2], "ten nodes, and one node");
    board.execute("UpdateProperty", update(11)["data"].clone()).await;
    assert_eq!(number(&mut server.sql().await, generation).await, 2, "one command");

    // Each batch into a heavy session would copy it.
    put(&board, "name").await;
    let before = number(&mut server.sql().await, generation).await;
    board.execute("Batch", creates).await;
    assert_eq!(number(&mut server.sql().await, generation).await, before, "it was copied");
}

#[tokio::test(flavor = "multi_thread")]
async fn staged_replacement_that_restarts_the_history_leaves_no_step() {
    let (server, board) = board().await;
    put(&board, "one").await;
    let body = json!({"nodes": nodes("two"), "history": "restart"});
    let (status, answer) = board.call(Method::PUT, "/graph", body).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(answer["undo_available"], false);
    assert_eq!(number(&mut server.sql().await, "select count(*) from history").await, 0);
    eventually("nothing is left over", async || is_tidy(&mut server.sql().await).await).await;
}
