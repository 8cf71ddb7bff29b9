//! What came of a simulation, written into the file in chunks.

use super::simulation::Content;
use crate::engine::storage::Tree;
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

/// Writes nodes and texts under a generation of the session.
pub(super) async fn write(
    store: &Store,
    session_id: SessionId,
    target: Tree,
    content: Content,
) -> Result<(), Error> {
    let Content { storage, tree, changes, entries } = content;
    let write = async |kind: Kind, rows: String| {
        store.write_chunk(Chunk { session_id, target, kind, rows }).await
    };
    // In the order of the index by id, so that a chunk changes few of its pages.
    let mut nodes: Vec<_> = storage.nodes_of(tree).collect();
    nodes.sort_unstable_by_key(|(node, _)| node.node_id);
    let mut nodes = nodes.into_iter().map(node_row);
    while let Some(rows) = next_chunk(&mut nodes)? {
        write(Kind::Nodes, rows).await?;
    }
    let mut parts = parts(&changes).enumerate().map(|part| json(&part));
    while let Some(rows) = next_chunk(&mut parts)? {
        write(Kind::Changes, rows).await?;
    }
    let lists = entries.iter().map(|entry| format!("[{}]", entry.items()));
    let mut lists = lists.enumerate().map(|list| json(&list));
    while let Some(rows) = next_chunk(&mut lists)? {
        write(Kind::Events, rows).await?;
    }
    Ok(())
}

/// `[node_id, parent_id, position, blueprint_type_id, name, properties, child_count]`
fn node_row((node, child_count): (&Node, i64)) -> Result<String, Error> {
    let Node { node_id, parent_id, position, blueprint_type_id, name, properties } = node;
    json(&(node_id, parent_id, position, blueprint_type_id, name, properties, child_count))
}

/// Gives out a generation of the session to write under.
pub(super) struct Begin(pub SessionId);

impl Write for Begin {
    type Output = Tree;

    async fn apply(&self, transaction: &mut Transaction<'_>) -> Result<Tree, Error> {
        let head = transaction.head(self.0).await?;
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
        Ok(Tree { session: head.key, generation })
    }
}

/// Some rows of a generation that is being written.
struct Chunk {
    session_id: SessionId,
    target: Tree,
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
        transaction.head(self.session_id).await?;
        let Tree { session, generation } = self.target;
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
                    generation,
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
            generation,
            kind,
            &self.rows
        )
    }
}

/// Nobody writes under the generation any more: what of it belongs to no session may be purged.
pub(super) struct Release(pub Tree);

impl Write for Release {
    type Output = ();

    async fn apply(&self, transaction: &mut Transaction<'_>) -> Result<(), Error> {
        queue!(
            transaction.storage.batch(),
            "update internal_orphaned_content set unfinished = 0
             where session = ? and generation = ?",
            self.0.session,
            self.0.generation
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

/// The next of the rows, which are JSON, as a JSON list that is as long as a chunk may be.
fn next_chunk(
    rows: &mut impl Iterator<Item = Result<String, Error>>,
) -> Result<Option<String>, Error> {
    let mut list = String::new();
    for row in rows.take(MAX_CHUNK_ROWS) {
        list.push(if list.is_empty() { '[' } else { ',' });
        list.push_str(&row?);
        if list.len() >= MAX_CHUNK_BYTES {
            break;
        }
    }
    if list.is_empty() {
        return Ok(None);
    }
    list.push(']');
    Ok(Some(list))
}
