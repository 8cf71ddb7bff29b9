//! Whose step an undo or a redo takes, in the scope of the session and of one client.

use serde_json::json;

use super::{board, flags, own, rename};
use crate::support::board::new_node;

#[tokio::test]
async fn undo_in_session_scope_takes_the_latest_step() {
    let (_server, board) = board().await;
    let nothing = board.no_step("undo", json!({})).await;
    assert_eq!((nothing.0, &*nothing.1), (409, "NOTHING_TO_UNDO"));
    let first = board.execute_as("ada", "CreateNode", new_node(1, None)).await;
    let second = board.execute_as("bob", "RenameNode", rename(1, "x")).await;
    let undone = board.undo().await;
    assert_eq!(undone["command_id"], second["command_id"]);
    assert_eq!((undone["revision"].as_i64(), flags(&undone)), (Some(3), (true, true)));
    assert_eq!(board.outline().await, "n1");
    let undone = board.undo().await;
    assert_eq!((&undone["command_id"], flags(&undone)), (&first["command_id"], (false, true)));
    assert_eq!(board.outline().await, "");
    assert_eq!(flags(&board.redo().await), (true, true));
    assert_eq!(flags(&board.redo().await), (true, false));
    assert_eq!(board.outline().await, "x");
    let nothing = board.no_step("redo", json!({})).await;
    assert_eq!((nothing.0, &*nothing.1), (409, "NOTHING_TO_REDO"));
}

#[tokio::test]
async fn undo_in_client_scope_takes_the_clients_own_latest_step() {
    let (_server, board) = board().await;
    for (client, number) in [("ada", 1), ("bob", 2), ("ada", 3), ("bob", 4)] {
        board.execute_as(client, "CreateNode", new_node(number, None)).await;
    }
    assert_eq!(flags(&board.step("undo", own("ada")).await), (true, true));
    assert_eq!(flags(&board.step("undo", own("ada")).await), (false, true));
    assert_eq!(board.outline().await, "n2 n4");
    assert_eq!(board.no_step("undo", own("ada")).await.1, "NOTHING_TO_UNDO");
    assert_eq!(board.no_step("redo", own("bob")).await.1, "NOTHING_TO_REDO");
    assert_eq!(board.no_step("redo", json!({})).await.1, "NOTHING_TO_REDO");
    // Bob's new step leaves Ada's redo alone.
    board.execute_as("bob", "CreateNode", new_node(5, None)).await;
    board.step("redo", own("ada")).await;
    assert_eq!(board.outline().await, "n1 n2 n4 n5");
    // Her own new step clears it.
    board.execute_as("ada", "CreateNode", new_node(6, None)).await;
    assert_eq!(board.no_step("redo", own("ada")).await.1, "NOTHING_TO_REDO");
    let nobody = board.no_step("undo", json!({"scope": "client"})).await;
    assert_eq!((nobody.0, &*nobody.1), (400, "INVALID_REQUEST"));
    assert!(nobody.2.contains("client_id"), "{}", nobody.2);
}

#[tokio::test]
async fn undo_over_websocket_in_client_scope_takes_its_own_step() {
    let (server, board) = board().await;
    let mut ws = server.ws().await;
    let me = ws.join(&board.id).await["client_id"].clone();
    let create = json!({"type": "execute", "session_id": board.id, "command_type": "CreateNode",
                        "data": new_node(1, None), "ref": 7});
    let mine = ws.ask(create).await;
    assert_eq!((&mine["type"], &mine["ref"]), (&json!("executed"), &json!(7)));
    board.create(2, None).await;
    // On a live connection `client_id` of the request is ignored.
    let undo = json!({"type": "undo", "session_id": board.id, "scope": "client", "client_id": "x"});
    let undone = ws.ask(undo).await;
    assert_eq!(undone["command_id"], mine["command_id"], "{undone}");
    assert_eq!(board.outline().await, "n2");
    assert_eq!(board.get("/commands").await["commands"][0]["client_id"], me);
    let again = json!({"type": "undo", "session_id": board.id, "scope": "client", "ref": "r"});
    let nothing = ws.ask(again).await;
    assert_eq!((&nothing["code"], &nothing["ref"]), (&json!("NOTHING_TO_UNDO"), &json!("r")));
}

#[tokio::test]
async fn new_command_discards_the_steps_to_redo() {
    let (_server, board) = board().await;
    board.create(1, None).await;
    board.undo().await;
    let answer = board.create(2, None).await;
    assert_eq!(flags(&answer), (true, false));
    assert_eq!(board.no_step("redo", json!({})).await.1, "NOTHING_TO_REDO");
    let list = board.get("/commands").await["commands"].clone();
    let state = |place: usize| (list[place]["undone"].clone(), list[place]["redoable"].clone());
    assert_eq!(state(0), (json!(true), json!(false)));
    assert_eq!(state(1), (json!(false), json!(false)));
}
