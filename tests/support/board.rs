//! A session whose content a test works on: its commands and its tree in short words.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::Api;

/// A node's id that the test chooses.
pub fn node_id(number: u32) -> String {
    format!("00000000-0000-7000-8000-{number:012x}")
}

/// The data of a CreateNode of the kind `task`.
pub fn new_node(number: u32, parent: Option<u32>) -> Value {
    json!({
        "blueprint_type_id": "task", "name": format!("n{number}"), "node_id": node_id(number),
        "parent_id": parent.map(node_id)
    })
}

pub fn command(command_type: &str, data: Value) -> Value {
    json!({"command_type": command_type, "data": data})
}

/// A session whose content a test works on.
#[derive(Clone)]
pub struct Board {
    pub api: Api,
    pub id: String,
}

impl Board {
    pub async fn new(api: Api) -> Self {
        let id = api.create(json!({})).await;
        Self { api, id }
    }

    /// The status and body of a request below the session.
    pub async fn call(&self, method: Method, path: &str, body: Value) -> (StatusCode, Value) {
        let body = (!body.is_null()).then_some(body);
        self.api.call(method, &format!("/sessions/{}{path}", self.id), body).await
    }

    pub async fn get(&self, path: &str) -> Value {
        self.api.get(&format!("/sessions/{}{path}", self.id)).await
    }

    /// A command that succeeds.
    pub async fn execute(&self, command_type: &str, data: Value) -> Value {
        let path = format!("/sessions/{}/commands", self.id);
        self.api.post(&path, command(command_type, data)).await
    }

    /// A command of a named client that succeeds.
    pub async fn execute_as(&self, client_id: &str, command_type: &str, data: Value) -> Value {
        let mut body = command(command_type, data);
        body["client_id"] = client_id.into();
        self.api.post(&format!("/sessions/{}/commands", self.id), body).await
    }

    pub async fn create(&self, number: u32, parent: Option<u32>) -> Value {
        self.execute("CreateNode", new_node(number, parent)).await
    }

    /// A command that is refused: its status, code and message.
    pub async fn refused(&self, command_type: &str, data: Value) -> (u16, String, String) {
        let body = command(command_type, data);
        refusal(self.call(Method::POST, "/commands", body).await)
    }

    /// `undo` or `redo`, which succeeds.
    pub async fn step(&self, undo_or_redo: &str, body: Value) -> Value {
        self.api.post(&format!("/sessions/{}/{undo_or_redo}", self.id), body).await
    }

    pub async fn undo(&self) -> Value {
        self.step("undo", json!({})).await
    }

    pub async fn redo(&self) -> Value {
        self.step("redo", json!({})).await
    }

    /// An undo or a redo that is refused.
    pub async fn no_step(&self, undo_or_redo: &str, body: Value) -> (u16, String, String) {
        refusal(self.call(Method::POST, &format!("/{undo_or_redo}"), body).await)
    }

    pub async fn roots(&self) -> Value {
        self.get("/graph/tree").await["roots"].take()
    }

    /// The tree as names: `a(b c(d)) e`.
    pub async fn outline(&self) -> String {
        outline(&self.roots().await)
    }

    /// Everything that a change could have touched.
    pub async fn snapshot(&self) -> Value {
        let session = self.get("").await;
        json!([
            self.get("/graph").await,
            self.get("/commands").await,
            session["node_count"],
            session["seq"],
            session["revision"]
        ])
    }
}

/// The status, code and message of a failure.
pub fn refusal((status, body): (StatusCode, Value)) -> (u16, String, String) {
    let error = &body["error"];
    let text = |key: &str| error[key].as_str().unwrap_or_else(|| panic!("{body}")).to_owned();
    (status.as_u16(), text("code"), text("message"))
}

pub fn outline(nodes: &Value) -> String {
    let names = nodes.as_array().unwrap().iter().map(|node| {
        let name = node["name"].as_str().unwrap();
        match outline(&node["children"]) {
            below if below.is_empty() => name.to_owned(),
            below => format!("{name}({below})"),
        }
    });
    names.collect::<Vec<_>>().join(" ")
}
