//! Sends nodes to the server, in batches. A batch is all or nothing, so one that is refused is halved until it is
//! known which nodes the server does not take.

use std::collections::HashSet;
use std::io::{IsTerminal, Write};

use anyhow::{Context, bail};
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use super::node::{NewNode, Refusal};
use crate::cli::failure::Failure;
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
        show_progress(sent.taken + sent.refused.len(), total);
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
    let request = server.request(Method::POST, &["sessions", session_id, "commands"], &[]);
    let response = request.body(body.to_string()).send().await.context("the server is gone")?;
    let status = response.status();
    if status.is_success() {
        return Ok(None);
    }
    let answer = response.bytes().await.context("the response broke off")?;
    let answer: Value = serde_json::from_slice(&answer).unwrap_or_default();
    let error = &answer["error"];
    let (message, code) = (
        error["message"].as_str().unwrap_or("no reason"),
        error["code"].as_str().unwrap_or_default(),
    );
    match (status.as_u16(), code) {
        // A parent may be missing.
        (400 | 409 | 413 | 422, _) | (404, "NODE_NOT_FOUND") => Ok(Some(message.to_owned())),
        (status, _) => Err(Failure::of_response(status, format!("{message} ({code})")).into()),
    }
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

/// Shows how many nodes are done, on a terminal only.
fn show_progress(done: usize, total: usize) {
    let mut out = std::io::stderr();
    if out.is_terminal() && total > MAX_NODES {
        let end = if done == total { "\n" } else { "" };
        // Who does not see it misses nothing.
        let _ = write!(out, "\r{:>3} % of {total} nodes{end}", done * 100 / total);
        let _ = out.flush();
    }
}
