//! In builds with debug assertions, and so in the tests: what is remembered is what the file says.
//!
//! It is looked at when the next transaction begins, since only then nobody else can write between.

use std::collections::{BTreeSet, HashMap};

use super::{Head, Undone};
use crate::error::Error;
use crate::model::{NodeId, OrderKey, SessionId, Timestamp};
use crate::store::{Transaction, json};

impl Transaction<'_> {
    /// Ends the writer if something is remembered otherwise than it is in the file: an error would be
    /// taken for a stranger's write, and be healed.
    pub(in crate::store) async fn check_memory(&mut self) -> Result<(), Error> {
        if self.memory.is_empty() {
            return Ok(());
        }
        self.script.run(self.connection).await?;
        self.check_heads().await?;
        self.check_memberships().await?;
        self.check_ends().await
    }

    async fn check_heads(&mut self) -> Result<(), Error> {
        let session_ids = json(&self.memory.heads.keys().collect::<Vec<_>>())?;
        let rows = sqlx::query!(
            r#"select s.session_id as "session_id!: SessionId", s.session as "session!",
                      s.generation, s.seq,
                      max(s.last_activity, coalesce(s.time_floor, '')) as "time!: Timestamp",
                      s.revision, s.active_clients, s.node_count,
                      s.root_count, s.steps, s.history_bytes,
                      exists(select 1 from history as h
                             where h.session = s.session and h.state = 'undone'
                               and h.undo_scope = 'session') as "in_session!: bool",
                      exists(select 1 from history as h
                             where h.session = s.session and h.state = 'undone'
                               and h.undo_scope = 'client') as "in_clients!: bool"
               from json_each(?) as known join sessions as s on s.session_id = known.value"#,
            session_ids
        )
        .fetch_all(&mut *self.connection)
        .await?;
        assert_eq!(rows.len(), self.memory.heads.len(), "sessions that are gone");
        for row in rows {
            let Some(known) = self.memory.heads.get(&row.session_id) else { continue };
            let undone = Undone { in_session: row.in_session, in_clients: row.in_clients };
            assert!(
                known.undone.in_session >= undone.in_session
                    && known.undone.in_clients >= undone.in_clients,
                "undone steps of session {}",
                row.session_id
            );
            let head = Head {
                key: row.session,
                generation: row.generation,
                seq: row.seq,
                time: row.time,
                revision: row.revision,
                active_clients: row.active_clients,
                node_count: row.node_count,
                root_count: row.root_count,
                steps: row.steps,
                history_bytes: row.history_bytes,
                undone: known.undone,
            };
            assert_eq!(head, *known, "session {}", row.session_id);
        }
        Ok(())
    }

    async fn check_memberships(&mut self) -> Result<(), Error> {
        if !self.memory.knows_everybody {
            return Ok(());
        }
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
        Ok(())
    }

    async fn check_ends(&mut self) -> Result<(), Error> {
        let known: Vec<_> = self.memory.ends.iter().collect();
        let keys: Vec<(i64, i64, Option<NodeId>)> = known
            .iter()
            .map(|((tree, parent), _)| (tree.session, tree.generation, *parent))
            .collect();
        let keys = json(&keys)?;
        let rows = sqlx::query!(
            // Of a tree that is no session's any more, nobody asks.
            r#"select known.key + 0 as "place!: i64",
                      (select max(position) from nodes as n
                       where n.session = s.session and n.generation = s.generation
                         and n.parent_id is known.value ->> 2) as "end: OrderKey"
               from json_each(?) as known
               join sessions as s
                 on s.session = known.value ->> 0 and s.generation = known.value ->> 1"#,
            keys
        )
        .fetch_all(&mut *self.connection)
        .await?;
        for row in rows {
            let place = usize::try_from(row.place).unwrap_or_default();
            let Some(((tree, parent_id), end)) = known.get(place) else { continue };
            assert_eq!(row.end, **end, "below {parent_id:?} in {tree:?}");
        }
        Ok(())
    }
}
