//! Changes of many nodes, which are prepared in the background: each becomes visible whole or not at all.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use reqwest::Method;
use serde_json::{Value, json};
use sqlx::SqliteConnection;
use tokio::task::JoinSet;

use crate::support::board::{Board, node_id, refusal};
use crate::support::{Binary, Follower, Server, eventually, number, sql};

const SETTINGS: [&str; 4] = ["--cleanup-interval", "off", "--staging-threshold", "20"];
const NODES: u32 = 600;

/// A tree of [`NODES`] nodes: a root, some below it, the others below those.
fn nodes(name: &str) -> Vec<Value> {
    let parent = |number| match number {
        0 => None,
        1..=10 => Some(node_id(0)),
        _ => Some(node_id(1 + number % 10)),
    };
    let node = |number| {
        json!({
            "id": node_id(number), "parent_id": parent(number), "blueprint_type_id": "t",
            "name": name, "properties": {"text": "\u{e9}".repeat(20), "number": number}
        })
    };
    (0..NODES).map(node).collect()
}

async fn board() -> (Server, Board) {
    let server = Server::with(&SETTINGS).await;
    let board = Board::new(server.api()).await;
    (server, board)
}

async fn put(board: &Board, name: &str) -> Value {
    let body = json!({ "nodes": nodes(name) });
    let (status, answer) = board.call(Method::PUT, "/graph", body).await;
    assert_eq!(status, 200, "{answer}");
    answer
}

/// The counts are those of the rows, and nothing is left of what was or was to be.
async fn is_tidy(file: &mut SqliteConnection) -> bool {
    const LOOSE: &str = "select count(*) from orphaned_content";
    const UNTRUE: &str = "
        select count(*) from sessions as s
        where node_count <> (select count(*) from nodes as n where n.session = s.session)
           or root_count <> (select count(*) from nodes as n
                             where n.session = s.session and parent_id is null)
           or seq <> (select count(*) from events as e where e.session = s.session)";
    const CHILDREN: &str = "
        select count(*) from nodes as n
        where child_count <> (select count(*) from nodes as c
                              where c.session = n.session and c.parent_id = n.node_id)";
    const TEXTS: &str = "
        select count(*) from overflow_texts as t
        where not exists (select 1 from history as h
                          where h.session = t.session and h.overflow_generation = t.generation
                            and t.kind = 'changes')
          and not exists (select 1 from event_log as l
                          where l.session = t.session and l.overflow_generation = t.generation
                            and l.overflow_part = t.part and t.kind = 'events')";
    number(file, LOOSE).await == 0
        && number(file, UNTRUE).await == 0
        && number(file, CHILDREN).await == 0
        && number(file, TEXTS).await == 0
}

