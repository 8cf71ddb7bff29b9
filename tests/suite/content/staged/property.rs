//! Random changes by two clients while a third one makes staged changes: whatever the interleaving,
//! tree, flat list, counts and events agree.

use std::cell::RefCell;
use std::sync::atomic::{AtomicBool, Ordering};

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::board::{Board, new_node, node_id};
use crate::support::model::Tree;
use crate::support::{Follower, Server, cases, number};

/// Nodes of the subtree that is deleted and brought back as a whole.
const LARGE: u32 = 300;
/// The first of the nodes beside it, and how many ids there are for them.
const SMALL: u32 = 1_000;
const SMALL_IDS: u32 = 24;

/// What a client does to nodes that it picks without a look.
#[derive(Debug, Clone)]
enum Act {
    Create(u8, Option<u8>, Option<u8>),
    Link(u8, u8, Option<u8>),
    Unlink(u8),
    Rename(u8),
    Delete(u8),
    Undo,
    Redo,
}

/// The changes of the third client.
#[derive(Debug, Clone)]
enum Staged {
    Replace,
    Delete,
    Undo,
    Redo,
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let index = || proptest::option::of(0u8..4);
    let act = prop_oneof![
        4 => (any::<u8>(), proptest::option::weighted(0.9, any::<u8>()), index())
            .prop_map(|(id, parent, index)| Act::Create(id, parent, index)),
        5 => (any::<u8>(), any::<u8>(), index())
            .prop_map(|(child, parent, index)| Act::Link(child, parent, index)),
        2 => any::<u8>().prop_map(Act::Unlink),
        1 => any::<u8>().prop_map(Act::Rename),
        1 => any::<u8>().prop_map(Act::Delete),
        2 => Just(Act::Undo),
        1 => Just(Act::Redo),
    ];
    vec(act, 20..40)
}

fn staged() -> impl Strategy<Value = Vec<Staged>> {
    let rest = prop_oneof![
        1 => Just(Staged::Replace),
        3 => Just(Staged::Delete),
        3 => Just(Staged::Undo),
        2 => Just(Staged::Redo),
    ];
    vec(rest, 2..4).prop_map(|rest| [vec![Staged::Replace, Staged::Delete], rest].concat())
}

/// Mostly one of those beside the large subtree, sometimes one within it.
fn pick(pick: u8) -> String {
    match pick % 10 {
        0 => node_id(u32::from(pick) % LARGE),
        _ => node_id(SMALL + u32::from(pick) % SMALL_IDS),
    }
}

/// The large subtree beside some parents with a child or two each.
fn graph() -> Value {
    let node = |number: u32, parent: Option<u32>| {
        json!({
            "id": node_id(number), "parent_id": parent.map(node_id), "blueprint_type_id": "t",
            "name": "n", "properties": {"number": number}
        })
    };
    let large = (0..LARGE).map(|n| node(n, (n > 0).then_some(if n < 8 { 0 } else { n % 8 })));
    let parents = (0..6).map(|n| node(SMALL + n, None));
    let children = (0..8).map(|n| node(SMALL + 6 + n, Some(SMALL + n % 6)));
    large.chain(parents).chain(children).collect()
}

/// Sends a request that may be refused, but in which the server must not fail.
async fn ask(board: &Board, method: Method, path: &str, body: Value) -> u16 {
    let (status, answer) = board.call(method, path, body.clone()).await;
    assert!(!status.is_server_error(), "{path} {body}: {status} {answer}");
    status.as_u16()
}

async fn take(board: &Board, who: &str, act: &Act) {
    let (command_type, data) = match act {
        Act::Create(id, parent, index) => {
            let mut data = new_node(0, None);
            data["node_id"] = pick(*id).into();
            data["parent_id"] = parent.map(pick).into();
            data["index"] = (*index).into();
            ("CreateNode", data)
        }
        Act::Link(child, parent, index) => (
            "LinkNode",
            json!({"child_id": pick(*child), "parent_id": pick(*parent), "index": index}),
        ),
        Act::Unlink(id) => ("UnlinkNode", json!({"child_id": pick(*id)})),
        Act::Rename(id) => ("RenameNode", json!({"node_id": pick(*id), "name": who})),
        Act::Delete(id) => ("DeleteNode", json!({"node_id": pick(*id)})),
        Act::Undo => return undo_or_redo(board, who, "/undo").await,
        Act::Redo => return undo_or_redo(board, who, "/redo").await,
    };
    let body = json!({"command_type": command_type, "data": data, "client_id": who});
    ask(board, Method::POST, "/commands", body).await;
}

