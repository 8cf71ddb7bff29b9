//! Nodes that came back beside their old positions, because another node stood there. The steps that
//! name the old positions stay as they are written, and are read with the new ones.

use sqlx::SqliteConnection;

use crate::engine::storage::NewRemaps;
use crate::error::Error;
use crate::model::{NodeId, OrderKey, PositionRemap, TreePosition};
use crate::store::sqlite::statement_batch::{StatementBatch, queue};
use crate::store::sqlite::transaction::json;

/// Inserts remaps, and deletes those of the session that no step needs any more.
pub fn insert(batch: &mut StatementBatch, remaps: &[NewRemaps]) -> Result<(), Error> {
    for NewRemaps { session, revision, remaps } in remaps {
        let rows: Vec<_> = remaps
            .iter()
            .map(|PositionRemap { node_id, from, to }| {
                (node_id, &from.parent_id, &from.position, to)
            })
            .collect();
        queue!(
            batch,
            "insert into internal_position_remaps (session, revision, place, node_id, parent_id,
                                          from_position, to_position)
             select ?, ?, key, value ->> 0, value ->> 1, value ->> 2, value ->> 3
             from json_each(?)",
            session,
            revision,
            &json(&rows)?
        )?;
        queue!(
            batch,
            "delete from internal_position_remaps
             where session = ?
               and revision <= (select h.revision from history as h
                                where h.session = internal_position_remaps.session
                                order by h.step limit 1)",
            session
        )?;
    }
    Ok(())
}

/// The remaps after a revision, in order, each with the revision at which it was made.
pub async fn after(
    connection: &mut SqliteConnection,
    session: i64,
    revision: i64,
) -> Result<Vec<(i64, PositionRemap)>, Error> {
    let rows = sqlx::query!(
        r#"select revision, node_id as "node_id: NodeId", parent_id as "parent_id: NodeId",
                  from_position as "from_position: OrderKey", to_position as "to_position: OrderKey"
           from internal_position_remaps where session = ? and revision > ? order by revision, place"#,
        session,
        revision
    )
    .fetch_all(connection)
    .await?;
    let remaps = rows.into_iter().map(|row| {
        let from = TreePosition { parent_id: row.parent_id, position: row.from_position };
        (row.revision, PositionRemap { node_id: row.node_id, from, to: row.to_position })
    });
    Ok(remaps.collect())
}
