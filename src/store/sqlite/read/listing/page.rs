//! What a page of sessions is asked for by: filter, order, cursor and size.

use std::fmt;
use std::str::FromStr;

use crate::model::{Hours, excerpt};

/// The columns that a list can be ordered by; each has an index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Column {
    CreatedAt,
    LastActivity,
    ActiveClients,
}

impl Column {
    const ALL: [Self; 3] = [Self::CreatedAt, Self::LastActivity, Self::ActiveClients];

    /// The name in requests and in the database.
    pub(super) fn name(self) -> &'static str {
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
    /// What they are compared by.
    pub(super) column: Column,
    /// Whether the greatest comes first.
    pub(super) descending: bool,
}

impl Order {
    /// The direction as SQL, with a space in front.
    pub(super) fn direction(self) -> &'static str {
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
    /// The value of the column by which the page is ordered: microseconds since 1970, or clients.
    pub(super) value: i64,
    /// The session's key inside the file.
    pub(super) key: i64,
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
