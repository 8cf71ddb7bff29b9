//! The content as one transaction works on it: nodes are read once, changed in memory, and
//! written together, so that many commands cost few statements.

use std::collections::{BTreeSet, HashMap};

use serde::Serialize;

use super::columns::{Object, Unchecked};
use super::{Transaction, json};
use crate::error::Error;
use crate::model::{Node, NodeId, OrderKey, TreePosition};

mod above;
mod below;
mod reading;
mod rows;
mod walk;
mod writing;

use reading::NodeColumns;
use rows::Rows;
use walk::Walk;

pub(super) use below::height;
pub(super) use walk::Height;
pub(super) use writing::delete;

/// The tree of a session: its nodes are those of its generation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Tree {
    /// The session's key inside the file.
    pub session: i64,
    pub generation: i64,
}

/// Nodes, or parents, as a set-based statement reads them: `[[session, generation, node_id], …]`.
fn keys_json<Id: Serialize>(keys: &[(Tree, Id)]) -> Result<String, Error> {
    json(&keys.iter().map(|(tree, id)| (tree.session, tree.generation, id)).collect::<Vec<_>>())
}

/// A node of some tree of the transaction.
pub(super) type Key = (Tree, NodeId);

#[derive(Debug, Clone)]
pub(super) struct Stored {
    pub node: Node,
    pub child_count: i64,
}

/// A node with children, or what the roots stand below.
type Parent = (Tree, Option<NodeId>);

/// The last positions among siblings; None where there are none.
pub(super) type Ends = HashMap<Parent, Option<OrderKey>>;

/// The nodes that a transaction has looked at, ahead of the file by what is not written yet.
#[derive(Default)]
pub(super) struct Content {
    /// None: it was looked for and is not there.
    nodes: HashMap<Key, Option<Stored>>,
    /// The parents of nodes that were only passed on the way up; `nodes` goes before.
    passed: HashMap<Key, Option<NodeId>>,
    /// Those that are there but can't be read, and why.
    unreadable: HashMap<Key, Error>,
    /// Those that the file has otherwise.
    unwritten: BTreeSet<Key>,
    ends: Ends,
    rows: Rows,
    walk: Walk,
}

impl Content {
    /// Nothing but the ends that are known already.
    pub fn new(ends: Ends) -> Self {
        Self { ends, ..Self::default() }
    }

    /// What is still so after it was written.
    pub fn into_ends(self) -> Ends {
        self.ends
    }

