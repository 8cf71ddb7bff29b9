//! What is printed for people: webhooks and their messages.

use serde_json::Value;

use crate::cli::table::{Table, fields, text, time};

/// The table of all webhooks.
pub fn webhooks(answer: &Value) -> Vec<String> {
    let mut table = Table::new(["WEBHOOK ID", "STATE", "WAITING", "TYPES", "PROJECT", "URL"]);
    for webhook in answer["webhooks"].as_array().into_iter().flatten() {
        table.add([
            text(&webhook["endpoint_id"]),
            state(webhook),
            text(&webhook["pending"]),
            types(webhook),
            text(&webhook["project_id"]),
            text(&webhook["url"]),
        ]);
    }
    table.lines()
}

/// One webhook, with its secret if it is there.
pub fn webhook(webhook: &Value) -> Vec<String> {
    let mut list = vec![
        ("webhook id", text(&webhook["endpoint_id"])),
        ("url", text(&webhook["url"])),
        ("state", state(webhook)),
        ("types", types(webhook)),
        ("project", text(&webhook["project_id"])),
        ("created", time(&webhook["created_at"])),
        ("waiting", text(&webhook["pending"])),
    ];
    if webhook.get("secret").is_some() {
        list.push(("secret", text(&webhook["secret"])));
    }
    fields(&list)
}

fn state(webhook: &Value) -> String {
    match (&webhook["enabled"], &webhook["failing_since"]) {
        (Value::Bool(false), _) => {
            format!(
                "off ({} at {})",
                text(&webhook["disabled_reason"]),
                time(&webhook["disabled_at"])
            )
        }
        (_, Value::Null) => "on".to_owned(),
        (_, since) => format!("failing since {}", time(since)),
    }
}

fn types(webhook: &Value) -> String {
    if webhook["types"].is_null() { "all".to_owned() } else { text(&webhook["types"]) }
}

/// The table of a page of messages.
pub fn deliveries(page: &Value) -> Vec<String> {
    let head =
        ["MESSAGE ID", "TYPE", "TIME", "STATE", "ATTEMPTS", "STATUS", "NEXT ATTEMPT", "ERROR"];
    let mut table = Table::new(head);
    for delivery in page["deliveries"].as_array().into_iter().flatten() {
        table.add([
            text(&delivery["message_id"]),
            text(&delivery["type"]),
            time(&delivery["timestamp"]),
            text(&delivery["state"]),
            text(&delivery["attempts"]),
            text(&delivery["last_status"]),
            time(&delivery["next_attempt_at"]),
            text(&delivery["last_error"]),
        ]);
    }
    table.lines()
}

/// The id of a message.
pub fn message(answer: &Value) -> Vec<String> {
    vec![text(&answer["message_id"])]
}
