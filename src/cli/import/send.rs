//! Sends nodes to the server, in batches. A batch is all or nothing, so one that is refused is halved until it is
//! known which nodes the server does not take.

use std::collections::HashSet;

use anyhow::bail;
use serde_json::{Value, json};
use uuid::Uuid;

use super::node::{NewNode, Refusal};
use crate::cli::failure::{ErrorResponse, error_response};
use crate::cli::progress;
use crate::cli::server::Server;

/// Nodes in a batch, at most. The server's own limits may be lower: then batches are halved.
const MAX_NODES: usize = 500;

/// What became of the nodes.
#[derive(Default)]
pub struct Sent {
    /// How many were made.
    pub taken: usize,
    /// Those that the server does not take.
    pub refused: Vec<Refusal>,
}

/// Makes the nodes in the session, in this order. With `strict` it fails at the first that the server refuses.
pub async fn send(
    server: &Server,
    session_id: &str,
    nodes: Vec<NewNode>,
    strict: bool,
) -> anyhow::Result<Sent> {
    let total = nodes.len();
    let mut sent = Sent::default();
    let mut missing: HashSet<Uuid> = HashSet::new();
    // A stack of slices, the first on top.
    let mut waiting: Vec<&[NewNode]> = nodes.chunks(MAX_NODES).rev().collect();
    while let Some(batch) = waiting.pop() {
        let is_orphan =
            |node: &NewNode| node.parent_id.is_some_and(|parent_id| missing.contains(&parent_id));
        let wanted: Vec<&NewNode> = batch.iter().filter(|node| !is_orphan(node)).collect();
        let refusal = match wanted.as_slice() {
            [] => None,
            wanted => create(server, session_id, wanted).await?,
        };
        match (refusal, batch) {
            (None, batch) => {
                sent.taken += wanted.len();
                for node in batch.iter().filter(|node| is_orphan(node)) {
                    refuse(&mut sent, node, "its parent was not taken".to_owned());
                }
                let orphans = batch.iter().filter(|node| is_orphan(node)).map(|node| node.id);
                let orphans: Vec<Uuid> = orphans.collect();
                missing.extend(orphans);
            }
            (Some(message), [node]) => {
                missing.insert(node.id);
                refuse(&mut sent, node, message);
            }
            (Some(_), batch) => {
                let (first, second) = batch.split_at(batch.len() / 2);
                waiting.extend([second, first]);
            }
        }
        if strict && let Some(refusal) = sent.refused.first() {
            bail!(
                "{}: {} ({} of {total} nodes were sent before)",
                refusal.at,
                refusal.message,
                sent.taken
            );
        }
        if total > MAX_NODES {
            let done = sent.taken + sent.refused.len();
            progress::show_line(done as u64, total as u64, &format!("{total} nodes"));
        }
    }
    Ok(sent)
}

fn refuse(sent: &mut Sent, node: &NewNode, message: String) {
    let refusal = Refusal { at: node.at.clone(), message };
    refusal.show();
    sent.refused.push(refusal);
}

/// Makes nodes, all or none. Returns the sentence of the server if it does not take them; fails if the
/// reason is none of theirs.
async fn create(
    server: &Server,
    session_id: &str,
    nodes: &[&NewNode],
) -> anyhow::Result<Option<String>> {
    let commands: Vec<Value> = nodes.iter().map(|node| command(node)).collect();
    let body = match commands.as_slice() {
        [command] => command.clone(),
        _ => json!({"command_type": "Batch", "data": {"commands": commands}}),
    };
    let answer = server.post(&["sessions", session_id, "commands"], Some(&body)).await;
    let Err(cause) = answer else { return Ok(None) };
    match error_response(&cause) {
        Some(response) if is_about_nodes(response) => Ok(Some(response.message.clone())),
        _ => Err(cause),
    }
}

/// Whether the server refuses the nodes, and not all that this caller sends.
fn is_about_nodes(response: &ErrorResponse) -> bool {
    // A parent may be missing.
    matches!(response.status, 400 | 409 | 413 | 422) || response.code == "NODE_NOT_FOUND"
}

fn command(node: &NewNode) -> Value {
    json!({"command_type": "CreateNode", "data": {
        "node_id": node.id,
        "parent_id": node.parent_id,
        "blueprint_type_id": node.blueprint_type_id,
        "name": node.name,
        "properties": node.properties,
    }})
}
