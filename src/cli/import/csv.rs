//! Nodes as CSV: a head with the names of the columns, and a line for each node.

use anyhow::{Context, ensure};
use csv::{Reader, ReaderBuilder, StringRecord};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::node::{NewNode, Read, as_id};

/// Reads the lines of a file. The columns are `id`, `parent_id`, `name`, `blueprint_type_id` and `index`; all
/// others are properties.
pub fn read(bytes: &[u8]) -> anyhow::Result<Read> {
    // Excel puts a mark before UTF-8.
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut reader: Reader<&[u8]> = ReaderBuilder::new().flexible(true).from_reader(bytes);
    let head = reader.headers().context("the head is no CSV in UTF-8")?.clone();
    ensure!(
        head.iter().any(|name| name == "blueprint_type_id"),
        "the head has no column blueprint_type_id; it has: {}",
        head.iter().collect::<Vec<_>>().join(", ")
    );
    let mut read = Read::default();
    for record in reader.records() {
        let at = |line: Option<u64>| format!("line {}", line.unwrap_or_default());
        let record = match record {
            Ok(record) => record,
            Err(cause) => {
                let at = at(cause.position().map(csv::Position::line));
                read.refuse(at, "it is no CSV in UTF-8");
                continue;
            }
        };
        let at = at(record.position().map(csv::Position::line));
        match node(at.clone(), &head, &record) {
            Ok(node) => read.nodes.push(node),
            Err(message) => read.refuse(at, message),
        }
    }
    Ok(read)
}

fn node(at: String, head: &StringRecord, record: &StringRecord) -> Result<NewNode, String> {
    if record.len() != head.len() {
        return Err(format!("it has {} cells, and the head has {}", record.len(), head.len()));
    }
    let cell = |name: &str| {
        let at = head.iter().position(|column| column == name)?;
        record.get(at).filter(|cell| !cell.is_empty())
    };
    let index = match cell("index") {
        None => None,
        Some(text) => Some(text.parse().map_err(|_| format!("index: '{text}' is no place"))?),
    };
    let known = ["id", "parent_id", "name", "blueprint_type_id", "index"];
    let properties: Map<String, Value> = head
        .iter()
        .zip(record)
        .filter(|(column, cell)| !known.contains(column) && !cell.is_empty())
        .map(|(column, cell)| (column.to_owned(), value(cell)))
        .collect();
    Ok(NewNode {
        at,
        id: cell("id").map_or_else(Uuid::now_v7, as_id),
        parent_id: cell("parent_id").map(as_id),
        index,
        blueprint_type_id: cell("blueprint_type_id")
            .ok_or("it has no blueprint_type_id")?
            .to_owned(),
        name: cell("name").unwrap_or_default().to_owned(),
        properties,
    })
}

/// A cell that is JSON is taken as such, else as text.
fn value(cell: &str) -> Value {
    serde_json::from_str(cell).unwrap_or_else(|_| cell.into())
}
