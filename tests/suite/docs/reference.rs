//! The pages of reference have the routes, the commands and the events of the OpenAPI document, and no others.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::markdown::read;

/// The first and the second cell of each row of a page's tables.
fn rows(page: &str) -> Vec<(String, String)> {
    let rows = page.lines().filter(|line| line.starts_with('|'));
    rows.map(|row| {
        let mut cells = row.split('|').skip(1).map(|cell| cell.trim().to_owned());
        (cells.next().unwrap(), cells.next().unwrap())
    })
    .collect()
}

/// What stands in a text as code.
fn codes(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// A route without the names of its parameters, if the text is one.
fn route(code: &str) -> Option<String> {
    let (method, path) = code.split_once(' ')?;
    let is_method = ["GET", "POST", "PUT", "PATCH", "DELETE"].contains(&method);
    let path = path.split(['?', ' ']).next()?;
    let path = path.strip_prefix("/api/v1").unwrap_or(path);
    let parts = path.split('/').map(|part| if part.starts_with('{') { "{}" } else { part });
    (is_method && path.starts_with('/'))
        .then(|| format!("{method} {}", parts.collect::<Vec<_>>().join("/")))
}

/// The fields of an object of the OpenAPI document.
fn properties(schema: &Value) -> BTreeSet<String> {
    schema["properties"].as_object().unwrap().keys().cloned().collect()
}

#[test]
fn every_route_is_in_a_page_and_every_route_of_a_table_exists() {
    let mut existing: BTreeSet<String> = BTreeSet::new();
    for (path, item) in rollcall::http::openapi()["paths"].as_object().unwrap() {
        let methods = item.as_object().unwrap().keys();
        existing.extend(
            methods.map(|method| route(&format!("{} {path}", method.to_uppercase())).unwrap()),
        );
    }
    let pages =
        ["rest", "webhooks", "sse", "websocket", "backup"].map(|name| format!("docs/{name}.md"));
    let (mut named, mut listed) = (BTreeSet::new(), BTreeSet::new());
    for page in pages.map(|page| read(&page)) {
        named.extend(codes(&page).filter_map(route));
        listed.extend(rows(&page).iter().flat_map(|row| codes(&row.0)).filter_map(route));
    }
    let missing: Vec<&String> = existing.difference(&named).collect();
    assert!(missing.is_empty(), "in no page: {missing:?}");
    // The OpenAPI document has what is below /api/v1.
    listed.remove("GET /metrics");
    let unknown: Vec<&String> = listed.difference(&existing).collect();
    assert!(unknown.is_empty() && listed.len() > 30, "not routes: {unknown:?} of {listed:?}");
}

#[test]
fn events_page_has_every_event_with_its_fields() {
    let schemas = &rollcall::http::openapi()["components"]["schemas"];
    let mut existing: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for (event, schema) in schemas["Event"]["discriminator"]["mapping"].as_object().unwrap() {
        let mut fields = properties(&schemas[schema.as_str().unwrap().rsplit('/').next().unwrap()]);
        // The page says once what all events have.
        fields.retain(|field| !["event", "session_id", "seq", "timestamp"].contains(&&**field));
        if event.starts_with("node-") || event.starts_with("property-") {
            fields.retain(|field| !["command_id", "client_id"].contains(&&**field));
        }
        existing.insert(event, fields);
    }
    let page = read("docs/events.md");
    let rows = rows(&page);
    let mut shown: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for (events, fields) in rows.iter().filter(|row| row.0.starts_with('`')) {
        let fields = match fields.starts_with('`') {
            true => codes(fields).next().unwrap().split(", ").map(str::to_owned).collect(),
            false => BTreeSet::new(),
        };
        shown.extend(codes(events).map(|event| (event, fields.clone())));
    }
    assert_eq!(shown, existing);
}

#[test]
fn commands_page_has_every_command_with_its_data() {
    let schemas = &rollcall::http::openapi()["components"]["schemas"];
    let page = read("docs/commands.md");
    let rows = rows(&page);
    let shown: BTreeMap<&str, &str> = rows
        .iter()
        .filter(|row| row.0.starts_with('`'))
        .map(|row| (row.0.trim_matches('`'), codes(&row.1).next().unwrap()))
        .collect();
    let names = shown.keys().copied().filter(|name| *name != "Batch").collect::<BTreeSet<_>>();
    let existing = rollcall::model::Command::NAMES.into_iter().filter(|name| *name != "Batch");
    assert_eq!(names, existing.collect());
    for name in names {
        let schema = &schemas[name];
        let required = schema["required"].as_array().unwrap();
        let is_required = |field: &String| required.iter().any(|name| name == field.as_str());
        let fields = properties(schema).into_iter().map(|field| match is_required(&field) {
            true => field,
            false => field + "?",
        });
        let data = shown[name].trim_matches(['{', '}']).split(", ").map(str::to_owned);
        assert_eq!(data.collect::<BTreeSet<_>>(), fields.collect(), "{name}");
    }
}
