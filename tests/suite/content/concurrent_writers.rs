//! Many writers in one session: every listener gets the same events in the same order.

use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::support::board::{Board, new_node, node_id};
use crate::support::{Follower, Server, Ws};

const WRITERS: u32 = 6;
const COMMANDS: u32 = 40;
/// More than are served at once.
const LISTENERS: u32 = 60;

/// One over REST, the next over a socket of its own; answers the numbers of its commands.
async fn write(board: Board, mut socket: Option<Ws>, writer: u32) -> Vec<i64> {
    let mut numbers = Vec::new();
    for n in 0..COMMANDS {
        let (name, data) = match n % 4 {
            0 => ("CreateNode", new_node(1_000 * writer + n, Some(1))),
            1 => ("RenameNode", json!({"node_id": node_id(1), "name": format!("{writer} {n}")})),
            2 => (
                "UpdateProperty",
                json!({"node_id": node_id(1), "property_id": "p", "value": [writer, n]}),
            ),
            _ => (
                "LinkNode",
                json!({"parent_id": node_id(1), "child_id": node_id(1_000 * writer + n - 3),
                       "index": n % 7}),
            ),
        };
        let answer = match &mut socket {
            None => board.execute(name, data).await,
            Some(ws) => {
                let request = json!({"type": "execute", "session_id": board.id,
                                     "command_type": name, "data": data});
                ws.ask(request).await
            }
        };
        numbers.push(answer["seq"].as_i64().unwrap_or_else(|| panic!("{answer}")));
    }
    numbers
}

#[tokio::test(flavor = "multi_thread")]
async fn events_of_concurrent_writers_reach_all_listeners_in_one_order() {
    let server = Server::start().await;
    let board = Board::new(server.api()).await;
    let created = board.create(1, None).await;
    let mut listeners = Vec::new();
    for _ in 0..LISTENERS {
        let mut ws = server.ws().await;
        ws.join(&board.id).await;
        listeners.push(ws);
    }
    let mut writers = JoinSet::new();
    for writer in 1..=WRITERS {
        let socket = if writer % 2 == 0 { Some(server.ws().await) } else { None };
        writers.spawn(write(board.clone(), socket, writer));
    }
    let answered: Vec<Vec<i64>> = writers.join_all().await;
    for numbers in &answered {
        assert!(numbers.is_sorted(), "a writer's own commands are in its order");
    }
    let mut answered = answered.concat();
    answered.sort_unstable();
    let end = *answered.last().unwrap();

    let mut received: Vec<Vec<Value>> = Vec::new();
    for ws in &mut listeners {
        let mut events = vec![];
        while events.last().is_none_or(|event: &Value| event["seq"] != end) {
            events.push(ws.event().await);
        }
        received.push(events);
    }
    // Each receives events from its own join on; the last to join receives the fewest.
    let fewest = received.last().unwrap();
    for events in &received {
        assert_eq!(events[events.len() - fewest.len()..], **fewest);
    }
    let executed: Vec<i64> = fewest
        .iter()
        .filter(|event| event["type"] == "command-executed")
        .map(|event| event["seq"].as_i64().unwrap())
        .collect();
    assert_eq!(executed, answered, "each answered command has its event, and no other has");
    let expected = usize::try_from(WRITERS * COMMANDS).unwrap();
    assert_eq!(executed.len(), expected);

    // The order of events is the order of the tree.
    let mut follower = Follower::default();
    let page = board.get("/events?since=0&limit=10000").await;
    page["events"].as_array().unwrap().iter().for_each(|event| follower.receive(event));
    let graph = board.get("/graph/tree").await;
    assert_eq!(follower.tree.to_json(), graph["roots"]);
    let first = created["revision"].as_i64().unwrap();
    assert_eq!(graph["revision"], first + i64::from(WRITERS * COMMANDS));
}

#[tokio::test(flavor = "multi_thread")]
async fn refused_command_does_not_disturb_the_rest_of_its_transaction() {
    let server = Server::start().await;
    let board = Board::new(server.api()).await;
    board.create(1, None).await;
    let mut tries = JoinSet::new();
    for n in 0..90u32 {
        let board = board.clone();
        tries.spawn(async move {
            // A batch that fails at its end, a missing parent, and one that is right.
            let (name, data) = match n % 3 {
                0 => (
                    "Batch",
                    json!({"commands": [
                        {"command_type": "DeleteNode", "data": {"node_id": node_id(1)}},
                        {"command_type": "CreateNode", "data": new_node(n + 100, None)},
                        {"command_type": "UnlinkNode", "data": {"child_id": node_id(77)}},
                    ]}),
                ),
                1 => ("CreateNode", new_node(n + 100, Some(77))),
                _ => ("CreateNode", new_node(n + 100, Some(1))),
            };
            let body = json!({"command_type": name, "data": data});
            let (status, answer) = board.call(reqwest::Method::POST, "/commands", body).await;
            (n % 3, status.as_u16(), answer)
        });
    }
    for (kind, status, answer) in tries.join_all().await {
        assert_eq!(status, [404, 422, 200][usize::try_from(kind).unwrap()], "{answer}");
    }
    let graph = board.get("/graph").await;
    assert_eq!(graph["nodes"].as_array().unwrap().len(), 31);
    assert_eq!(graph["revision"], 31);
    assert_eq!(board.get("/events?since=0").await["seq"], 62);
}