    /// Reads nodes, each with its parent, in one statement.
    pub async fn load(
        &mut self,
        transaction: &mut Transaction<'_>,
        wanted: impl IntoIterator<Item = Key>,
    ) -> Result<(), Error> {
        let wanted: Vec<Key> = wanted.into_iter().filter(|key| !self.has_read(*key)).collect();
        if wanted.is_empty() {
            return Ok(());
        }
        let keys = keys_json(&wanted)?;
        let rows = sqlx::query_as!(
            NodeColumns,
            r#"with named (session, generation, node_id) as (
                   select value ->> 0, value ->> 1, value ->> 2 from json_each(?)
               ),
               wanted (session, generation, node_id) as (
                   select * from named
                   union
                   select n.session, n.generation, n.parent_id
                   from named cross join nodes as n using (session, generation, node_id)
               )
               select n.session as "session!", n.generation as "generation!",
                      n.node_id as "node_id!: Unchecked<NodeId>",
                      n.parent_id as "parent_id: Unchecked<NodeId>",
                      n.position as "position!: Unchecked<OrderKey>",
                      n.blueprint_type_id as "blueprint_type_id!: Unchecked<String>",
                      n.name as "name!: Unchecked<String>",
                      n.properties as "properties!: Unchecked<Object>",
                      n.child_count as "child_count!"
               from wanted cross join nodes as n using (session, generation, node_id)"#,
            keys
        )
        .fetch_all(transaction.connection().await?)
        .await?;
        for row in rows {
            // One without a name that can be read is none that somebody asks for.
            let Some(key) = row.key() else { continue };
            if self.nodes.contains_key(&key) {
                continue;
            }
            match row.into_stored() {
                Ok(stored) => drop(self.nodes.insert(key, Some(stored))),
                Err(failure) => drop(self.unreadable.insert(key, failure)),
            }
        }
        for key in wanted {
            if !self.unreadable.contains_key(&key) {
                self.nodes.entry(key).or_insert(None);
            }
        }
        Ok(())
    }

    /// Reads the last position under each of these parents, in one statement.
    pub async fn load_ends(
        &mut self,
        transaction: &mut Transaction<'_>,
        parents: impl IntoIterator<Item = Parent>,
    ) -> Result<(), Error> {
        let parents: BTreeSet<_> =
            parents.into_iter().filter(|parent| !self.ends.contains_key(parent)).collect();
        if parents.is_empty() {
            return Ok(());
        }
        // The file must know the siblings that are not written yet.
        self.write(transaction)?;
        let keys: Vec<_> = parents.into_iter().collect();
        let wanted = keys_json(&keys)?;
        let rows = sqlx::query!(
            r#"select w.key + 0 as "place!: i64",
                      (select max(position) from nodes
                       where session = w.value ->> 0 and generation = w.value ->> 1
                         and parent_id is w.value ->> 2)
                          as "end: Unchecked<OrderKey>"
               from json_each(?) as w"#,
            wanted
        )
        .fetch_all(transaction.connection().await?)
        .await?;
        for row in rows {
            // One that can't be read is missed by who asks for it.
            if let Some(parent) = usize::try_from(row.place).ok().and_then(|place| keys.get(place))
                && let Ok(end) = row.end.map(|end| end.0).transpose()
            {
                self.ends.insert(*parent, end);
            }
        }
        Ok(())
    }

    /// The node, if it is there.
    pub async fn node(
        &mut self,
        transaction: &mut Transaction<'_>,
        key: Key,
    ) -> Result<Option<&Stored>, Error> {
        self.load(transaction, [key]).await?;
        match self.unreadable.get(&key) {
            Some(failure) => Err(failure.clone()),
            None => Ok(self.known(key)),
        }
    }

    /// Whether the node was read, and its parent, whose children are counted.
    fn has_read(&self, key: Key) -> bool {
        match self.nodes.get(&key) {
            None => self.unreadable.contains_key(&key),
            Some(None) => true,
            Some(Some(Stored { node, .. })) => node.parent_id.is_none_or(|parent_id| {
                let parent = (key.0, parent_id);
                self.nodes.contains_key(&parent) || self.unreadable.contains_key(&parent)
            }),
        }
    }

    fn known(&self, key: Key) -> Option<&Stored> {
        self.nodes.get(&key).and_then(Option::as_ref)
    }

    fn known_mut(&mut self, key: Key) -> Option<&mut Stored> {
        self.nodes.get_mut(&key).and_then(Option::as_mut)
    }

    /// The last position under a parent.
    pub async fn end(
        &mut self,
        transaction: &mut Transaction<'_>,
        tree: Tree,
        parent_id: Option<NodeId>,
    ) -> Result<Option<&OrderKey>, Error> {
        self.load_ends(transaction, [(tree, parent_id)]).await?;
        match self.ends.get(&(tree, parent_id)) {
            Some(end) => Ok(end.as_ref()),
            None => {
                let parent = parent_id.map_or("null".to_owned(), |parent_id| parent_id.to_string());
                let row = format!("session {}, nodes with parent_id {parent}", tree.session);
                let reason = "the last one is not a text of hexadecimal digits";
                Err(Error::unreadable("nodes", row, "position", reason))
            }
        }
    }

    /// Puts a new node in; its parent must have been read.
    pub fn insert(&mut self, tree: Tree, node: Node) {
        let key = (tree, node.node_id);
        self.arrive(tree, node.parent_id, &node.position);
        self.nodes.insert(key, Some(Stored { node, child_count: 0 }));
        self.unwritten.insert(key);
    }

    /// Puts a node somewhere else; it and both parents must have been read.
    pub fn relocate(&mut self, tree: Tree, node_id: NodeId, place: TreePosition) {
        let Some(stored) = self.known_mut((tree, node_id)) else { return };
        let old_parent = std::mem::replace(&mut stored.node.parent_id, place.parent_id);
        let old_position = std::mem::replace(&mut stored.node.position, place.position.clone());
        self.unwritten.insert((tree, node_id));
        self.depart(tree, old_parent, &old_position);
        self.arrive(tree, place.parent_id, &place.position);
    }

    fn arrive(&mut self, tree: Tree, parent_id: Option<NodeId>, position: &OrderKey) {
        if let Some(parent_id) = parent_id
            && let Some(parent) = self.known_mut((tree, parent_id))
        {
            parent.child_count += 1;
        }
        if let Some(end) = self.ends.get_mut(&(tree, parent_id))
            && end.as_ref().is_none_or(|end| end < position)
        {
            *end = Some(position.clone());
        }
        self.rows.arrive((tree, parent_id), position);
    }

    fn depart(&mut self, tree: Tree, parent_id: Option<NodeId>, position: &OrderKey) {
        if let Some(parent_id) = parent_id
            && let Some(parent) = self.known_mut((tree, parent_id))
        {
            parent.child_count -= 1;
        }
        self.ends.remove(&(tree, parent_id));
        self.rows.depart((tree, parent_id), position);
    }

    /// Changes a node that was read.
    pub fn change(&mut self, tree: Tree, node_id: NodeId, change: impl FnOnce(&mut Node)) {
        if let Some(stored) = self.known_mut((tree, node_id)) {
            change(&mut stored.node);
            self.unwritten.insert((tree, node_id));
        }
    }

    /// Takes a whole subtree out, the topmost node first; that node's parent must have been read.
    pub fn remove(&mut self, tree: Tree, nodes: &[Node]) {
        for node in nodes {
            let key = (tree, node.node_id);
            self.nodes.insert(key, None);
            self.unwritten.insert(key);
            self.ends.remove(&(tree, Some(node.node_id)));
            self.rows.remove((tree, Some(node.node_id)));
        }
        if let Some(topmost) = nodes.first() {
            self.depart(tree, topmost.parent_id, &topmost.position);
        }
    }
}
