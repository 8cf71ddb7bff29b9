//! Nodes as JSON: a flat list as `GET …/graph` has it, a tree as `GET …/graph/tree` has it, or a dictionary.

use std::collections::HashMap;

use anyhow::{Context, bail};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::node::{NewNode, Read, as_id};

/// Reads the nodes of a file: a list of them, or an object that has one in `nodes` or `roots`. In place of a list
/// there may be an object with each node under its id, as a dictionary in memory is saved.
pub fn read(bytes: &[u8]) -> anyhow::Result<Read> {
    let document: Value = serde_json::from_slice(bytes).context("it is no JSON")?;
    let (key, nodes) = match document {
        Value::Array(_) => ("", document),
        Value::Object(mut fields) => match (fields.remove("nodes"), fields.remove("roots")) {
            (Some(nodes @ (Value::Array(_) | Value::Object(_))), _) => ("nodes", nodes),
            (_, Some(roots @ Value::Array(_))) => ("roots", roots),
            _ => bail!("it has neither a list 'nodes' nor a list 'roots'"),
        },
        _ => bail!("it is no list of nodes"),
    };
    let mut reader = Reader::default();
    reader.push(placed(key, nodes), None);
    while let Some((at, node, parent_id)) = reader.waiting.pop() {
        match node {
            Value::Object(fields) => reader.take(at, fields, parent_id),
            _ => reader.read.refuse(at, "it is no object"),
        }
    }
    Ok(reader.finish())
}

/// The nodes of a list, or of an object with each under its id, and where each stands.
fn placed(at: &str, nodes: Value) -> Vec<(String, Value)> {
    match nodes {
        Value::Array(list) => {
            let nodes = list.into_iter().enumerate();
            nodes.map(|(index, node)| (format!("{at}[{index}]"), node)).collect()
        }
        Value::Object(map) => {
            let nodes = map.into_iter().map(|(id, mut node)| {
                let at = format!("{at}[{id:?}]");
                if let Value::Object(fields) = &mut node {
                    fields.entry("id").or_insert(Value::String(id));
                }
                (at, node)
            });
            nodes.collect()
        }
        _ => Vec::new(),
    }
}

/// What was read of a file so far.
#[derive(Default)]
struct Reader {
    read: Read,
    /// Values that should be nodes: where each stands, and the parent that it stands within. A stack, so siblings
    /// are pushed in reverse order.
    waiting: Vec<(String, Value, Option<Uuid>)>,
    /// Nodes that their parent names in `children`: the parent, and the place among them.
    named: HashMap<Uuid, (Uuid, u64)>,
}

impl Reader {
    fn push(&mut self, nodes: Vec<(String, Value)>, parent_id: Option<Uuid>) {
        self.waiting.extend(nodes.into_iter().rev().map(|(at, node)| (at, node, parent_id)));
    }

    fn take(&mut self, at: String, mut fields: Map<String, Value>, within: Option<Uuid>) {
        let id = match id(&mut fields, "id") {
            Ok(id) => id.unwrap_or_else(Uuid::now_v7),
            Err(message) => return self.read.refuse(at, message),
        };
        match fields.remove("children") {
            None | Some(Value::Null) => {}
            Some(Value::Array(children)) => self.take_children(&at, id, children),
            Some(_) => self.read.refuse(format!("{at}.children"), "it is no list"),
        }
        match node(at.clone(), id, &mut fields, within) {
            Ok(node) => self.read.nodes.push(node),
            Err(message) => return self.read.refuse(at, message),
        }
        for field in fields.keys() {
            let text = "nodes have no such field; put it into 'properties'";
            self.read.refuse(format!("{at}.{field}"), text);
        }
    }

    /// The children of a node: nodes themselves, or the ids of nodes that stand elsewhere in the file.
    fn take_children(&mut self, at: &str, parent: Uuid, children: Vec<Value>) {
        match children.iter().map(id_of).collect::<Option<Vec<Uuid>>>() {
            Some(ids) => {
                let places = (0..).map(|place| (parent, place));
                self.named.extend(ids.into_iter().zip(places));
            }
            None => {
                let children = placed(&format!("{at}.children"), Value::Array(children));
                self.push(children, Some(parent));
            }
        }
    }

    /// All nodes. What a node says itself counts before what its parent says.
    fn finish(mut self) -> Read {
        for node in &mut self.read.nodes {
            if let Some((parent, place)) = self.named.get(&node.id)
                && node.parent_id.is_none_or(|parent_id| parent_id == *parent)
            {
                node.parent_id = Some(*parent);
                node.index = node.index.or(Some(*place));
            }
        }
        self.read
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

/// A field with an id.
fn id(fields: &mut Map<String, Value>, field: &str) -> Result<Option<Uuid>, String> {
    match fields.remove(field) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => match id_of(&value) {
            Some(id) => Ok(Some(id)),
            None => Err(format!("{field}: {value} is no id")),
        },
    }
}

/// An id, which may be a number as well.
fn id_of(value: &Value) -> Option<Uuid> {
    match value {
        Value::String(text) if !text.is_empty() => Some(as_id(text)),
        Value::Number(number) => Some(as_id(&number.to_string())),
        _ => None,
    }
}

fn text(fields: &mut Map<String, Value>, field: &str) -> Result<Option<String>, String> {
    match fields.remove(field) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(format!("{field}: it is no text")),
    }
}
