//! The cache that the writer keeps between transactions, as seen in the log at level debug.

use serde_json::json;

use crate::support::Binary;
use crate::support::board::{Board, new_node, node_id};

fn reads(server: &Binary) -> usize {
    server.log().matches("read sessions that the cache does not have").count()
}

#[tokio::test]
async fn session_with_an_undone_step_stays_in_the_writer_cache() {
    let server = Binary::start(&["--log-filter", "rollcall=debug"]).await;
    let board = Board::new(server.api()).await;
    board.execute_as("ada", "CreateNode", new_node(1, None)).await;
    board.execute_as("ada", "CreateNode", new_node(2, None)).await;
    board.step("undo", json!({"scope": "client", "client_id": "ada"})).await;
    let before = reads(&server);
    assert!(before > 0, "a session is read when it is first needed: {}", server.log());

    let rename = |name: &str| json!({"node_id": node_id(1), "name": name});
    for name in ["a", "b", "c"] {
        board.execute_as("bob", "RenameNode", rename(name)).await;
    }
    let mut ws = server.ws().await;
    ws.join(&board.id).await;
    ws.leave(&board.id).await;
    board.undo().await;
    board.execute_as("bob", "RenameNode", rename("d")).await;
    assert_eq!(reads(&server), before);

    // What ada has undone is hers to redo all the while; what bob did instead is not.
    let redone = board.step("redo", json!({"scope": "client", "client_id": "ada"})).await;
    assert_eq!(redone["redo_available"], false);
    assert_eq!(board.no_step("redo", json!({})).await.1, "NOTHING_TO_REDO");
    assert_eq!(reads(&server), before);
}
