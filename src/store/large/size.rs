//! Whether a change is large.

use crate::error::Error;
use crate::session::limits::check_node_count;
use crate::session::{NodeId, SessionId};
use crate::store::commands::{Action, ContentRequest};
use crate::store::{Store, json};

/// About the bytes that a node takes in the changes of a step.
const BYTES_OF_A_NODE: i64 = 200;
/// What is prepared is the whole tree: that is worth it only where the change is at least such a part
/// of it, else the writing of the rest would take far longer than the change itself.
const PART_OF_THE_TREE: i64 = 20;

/// A tree as it is asked for its size.
struct Measured {
    session: i64,
    generation: i64,
    node_count: i64,
}

impl Store {
    /// Whether others would have to wait for the change if it were done in one transaction. It may
    /// have become another by the time it is done: then it is only slower.
    pub(in crate::store) async fn is_large(&self, request: &ContentRequest) -> Result<bool, Error> {
        let most = self.limits.content.large_change;
        let doomed = match &request.action {
            Action::Execute(command) => command.doomed(),
            _ => Vec::new(),
        };
        if matches!(request.action, Action::Execute(_)) && doomed.is_empty() {
            return Ok(false);
        }
        let Some(tree) = self.measured(request.session_id).await? else { return Ok(false) };
        let worth_it = most.max(tree.node_count / PART_OF_THE_TREE);
        let changed = match &request.action {
            // At most all of them.
            Action::Execute(_) if tree.node_count <= most => 0,
            Action::Execute(_) => self.count_below(&tree, &doomed, worth_it + 1).await?,
            Action::Replace(roots) => {
                let new: usize = roots.iter().map(Vec::len).sum();
                check_node_count(new as i64, &self.limits.content)?;
                tree.node_count + new as i64
            }
            Action::Undo(_) | Action::Redo(_) => {
                let mut reader = self.readers.acquire().await?;
                let found = request.step_of_the_past(&mut reader, tree.session).await?;
                found.map_or(0, |found| found.changes.len() as i64 / BYTES_OF_A_NODE)
            }
        };
        Ok(changed > worth_it)
    }

    async fn measured(&self, session_id: SessionId) -> Result<Option<Measured>, Error> {
        let tree = sqlx::query_as!(
            Measured,
            r#"select session as "session!", generation, node_count
               from sessions where session_id = ?"#,
            session_id
        )
        .fetch_optional(&self.readers)
        .await?;
        Ok(tree)
    }

    /// How many nodes these are with all below them, up to `most`.
    async fn count_below(
        &self,
        tree: &Measured,
        node_ids: &[NodeId],
        most: i64,
    ) -> Result<i64, Error> {
        let node_ids = json(&node_ids)?;
        let count = sqlx::query_scalar!(
            r#"with recursive below (node_id) as (
                   select value from json_each(?1)
                   union
                   select n.node_id
                   from below as b
                   cross join nodes as n
                     on n.session = ?2 and n.generation = ?3 and n.parent_id = b.node_id
                   limit ?4
               )
               select count(*) as "count!: i64" from below"#,
            node_ids,
            tree.session,
            tree.generation,
            most
        )
        .fetch_one(&self.readers)
        .await?;
        Ok(count)
    }
}
