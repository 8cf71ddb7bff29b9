//! Pages of sessions, in any of the offered orders.

use std::fmt;
use std::str::FromStr;

use sqlx::{FromRow, QueryBuilder, Row, Sqlite, SqliteConnection};

use super::Store;
use super::columns::Object;
use crate::error::Error;
use crate::session::{Hours, Session, Timestamp, excerpt};

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
    pub project_id: Option<String>,
    /// With clients, or without.
    pub active: Option<bool>,
    /// Idle for longer than this.
    pub idle: Option<Hours>,
}

/// A page to read.
#[derive(Debug, Clone)]
pub struct Page {
    pub filter: Filter,
    pub order: Order,
    pub after: Option<Cursor>,
    pub limit: u32,
}

/// A page that was read.
#[derive(Debug)]
pub struct Listing {
    pub sessions: Vec<Session>,
    /// How many the filter matches in all.
    pub total: i64,
    pub next: Option<Cursor>,
}

impl Store {
    /// One page of sessions as of `now`.
    pub async fn list(&self, page: &Page, now: Timestamp) -> Result<Listing, Error> {
        let mut reader = self.readers.acquire().await?;
        let total = total(&mut reader, &page.filter, now).await?;
        let mut rows = rows(&mut reader, page, now).await?;
        let more = rows.len() > page.limit as usize;
        rows.truncate(page.limit as usize);
        let next = rows.last().filter(|_| more).map(|(key, session)| Cursor {
            key: *key,
            value: match page.order.column {
                Column::CreatedAt => session.created_at.as_micros(),
                Column::LastActivity => session.last_activity.as_micros(),
                Column::ActiveClients => session.active_clients,
            },
        });
        Ok(Listing {
            sessions: rows.into_iter().map(|(_, session)| session).collect(),
            total,
            next,
        })
    }
}

// Which clauses a page has depends on the request, and each set of them wants its own plan; so
// these two statements are put together from constant text, with every value bound, and are no
// macros.

async fn total(
    reader: &mut SqliteConnection,
    filter: &Filter,
    now: Timestamp,
) -> Result<i64, Error> {
    let Filter { project_id: None, active: None, idle: None } = filter else {
        let mut query = QueryBuilder::new("select count(*) from sessions where true");
        push_filter(&mut query, filter, now);
        return Ok(query.build_query_scalar().fetch_one(reader).await?);
    };
    Ok(sqlx::query_scalar!("select sessions from session_total").fetch_one(reader).await?)
}

async fn rows(
    reader: &mut SqliteConnection,
    page: &Page,
    now: Timestamp,
) -> Result<Vec<(i64, Session)>, Error> {
    let Page { filter, order, after, limit } = page;
    let column = order.column.name();
    let mut query = QueryBuilder::new(
        "select session, session_id, name, project_id, created_at, last_activity, active_clients,
                node_count, pinned, idle_timeout_hours, attributes, seq, revision
         from sessions where true",
    );
    push_filter(&mut query, filter, now);
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
    let direction = if order.descending { " desc" } else { " asc" };
    query.push(" order by ").push(column).push(direction).push(", session").push(direction);
    query.push(" limit ").push_bind(i64::from(*limit) + 1);
    let rows = query.build().fetch_all(reader).await?;
    rows.iter()
        .map(|row| Ok((row.try_get("session")?, Session::from_row(row)?)))
        .collect::<Result<_, sqlx::Error>>()
        .map_err(Error::from)
}

fn push_filter(query: &mut QueryBuilder<Sqlite>, filter: &Filter, now: Timestamp) {
    if let Some(project_id) = &filter.project_id {
        query.push(" and project_id = ").push_bind(project_id.clone());
    }
    match filter.active {
        Some(true) => query.push(" and active_clients > 0"),
        Some(false) => query.push(" and active_clients = 0"),
        None => query,
    };
    if let Some(idle) = filter.idle {
        query.push(" and last_activity < ").push_bind(now.hours_before(idle));
    }
}

impl FromRow<'_, sqlx::sqlite::SqliteRow> for Session {
    fn from_row(row: &sqlx::sqlite::SqliteRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            session_id: row.try_get("session_id")?,
            name: row.try_get("name")?,
            project_id: row.try_get("project_id")?,
            created_at: row.try_get("created_at")?,
            last_activity: row.try_get("last_activity")?,
            active_clients: row.try_get("active_clients")?,
            node_count: row.try_get("node_count")?,
            pinned: row.try_get("pinned")?,
            idle_timeout_hours: row.try_get("idle_timeout_hours")?,
            attributes: row.try_get::<Object, _>("attributes")?.0,
            seq: row.try_get("seq")?,
            revision: row.try_get("revision")?,
        })
    }
}
