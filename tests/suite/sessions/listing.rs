//! The list of sessions: filters, orders, pages and totals.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Api, Server, seconds_ago, set_last_activity};

fn ids(page: &Value) -> Vec<String> {
    let sessions = page["sessions"].as_array().unwrap();
    sessions.iter().map(|session| session["session_id"].as_str().unwrap().to_owned()).collect()
}

/// All pages of the list, and a check that each but the last is full.
async fn walk(api: &Api, query: &str, limit: usize) -> Vec<String> {
    let mut all = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = api.get(&format!("/sessions?limit={limit}&{query}{cursor}")).await;
        let found = ids(&page);
        all.extend(found.clone());
        match page["next_cursor"].as_str() {
            Some(next) => {
                assert_eq!(found.len(), limit);
                cursor = format!("&cursor={next}");
            }
            None => return all,
        }
    }
}

#[tokio::test]
async fn session_pages_have_no_gap_or_repeat_in_every_order() {
    let server = Server::start().await;
    let api = server.api();
    let mut created = Vec::new();
    for _ in 0..7 {
        created.push(api.create(json!({})).await);
    }
    // Activity in another order than creation, two of them at the same microsecond.
    let mut sql = server.sql().await;
    for (place, second) in [(0, 5), (1, 3), (2, 3), (3, 1), (4, 6), (5, 2), (6, 4)] {
        let at = format!("2024-01-15T10:30:00.00000{second}+00:00");
        set_last_activity(&mut sql, &created[place], &at).await;
    }
    let by_activity: Vec<String> =
        [3, 5, 1, 2, 6, 0, 4].iter().map(|place| created[*place].clone()).collect();
    let mut one = server.ws().await;
    one.join(&created[3]).await;
    one.join(&created[5]).await;
    let mut two = server.ws().await;
    two.join(&created[5]).await;
    let by_clients: Vec<String> =
        [0, 1, 2, 4, 6, 3, 5].iter().map(|place| created[*place].clone()).collect();
    // The joins were activity.
    let by_activity: Vec<String> = by_activity
        .into_iter()
        .filter(|id| *id != created[3] && *id != created[5])
        .chain([created[3].clone(), created[5].clone()])
        .collect();

    for (order, expected) in
        [("created_at", created), ("last_activity", by_activity), ("active_clients", by_clients)]
    {
        let reversed: Vec<String> = expected.iter().rev().cloned().collect();
        for limit in [1, 2, 3, 7] {
            assert_eq!(walk(&api, &format!("order={order}"), limit).await, expected, "{order}");
            assert_eq!(walk(&api, &format!("order=-{order}"), limit).await, reversed, "-{order}");
        }
    }
}

#[tokio::test]
async fn filter_applies_to_listed_sessions_and_total() {
    let server = Server::start().await;
    let api = server.api();
    let mut named = Vec::new();
    for project in ["red", "red", "blue"] {
        named.push(api.create(json!({"project_id": project})).await);
    }
    let idle = api.create(json!({})).await;
    set_last_activity(&mut server.sql().await, &idle, &seconds_ago(7200.0)).await;
    let mut ws = server.ws().await;
    ws.join(&named[0]).await;

    for (query, expected) in [
        ("", vec![&named[0], &named[1], &named[2], &idle]),
        ("project_id=red", vec![&named[0], &named[1]]),
        ("project_id=RED", vec![]),
        ("project_id=", vec![]),
        ("active=true", vec![&named[0]]),
        ("active=false", vec![&named[1], &named[2], &idle]),
        ("active=false&project_id=red", vec![&named[1]]),
        ("idle_hours=1.9", vec![&idle]),
        ("idle_hours=2.1", vec![]),
        ("idle_hours=0", vec![&named[0], &named[1], &named[2], &idle]),
        ("idle_hours=1.9&active=true", vec![]),
    ] {
        let page = api.get(&format!("/sessions?{query}")).await;
        assert_eq!(ids(&page).iter().collect::<Vec<_>>(), expected, "{query}");
        assert_eq!(page["total"], expected.len(), "{query}");
        assert_eq!(page["next_cursor"], json!(null), "{query}");
    }
    let page = api.get("/sessions?limit=1&project_id=red").await;
    assert_eq!(page["total"], 2);
}

#[tokio::test]
async fn total_follows_creation_and_removal() {
    let server = Server::start().await;
    let api = server.api();
    let page = api.get("/sessions").await;
    let empty = json!({"sessions": [], "total": 0, "next_cursor": null, "epoch": page["epoch"]});
    assert_eq!(page, empty);
    let id = api.create(json!({})).await;
    api.create(json!({})).await;
    assert_eq!(api.get("/sessions").await["total"], 2);
    let (status, _) = api.call(Method::DELETE, &format!("/sessions/{id}"), None).await;
    assert_eq!(status, 204);
    assert_eq!(api.get("/sessions").await["total"], 1);
}

#[tokio::test]
async fn session_page_size_is_1000_by_default_and_10000_at_most() {
    let server = Server::start().await;
    let api = server.api();
    sqlx::query(
        "insert into sessions (session_id, created_at, last_activity)
         with recursive n (i) as (select 1 union all select i + 1 from n where i < 1001)
         select printf('00000000-0000-7000-8000-%012x', i), '2024-01-15T10:30:00.000000+00:00',
                '2024-01-15T10:30:00.000000+00:00' from n",
    )
    .execute(&mut server.sql().await)
    .await
    .unwrap();
    let page = api.get("/sessions").await;
    assert_eq!(ids(&page).len(), 1000);
    assert_eq!(page["total"], 1001);
    let next = page["next_cursor"].as_str().unwrap();
    let rest = api.get(&format!("/sessions?cursor={next}")).await;
    assert_eq!(ids(&rest), ["00000000-0000-7000-8000-0000000003e9"]);
    assert_eq!(rest["next_cursor"], json!(null));
    assert_eq!(ids(&api.get("/sessions?limit=10000").await).len(), 1001);
    let refused = api.refusal(Method::GET, "/sessions?limit=10001", None).await;
    assert_eq!(refused, (400, "INVALID_REQUEST".to_owned()));
}

#[tokio::test]
async fn listed_timeout_keeps_every_digit() {
    let server = Server::start().await;
    let api = server.api();
    let mut hours = vec![0.0, 24.0, 0.1 + 0.2, 1.0 / 3.0, 876_000.0, 875_999.999_999_999_9, 1e-300];
    hours.extend((1..300).map(|n| f64::from(n).sqrt() * 0.1_f64.powi(n % 9) * 7_919.0));
    let mut created = Vec::new();
    for hours in &hours {
        created.push(api.create(json!({"idle_timeout_hours": hours})).await);
    }
    let page = api.get("/sessions").await;
    for (place, id) in created.iter().enumerate() {
        let one = api.get(&format!("/sessions/{id}")).await;
        assert_eq!(one["idle_timeout_hours"], hours[place]);
        assert_eq!(page["sessions"][place], one);
    }
}
