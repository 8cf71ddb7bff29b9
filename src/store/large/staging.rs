//! What came of a rehearsal, written into the file in slices.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use sqlx::SqliteConnection;

use super::Prepared;
use super::rehearsal::Rehearsed;
use super::slices::{Begin, End, GoneNodes, GoneTexts, Nodes, Rows, Slice, Texts};
use crate::error::Error;
use crate::model::{NodeId, Precondition, SessionId};
use crate::store::commands::{ContentRequest, Executed, Way};
use crate::store::content::Tree;
use crate::store::events::Entry;
use crate::store::{Store, json};

/// The most nodes in one slice, and the bytes after which it ends: some milliseconds of work.
const NODES: i64 = 400;
const BYTES: usize = 256 * 1024;
/// About the bytes of one part of a step's changes.
const PART: usize = 32 * 1024;

/// A generation of a session that is being written. What stands there from an earlier attempt is
/// written only where it has become another.
pub(super) struct Staging<'s> {
    pub store: &'s Store,
    session_id: SessionId,
    generation: i64,
    /// The nodes that are written, each with the digest of its row.
    nodes: HashMap<NodeId, u64>,
    /// Likewise the parts of texts, in order.
    texts: HashMap<&'static str, Vec<u64>>,
    digests: RandomState,
}

impl<'s> Staging<'s> {
    pub async fn begin(store: &'s Store, session_id: SessionId) -> Result<Self, Error> {
        let generation = store.write_slice(Begin { session_id }).await?;
        Ok(Self {
            store,
            session_id,
            generation,
            nodes: HashMap::new(),
            texts: HashMap::new(),
            digests: RandomState::new(),
        })
    }

    /// Gives up what does not belong to the session by now.
    pub async fn end(self) {
        let Self { session_id, generation, .. } = self;
        // If even this can't be written, the next start does it.
        if let Err(failure) = self.store.write_slice(End { session_id, generation }).await {
            failure.log();
        }
    }

    /// Writes the change in slices, then makes the session go over to it.
    pub async fn carry_out(
        &mut self,
        request: &ContentRequest,
        rehearsed: Rehearsed,
    ) -> Result<Executed, Error> {
        let Rehearsed { mut copy, tree, revision, root_count, step, changes, executed, .. } =
            rehearsed;
        let Rehearsed { remaps, events, entries, .. } = rehearsed;
        let node_count = self.write_nodes(&mut copy, tree).await?;
        self.write_texts("changes", parts(changes.get())).await?;
        self.write_texts("events", entries.iter().map(Entry::list)).await?;
        let prepared = Prepared {
            generation: self.generation,
            revision,
            node_count,
            root_count,
            command_id: executed.command_id,
            step,
            bytes: changes.get().len() as i64,
            result: executed.result,
            remaps,
            events,
            counts: entries.iter().map(|entry| entry.count).collect(),
        };
        let mut request = request.clone();
        request.precondition = Some(Box::new(Precondition::at(prepared.revision)));
        request.way = Way::Prepared(Arc::new(prepared));
        // What was asked for is in the file by now, and goes over in a small change.
        request.size = 0;
        self.store.submit_content(request).await
    }

    /// Answers how many there are.
    async fn write_nodes(&mut self, copy: &mut SqliteConnection, tree: Tree) -> Result<i64, Error> {
        let mut gone = std::mem::take(&mut self.nodes);
        let mut last = String::new();
        loop {
            let nodes = sqlx::query!(
                r#"select node_id as "node_id: NodeId",
                          json_array(node_id, parent_id, position, blueprint_type_id, name,
                                     json(properties),
                                     (select count(*) from nodes as c
                                      where c.session = n.session and c.generation = n.generation
                                        and c.parent_id = n.node_id)) as "row!: String"
                   from nodes as n
                   where session = ? and generation = ? and node_id > ? order by node_id limit ?"#,
                tree.session,
                tree.generation,
                last,
                NODES
            )
            .fetch_all(&mut *copy)
            .await?;
            let Some(end) = nodes.last() else { break };
            last = end.node_id.to_string();
            let mut rows = Vec::with_capacity(nodes.len());
            for node in nodes {
                let digest = self.digests.hash_one(&node.row);
                self.nodes.insert(node.node_id, digest);
                if gone.remove(&node.node_id) != Some(digest) {
                    rows.push(Ok(node.row));
                }
            }
            for rows in slices(rows.into_iter()) {
                self.write(Nodes(rows?)).await?;
            }
        }
        let gone: Vec<NodeId> = gone.into_keys().collect();
        for gone in gone.chunks(NODES as usize) {
            self.write(GoneNodes(gone.to_vec())).await?;
        }
        Ok(self.nodes.len() as i64)
    }

    async fn write_texts(
        &mut self,
        kind: &'static str,
        parts: impl Iterator<Item = String> + Send,
    ) -> Result<(), Error> {
        let written = self.texts.remove(kind).unwrap_or_default();
        let mut digests = Vec::new();
        let rows = parts.enumerate().filter_map(|(place, part)| {
            let digest = self.digests.hash_one(&part);
            digests.push(digest);
            (written.get(place) != Some(&digest)).then(|| json(&(place, part)))
        });
        for rows in slices(rows) {
            self.write(Texts { kind, rows: rows? }).await?;
        }
        if digests.len() < written.len() {
            self.write(GoneTexts { kind, left: digests.len() as i64 }).await?;
        }
        self.texts.insert(kind, digests);
        Ok(())
    }

    async fn write<R: Rows>(&self, rows: R) -> Result<(), Error> {
        let Self { session_id, generation, .. } = *self;
        self.store.write_slice(Slice { session_id, generation, rows }).await
    }
}

/// Cuts a text into parts between two characters.
fn parts(text: &str) -> impl Iterator<Item = String> + '_ {
    let mut rest = text;
    std::iter::from_fn(move || {
        let (part, left) = rest.split_at(rest.ceil_char_boundary(PART));
        rest = left;
        (!part.is_empty()).then(|| part.to_owned())
    })
}

/// JSON lists of rows that are JSON, each as long as a slice may be; one is made when it is needed.
fn slices(
    mut rows: impl Iterator<Item = Result<String, Error>>,
) -> impl Iterator<Item = Result<String, Error>> {
    let mut slice = move || -> Result<Option<String>, Error> {
        let Some(first) = rows.next() else { return Ok(None) };
        let mut list = format!("[{}", first?);
        while list.len() < BYTES
            && let Some(row) = rows.next()
        {
            list.push(',');
            list.push_str(&row?);
        }
        list.push(']');
        Ok(Some(list))
    };
    std::iter::from_fn(move || slice().transpose())
}
