//! What came of a simulation, written into the file in chunks.

use super::activation::Staged;
use super::simulation::Outcome;
use crate::error::Error;
use crate::model::{Node, SessionId};
use crate::store::handle::Store;
use crate::store::job::Write;
use crate::store::sqlite::statement_batch::queue;
use crate::store::sqlite::transaction::{Transaction, json};

/// The most rows in a chunk, and the bytes after which it ends: some milliseconds of work.
const MAX_CHUNK_ROWS: usize = 400;
const MAX_CHUNK_BYTES: usize = 256 * 1024;
/// About the bytes of one part of a step's changes.
const PART_BYTES: usize = 32 * 1024;

/// Gives out a generation of the session to write under.
pub(super) async fn begin(store: &Store, session_id: SessionId) -> Result<i64, Error> {
    store.write_chunk(Begin { session_id }).await
}

/// Writes the outcome under a generation of the session.
pub(super) async fn write(
    store: &Store,
    session_id: SessionId,
    generation: i64,
    outcome: Outcome,
) -> Result<Staged, Error> {
    let Outcome { storage, tree, revision, executed, node_count, root_count, .. } = outcome;
    let Outcome { step, changes, remaps, entries, .. } = outcome;
    let write = async |kind: Kind, rows: String| {
        store.write_chunk(Chunk { session_id, generation, kind, rows }).await
    };
    // In the order of the index by id, so that a chunk changes few of its pages.
    let mut nodes: Vec<_> = storage.nodes_of(tree).collect();
    nodes.sort_unstable_by_key(|(node, _)| node.node_id);
    for rows in chunks(nodes.into_iter().map(node_row)) {
        write(Kind::Nodes, rows?).await?;
    }
    drop(storage);
    let parts = parts(&changes).enumerate().map(|(part, text)| json(&(part, text)));
    for rows in chunks(parts) {
        write(Kind::Changes, rows?).await?;
    }
    let lists = entries.iter().map(|entry| format!("[{}]", entry.items()));
    for rows in chunks(lists.enumerate().map(|(part, list)| json(&(part, list)))) {
        write(Kind::Events, rows?).await?;
    }
    let bytes = changes.len() as i64;
    let entries = entries.iter().map(|entry| entry.count).collect();
    Ok(Staged {
        generation,
        revision,
        executed,
        node_count,
        root_count,
        step,
        bytes,
        remaps,
        entries,
    })
}

/// Nobody writes under the generation any more: what of it belongs to no session may be purged.
pub(super) async fn release(
    store: &Store,
    session_id: SessionId,
    generation: i64,
) -> Result<(), Error> {
    store.write_chunk(Release { session_id, generation }).await
}

/// `[node_id, parent_id, position, blueprint_type_id, name, properties, child_count]`
fn node_row((node, child_count): (&Node, i64)) -> Result<String, Error> {
    let Node { node_id, parent_id, position, blueprint_type_id, name, properties } = node;
    json(&(node_id, parent_id, position, blueprint_type_id, name, properties, child_count))
}

struct Begin {
    session_id: SessionId,
}

impl Write for Begin {
    type Output = i64;

    async fn apply(&self, transaction: &mut Transaction<'_>) -> Result<i64, Error> {
        let head = transaction.head(self.session_id).await?;
        let last = sqlx::query_scalar!(
            r#"select coalesce(max(generation), 0) as "last!: i64"
               from internal_orphaned_content where session = ?"#,
            head.key
        )
        .fetch_one(transaction.storage.connection().await?)
        .await?;
        let generation = 1 + last.max(head.generation);
        queue!(
            transaction.storage.batch(),
            "insert into internal_orphaned_content (session, generation, kind, unfinished)
             select ?, ?, value, 1 from json_each('[\"nodes\", \"changes\", \"events\"]')",
            head.key,
            generation
        )?;
        Ok(generation)
    }
}

/// Some rows of a generation that is being written.
struct Chunk {
    session_id: SessionId,
    generation: i64,
    kind: Kind,
    /// A JSON list: rows of nodes, else `[part, text]`.
    rows: String,
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    Nodes,
    Changes,
    Events,
}

impl Write for Chunk {
    type Output = ();

    async fn apply(&self, transaction: &mut Transaction<'_>) -> Result<(), Error> {
        // A session that is gone takes no more.
        let session = transaction.head(self.session_id).await?.key;
        let batch = transaction.storage.batch();
        let kind = match self.kind {
            Kind::Nodes => {
                return queue!(
                    batch,
                    "insert into nodes (session, generation, node_id, parent_id, position,
                                        blueprint_type_id, name, properties, child_count)
                     select ?, ?, value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4,
                            value -> 5, value ->> 6
                     from jsonb_each(?)",
                    session,
                    self.generation,
                    &self.rows
                );
            }
            Kind::Changes => "changes",
            Kind::Events => "events",
        };
        queue!(
            batch,
            "insert into internal_overflow_texts (session, generation, kind, part, content)
             select ?, ?, ?, value ->> 0, value ->> 1 from jsonb_each(?)",
            session,
            self.generation,
            kind,
            &self.rows
        )
    }
}

struct Release {
    session_id: SessionId,
    generation: i64,
}

impl Write for Release {
    type Output = ();

    async fn apply(&self, transaction: &mut Transaction<'_>) -> Result<(), Error> {
        queue!(
            transaction.storage.batch(),
            "update internal_orphaned_content set unfinished = 0
             where generation = ?
               and session = coalesce((select session from sessions where session_id = ?),
                                      (select session from tombstones where session_id = ?))",
            self.generation,
            self.session_id,
            self.session_id
        )
    }
}

/// Cuts a text into parts between two characters.
fn parts(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let (part, left) = rest.split_at(rest.ceil_char_boundary(PART_BYTES));
        rest = left;
        (!part.is_empty()).then_some(part)
    })
}

/// JSON lists of rows that are JSON, each as long as a chunk may be. One is made when it is needed.
fn chunks(
    mut rows: impl Iterator<Item = Result<String, Error>>,
) -> impl Iterator<Item = Result<String, Error>> {
    let mut chunk = move || -> Result<Option<String>, Error> {
        let Some(first) = rows.next() else { return Ok(None) };
        let mut list = format!("[{}", first?);
        let mut count = 1;
        while list.len() < MAX_CHUNK_BYTES
            && count < MAX_CHUNK_ROWS
            && let Some(row) = rows.next()
        {
            list.push(',');
            list.push_str(&row?);
            count += 1;
        }
        list.push(']');
        Ok(Some(list))
    };
    std::iter::from_fn(move || chunk().transpose())
}
