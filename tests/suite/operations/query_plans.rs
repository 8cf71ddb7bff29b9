//! No query reads a table whole that grows with use.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use rusqlite::Connection;
use serde_json::Value;

use crate::support::Server;

/// Tables that have few rows, however much is stored.
const SMALL: [&str; 11] = [
    "internal_cleanup_rule",
    "internal_clock_corrections",
    "internal_database_epoch",
    "internal_event_index_end",
    "internal_join_key",
    "internal_last_backup",
    "internal_orphaned_content",
    "internal_session_total",
    "internal_write_probe",
    "tokens",
    "webhook_endpoints",
];

/// Queries that are asked once at a start, when all clients in the file are those of a server that died.
const AT_START: [&str; 1] = ["from clients as c join sessions as s"];

/// The steps of the plan of each query that the program is built with.
fn plans(connection: &Connection) -> BTreeMap<String, Vec<String>> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/.sqlx");
    let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let plan = |query: &str| {
        let mut statement = connection.prepare(&format!("explain query plan {query}")).unwrap();
        let mut rows = statement.raw_query();
        let mut steps: Vec<String> = Vec::new();
        while let Some(row) = rows.next().unwrap() {
            steps.push(row.get("detail").unwrap());
        }
        steps
    };
    files
        .map(|path| {
            let file: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
            let query = file["query"].as_str().unwrap();
            (query.to_owned(), plan(query))
        })
        .collect()
}

/// With an index that SQLite makes for a query alone, it reads the whole table each time.
#[tokio::test]
async fn no_query_needs_an_index_of_its_own() {
    let server = Server::start().await;
    let plans = plans(&Connection::open(server.database()).unwrap());
    assert!(plans.len() > 100, "{}", plans.len());
    for (query, steps) in plans {
        let automatic = steps.iter().find(|step| step.contains("AUTOMATIC"));
        assert_eq!(automatic, None, "{query}");
    }
}

/// The table that a query knows by this name, if it is one of `tables`.
fn table<'a>(query: &'a str, name: &'a str, tables: &BTreeSet<String>) -> Option<&'a str> {
    let words: Vec<&str> = query.split_whitespace().collect();
    let renamed = words.windows(3).find(|words| words[1] == "as" && words[2] == name);
    Some(renamed.map_or(name, |words| words[0])).filter(|name| tables.contains(*name))
}

/// In their order, and with a limit, a few of the first rows are read.
#[tokio::test]
async fn only_small_tables_are_read_whole() {
    let server = Server::start().await;
    let connection = Connection::open(server.database()).unwrap();
    let mut names =
        connection.prepare("select name from sqlite_schema where type = 'table'").unwrap();
    let tables: BTreeSet<String> =
        names.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    assert!(SMALL.iter().all(|name| tables.contains(*name)));
    for (query, steps) in plans(&connection) {
        let scans = steps.iter().filter_map(|step| step.strip_prefix("SCAN "));
        let whole: Vec<&str> = scans
            .filter_map(|rest| table(&query, rest.split(' ').next().unwrap(), &tables))
            .filter(|table| !SMALL.contains(table))
            .collect();
        let is_known = AT_START.iter().any(|part| query.contains(part));
        assert!(whole.is_empty() || is_known || query.contains("limit"), "{whole:?}\n{query}");
    }
}
