//! The index of the event log is written in chunks: events are found in it and beyond its end.

use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, SqliteConnection};

use crate::support::{Server, eventually, number, run};

const LOGGED: &str = "select count(*) from internal_event_log";
const INDEXED: &str = "select count(*) from internal_event_index";
/// What the index says and the log does not.
const WRONG: &str = "
    select (select count(*) from internal_event_index as i
            where not exists (select 1 from internal_event_log as l
                              where l.entry = i.entry and l.session = i.session and l.seq = i.seq))
         + (select count(*) from internal_event_log as l
            where entry <= (select entry from internal_event_index_end)
              and not exists (select 1 from internal_event_index as i
                              where i.session = l.session and i.seq = l.seq
                                and i.entry = l.entry))";

/// Puts so many more events into every session, in turns.
async fn write(sql: &mut SqliteConnection, events: i64) {
    let statement = format!(
        "with recursive n (n) as (select 1 union all select n + 1 from n where n < {events})
         insert into events (session, seq, at, event, payload)
         select session, seq + n, last_activity, 'said', json_object('n', n)
         from n cross join sessions order by n, session"
    );
    sqlx::query(AssertSqlSafe(statement)).execute(sql).await.unwrap();
}

/// The numbers of the events that REST returns above `since`.
async fn event_numbers(server: &Server, id: &str, since: i64, limit: i64) -> Vec<i64> {
    let path = format!("/sessions/{id}/events?since={since}&limit={limit}");
    let page = server.api().get(&path).await;
    assert_eq!(page["gap"], Value::Bool(false), "{page}");
    page["events"].as_array().unwrap().iter().map(|event| event["seq"].as_i64().unwrap()).collect()
}

#[tokio::test]
async fn events_are_found_in_the_index_after_it_and_across_its_end() {
    let server = Server::start().await;
    let api = server.api();
    let (one, other) = (api.create(json!({})).await, api.create(json!({})).await);
    let mut sql = server.sql().await;
    let mut last = 0;
    // None in the index, some, some, all but the last, many.
    for more in [10, 240, 6, 1, 500] {
        write(&mut sql, more).await;
        last += more;
        let (logged, indexed) = (number(&mut sql, LOGGED).await, number(&mut sql, INDEXED).await);
        assert_eq!((logged, indexed), (2 * last, 2 * last / 512 * 512));
        assert_eq!(number(&mut sql, WRONG).await, 0);
        for id in [&one, &other] {
            for (since, limit) in
                [(0, 1000), (last - 1, 10), (indexed / 2, 7), (0.max(indexed / 2 - 3), 7), (5, 3)]
            {
                let expected: Vec<i64> = (since + 1..=last.min(since + limit)).collect();
                assert_eq!(
                    event_numbers(&server, id, since, limit).await,
                    expected,
                    "{since} {limit}"
                );
            }
        }
        let twice = "select count(*) - count(distinct session || ' ' || seq) from events";
        assert_eq!(number(&mut sql, twice).await, 0);
        assert_eq!(number(&mut sql, "select count(*) from events where session = 2").await, last);
    }
    // The service goes on where the person has left off.
    let mut ws = server.ws().await;
    assert_eq!(ws.join(&one).await["seq"], last + 1);
    assert_eq!(event_numbers(&server, &one, last, 10).await, [last + 1]);
}

#[tokio::test]
async fn event_index_follows_the_log() {
    let server = Server::start().await;
    let ids = [server.api().create(json!({})).await, server.api().create(json!({})).await];
    let mut sql = server.sql().await;
    write(&mut sql, 600).await;
    for statement in [
        "delete from internal_event_index where entry = 7",
        "update internal_event_index set seq = seq + 1",
        "update internal_event_index_end set entry = 0",
    ] {
        let refusal = run(&mut sql, statement).await.unwrap_err();
        assert!(refusal.contains("follows internal_event_log"), "{statement}: {refusal}");
    }
    // What is not in the log is not returned, whatever the index says.
    run(&mut sql, "insert into internal_event_index values (1, 9999, 7)").await.unwrap();
    assert_eq!(number(&mut sql, "select max(seq) from events").await, 600);
    assert_eq!(run(&mut sql, "delete from internal_event_index where seq = 9999").await, Ok(1));
    // What is in the index before its time is returned once, and hides no other.
    let early =
        "insert into internal_event_index select session, seq, entry from internal_event_log
                 where entry = (select max(entry) from internal_event_log)";
    assert_eq!(run(&mut sql, early).await, Ok(1));
    assert_eq!(number(&mut sql, "select count(*) from events where session = 2").await, 600);
    write(&mut sql, 200).await;
    assert_eq!(number(&mut sql, "select count(*) from events").await, 1600);
    // What goes from the log goes from the index, before its end and behind it.
    let gone = "delete from internal_event_log where entry % 3 = 0 or seq < 100";
    assert!(run(&mut sql, gone).await.unwrap() > 400);
    assert_eq!(
        number(&mut sql, "select count(*) from internal_event_index where entry % 3 = 0").await,
        0
    );
    let whole = "select count(*) - (select count(*) from internal_event_log) from events";
    assert_eq!(number(&mut sql, whole).await, 0);
    let page = server.api().get(&format!("/sessions/{}/events?since=0", ids[0])).await;
    assert_eq!(page["gap"], Value::Bool(true));
}

#[tokio::test]
async fn retention_removes_expired_entries_from_the_index() {
    let mut server = Server::with(&["--cleanup-interval", "off", "--event-retention", "1ms"]).await;
    server.api().create(json!({})).await;
    let mut sql = server.sql().await;
    write(&mut sql, 1100).await;
    assert_eq!(number(&mut sql, INDEXED).await, 1024);
    server.restart().await;
    eventually("no event is left", async || number(&mut server.sql().await, LOGGED).await == 0)
        .await;
    assert_eq!(number(&mut sql, INDEXED).await, 0);
    assert_eq!(number(&mut sql, "select seq from sessions").await, 1100);
}
