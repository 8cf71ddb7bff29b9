//! `rollcall import`: nodes of a file become content of a session of a running server.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, ensure};
use clap::{Args, ValueEnum};
use serde_json::json;

use super::output::{print_line, say};
use super::server::{Server, ServerArguments};
use node::{Read, Refusal};

mod csv;
mod json;
mod node;
mod order;
mod send;

const EXAMPLES: &str = "\
Examples:
  rollcall import board.json --new --name 'Sprint board'
  rollcall import nodes.csv --session 01a20562-20e5-73e0-9bea-512d59f89047 --strict";

/// The arguments of `rollcall import`.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct Import {
    /// The file: JSON as the API returns a graph or a tree, or CSV with a head
    file: PathBuf,
    /// Make a session for the nodes
    #[arg(long, required_unless_present = "session", conflicts_with = "session")]
    new: bool,
    /// The name of the new session
    #[arg(long, value_name = "NAME", requires = "new")]
    name: Option<String>,
    /// The project of the new session
    #[arg(long, value_name = "PROJECT", requires = "new")]
    project: Option<String>,
    /// Add the nodes to this session
    #[arg(long, value_name = "ID")]
    session: Option<String>,
    /// The format of the file [default: that of its extension]
    #[arg(long, value_name = "FORMAT")]
    format: Option<Format>,
    /// Send nothing unless all nodes can be read, and stop at the first that the server refuses
    #[arg(long)]
    strict: bool,
    #[command(flatten)]
    server: ServerArguments,
}

/// The format of a file.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    /// A flat list of nodes or a tree.
    Json,
    /// A line for each node.
    Csv,
}

/// Imports the nodes. The status is 1 if some could not be taken.
#[tokio::main(flavor = "current_thread")]
pub async fn run(arguments: Import) -> anyhow::Result<ExitCode> {
    let read = read(&arguments)?;
    let total = read.nodes.len() + read.refused.len();
    let (nodes, in_circles) = order::parents_first(read.nodes);
    let mut refused = read.refused;
    refused.extend(in_circles);
    refused.iter().for_each(Refusal::show);
    ensure!(
        refused.is_empty() || !arguments.strict,
        "nothing was sent, since {} could not be read (--strict)",
        count(refused.len())
    );
    let strict = arguments.strict;
    let server = arguments.server.server()?;
    let session_id = match arguments.session {
        Some(id) => {
            server.get(&["sessions", &id], &[]).await?;
            id
        }
        None => create(&server, arguments.name, arguments.project).await?,
    };
    let sent = send::send(&server, &session_id, nodes, strict).await?;
    let taken = sent.taken;
    refused.extend(sent.refused);
    if server.wants_json() {
        let report = json!({"session_id": session_id, "nodes": taken, "refused": refused});
        print_line(&report.to_string())?;
    } else {
        print_line(&session_id)?;
        say(format!("Imported {} of {total} into the session.", count(taken)));
    }
    Ok(if refused.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn read(arguments: &Import) -> anyhow::Result<Read> {
    let file = arguments.file.display();
    let bytes = std::fs::read(&arguments.file).with_context(|| format!("cannot read {file}"))?;
    let extension = arguments.file.extension().unwrap_or_default().to_ascii_lowercase();
    let format = match (arguments.format, extension.to_str()) {
        (Some(format), _) => format,
        (None, Some("json")) => Format::Json,
        (None, Some("csv")) => Format::Csv,
        (None, _) => anyhow::bail!("the name of {file} does not say its format; give --format"),
    };
    let read = match format {
        Format::Json => json::read(&bytes),
        Format::Csv => csv::read(&bytes),
    };
    read.with_context(|| format!("cannot import {file}"))
}

async fn create(
    server: &Server,
    name: Option<String>,
    project: Option<String>,
) -> anyhow::Result<String> {
    let body = json!({"name": name, "project_id": project});
    let answer = server.post(&["sessions"], Some(&body)).await?;
    let id = answer.json["session_id"].as_str().context("the server names no session")?;
    Ok(id.to_owned())
}

fn count(nodes: usize) -> String {
    if nodes == 1 { "1 node".to_owned() } else { format!("{nodes} nodes") }
}