#[tokio::test(flavor = "multi_thread")]
async fn staged_change_is_one_undo_step_and_publishes_its_effects() {
    let (mut server, mut board) = board().await;
    board.create(10_000, None).await;
    let mut ws = server.ws().await;
    ws.join(&board.id).await;
    let mut listener = Follower::default();
    for event in board.get("/events?since=0").await["events"].as_array().unwrap() {
        listener.hear(event);
    }
    let before = board.roots().await;
    let answer = put(&board, "new").await;
    assert_eq!(answer["result"], json!({"node_count": NODES}));
    assert_eq!((&answer["revision"], &answer["undo_available"]), (&json!(2), &json!(true)));
    let after = board.roots().await;
    // The node before, the join, a deletion, the creations, and the command itself.
    assert_eq!(answer["seq"], 3 + 1 + i64::from(NODES) + 1);
    listener.hear_until(&mut ws, answer["seq"].as_i64().unwrap()).await;
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
        page["events"].as_array().unwrap().iter().for_each(|event| reader.hear(event));
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
async fn reader_sees_the_tree_before_or_after_a_staged_change() {
    let (server, board) = board().await;
    let mut seen = vec![board.get("/graph/tree").await["roots"].clone()];
    let ended = Arc::new(AtomicBool::new(false));
    let (looker, file, end) = (board.clone(), server.database(), ended.clone());
    let looking = tokio::spawn(async move {
        let mut file = sql(file).await;
        let mut looks: Vec<(i64, Value)> = Vec::new();
        while !end.load(Ordering::Relaxed) {
            let graph = looker.get("/graph/tree").await;
            looks.push((graph["revision"].as_i64().unwrap(), graph["roots"].clone()));
            let people_see = number(
                &mut file,
                "select node_count - (select count(*) from node_overview as n
                                      where n.session_id = s.session_id)
                 from sessions as s",
            )
            .await;
            assert_eq!(people_see, 0);
        }
        looks
    });
    put(&board, "first").await;
    seen.push(board.roots().await);
    put(&board, "second").await;
    seen.push(board.roots().await);
    board.undo().await;
    seen.push(board.roots().await);
    ended.store(true, Ordering::Relaxed);
    let looks = looking.await.unwrap();
    assert!(looks.len() > 4, "it was looked at meanwhile");
    for (revision, roots) in looks {
        assert_eq!(roots, seen[usize::try_from(revision).unwrap()]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn edits_during_a_staged_change_are_not_lost() {
    const WRITERS: u32 = 3;
    let (server, board) = board().await;
    put(&board, "first").await;
    let ended = Arc::new(AtomicBool::new(false));
    let mut writers = JoinSet::new();
    for writer in 1..=WRITERS {
        let (board, ended) = (board.clone(), ended.clone());
        writers.spawn(async move {
            let mut written = Vec::new();
            while !ended.load(Ordering::Relaxed) {
                let number = writer * 10_000 + u32::try_from(written.len()).unwrap();
                board.create(number, None).await;
                written.push(node_id(number));
            }
            written
        });
    }
    let own = json!({"scope": "client", "client_id": "ada"});
    for _ in 0..4 {
        let gone = board.execute_as("ada", "DeleteNode", json!({"node_id": node_id(0)})).await;
        assert_eq!(gone["result"], json!({"deleted": NODES}));
        board.step("undo", own.clone()).await;
    }
    ended.store(true, Ordering::Relaxed);
    let mut there: Vec<String> = (0..NODES).map(node_id).collect();
    there.extend(writers.join_all().await.into_iter().flatten());
    assert!(there.len() > NODES as usize, "there was something to lose");
    let mut reader = Follower::default();
    let seq = board.get("").await["seq"].as_i64();
    while Some(reader.seq) != seq {
        let page = board.get(&format!("/events?since={}", reader.seq)).await;
        page["events"].as_array().unwrap().iter().for_each(|event| reader.hear(event));
    }
    assert_eq!(reader.tree.to_json(), board.roots().await);
    for id in &there {
        assert!(reader.tree.nodes.contains_key(id), "{id} is lost");
    }
    assert_eq!(reader.tree.nodes.len(), there.len());
    let turns = number(&mut server.sql().await, "select generation from sessions").await;
    assert!(turns > 4, "they were prepared aside: {turns}");
    eventually("nothing is left over", async || is_tidy(&mut server.sql().await).await).await;
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
async fn session_removed_during_a_staged_change_leaves_no_rows() {
    let (server, board) = board().await;
    put(&board, "first").await;
    let (other, body) = (board.clone(), json!({ "nodes": nodes("second") }));
    let putting = tokio::spawn(async move { other.call(Method::PUT, "/graph", body).await });
    let mut file = server.sql().await;
    while number(&mut file, "select count(*) from nodes").await <= i64::from(NODES) {
        assert!(!putting.is_finished(), "it is prepared in slices");
    }
    assert_eq!(board.call(Method::DELETE, "", Value::Null).await.0, 204);
    let answer = putting.await.unwrap();
    if answer.0 != 200 {
        assert_eq!(refusal(answer).1, "SESSION_REMOVED");
    }
    eventually("nothing is left over", async || {
        let mut file = server.sql().await;
        is_tidy(&mut file).await
            && number(
                &mut file,
                "select (select count(*) from nodes) + (select count(*) from history)
                      + (select count(*) from purge_queue)",
            )
            .await
                == 0
    })
    .await;
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
async fn staged_change_is_whole_or_absent_after_kill_9() {
    let mut binary = Binary::start(&SETTINGS).await;
    let mut board = Board::new(binary.api()).await;
    put(&board, "0").await;
    let mut cut_short = 0;
    for round in 1..=8 {
        let before = board.roots().await;
        let body = json!({ "nodes": nodes(&round.to_string()) });
        let other = board.clone();
        let url = format!("http://{}/api/v1/sessions/{}/graph", other.api.addr, other.id);
        let putting = tokio::spawn(async move {
            other.api.http.put(url).json(&body).send().await.is_ok_and(|done| done.status() == 200)
        });
        // Killed while it is prepared, each time a little later.
        let mut file = binary.sql().await;
        let so_far = format!(
            "select (select count(*) from overflow_texts) * 40
                  + (select count(*) from nodes as n where generation <>
                         (select generation from sessions as s where s.session = n.session))
                  + (select generation from sessions) * 10000 > {}",
            (round - 1) * 10_000 + 1 + round * 90
        );
        let so_far: &'static str = so_far.leak();
        while !putting.is_finished() && number(&mut file, so_far).await == 0 {}
        binary.kill().await;
        let answered = putting.await.unwrap();
        binary.start_again().await;
        board.api = binary.api();
        let after = board.roots().await;
        if after == before {
            assert!(!answered, "round {round}: what was answered is not there");
            cut_short += 1;
            put(&board, &round.to_string()).await;
        } else {
            assert_eq!(after[0]["name"], round.to_string());
            assert_eq!(board.get("").await["node_count"], NODES);
        }
        eventually("nothing is left over", async || is_tidy(&mut binary.sql().await).await).await;
    }
    assert!(cut_short > 0, "it was always done");
    let sound: String = sqlx::query_scalar("pragma integrity_check")
        .fetch_one(&mut binary.sql().await)
        .await
        .unwrap();
    assert_eq!(sound, "ok");
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

    // Several moves depend on each other, so these are tried aside.
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
