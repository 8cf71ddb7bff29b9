//! The log cut at random places: what is recovered is the state after some commit, whole, and each
//! such state is what its events say.

use std::collections::HashMap;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::path::Path;
use std::sync::Arc;

use rusqlite::Connection;
use rusqlite::config::DbConfig;
use rusqlite::types::ValueRef;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::mpsc::unbounded_channel;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::client::Client;
use crate::evidence::{Logs, WRONG, check_file};
use crate::load::{World, live, rest};
use crate::rounds;
use crate::support::dice::Dice;
use crate::support::model::Id;
use crate::support::{Binary, Follower, PATIENCE, http};
use crate::wal::Remains;

/// Answers after which the server is killed.
const ANSWERS: usize = 300;
/// One cut in so many has a wrong bit as well, and one in so many is opened by the server itself.
const WITH_A_WRONG_BIT: usize = 4;
const BY_THE_SERVER: u32 = 50;

const SETTINGS: [&str; 4] = ["--cleanup-interval", "off", "--staging-threshold", "10"];

#[tokio::test(flavor = "multi_thread")]
async fn wherever_the_log_ends_a_whole_number_of_commits_is_there() {
    let (remains, first) = remains_of_a_load().await;
    let folder = TempDir::new().unwrap();
    let database = folder.path().join("test.db");
    let states = states(&remains, first, &database);
    let mut dice = Dice::new(2);
    let cuts = rounds("FAULT_CUTS", 30);
    for cut in 0..cuts {
        let end = first + dice.below(remains.log_size() + 1 - first);
        let turned = (end > first && dice.below(WITH_A_WRONG_BIT) == 0)
            .then(|| first + dice.below(end - first));
        let whole = turned.map_or(end, |byte| remains.frame_of(byte));
        let expected = states[remains.commits_within(whole) - remains.commits_within(first)];
        remains.write(&database, end, turned);
        let recovered = open(&database);
        assert_eq!(text(&recovered, "pragma integrity_check"), "ok");
        assert_eq!(digest(&recovered), expected, "cut at {end}, wrong at {turned:?}");
        drop(recovered);
        if cut % BY_THE_SERVER == 0 {
            let folder = TempDir::new().unwrap();
            remains.write(&folder.path().join("test.db"), end, turned);
            opened_by_the_server(folder).await;
        }
    }
    println!("{cuts} cuts in {} commits: each had the state after one", states.len());
}

/// What is left of a server that was killed under load, and from where on its log can be cut: what
/// stands before may be in the database already.
async fn remains_of_a_load() -> (Remains, usize) {
    let mut server = Binary::start(&SETTINGS).await;
    let mut shared = Vec::new();
    for _ in 0..3 {
        shared.push(server.api().create(json!({})).await);
    }
    assert!(server.terminate().await.success());
    server.start_again().await;
    // While somebody reads, the log does not begin anew, and nothing after this goes from it into
    // the database.
    let reader = Connection::open(server.database()).unwrap();
    reader.execute_batch("begin; select * from sessions limit 1;").unwrap();
    let log = server.database().with_extension("db-wal");
    let first = usize::try_from(log.metadata().unwrap().len()).unwrap();

    let (sender, mut receiver) = unbounded_channel();
    let world = Arc::new(World::new(server.addr, shared, 1, sender));
    let (mut listeners, mut others) = (JoinSet::new(), JoinSet::new());
    for client in 0..2 {
        let (plain, socket_io) =
            (Client::plain(server.addr).await, Client::socket_io(server.addr).await);
        for (door, client) in [(client, plain), (client + 2, socket_io)] {
            let world = world.clone();
            listeners.spawn(async move { live(&world, client, Dice::new(door)).await });
        }
        let world = world.clone();
        others.spawn(async move { rest(&world, http(), Dice::new(client + 4)).await });
    }
    let mut answered = Vec::new();
    for _ in 0..ANSWERS {
        let Ok(answer) = timeout(PATIENCE, receiver.recv()).await else {
            panic!("no answer comes any more: {}", server.log());
        };
        answered.push(answer.unwrap());
    }
    server.kill().await;
    others.join_all().await;
    let heard = listeners.join_all().await.concat();
    let remains = Remains::of(&server.database());
    drop(reader);

    // All that was answered or published is there while the log is whole.
    server.start_again().await;
    let deleted_roots = world.deleted_roots.lock().unwrap().clone();
    let mut sql = server.sql().await;
    check_file(&mut sql).await;
    Logs::default().check(&server.api(), &mut sql, &answered, &heard, &deleted_roots).await;
    (remains, first)
}

