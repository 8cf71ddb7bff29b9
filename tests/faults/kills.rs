//! kill -9 under mixed load from all transports: after each start everything that was answered or
//! sent as an event is there, and every session is what its events say.

use std::sync::Arc;

use serde_json::json;
use tokio::sync::mpsc::unbounded_channel;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::client::Client;
use crate::evidence::{Logs, check_file};
use crate::load::{World, live, rest};
use crate::rounds;
use crate::support::dice::Dice;
use crate::support::{Binary, PATIENCE, http};

const CLIENTS_BY_EACH_TRANSPORT: u64 = 3;
/// Sessions that everybody shares; after some rounds there are new ones.
const SHARED_SESSIONS: usize = 3;
const ROUNDS_WITH_THE_SAME: u32 = 8;
/// Answers after which the server is killed, at least, and how many more it may be.
const MIN_ANSWERS: usize = 20;
const MORE_ANSWERS: usize = 200;

async fn kill_again_and_again(rounds: u32, settings: &[&str]) {
    let mut server = Binary::start(settings).await;
    let mut logs = Logs::default();
    let mut dice = Dice::new(1);
    let mut shared = Vec::new();
    let mut in_all = 0;
    for round in 0..rounds {
        if round % ROUNDS_WITH_THE_SAME == 0 {
            shared.clear();
            for _ in 0..SHARED_SESSIONS {
                shared.push(server.api().create(json!({"name": "shared"})).await);
            }
        }
        let (sender, mut receiver) = unbounded_channel();
        let first_node = (round + 1) * 100_000;
        let world = Arc::new(World::new(server.addr, shared.clone(), first_node, sender));
        let (mut listeners, mut others) = (JoinSet::new(), JoinSet::new());
        for client in 0..CLIENTS_BY_EACH_TRANSPORT {
            let dice = |transport: u64| Dice::new(u64::from(round) * 100 + client * 3 + transport);
            let (plain, socket_io) =
                (Client::plain(server.addr).await, Client::socket_io(server.addr).await);
            for (transport, client) in [(1, plain), (2, socket_io)] {
                let (world, dice) = (world.clone(), dice(transport));
                listeners.spawn(async move { live(&world, client, dice).await });
            }
            let (world, dice) = (world.clone(), dice(3));
            others.spawn(async move { rest(&world, http(), dice).await });
        }

        let mut answered = Vec::new();
        for _ in 0..MIN_ANSWERS + dice.below(MORE_ANSWERS) {
            let Ok(answer) = timeout(PATIENCE, receiver.recv()).await else {
                panic!("round {round}: no answer comes any more: {}", server.log());
            };
            answered.push(answer.unwrap());
        }
        server.kill().await;
        others.join_all().await;
        let received = listeners.join_all().await.concat();
        receiver.close();
        while let Some(late) = receiver.recv().await {
            answered.push(late);
        }
        server.start_again().await;

        let mut sql = server.sql().await;
        check_file(&mut sql).await;
        let deleted_roots = world.deleted_roots.lock().unwrap().clone();
        logs.check(&server.api(), &mut sql, &answered, &received, &deleted_roots).await;
        in_all += answered.len();
    }
    println!("{rounds} kills: {in_all} answered changes, none lost");
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_server_has_all_that_it_answered_or_published() {
    kill_again_and_again(rounds("FAULT_KILLS", 3), &["--cleanup-interval", "off"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_server_has_all_that_it_answered_while_changes_are_staged() {
    let settings = ["--cleanup-interval", "off", "--staging-threshold", "10"];
    kill_again_and_again(rounds("FAULT_KILLS", 3), &settings).await;
}
