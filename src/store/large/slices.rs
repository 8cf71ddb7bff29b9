//! The transactions in which a generation is written.

use crate::error::Error;
use crate::model::{NodeId, SessionId};
use crate::store::content::{self, Tree};
use crate::store::script::later;
use crate::store::{Change, Transaction};

/// Gives out a generation to write under.
pub struct Begin {
    pub session_id: SessionId,
}

impl Change for Begin {
    type Answer = i64;

    async fn apply(&self, transaction: &mut Transaction<'_>) -> Result<i64, Error> {
        let head = transaction.head(self.session_id).await?;
        let last = sqlx::query_scalar!(
            r#"select coalesce(max(generation), 0) as "last!: i64"
               from orphaned_content where session = ?"#,
            head.key
        )
        .fetch_one(transaction.connection().await?)
        .await?;
        let generation = 1 + last.max(head.generation);
        later!(
            transaction,
            "insert into orphaned_content (session, generation, kind, unfinished)
             select ?, ?, value, 1 from json_each('[\"nodes\", \"changes\", \"events\"]')",
            head.key,
            generation
        )?;
        Ok(generation)
    }
}

/// Some rows of a generation that is being written.
pub struct Slice<R> {
    pub session_id: SessionId,
    pub generation: i64,
    pub rows: R,
}

pub trait Rows: Send + Sync + 'static {
    fn write(&self, transaction: &mut Transaction<'_>, tree: Tree) -> Result<(), Error>;
}

/// `[[node_id, parent_id, position, blueprint_type_id, name, properties, child_count], …]`
pub struct Nodes(pub String);

impl Rows for Nodes {
    fn write(&self, transaction: &mut Transaction<'_>, tree: Tree) -> Result<(), Error> {
        later!(
            transaction,
            "insert into nodes (session, generation, node_id, parent_id, position,
                                blueprint_type_id, name, properties, child_count)
             select ?, ?, value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4,
                    value -> 5, value ->> 6
             from jsonb_each(?) where true
             on conflict (session, generation, node_id) do update
             set parent_id = excluded.parent_id, position = excluded.position,
                 blueprint_type_id = excluded.blueprint_type_id, name = excluded.name,
                 properties = excluded.properties, child_count = excluded.child_count",
            tree.session,
            tree.generation,
            &self.0
        )
    }
}

pub struct Texts {
    pub kind: &'static str,
    /// `[[part, content], …]`
    pub rows: String,
}

impl Rows for Texts {
    fn write(&self, transaction: &mut Transaction<'_>, tree: Tree) -> Result<(), Error> {
        later!(
            transaction,
            "insert into overflow_texts (session, generation, kind, part, content)
             select ?, ?, ?, value ->> 0, value ->> 1 from jsonb_each(?) where true
             on conflict (session, generation, kind, part) do update
             set content = excluded.content",
            tree.session,
            tree.generation,
            self.kind,
            &self.rows
        )
    }
}

pub struct GoneNodes(pub Vec<NodeId>);

impl Rows for GoneNodes {
    fn write(&self, transaction: &mut Transaction<'_>, tree: Tree) -> Result<(), Error> {
        content::delete(transaction, self.0.iter().map(|node_id| (tree, *node_id)))
    }
}

/// Those behind the first parts.
pub struct GoneTexts {
    pub kind: &'static str,
    pub left: i64,
}

impl Rows for GoneTexts {
    fn write(&self, transaction: &mut Transaction<'_>, tree: Tree) -> Result<(), Error> {
        later!(
            transaction,
            "delete from overflow_texts
             where session = ? and generation = ? and kind = ? and part >= ?",
            tree.session,
            tree.generation,
            self.kind,
            self.left
        )
    }
}

impl<R: Rows> Change for Slice<R> {
    type Answer = ();

    async fn apply(&self, transaction: &mut Transaction<'_>) -> Result<(), Error> {
        // A session that is gone takes no more.
        let session = transaction.head(self.session_id).await?.key;
        self.rows.write(transaction, Tree { session, generation: self.generation })
    }
}

/// Nobody writes under the generation any more: what belongs to nothing may go.
pub struct End {
    pub session_id: SessionId,
    pub generation: i64,
}

impl Change for End {
    type Answer = ();

    async fn apply(&self, transaction: &mut Transaction<'_>) -> Result<(), Error> {
        later!(
            transaction,
            "update orphaned_content set unfinished = 0
             where generation = ?
               and session = coalesce((select session from sessions where session_id = ?),
                                      (select session from tombstones where session_id = ?))",
            self.generation,
            self.session_id,
            self.session_id
        )
    }
}
