//! Everything that is stored of a session, row by row, whatever the storage.

use std::collections::BTreeMap;

use rollcall::engine::memory_storage::{MemoryStorage, StepState};
use rollcall::model::{CommandId, NodeId, SessionId, Timestamp};
use serde_json::{Value, json};
use sqlx::{Row, SqliteConnection};

/// The rows of a session.
#[derive(Debug, PartialEq)]
pub struct Dump {
    /// `seq`, `revision`, `node_count`, `root_count`, `steps` and `history_bytes`.
    counts: [i64; 6],
    time: Timestamp,
    /// With parents, positions, names and properties.
    nodes: BTreeMap<NodeId, Value>,
    steps: Vec<Step>,
}

impl Dump {
    /// The nodes alone, each as its row.
    pub fn nodes(self) -> BTreeMap<NodeId, Value> {
        self.nodes
    }
}

#[derive(Debug, PartialEq)]
struct Step {
    number: i64,
    command_id: CommandId,
    client_id: Option<String>,
    /// With its scope and the number of its event where it is undone.
    state: String,
    revision: i64,
    bytes_before: i64,
    remapped_at: Option<i64>,
    changes: Value,
}

/// A session in memory.
pub fn of_memory(storage: &MemoryStorage, session_id: SessionId) -> Dump {
    let head = storage.head(session_id).unwrap();
    let nodes = storage.nodes_of(head.tree()).map(|(node, child_count)| {
        let row = json!([
            node.parent_id,
            node.position,
            node.blueprint_type_id,
            node.name,
            node.properties,
            child_count
        ]);
        (node.node_id, row)
    });
    let steps = storage.steps_of(head.key).map(|(number, step)| Step {
        number,
        command_id: step.command_id,
        client_id: step.client_id.clone(),
        state: match step.state {
            StepState::Applied => "applied".to_owned(),
            StepState::Undone(scope, seq) => format!("undone in {} at {seq}", scope.as_str()),
            StepState::Discarded => "discarded".to_owned(),
        },
        revision: step.revision,
        bytes_before: step.bytes_before,
        remapped_at: step.remapped_at,
        changes: serde_json::from_str(&step.changes).unwrap(),
    });
    Dump {
        counts: [
            head.seq,
            head.revision,
            head.node_count,
            head.root_count,
            head.steps,
            head.history_bytes,
        ],
        time: head.time,
        nodes: nodes.collect(),
        steps: steps.collect(),
    }
}

/// A session in the file. `ids` gives the ids of commands that the other storage has in place of these.
pub async fn of_sqlite(
    sql: &mut SqliteConnection,
    session_id: SessionId,
    ids: &BTreeMap<CommandId, CommandId>,
) -> Dump {
    let row = sqlx::query(
        "select seq, revision, node_count, root_count, steps, history_bytes,
                max(last_activity, coalesce(time_floor, ''))
         from sessions where session_id = ?",
    )
    .bind(session_id.to_string())
    .fetch_one(&mut *sql)
    .await
    .unwrap();
    let counts = std::array::from_fn(|column| row.get(column));
    let time = row.get::<String, _>(6).parse().unwrap();
    let nodes = sqlx::query(
        "select n.node_id, json_array(n.parent_id, n.position, n.blueprint_type_id, n.name,
                                      json(n.properties), n.child_count)
         from sessions as s join nodes as n on n.session = s.session and n.generation = s.generation
         where s.session_id = ?",
    )
    .bind(session_id.to_string())
    .fetch_all(&mut *sql)
    .await
    .unwrap();
    let nodes = nodes.iter().map(|row| {
        let text = |column: usize| row.get::<String, _>(column);
        (text(0).parse().unwrap(), serde_json::from_str(&text(1)).unwrap())
    });
    let steps = sqlx::query(
        "select h.step, h.command_id, h.client_id,
                h.state || iif(h.state = 'undone', ' in ' || h.undo_scope || ' at ' || h.undo_seq, ''),
                h.revision, b.bytes_before, h.remapped_at, h.changes
         from sessions as s join internal_history_full as h on h.session = s.session
         join history as b on b.session = h.session and b.step = h.step
         where s.session_id = ? order by h.step",
    )
    .bind(session_id.to_string())
    .fetch_all(&mut *sql)
    .await
    .unwrap();
    let steps = steps.iter().map(|row| Step {
        number: row.get(0),
        command_id: ids[&row.get::<String, _>(1).parse().unwrap()],
        client_id: row.get(2),
        state: row.get(3),
        revision: row.get(4),
        bytes_before: row.get(5),
        remapped_at: row.get(6),
        changes: serde_json::from_str(&row.get::<String, _>(7)).unwrap(),
    });
    Dump { counts, time, nodes: nodes.collect(), steps: steps.collect() }
}
