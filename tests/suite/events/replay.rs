//! Missed events: sent after a join with `since`, and read over REST.

use reqwest::Method;
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use crate::support::board::{Board, refusal};
use crate::support::model::Tree;
use crate::support::{Api, Follower, Server, Ws, number};

async fn join_since(ws: &mut Ws, id: &str, since: i64) -> i64 {
    let join = json!({"type": "join_session", "session_id": id, "since": since});
    let joined = ws.ask(join).await;
    assert_eq!(joined["type"], "joined", "{joined}");
    joined["seq"].as_i64().unwrap()
}

/// A tree that was put together from nothing but REST, and its `seq`.
async fn truth(board: &Board) -> (Value, i64) {
    let graph = board.get("/graph/tree").await;
    (graph["roots"].clone(), graph["seq"].as_i64().unwrap())
}

/// Creates, moves, deletes and undoes its own commands; then it ends.
fn writer(board: &Board, name: &'static str, count: u32) -> JoinHandle<()> {
    let board = board.clone();
    tokio::spawn(async move {
        let mut last: Option<Value> = None;
        for n in 0..count {
            let create = json!({"blueprint_type_id": "t", "name": n.to_string(), "index": n % 3});
            let created = board.execute_as(name, "CreateNode", create).await;
            let node = created["result"]["node_id"].clone();
            if let Some(last) = last.take() {
                if n % 5 == 0 {
                    board.execute_as(name, "DeleteNode", json!({"node_id": last})).await;
                    board.step("undo", json!({"scope": "client", "client_id": name})).await;
                } else {
                    let link = json!({"parent_id": node, "child_id": last, "index": 0});
                    board.execute_as(name, "LinkNode", link).await;
                }
            }
            last = (n % 4 != 3).then_some(node);
        }
    })
}

#[tokio::test]
async fn join_with_since_replays_missed_events_then_live_ones() {
    let server = Server::start().await;
    let board = Board::new(server.api()).await;
    for number in 1..=3 {
        board.create(number, None).await;
    }
    let mut ws = server.ws().await;
    let seq = join_since(&mut ws, &board.id, 4).await;
    assert_eq!(seq, 7, "six of three commands, and the join");
    board.create(4, None).await;
    let mut received = Vec::new();
    for _ in 5..=9 {
        received.push(ws.event().await);
    }
    let seqs: Vec<_> = received.iter().map(|event| event["seq"].as_i64().unwrap()).collect();
    assert_eq!(seqs, [5, 6, 7, 8, 9]);
    // They are the same words as over REST.
    let mut page = board.get("/events?since=4").await;
    for event in page["events"].as_array_mut().unwrap() {
        let name = event.as_object_mut().unwrap().remove("event").unwrap();
        event["type"] = name;
    }
    assert_eq!(page["events"], json!(received));
    // Nothing was missed: nothing but what comes.
    let mut up_to_date = server.ws().await;
    let seq = join_since(&mut up_to_date, &board.id, 9).await;
    assert_eq!(up_to_date.event().await["seq"], seq);
    board.create(5, None).await;
    assert_eq!(up_to_date.event().await["seq"], seq + 1);
}

#[tokio::test]
async fn events_are_read_in_pages_over_rest() {
    let server = Server::start().await;
    let board = Board::new(server.api()).await;
    for number in 1..=5 {
        board.create(number, None).await;
    }
    let mut follower = Follower::default();
    loop {
        let page = board.get(&format!("/events?since={}&limit=3", follower.seq)).await;
        assert_eq!((&page["seq"], &page["gap"]), (&json!(10), &json!(false)));
        let events = page["events"].as_array().unwrap();
        for event in events {
            follower.receive(event);
        }
        if events.len() < 3 {
            break;
        }
    }
    assert_eq!((follower.tree.to_json(), follower.seq), truth(&board).await);
    assert_eq!(board.get("/events?since=10").await["events"], json!([]));
    assert_eq!(board.get("/events?since=11").await["gap"], true);
    for query in ["limit=0", "limit=10001", "limit=x", "since=-1"] {
        let path = format!("/events?{query}");
        let (status, code, message) = refusal(board.call(Method::GET, &path, Value::Null).await);
        assert_eq!((status, &*code), (400, "INVALID_REQUEST"), "{query}: {message}");
        assert!(message.contains(query.split('=').next().unwrap()), "{query}: {message}");
    }
}

#[tokio::test]
async fn since_before_the_retained_events_is_a_gap() {
    let server = Server::start().await;
    let board = Board::new(server.api()).await;
    for number in 1..=3 {
        board.create(number, None).await;
    }
    let mut sql = server.sql().await;
    sqlx::query("delete from internal_event_log where seq <= 2").execute(&mut sql).await.unwrap();
    let page = board.get("/events?since=1").await;
    assert_eq!((&page["gap"], &page["events"][0]["seq"]), (&json!(true), &json!(3)));
    assert_eq!(board.get("/events?since=2").await["gap"], false);
    for since in [0, 1, 99] {
        let mut ws = server.ws().await;
        let seq = join_since(&mut ws, &board.id, since).await;
        let gap = ws.answer().await;
        assert_eq!((&gap["type"], &gap["session_id"]), (&json!("gap"), &json!(board.id)));
        assert_eq!(ws.events, Vec::<Value>::new(), "nothing is sent beside the gap");
        // It goes on live, from the number that the join returned.
        board.execute("CreateNode", json!({"blueprint_type_id": "t"})).await;
        assert_eq!(ws.event().await["seq"], seq + 1);
        ws.close().await;
    }
    let mut ws = server.ws().await;
    join_since(&mut ws, &board.id, 2).await;
    assert_eq!(ws.event().await["seq"], 3);
}