/// The state after each commit, from that at `first` on, each looked at.
fn states(remains: &Remains, first: usize, database: &Path) -> Vec<u64> {
    let commits = remains.commits().iter().copied().filter(|end| *end > first);
    let mut before = Vec::new();
    let mut states = Vec::new();
    for end in [first].into_iter().chain(commits) {
        remains.write(database, end, None);
        let connection = open(database);
        for (what, query) in WRONG {
            assert_eq!(number(&connection, query), 0, "{what}");
        }
        let log = entries(&connection);
        assert!(log.starts_with(&before), "a commit changed what was in the log");
        before = log;
        check_trees(&connection);
        states.push(digest(&connection));
    }
    states
}

async fn opened_by_the_server(folder: TempDir) {
    let server = Binary::start_in(folder, &SETTINGS).await;
    let mut sql = server.sql().await;
    check_file(&mut sql).await;
    let sessions = server.api().get("/sessions").await;
    assert_eq!(
        sessions["total"],
        crate::support::number(&mut sql, "select count(*) from sessions").await
    );
    server.api().create(json!({})).await;
}

/// Opens what is left, and leaves it as it is: no sync of the disk when it is closed.
fn open(database: &Path) -> Connection {
    let connection = Connection::open(database).unwrap();
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true).unwrap();
    connection
}

/// Everything in all tables, as one number.
fn digest(connection: &Connection) -> u64 {
    let mut hasher = DefaultHasher::new();
    let mut names = connection
        .prepare("select name from sqlite_schema where type = 'table' order by name")
        .unwrap();
    let names = names.query_map([], |row| row.get::<_, String>(0)).unwrap();
    for name in names.map(Result::unwrap) {
        name.hash(&mut hasher);
        let mut all = connection.prepare(&format!("select * from \"{name}\"")).unwrap();
        let columns = all.column_count();
        let mut rows = all.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            for column in 0..columns {
                match row.get_ref(column).unwrap() {
                    ValueRef::Null => 0_u8.hash(&mut hasher),
                    ValueRef::Integer(number) => number.hash(&mut hasher),
                    ValueRef::Real(number) => number.to_bits().hash(&mut hasher),
                    ValueRef::Text(bytes) | ValueRef::Blob(bytes) => bytes.hash(&mut hasher),
                }
            }
        }
    }
    hasher.finish()
}

/// The log of events, in the order of commits.
fn entries(connection: &Connection) -> Vec<(i64, i64, i64, String)> {
    let query = "select session, first_seq, seq, at from internal_event_log order by entry";
    let mut all = connection.prepare(query).unwrap();
    let rows = all.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)));
    rows.unwrap().map(Result::unwrap).collect()
}

/// Each session's nodes are the tree that its events make.
fn check_trees(connection: &Connection) {
    let mut followers: HashMap<String, Follower> = HashMap::new();
    let query = "select session_id, seq, event, payload from event_overview
                 where session_id in (select session_id from sessions) order by session_id, seq";
    let mut events = connection.prepare(query).unwrap();
    let mut rows = events.query([]).unwrap();
    while let Some(row) = rows.next().unwrap() {
        let payload: String = row.get(3).unwrap();
        let mut event: Value = serde_json::from_str(&payload).unwrap();
        event["type"] = row.get::<_, String>(2).unwrap().into();
        event["seq"] = row.get::<_, i64>(1).unwrap().into();
        followers.entry(row.get(0).unwrap()).or_default().receive(&event);
    }
    let query = r#"select session_id, node_id, parent_id, "index", name, blueprint_type_id, properties
                   from node_overview"#;
    let mut nodes = connection.prepare(query).unwrap();
    let mut rows = nodes.query([]).unwrap();
    let mut there: HashMap<String, usize> = HashMap::new();
    while let Some(row) = rows.next().unwrap() {
        let session: String = row.get(0).unwrap();
        let (id, index): (String, i64) = (row.get(1).unwrap(), row.get(3).unwrap());
        let id: Id = id.parse().unwrap();
        let tree = &followers[&session].tree;
        let published = tree.nodes.get(&id).unwrap_or_else(|| panic!("no event has {id}"));
        let parent: Option<String> = row.get(2).unwrap();
        assert_eq!(published.parent.map(|parent| parent.to_string()), parent, "parent of {id}");
        assert_eq!(tree.index_of(id) as i64, index, "index of {id}");
        assert_eq!(published.name, row.get::<_, String>(4).unwrap(), "name of {id}");
        assert_eq!(published.kind, row.get::<_, String>(5).unwrap(), "kind of {id}");
        let properties: String = row.get(6).unwrap();
        let properties: Value = serde_json::from_str(&properties).unwrap();
        assert_eq!(json!(published.properties), properties, "properties of {id}");
        *there.entry(session).or_default() += 1;
    }
    for (session, follower) in followers {
        let nodes = there.get(&session).copied().unwrap_or(0);
        assert_eq!(follower.tree.nodes.len(), nodes, "nodes of {session}");
    }
}

fn number(connection: &Connection, query: &str) -> i64 {
    connection.query_row(query, [], |row| row.get(0)).unwrap()
}

fn text(connection: &Connection, query: &str) -> String {
    connection.query_row(query, [], |row| row.get(0)).unwrap()
}
