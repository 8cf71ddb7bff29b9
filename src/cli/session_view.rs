//! Sessions as people see them: in a table, or one with all that is known of it.

use rollcall::model::SessionId;
use serde_json::Value;

use super::server::{Answer, Server};
use super::table::{Table, fields, text, time};

/// A row for each session of a list.
pub fn table(sessions: &Value) -> Table {
    let head = ["SESSION ID", "CLIENTS", "NODES", "LAST ACTIVITY", "PINNED", "PROJECT", "NAME"];
    let mut table = Table::new(head);
    for session in sessions.as_array().into_iter().flatten() {
        table.add([
            text(&session["session_id"]),
            text(&session["active_clients"]),
            text(&session["node_count"]),
            time(&session["last_activity"]),
            text(&session["pinned"]),
            text(&session["project_id"]),
            text(&session["name"]),
        ]);
    }
    table
}

/// A session with its clients and its cleanup status, as one document.
pub async fn overview(server: &Server, id: SessionId) -> anyhow::Result<Answer> {
    let id = id.to_string();
    let mut json = server.get(&["sessions", &id, "info"], &[]).await?.json;
    json["cleanup"] = server.get(&["sessions", &id, "cleanup"], &[]).await?.json;
    json["clients"] = server.get(&["sessions", &id, "clients"], &[]).await?.json["clients"].take();
    Ok(Answer { text: json.to_string(), json })
}

/// An overview for people.
pub fn overview_lines(session: &Value) -> Vec<String> {
    let cleanup = &session["cleanup"];
    let reasons = cleanup["reasons"].as_array().into_iter().flatten().map(text);
    let stays = match (&cleanup["removable"], &cleanup["removable_at"]) {
        (Value::Bool(true), _) => "the next cleanup removes it".to_owned(),
        (_, Value::Null) => format!("it stays: {}", reasons.collect::<Vec<_>>().join(", ")),
        (_, at) => format!("it stays until {} if nothing happens in it", time(at)),
    };
    let steps = match (&session["undo_available"], &session["redo_available"]) {
        (Value::Bool(true), Value::Bool(true)) => "undo, redo",
        (Value::Bool(true), _) => "undo",
        (_, Value::Bool(true)) => "redo",
        _ => "-",
    };
    let mut lines = fields(&[
        ("session id", text(&session["session_id"])),
        ("name", text(&session["name"])),
        ("project", text(&session["project_id"])),
        ("created", time(&session["created_at"])),
        ("last activity", time(&session["last_activity"])),
        ("cleanup", stays),
        ("nodes", text(&session["node_count"])),
        ("revision", text(&session["revision"])),
        ("seq", text(&session["seq"])),
        ("possible", steps.to_owned()),
        ("attributes", text(&session["attributes"])),
        ("clients", text(&session["active_clients"])),
    ]);
    let clients = session["clients"].as_array().map(Vec::as_slice).unwrap_or_default();
    if !clients.is_empty() {
        let mut table = Table::new(["CLIENT ID", "TRANSPORT", "CONNECTED", "USER"]);
        for client in clients {
            table.add([
                text(&client["client_id"]),
                text(&client["transport"]),
                time(&client["connected_at"]),
                text(&client["user"]),
            ]);
        }
        lines.push(String::new());
        lines.extend(table.lines());
    }
    lines
}
