//! The statement that finds a page of sessions.

use sqlx::{QueryBuilder, Sqlite, SqliteConnection};

use super::page::{Column, Filter, Page};
use crate::error::Error;
use crate::model::{SessionId, Timestamp};
use crate::store::sqlite::transaction::json;

/// The hours as JSON that reads back as the same number; SQLite alone writes 15 digits.
const EXACT_HOURS: &str = "case idle_timeout_hours
     when cast(printf('%!.15g', idle_timeout_hours) as real)
         then printf('%!.15g', idle_timeout_hours)
     when cast(printf('%!.16g', idle_timeout_hours) as real)
         then printf('%!.16g', idle_timeout_hours)
     when idle_timeout_hours then printf('%!.17g', idle_timeout_hours) end";

/// An item of a page for `printf`, with its key in front.
const ITEM: &str = r#"'%d' || char(31) || '{"session_id":%s,"name":%s,"project_id":%s,'
    || '"created_at":%s,"last_activity":%s,"active_clients":%d,"node_count":%d,"pinned":%s,'
    || '"idle_timeout_hours":%s,"attributes":%s,"seq":%d,"revision":%d}'"#;

/// What separates the items of a page. In their JSON control characters are always escaped.
pub(super) const BETWEEN_ITEMS: char = '\u{1e}';
/// What separates an item's key from its JSON.
pub(super) const BEHIND_KEY: char = '\u{1f}';

// Which clauses a page has depends on the request, and each set of them wants its own plan; so
// this statement is put together from constant text, with every value bound, and is no macro.

/// About the most bytes of sessions on a page.
const PAGE_BYTES: u32 = 8 * 1024 * 1024;
/// The most sessions on a page that fits into [`PAGE_BYTES`] whatever they have: each takes 64 KiB for
/// its attributes, 12 KiB for two texts that are all escapes, and less than 1 KiB for the rest.
const FITS_ANYHOW: u32 = PAGE_BYTES / (77 * 1024);

/// The bytes of an item, as good as; read without the text of the attributes.
const SIZE: &str = "octet_length(attributes) + octet_length(json_quote(name))
    + octet_length(json_quote(project_id)) + 400";

/// What a statement finds for a page.
#[derive(sqlx::FromRow)]
pub(super) struct Found {
    /// `<key> BEHIND_KEY <JSON> BETWEEN_ITEMS …`, as many as fit into [`PAGE_BYTES`], and one.
    pub(super) text: Option<String>,
    /// How many sessions there are for the page, and one more if there is one.
    pub(super) found: i64,
    /// How many the filter matches in all.
    pub(super) total: i64,
}

/// Finds the sessions of a page as of `now`, and counts all that the filter matches.
pub(super) async fn find(
    reader: &mut SqliteConnection,
    page: &Page,
    now: Timestamp,
) -> Result<Found, Error> {
    let Page { filter, order, limit, .. } = page;
    let mut query =
        QueryBuilder::new("select group_concat(item, char(30)) as text, count(*) as found, ");
    match filter {
        Filter { project_id: None, active: None, idle: None } => {
            query.push("(select sessions from internal_session_total)");
        }
        // Most have no clients: it is quicker to count the others.
        Filter { project_id: None, active: Some(false), idle: None } => {
            query.push("(select sessions from internal_session_total)");
            query.push(" - (select count(*) from sessions where active_clients > 0)");
        }
        filter => {
            query.push("(select count(*)");
            push_matches(&mut query, filter, now);
            query.push(")");
        }
    }
    query.push(" as total from (select ");
    if *limit <= FITS_ANYHOW {
        push_item(&mut query);
        query.push(" as item");
        push_page(&mut query, page, now)?;
    } else {
        // Which of them fit is found by their sizes alone.
        query.push("case when before < ").push_bind(PAGE_BYTES).push(" then ");
        push_item(&mut query);
        query.push(" end as item from (select session as fitting, sum(size) over (order by ");
        push_order(&mut query, "place", order.direction());
        query.push(") - size as before from (select session, ").push(order.column.name());
        query.push(" as place, ").push(SIZE).push(" as size");
        push_page(&mut query, page, now)?;
        query.push(")) cross join sessions on session = fitting");
    }
    query.push(")");
    Ok(query.build_query_as().fetch_one(reader).await?)
}

/// Finds single sessions: the id of each, and its JSON.
pub(super) async fn find_each(
    reader: &mut SqliteConnection,
    session_ids: &[SessionId],
) -> Result<Vec<(SessionId, String)>, Error> {
    let mut query = QueryBuilder::new("select session_id, ");
    push_item(&mut query);
    query
        .push(" from sessions where session_id in (select value from json_each(")
        .push_bind(json(&session_ids)?)
        .push("))");
    let rows: Vec<(SessionId, String)> = query.build_query_as().fetch_all(reader).await?;
    let without_key = |(session_id, item): (SessionId, String)| {
        let text = item.split_once(BEHIND_KEY).map(|(_, text)| text.to_owned());
        (session_id, text.unwrap_or_default())
    };
    Ok(rows.into_iter().map(without_key).collect())
}

fn push_order(query: &mut QueryBuilder<Sqlite>, column: &str, direction: &str) {
    query.push(column).push(direction).push(", session").push(direction);
}

/// The text of an item.
fn push_item(query: &mut QueryBuilder<Sqlite>) {
    query.push("printf(").push(ITEM).push(
        ", session, json_quote(session_id), json_quote(name), json_quote(project_id),
             json_quote(created_at), json_quote(last_activity), active_clients, node_count,
             iif(pinned, 'true', 'false'), coalesce(",
    );
    query
        .push(EXACT_HOURS)
        .push(", 'null'), iif(attributes = '{}', attributes, json(attributes)), seq, revision)");
}

/// Where the sessions of the page come from, in its order, and one more.
fn push_page(query: &mut QueryBuilder<Sqlite>, page: &Page, now: Timestamp) -> Result<(), Error> {
    let Page { filter, order, after, limit } = page;
    let column = order.column.name();
    push_matches(query, filter, now);
    if let Some(cursor) = after {
        query.push(" and (").push(column).push(", session) ");
        query.push(if order.descending { "< (" } else { "> (" });
        match order.column {
            Column::ActiveClients => query.push_bind(cursor.value),
            Column::CreatedAt | Column::LastActivity => {
                let at = Timestamp::from_micros(cursor.value).ok_or_else(|| {
                    Error::InvalidRequest("cursor: it is not of this order".to_owned())
                })?;
                query.push_bind(at)
            }
        };
        query.push(", ").push_bind(cursor.key).push(")");
    }
    query.push(" order by ");
    push_order(query, column, order.direction());
    query.push(" limit ").push_bind(i64::from(*limit) + 1);
    Ok(())
}

/// Where the sessions come from that match the filter.
fn push_matches(query: &mut QueryBuilder<Sqlite>, filter: &Filter, now: Timestamp) {
    query.push(" from sessions");
    if filter.active == Some(true) {
        // Few have clients. SQLite would look for them among all, in the order of the page.
        query.push(" indexed by sessions_by_clients");
    }
    query.push(" where true");
    if let Some(project_id) = &filter.project_id {
        query.push(" and project_id = ").push_bind(project_id.clone());
    }
    match filter.active {
        Some(true) => query.push(" and active_clients > 0"),
        // Most have none: by the plus they are not looked up, but met in the order of the page.
        Some(false) => query.push(" and +active_clients = 0"),
        None => query,
    };
    if let Some(idle) = filter.idle {
        query.push(" and last_activity < ").push_bind(now.hours_before(idle));
    }
}
