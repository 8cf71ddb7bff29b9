//! Pages of sessions, in any of the offered orders.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;
use sqlx::{QueryBuilder, Sqlite, SqliteConnection};

use crate::error::Error;
use crate::model::{Hours, Timestamp, excerpt};
use crate::store::handle::Store;

/// The columns that a list can be ordered by; each has an index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    CreatedAt,
    LastActivity,
    ActiveClients,
}

impl Column {
    const ALL: [Self; 3] = [Self::CreatedAt, Self::LastActivity, Self::ActiveClients];

    fn name(self) -> &'static str {
        match self {
            Self::CreatedAt => "created_at",
            Self::LastActivity => "last_activity",
            Self::ActiveClients => "active_clients",
        }
    }
}

/// An order of sessions; sessions that are equal in it follow each other as they were created.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Order {
    column: Column,
    descending: bool,
}

impl Order {
    fn direction(self) -> &'static str {
        if self.descending { " desc" } else { " asc" }
    }
}

impl Default for Order {
    fn default() -> Self {
        Self { column: Column::CreatedAt, descending: false }
    }
}

impl FromStr for Order {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, descending) = match text.strip_prefix('-') {
            Some(name) => (name, true),
            None => (text, false),
        };
        match Column::ALL.into_iter().find(|column| column.name() == name) {
            Some(column) => Ok(Self { column, descending }),
            None => Err(format!(
                "'{}' is not one of created_at, last_activity, active_clients, \
                 with - in front for descending",
                excerpt(text)
            )),
        }
    }
}

/// The place of a session in an order: `<value>.<key>`, the value in microseconds or clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    value: i64,
    key: i64,
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.value, self.key)
    }
}

impl FromStr for Cursor {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split_once('.');
        let parsed = parts.and_then(|(value, key)| Some((value.parse().ok()?, key.parse().ok()?)));
        match parsed {
            Some((value, key)) => Ok(Self { value, key }),
            None => Err(format!("'{}' is not a next_cursor of this list", excerpt(text))),
        }
    }
}

/// Which sessions to list.
#[derive(Debug, Default, Clone)]
pub struct Filter {
    /// Of this project only.
    pub project_id: Option<String>,
    /// With clients, or without.
    pub active: Option<bool>,
    /// Idle for longer than this.
    pub idle: Option<Hours>,
}

/// A page to read.
#[derive(Debug, Clone)]
pub struct Page {
    /// Which sessions.
    pub filter: Filter,
    /// In which order.
    pub order: Order,
    /// Where the page before ended; None for the first one.
    pub after: Option<Cursor>,
    /// The maximum number of sessions in the page.
    pub limit: u32,
}

/// A page that was read.
#[derive(Debug)]
pub struct Listing {
    /// A JSON list of [`crate::model::Session`].
    pub sessions: String,
    /// How many the filter matches in all.
    pub total: i64,
    /// Where the next page begins; None behind the last one.
    pub next: Option<Cursor>,
}

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

/// What separates the items of a page, and an item's key from its JSON, in which control characters
/// are always escaped.
const BETWEEN_ITEMS: char = '\u{1e}';
const BEHIND_KEY: char = '\u{1f}';

impl Store {
    /// One page of sessions as of `now`.
    ///
    /// SQLite writes the JSON, since one row of text costs half of what a row for each session does,
    /// and by `printf`, which takes half as long as `json_object`.
    pub async fn list(&self, page: &Page, now: Timestamp) -> Result<Listing, Error> {
        let mut reader = self.database.bulk_readers.acquire().await?;
        let Found { text, found, total } = find(&mut reader, page, now).await?;
        let text = text.unwrap_or_default();
        let mut items: Vec<(&str, &str)> =
            text.split(BETWEEN_ITEMS).filter_map(|item| item.split_once(BEHIND_KEY)).collect();
        items.truncate(page.limit as usize);
        let more = found > items.len() as i64;
        let next = match items.last() {
            Some((key, json)) if more => Some(cursor(page.order, key, json)?),
            _ => None,
        };
        let size = text.len() + 2;
        let list = items.iter().enumerate().fold(
            String::with_capacity(size),
            |mut list, (place, (_, json))| {
                list.push(if place == 0 { '[' } else { ',' });
                list.push_str(json);
                list
            },
        );
        let sessions = if list.is_empty() { "[]".to_owned() } else { list + "]" };
        Ok(Listing { sessions, total, next })
    }
}

/// The cursor behind the last item of a page.
fn cursor(order: Order, key: &str, json: &str) -> Result<Cursor, Error> {
    #[derive(Deserialize)]
    struct Last<'a> {
        created_at: &'a str,
        last_activity: &'a str,
        active_clients: i64,
    }
    let unreadable = |cause: anyhow::Error| Error::internal(cause.context("the last of a page"));
    let last: Last = serde_json::from_str(json).map_err(|cause| unreadable(cause.into()))?;
    let micros = |text: &str| {
        text.parse::<Timestamp>()
            .map(Timestamp::as_micros)
            .map_err(|cause| unreadable(cause.into()))
    };
    Ok(Cursor {
        key: key.parse().map_err(|cause: std::num::ParseIntError| unreadable(cause.into()))?,
        value: match order.column {
            Column::CreatedAt => micros(last.created_at)?,
            Column::LastActivity => micros(last.last_activity)?,
            Column::ActiveClients => last.active_clients,
        },
    })
}

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
struct Found {
    /// `<key> BEHIND_KEY <JSON> BETWEEN_ITEMS …`, as many as fit into [`PAGE_BYTES`], and one.
    text: Option<String>,
    /// How many sessions there are for the page, and one more if there is one.
    found: i64,
    /// How many the filter matches in all.
    total: i64,
}

async fn find(reader: &mut SqliteConnection, page: &Page, now: Timestamp) -> Result<Found, Error> {
    let Page { filter, order, limit, .. } = page;
    let mut query =
        QueryBuilder::new("select group_concat(item, char(30)) as text, count(*) as found, ");
    match filter {
        Filter { project_id: None, active: None, idle: None } => {
            query.push("(select sessions from session_total)");
        }
        // Most have no clients: it is quicker to count the others.
        Filter { project_id: None, active: Some(false), idle: None } => {
            query.push("(select sessions from session_total)");
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
