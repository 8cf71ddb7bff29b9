//! Where nodes stand among their siblings. All of it is read from the index `nodes_by_place`, whose
//! entries are a dozen times smaller than the nodes.

use sqlx::SqliteConnection;

use super::nodes::keys_json;
use crate::engine::storage::ParentKey;
use crate::error::Error;
use crate::model::{NodeId, OrderKey};
use crate::store::sqlite::columns::Unchecked;
use crate::store::sqlite::transaction::read_json;

/// The last order key below each of these parents. A parent is left out if that can't be read; a request
/// that needs it then reads it again, and fails alone.
pub async fn last(
    connection: &mut SqliteConnection,
    parents: &[ParentKey],
) -> Result<Vec<(ParentKey, Option<OrderKey>)>, Error> {
    let wanted = keys_json(parents)?;
    let rows = sqlx::query!(
        r#"select w.key + 0 as "place!: i64",
                  (select max(position) from nodes
                   where session = w.value ->> 0 and generation = w.value ->> 1
                     and parent_id is w.value ->> 2)
                      as "last: Unchecked<OrderKey>"
           from json_each(?) as w"#,
        wanted
    )
    .fetch_all(connection)
    .await?;
    let readable = rows.into_iter().filter_map(|row| {
        let parent = parents.get(usize::try_from(row.place).ok()?)?;
        Some((*parent, row.last.map(|last| last.0).transpose().ok()?))
    });
    Ok(readable.collect())
}

/// For each of these parents the order keys below it, sorted; None where they are more than `max`, or
/// one can't be read: a request that needs that one reads it again, and fails alone.
pub async fn of_siblings(
    connection: &mut SqliteConnection,
    parents: &[ParentKey],
    max: usize,
) -> Result<Vec<Option<Vec<OrderKey>>>, Error> {
    let wanted = keys_json(parents)?;
    let max = max as i64;
    let one_more = max + 1;
    let returned = sqlx::query_scalar!(
        r#"select json_group_array(
                      json((select iif(count(*) > ?2, null, json_group_array(position order by position))
                       from (select position from nodes
                             where session = w.value ->> 0 and generation = w.value ->> 1
                               and parent_id is w.value ->> 2
                             order by position limit ?3)))
                      order by w.key) as "returned!: String"
           from json_each(?1) as w"#,
        wanted,
        max,
        one_more
    )
    .fetch_one(connection)
    .await?;
    Ok(read_json(&returned).unwrap_or_else(|_| vec![None; parents.len()]))
}

/// The next three order keys below a parent, behind the first `skip`.
pub async fn from(
    connection: &mut SqliteConnection,
    (tree, parent_id): ParentKey,
    skip: i64,
) -> Result<Vec<OrderKey>, Error> {
    let positions = sqlx::query_scalar!(
        r#"select position as "position!: OrderKey" from nodes
           where session = ?1 and generation = ?2 and parent_id is ?3
           order by position limit 3 offset ?4"#,
        tree.session,
        tree.generation,
        parent_id,
        skip
    )
    .fetch_all(connection)
    .await?;
    Ok(positions)
}

/// How many nodes below a parent stand before an order key, and whether another one than `except` stands
/// right at it.
pub async fn rank(
    connection: &mut SqliteConnection,
    (tree, parent_id): ParentKey,
    position: &OrderKey,
    except: Option<NodeId>,
) -> Result<(i64, bool), Error> {
    let row = sqlx::query!(
        r#"select count(*) as "before!: i64",
                  exists(select 1 from nodes
                         where session = ?1 and generation = ?2 and parent_id is ?3
                           and node_id is not ?5 and position = ?4) as "taken!: bool"
           from nodes
           where session = ?1 and generation = ?2 and parent_id is ?3 and position < ?4"#,
        tree.session,
        tree.generation,
        parent_id,
        position,
        except
    )
    .fetch_one(connection)
    .await?;
    Ok((row.before, row.taken))
}
