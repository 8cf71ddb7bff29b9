//! `rollcall sql`.

use std::path::Path;
use std::process::{Output, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};

use crate::support::{Binary, rollcall};

/// The output of `rollcall sql` with these arguments and this standard input.
async fn sql(database: &Path, arguments: &[&str], input: &str) -> Output {
    let mut command = rollcall();
    command.arg("sql").args(arguments).arg("--database").arg(database);
    let mut child = command.stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // A program with a query of its own need not read it.
    let _ = stdin.write_all(input.as_bytes()).await;
    drop(stdin);
    child.wait_with_output().await.unwrap()
}

fn printed(output: &Output) -> String {
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && errors.is_empty(), "{}: {errors}", output.status);
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn complaint(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    String::from_utf8(output.stderr.clone()).unwrap()
}

async fn with_sessions() -> Binary {
    let server = Binary::start(&["--cleanup-interval", "off"]).await;
    server.api().create(json!({"name": "Sprint, \"board\""})).await;
    server.api().create(json!({"name": "two\nlines"})).await;
    server
}

#[tokio::test]
async fn sql_prints_a_table_json_or_csv_while_the_server_runs() {
    let server = with_sessions().await;
    let query = "select name, active_clients as n, null as empty from sessions order by name";
    let table = printed(&sql(&server.database(), &[query], "").await);
    let expected = "name             n  empty\n---------------  -  -----\nSprint, \"board\"  0\n\
                    two\\nlines       0\n";
    assert_eq!(table, expected);
    let answer: Value =
        serde_json::from_str(&printed(&sql(&server.database(), &[query, "--json"], "").await))
            .unwrap();
    assert_eq!(
        answer,
        json!([{"name": "Sprint, \"board\"", "n": 0, "empty": null},
               {"name": "two\nlines", "n": 0, "empty": null}])
    );
    let csv = printed(&sql(&server.database(), &[query, "--csv"], "").await);
    let expected = "name,n,empty\r\n\"Sprint, \"\"board\"\"\",0,\r\n\"two\nlines\",0,\r\n";
    assert_eq!(csv, expected);
    // An empty line would be no row to many readers.
    let empty = "select null as a union all select 'b'";
    let csv = printed(&sql(&server.database(), &[empty, "--csv"], "").await);
    assert_eq!(csv, "a\r\n\"\"\r\nb\r\n");
    let kinds = "select 1.5 as r, x'00ff' as b, 9007199254740993 as i, 'ä' as t";
    let kinds = printed(&sql(&server.database(), &[kinds, "--json"], "").await);
    let kinds: Value = serde_json::from_str(&kinds).unwrap();
    assert_eq!(kinds, json!([{"r": 1.5, "b": "00ff", "i": 9007199254740993_i64, "t": "ä"}]));
    let nothing = sql(&server.database(), &["select 1 where false", "--json"], "").await;
    assert_eq!(printed(&nothing), "[]\n");
}

#[tokio::test]
async fn sql_reads_several_statements_from_standard_input() {
    let server = with_sessions().await;
    let input =
        "-- a comment; no end\nselect ';' as a; /* ; */ select 'it''s' as b;;\nselect 3 as \"c;\"";
    let text = printed(&sql(&server.database(), &[], input).await);
    assert_eq!(text, "a\n-\n;\n\nb\n----\nit's\n\nc;\n--\n3\n");
}

#[tokio::test]
async fn sql_refuses_to_write_and_names_the_statement_that_failed() {
    let server = with_sessions().await;
    for statement in [
        "delete from sessions",
        "update sessions set name = 'x'",
        "pragma query_only = off; delete from sessions",
        "drop table sessions",
        "create table more (x)",
    ] {
        let text = complaint(&sql(&server.database(), &[statement], "").await);
        let last = statement.rsplit("; ").next().unwrap();
        assert!(text.contains("this only reads") && text.contains(last), "{text}");
    }
    let count = sql(&server.database(), &["select count(*) as n from sessions"], "").await;
    assert_eq!(printed(&count), "n\n-\n2\n");
    let output = sql(&server.database(), &["select 1 as a; selec 2; select 3"], "").await;
    let text = complaint(&output);
    assert!(text.contains("cannot run 'selec 2;'") && text.contains("syntax error"), "{text}");
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "a\n-\n1\n");
    let text = complaint(&sql(&server.database(), &["select * from nobody"], "").await);
    assert!(text.contains("no such table: nobody"), "{text}");
}

#[tokio::test]
async fn sql_reads_a_file_without_a_server_and_leaves_it_as_it_is() {
    let mut server = with_sessions().await;
    assert!(server.terminate().await.success());
    let before = std::fs::read(server.database()).unwrap();
    let query = "select count(*) as n from session_overview";
    assert_eq!(printed(&sql(&server.database(), &[query], "").await), "n\n-\n2\n");
    assert!(std::fs::read(server.database()).unwrap() == before, "the file has changed");
    server.start_again().await;
    let folder = TempDir::new().unwrap();
    let missing = folder.path().join("missing.db");
    let text = complaint(&sql(&missing, &[query], "").await);
    assert!(text.contains("cannot read the database") && !missing.exists(), "{text}");
}

#[tokio::test]
async fn sql_prints_rows_as_they_come_and_ends_with_its_reader() {
    let server = with_sessions().await;
    let endless = "with recursive numbers(n) as (select 1 union all select n + 1 from numbers)
                   select n, 'a' as a from numbers";
    for format in [&[][..], &["--json"], &["--csv"]] {
        let mut command = rollcall();
        command.args(["sql", endless]).args(format).arg("--database").arg(server.database());
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        for _ in 0..2000 {
            assert!(lines.next_line().await.unwrap().is_some());
        }
        drop(lines);
        let output = child.wait_with_output().await.unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && errors.is_empty(), "{errors}");
    }
}
