//! A staged change is seen whole or not at all, and loses nothing of what happens meanwhile.

use super::{NODES, SETTINGS, board, is_tidy, nodes, put};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use reqwest::Method;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::support::board::{Board, node_id, refusal};
use crate::support::{Binary, Follower, Server, eventually, number, sql};

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
        page["events"].as_array().unwrap().iter().for_each(|event| reader.receive(event));
    }
    assert_eq!(reader.tree.to_json(), board.roots().await);
    for id in &there {
        assert!(reader.tree.nodes.contains_key(&id.parse().unwrap()), "{id} is lost");
    }
    assert_eq!(reader.tree.nodes.len(), there.len());
    let turns = number(&mut server.sql().await, "select generation from sessions").await;
    assert!(turns > 4, "they were staged: {turns}");
    eventually("nothing is left over", async || is_tidy(&mut server.sql().await).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn session_removed_during_a_staged_change_leaves_no_rows() {
    let settings = [&SETTINGS[..], &["--restore-window", "off"]].concat();
    let server = Server::with(&settings).await;
    let board = Board::new(server.api()).await;
    put(&board, "first").await;
    let (other, body) = (board.clone(), json!({ "nodes": nodes("second") }));
    let putting = tokio::spawn(async move { other.call(Method::PUT, "/graph", body).await });
    let mut file = server.sql().await;
    while number(&mut file, "select count(*) from nodes").await <= i64::from(NODES) {
        assert!(!putting.is_finished(), "it is staged in chunks");
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
                      + (select count(*) from internal_purge_queue)",
            )
            .await
                == 0
    })
    .await;
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
            "select (select count(*) from internal_overflow_texts) * 40
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