/// Of the client's own steps.
async fn undo_or_redo(board: &Board, who: &str, path: &str) {
    ask(board, Method::POST, path, json!({"scope": "client", "client_id": who})).await;
}

async fn take_staged(board: &Board, staged: &Staged) {
    match staged {
        Staged::Replace => {
            let body = json!({"nodes": graph(), "client_id": "eve"});
            assert_eq!(ask(board, Method::PUT, "/graph", body).await, 200);
        }
        Staged::Delete => {
            let data = json!({"node_id": node_id(0)});
            let body = json!({"command_type": "DeleteNode", "data": data, "client_id": "eve"});
            ask(board, Method::POST, "/commands", body).await;
        }
        Staged::Undo => undo_or_redo(board, "eve", "/undo").await,
        Staged::Redo => undo_or_redo(board, "eve", "/redo").await,
    }
}

/// The third client's changes, while the other two go on with theirs over and over.
async fn round(board: &Board, (ada, bob): (&[Act], &[Act]), staged: &[Staged]) {
    let ended = AtomicBool::new(false);
    let others = async |who: &str, acts: &[Act]| {
        for act in acts.iter().cycle() {
            if ended.load(Ordering::Relaxed) {
                break;
            }
            take(board, who, act).await;
        }
    };
    let third = async {
        for staged in staged {
            take_staged(board, staged).await;
        }
        ended.store(true, Ordering::Relaxed);
    };
    tokio::join!(others("ada", ada), others("bob", bob), third);
}

/// A tree that is made of the flat list alone.
fn tree_of(list: &Value) -> Tree {
    let mut tree = Tree::default();
    let mut waiting: Vec<Value> = list.as_array().unwrap().clone();
    while !waiting.is_empty() {
        let count = waiting.len();
        waiting.retain(|node| {
            let parent = node["parent_id"].as_str();
            let fits =
                parent.is_none_or(|parent| tree.nodes.contains_key(&parent.parse().unwrap()));
            if fits {
                let mut event = node.clone();
                event["node_id"] = node["id"].clone();
                tree.follow("node-created", &event);
            }
            !fits
        });
        assert!(waiting.len() < count, "nodes without a parent: {waiting:?}");
    }
    tree
}

/// Counts that are not those of the rows; nodes of another generation belong to nothing.
const UNTRUE: &str = "
    with own as (select n.* from sessions as s
                 join nodes as n on n.session = s.session and n.generation = s.generation)
    select (select count(*) from sessions as s
            where node_count <> (select count(*) from own where own.session = s.session)
               or root_count <> (select count(*) from own
                                 where own.session = s.session and parent_id is null))
         + (select count(*) from own as n
            where child_count <> (select count(*) from own as c
                                  where c.session = n.session and c.parent_id = n.node_id))";

async fn compare(server: &Server, board: &Board, follower: &mut Follower) {
    let seq = board.get("").await["seq"].as_i64().unwrap();
    while follower.seq < seq {
        let page = board.get(&format!("/events?since={}", follower.seq)).await;
        page["events"].as_array().unwrap().iter().for_each(|event| follower.receive(event));
    }
    assert_eq!(
        number(&mut server.sql().await, UNTRUE).await,
        0,
        "counts are not those of the rows"
    );
    let roots = board.roots().await;
    assert_eq!(follower.tree.to_json(), roots, "the events build another tree");
    assert_eq!(tree_of(&board.get("/graph").await["nodes"]).to_json(), roots, "the flat list");
}

#[test]
fn changes_beside_staged_ones_leave_tree_list_counts_and_events_equal() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let settings =
        ["--cleanup-interval", "off", "--synchronous", "normal", "--staging-threshold", "20"];
    let server = RefCell::new(runtime.block_on(Server::with(&settings)));
    let config = Config {
        cases: cases(2),
        failure_persistence: None,
        max_shrink_iters: 0,
        ..Config::default()
    };
    let outcome = TestRunner::new(config).run(&(acts(), acts(), staged()), |(ada, bob, staged)| {
        let server = server.borrow();
        runtime.block_on(async {
            let board = Board::new(server.api()).await;
            let mut follower = Follower::default();
            for _ in 0..2 {
                round(&board, (&ada, &bob), &staged).await;
                compare(&server, &board, &mut follower).await;
            }
            let least = "select min(generation) from sessions";
            let staged = number(&mut server.sql().await, least).await;
            assert!(staged > 0, "changes were prepared in the background");
        });
        Ok(())
    });
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
}
