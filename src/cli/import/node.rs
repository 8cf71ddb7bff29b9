//! A node of a file.

use serde::Serialize;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::cli::output::say;

/// A node that is to be made.
#[derive(Debug)]
pub struct NewNode {
    /// Where it stands in the file, such as `line 7` or `nodes[5]`.
    pub at: String,
    /// Its id; one of another form in the file has become a UUID.
    pub id: Uuid,
    /// Its parent, in the file or in the session; None for a root.
    pub parent_id: Option<Uuid>,
    /// Its place among its siblings of the file; those without one come last.
    pub index: Option<u64>,
    /// Its type.
    pub blueprint_type_id: String,
    /// Its name.
    pub name: String,
    /// Its properties.
    pub properties: Map<String, Value>,
}

/// Something that could not be taken.
#[derive(Debug, Serialize)]
pub struct Refusal {
    /// Where it stands in the file.
    pub at: String,
    /// Why it could not be taken.
    pub message: String,
}

impl Refusal {
    /// Says it to people.
    pub fn show(&self) {
        say(format!("{}: {}", self.at, self.message));
    }
}

/// What a file has.
#[derive(Debug, Default)]
pub struct Read {
    /// The nodes.
    pub nodes: Vec<NewNode>,
    /// What is none, or not a whole one.
    pub refused: Vec<Refusal>,
}

impl Read {
    /// Notes something that could not be taken.
    pub fn refuse(&mut self, at: impl Into<String>, message: impl Into<String>) {
        self.refused.push(Refusal { at: at.into(), message: message.into() });
    }
}

/// The id as rollcall has it. One that is no UUID becomes the same UUID each time, so that links survive.
pub fn as_id(text: &str) -> Uuid {
    Uuid::parse_str(text).unwrap_or_else(|_| Uuid::new_v5(&Uuid::NAMESPACE_URL, text.as_bytes()))
}
