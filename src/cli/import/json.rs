//! Nodes as JSON: a flat list as `GET …/graph` has it, or a tree as `GET …/graph/tree` has it.

use anyhow::{Context, bail};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::node::{NewNode, Read, as_id};

/// Reads the list of a file: the array itself, or that in `nodes` or `roots`.
pub fn read(bytes: &[u8]) -> anyhow::Result<Read> {
    let document: Value = serde_json::from_slice(bytes).context("it is no JSON")?;
    let (key, list) = match document {
        Value::Array(list) => ("", list),
        Value::Object(mut fields) => match (fields.remove("nodes"), fields.remove("roots")) {
            (Some(Value::Array(list)), _) => ("nodes", list),
            (_, Some(Value::Array(list))) => ("roots", list),
            _ => bail!("it has neither a list 'nodes' nor a list 'roots'"),
        },
        _ => bail!("it is no list of nodes"),
    };
    let mut read = Read::default();
    // A stack, so siblings are pushed in reverse order.
    let mut waiting = Vec::new();
    push(&mut waiting, key, list, None);
    while let Some((at, node, parent_id)) = waiting.pop() {
        match node {
            Value::Object(fields) => take(&mut read, &mut waiting, at, fields, parent_id),
            _ => read.refuse(at, "it is no object"),
        }
    }
    Ok(read)
}

/// A value that should be a node: where it stands, and the parent that it stands within.
type Waiting = Vec<(String, Value, Option<Uuid>)>;

fn push(waiting: &mut Waiting, at: &str, list: Vec<Value>, parent_id: Option<Uuid>) {
    let nodes = list.into_iter().enumerate();
    let nodes = nodes.map(|(index, node)| (format!("{at}[{index}]"), node, parent_id));
    waiting.extend(nodes.rev());
}

fn take(
    read: &mut Read,
    waiting: &mut Waiting,
    at: String,
    mut fields: Map<String, Value>,
    within: Option<Uuid>,
) {
    let id = match id(&mut fields, "id") {
        Ok(id) => id.unwrap_or_else(Uuid::now_v7),
        Err(message) => return read.refuse(at, message),
    };
    match fields.remove("children") {
        None | Some(Value::Null) => {}
        Some(Value::Array(children)) => {
            push(waiting, &format!("{at}.children"), children, Some(id))
        }
        Some(_) => read.refuse(format!("{at}.children"), "it is no list"),
    }
    match node(at.clone(), id, &mut fields, within) {
        Ok(node) => read.nodes.push(node),
        Err(message) => return read.refuse(at, message),
    }
    for field in fields.keys() {
        let text = "nodes have no such field; put it into 'properties'";
        read.refuse(format!("{at}.{field}"), text);
    }
}

/// Takes the fields of a node out of an object.
fn node(
    at: String,
    id: Uuid,
    fields: &mut Map<String, Value>,
    within: Option<Uuid>,
) -> Result<NewNode, String> {
    let parent_id = self::id(fields, "parent_id")?.or(within);
    let index = match fields.remove("index") {
        None | Some(Value::Null) => None,
        Some(index) => Some(index.as_u64().ok_or_else(|| format!("index: {index} is no place"))?),
    };
    let blueprint_type_id = text(fields, "blueprint_type_id")?.unwrap_or_default();
    if blueprint_type_id.is_empty() {
        return Err("it has no blueprint_type_id".to_owned());
    }
    let name = text(fields, "name")?.unwrap_or_default();
    let properties = match fields.remove("properties") {
        None | Some(Value::Null) => Map::new(),
        Some(Value::Object(properties)) => properties,
        Some(_) => return Err("properties: it is no object".to_owned()),
    };
    Ok(NewNode { at, id, parent_id, index, blueprint_type_id, name, properties })
}

/// An id, which may be a number as well.
fn id(fields: &mut Map<String, Value>, field: &str) -> Result<Option<Uuid>, String> {
    match fields.remove(field) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if !text.is_empty() => Ok(Some(as_id(&text))),
        Some(Value::Number(number)) => Ok(Some(as_id(&number.to_string()))),
        Some(other) => Err(format!("{field}: {other} is no id")),
    }
}

fn text(fields: &mut Map<String, Value>, field: &str) -> Result<Option<String>, String> {
    match fields.remove(field) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(format!("{field}: it is no text")),
    }
}
