//! Nodes that came back beside their old positions, because somebody stood there. The steps that speak
//! of the old positions stay as they are written, and are read with the new ones.

use sqlx::SqliteConnection;

use crate::error::Error;
use crate::model::{NodeId, OrderKey, PositionRemap, PositionRemaps, TreePosition};
use crate::store::script::later;
use crate::store::{Transaction, json};

/// Remembers where nodes came back at this revision; forgets what no step speaks of any more.
pub(in crate::store) fn insert(
    transaction: &mut Transaction<'_>,
    session: i64,
    revision: i64,
    remaps: &[PositionRemap],
) -> Result<(), Error> {
    // Seldom there is any.
    if remaps.is_empty() {
        return Ok(());
    }
    let rows: Vec<_> = remaps
        .iter()
        .map(|PositionRemap { node_id, from, to }| (node_id, &from.parent_id, &from.position, to))
        .collect();
    later!(
        transaction,
        "insert into position_remaps (session, revision, place, node_id, parent_id, from_position,
                                      to_position)
         select ?, ?, key, value ->> 0, value ->> 1, value ->> 2, value ->> 3 from json_each(?)",
        session,
        revision,
        &json(&rows)?
    )?;
    later!(
        transaction,
        "delete from position_remaps
         where session = ?
           and revision <= (select h.revision from history as h
                            where h.session = position_remaps.session order by h.step limit 1)",
        session
    )
}

/// Those after a revision, in order.
pub(in crate::store) async fn after(
    connection: &mut SqliteConnection,
    session: i64,
    revision: i64,
) -> Result<PositionRemaps, Error> {
    let rows = sqlx::query!(
        r#"select node_id as "node_id: NodeId", parent_id as "parent_id: NodeId",
                  from_position as "from_position: OrderKey", to_position as "to_position: OrderKey"
           from position_remaps where session = ? and revision > ? order by revision, place"#,
        session,
        revision
    )
    .fetch_all(connection)
    .await?;
    let remaps = rows.into_iter().map(|row| PositionRemap {
        node_id: row.node_id,
        from: TreePosition { parent_id: row.parent_id, position: row.from_position },
        to: row.to_position,
    });
    Ok(remaps.collect())
}