#[tokio::test]
async fn events_missed_across_restarts_are_replayed() {
    let mut server = Server::start().await;
    let mut board = Board::new(server.api()).await;
    let mut follower = Follower::default();
    for round in 0..3 {
        board.create(round, None).await;
        let mut ws = server.ws().await;
        let seq = join_since(&mut ws, &board.id, follower.seq).await;
        follower.receive_until(&mut ws, seq).await;
        board.create(100 + round, Some(round)).await;
        server.restart().await;
        board.api = server.api();
        board.create(200 + round, Some(round)).await;
    }
    let mut ws = server.ws().await;
    let seq = join_since(&mut ws, &board.id, follower.seq).await;
    follower.receive_until(&mut ws, seq).await;
    assert_eq!((follower.tree.to_json(), follower.seq), truth(&board).await);
    assert_eq!(follower.received["node-created"], 9);
}

#[tokio::test(flavor = "multi_thread")]
async fn reconnecting_follower_has_the_tree_of_one_that_never_left() {
    let server = Server::start().await;
    let board = Board::new(server.api()).await;
    let mut stayed = (Follower::default(), server.ws().await);
    join_since(&mut stayed.1, &board.id, 0).await;
    let mut writers: Vec<_> =
        ["ada", "bob", "cai"].into_iter().map(|name| writer(&board, name, 60)).collect();
    let mut follower = Follower::default();
    let mut rounds = 0;
    while writers.iter().any(|writer| !writer.is_finished()) {
        let mut ws = server.ws().await;
        join_since(&mut ws, &board.id, follower.seq).await;
        // What was missed, then some of what comes, then gone without a word.
        let live = board.execute("Batch", json!({"commands": []})).await;
        follower.receive_until(&mut ws, live["seq"].as_i64().unwrap()).await;
        rounds += 1;
    }
    for writer in &mut writers {
        writer.await.unwrap();
    }
    assert!(rounds > 3, "the writers were done before anybody came back");
    let mut ws = server.ws().await;
    let joined = join_since(&mut ws, &board.id, follower.seq).await;
    follower.receive_until(&mut ws, joined).await;
    stayed.0.receive_until(&mut stayed.1, joined).await;
    assert_ne!(stayed.0.tree, Tree::default());
    assert_eq!(follower.tree, stayed.0.tree);
    assert_eq!(follower.tree.to_json(), truth(&board).await.0);
}

#[tokio::test]
async fn long_absence_is_replayed_in_full() {
    let server = Server::start().await;
    let api: Api = server.api();
    let board = Board::new(api).await;
    for _ in 0..3 {
        let create = json!({"command_type": "CreateNode", "data": {"blueprint_type_id": "t"}});
        board.execute("Batch", json!({"commands": vec![create; 700]})).await;
    }
    let mut ws = server.ws().await;
    let seq = join_since(&mut ws, &board.id, 0).await;
    let mut follower = Follower::default();
    follower.receive_until(&mut ws, seq).await;
    assert_eq!(follower.tree.to_json(), truth(&board).await.0);
    assert_eq!(follower.received["node-created"], 2_100);
}

#[tokio::test]
async fn replay_may_start_in_the_middle_of_a_commit() {
    let server = Server::start().await;
    let board = Board::new(server.api()).await;
    let mut watcher = server.ws().await;
    watcher.join(&board.id).await;
    let create = |number: u32| {
        let data = json!({"blueprint_type_id": "t", "name": number.to_string()});
        json!({"command_type": "CreateNode", "data": data})
    };
    let commands: Vec<Value> = (0..800).map(create).collect();
    let batch = board.execute("Batch", json!({"commands": commands})).await;
    assert_eq!(batch["seq"], 802, "the join, 800 effects, and what was executed");
    let mut sql = server.sql().await;
    // More than an entry holds, and still each its own event, live, in SQL, in REST and replayed.
    let entries = number(&mut sql, "select count(*) from internal_event_log").await;
    assert!((3..20).contains(&entries), "{entries} entries");
    let holes = "select max(seq) - count(distinct seq) from events";
    assert_eq!(number(&mut sql, holes).await, 0);
    for seq in 2..=802 {
        assert_eq!(watcher.event().await["seq"], seq);
    }
    let seqs = |page: &Value| -> Vec<i64> {
        page["events"].as_array().unwrap().iter().map(|e| e["seq"].as_i64().unwrap()).collect()
    };
    for (since, limit) in [(0, 3), (1, 1), (250, 10), (498, 7), (700, 1_000), (801, 5), (802, 5)] {
        let page = board.get(&format!("/events?since={since}&limit={limit}")).await;
        let expected: Vec<i64> = (since + 1..=802).take(limit).collect();
        assert_eq!((seqs(&page), page["gap"].as_bool()), (expected, Some(false)), "since {since}");
    }
    let mut late = server.ws().await;
    let seq = join_since(&mut late, &board.id, 300).await;
    for missed in 301..=seq {
        assert_eq!(late.event().await["seq"], missed);
    }
}
