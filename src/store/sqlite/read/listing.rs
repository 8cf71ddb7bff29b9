//! Pages of sessions, in any of the offered orders.

mod page;
mod statement;

use serde::Deserialize;
use serde_json::value::RawValue;

use page::Column;
pub use page::{Cursor, Filter, Order, Page};
use statement::{BEHIND_KEY, BETWEEN_ITEMS, Found, find, find_each};

use crate::error::Error;
use crate::model::{SessionId, Timestamp};
use crate::store::handle::Store;

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

impl Store {
    /// Those of the sessions that exist, each as the JSON of [`crate::model::Session`].
    pub async fn sessions(
        &self,
        session_ids: &[SessionId],
    ) -> Result<Vec<(SessionId, Box<RawValue>)>, Error> {
        let mut reader = self.database.bulk_readers.acquire().await?;
        let found = find_each(&mut reader, session_ids).await?.into_iter();
        let raw = found.map(|(session_id, json)| Ok((session_id, RawValue::from_string(json)?)));
        raw.collect::<Result<_, serde_json::Error>>()
            .map_err(|cause| Error::internal(anyhow::Error::new(cause).context("a session")))
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
