//! In builds with debug assertions, and so in the tests: what is remembered is what the file says.
//!
//! It is looked at when the next transaction begins, since only then nobody else can write between.

use std::collections::{BTreeSet, HashMap};

use super::Head;
use crate::error::Error;
use crate::session::{Position, SessionId, Timestamp};
use crate::store::Transaction;

impl Transaction<'_> {
    /// Ends the writer if something is remembered otherwise than it is in the file: an error would be
    /// taken for a stranger's write, and be healed.
    pub(in crate::store) async fn check_memory(&mut self) -> Result<(), Error> {
        if self.memory.is_empty() {
            return Ok(());
        }
        self.script.run(self.connection).await?;
        for (session_id, known) in &self.memory.heads {
            let head = sqlx::query_as!(
                Head,
                r#"select session as "key!", generation, seq,
                          max(last_activity, coalesce(time_floor, '')) as "time!: Timestamp",
                          revision, active_clients, node_count, root_count, steps, history_bytes,
                          exists(select 1 from history as h
                                 where h.session = s.session and h.state = 'undone')
                              as "undone!: bool"
                   from sessions as s where session_id = ?"#,
                session_id
            )
            .fetch_optional(&mut *self.connection)
            .await?;
            assert_eq!(head.as_ref(), Some(known), "session {session_id}");
        }
        if self.memory.knows_everybody {
            let rows = sqlx::query!(
                r#"select c.client_id, s.session_id as "session_id: SessionId"
                   from clients as c join sessions as s on s.session = c.session"#
            )
            .fetch_all(&mut *self.connection)
            .await?;
            let mut joined: HashMap<String, BTreeSet<SessionId>> = HashMap::new();
            for row in rows {
                joined.entry(row.client_id).or_default().insert(row.session_id);
            }
            assert_eq!(joined, self.memory.memberships, "all clients");
        }
        for ((tree, parent_id), known) in &self.memory.ends {
            // Of a tree that is no session's any more, nobody asks.
            let end = sqlx::query_scalar!(
                r#"select (select max(position) from nodes as n
                           where n.session = s.session and n.generation = s.generation
                             and n.parent_id is ?) as "end: Position"
                   from sessions as s where session = ? and generation = ?"#,
                parent_id,
                tree.session,
                tree.generation
            )
            .fetch_optional(&mut *self.connection)
            .await?;
            if let Some(end) = end {
                assert_eq!(end, *known, "below {parent_id:?} in {tree:?}");
            }
        }
        Ok(())
    }
}
