//! `rollcall import`.

use std::path::PathBuf;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::{Ended, run};
use crate::support::Server;
use crate::support::board::node_id;

fn file(folder: &TempDir, name: &str, text: &str) -> String {
    let path: PathBuf = folder.path().join(name);
    std::fs::write(&path, text).unwrap();
    path.display().to_string()
}

/// The tree of a session as names, each with those of its children.
async fn names(server: &Server, session_id: &str) -> Value {
    fn of(nodes: &Value) -> Value {
        let nodes = nodes.as_array().unwrap().iter();
        nodes.map(|node| json!([node["name"], of(&node["children"])])).collect()
    }
    of(&server.api().get(&format!("/sessions/{session_id}/graph/tree")).await["roots"])
}

fn session_of(ended: Ended) -> String {
    assert_eq!(ended.status, 0, "{ended:?}");
    ended.out.trim().to_owned()
}

#[tokio::test]
async fn import_takes_what_the_api_returns() {
    let server = Server::start().await;
    let api = server.api();
    let folder = TempDir::new().unwrap();
    let (one, two, three) = (node_id(1), node_id(2), node_id(3));
    let node = |id: &str, parent: Value, name: &str, index: u32| {
        json!({"id": id, "parent_id": parent, "blueprint_type_id": "t", "name": name, "index": index,
               "properties": {"done": false}})
    };
    // Children may stand before their parents.
    let nodes = [
        node(&three, json!(one), "three", 1),
        node(&two, json!(one), "two", 0),
        node(&one, Value::Null, "one", 0),
    ];
    let flat = file(&folder, "flat.json", &json!({"nodes": nodes}).to_string());
    let id = session_of(run(server.addr, &["import", &flat, "--new", "--name", "Board"]).await);
    let tree = json!([["one", [["two", []], ["three", []]]]]);
    assert_eq!(names(&server, &id).await, tree);
    assert_eq!(api.get(&format!("/sessions/{id}")).await["name"], "Board");

    for path in ["graph", "graph/tree"] {
        let content = api.get(&format!("/sessions/{id}/{path}")).await;
        let copy = file(&folder, "copy.json", &content.to_string());
        let copied = session_of(run(server.addr, &["import", &copy, "--new"]).await);
        assert_eq!(names(&server, &copied).await, tree, "{path}");
        let graph = |id: &str| format!("/sessions/{id}/graph");
        assert_eq!(api.get(&graph(&copied)).await["nodes"], api.get(&graph(&id)).await["nodes"]);
    }
}

#[tokio::test]
async fn import_takes_a_dictionary_as_it_was_saved() {
    let server = Server::start().await;
    let folder = TempDir::new().unwrap();
    let node = |name: &str, children: Value| json!({"blueprint_type_id": "t", "name": name, "children": children});
    let nodes = json!({
        "b": node("two", json!([])),
        "a": node("one", json!(["c", "b"])),
        "c": {"id": "c", "parent_id": "a", "blueprint_type_id": "t", "name": "three"},
        "d": {"name": "No type"},
        "e": "no node",
    });
    let saved = file(&folder, "saved.json", &json!({"nodes": nodes}).to_string());
    let ended = run(server.addr, &["import", &saved, "--new"]).await;
    assert_eq!(ended.status, 1, "{ended:?}");
    let expected = [
        "nodes[\"d\"]: it has no blueprint_type_id",
        "nodes[\"e\"]: it is no object",
        "Imported 3 nodes of 5 into the session.",
    ];
    let said: Vec<&str> = ended.err.lines().collect();
    assert_eq!(said, expected);
    let tree = json!([["one", [["three", []], ["two", []]]]]);
    assert_eq!(names(&server, ended.out.trim()).await, tree);
}

#[tokio::test]
async fn import_takes_csv_and_gives_old_ids_the_same_uuid_each_time() {
    let server = Server::start().await;
    let api = server.api();
    let folder = TempDir::new().unwrap();
    let text = "\u{feff}id,parent_id,name,blueprint_type_id,color,points,due\r\n\
                board-17,,\"Sprint, one\",board,red,3,\r\n\
                8,board-17,Card,card,\"a \"\"b\"\"\",1.5,007\r\n";
    let csv = file(&folder, "nodes.csv", text);
    let id = session_of(run(server.addr, &["import", &csv, "--new"]).await);
    let nodes = api.get(&format!("/sessions/{id}/graph")).await["nodes"].clone();
    let node = |name: &str| nodes.as_array().unwrap().iter().find(|it| it["name"] == name).unwrap();
    let (board, card) = (node("Sprint, one"), node("Card"));
    // As in docs/migrating.md.
    assert_eq!(board["id"], "60105635-f813-589e-8b82-34f7577ecd45");
    assert_eq!(board["properties"], json!({"color": "red", "points": 3}));
    assert_eq!(card["parent_id"], board["id"]);
    assert_eq!(card["properties"], json!({"color": "a \"b\"", "points": 1.5, "due": "007"}));

    // Into a session that exists, below a node of it.
    let more =
        file(&folder, "more", "name,blueprint_type_id,parent_id\nNew,card,board-17\nTop,card,\n");
    let arguments = ["import", &more, "--session", &id, "--format", "csv"];
    assert_eq!(session_of(run(server.addr, &arguments).await), id);
    let expected = json!([["Sprint, one", [["Card", []], ["New", []]]], ["Top", []]]);
    assert_eq!(names(&server, &id).await, expected);
}

#[tokio::test]
async fn import_says_line_by_line_what_it_could_not_take() {
    let server = Server::with(&["--cleanup-interval", "off", "--max-name-bytes", "10"]).await;
    let folder = TempDir::new().unwrap();
    let text = "id,parent_id,name,blueprint_type_id\n\
                a,,one,t\nb,a,two,\nc,a\na,,again,t\nd,a,a name that is too long,t\ne,d,below,t\n\
                f,g,x,t\ng,f,y,t\nh,a,good,t\ni,nobody,z,t\n";
    let csv = file(&folder, "nodes.csv", text);
    let ended = run(server.addr, &["import", &csv, "--new"]).await;
    assert_eq!(ended.status, 1, "{ended:?}");
    for (line, part) in [
        (3, "blueprint_type_id"),
        (4, "2 cells"),
        (5, "line 2 has the same id"),
        (6, "name"),
        (7, "its parent was not taken"),
        (8, "circle"),
        (9, "circle"),
        (11, "parent"),
    ] {
        let begin = format!("line {line}: ");
        let found = ended.err.lines().find(|it| it.starts_with(&begin));
        assert!(found.is_some_and(|it| it.contains(part)), "{begin}{part}: {ended:?}");
    }
    assert!(ended.err.contains("Imported 2 nodes of 10"), "{ended:?}");
    assert_eq!(names(&server, ended.out.trim()).await, json!([["one", [["good", []]]]]));

    let list = json!([1, {"blueprint_type_id": "t", "name": 5}, {"blueprint_type_id": "t", "color": "red",
                      "children": [{"name": "no type"}]}]);
    let list = file(&folder, "list.json", &list.to_string());
    let report = run(server.addr, &["import", &list, "--new", "--json"]).await;
    assert_eq!(report.status, 1, "{report:?}");
    let out: Value = serde_json::from_str(&report.out).unwrap();
    let places: Vec<&Value> =
        out["refused"].as_array().unwrap().iter().map(|it| &it["at"]).collect();
    assert_eq!(places, ["[0]", "[1]", "[2].color", "[2].children[0]"]);
    assert_eq!(out["nodes"], 1);
}

#[tokio::test]
async fn strict_import_sends_nothing_that_is_incomplete() {
    let server = Server::start().await;
    let folder = TempDir::new().unwrap();
    let csv = file(&folder, "nodes.csv", "name,blueprint_type_id\none,t\ntwo,\n");
    let ended = run(server.addr, &["import", &csv, "--new", "--strict"]).await;
    assert_eq!(ended.status, 1, "{ended:?}");
    assert!(ended.err.contains("line 3: ") && ended.err.contains("nothing was sent"), "{ended:?}");
    assert_eq!(server.api().get("/sessions").await["total"], 0);
    for (name, text, part) in [
        ("nodes.csv", "name,color\n", "no column blueprint_type_id"),
        ("nodes.json", "{", "no JSON"),
        ("nodes.json", "{}", "neither"),
        ("nodes.txt", "", "--format"),
    ] {
        let file = file(&folder, name, text);
        let ended = run(server.addr, &["import", &file, "--new"]).await;
        assert!(ended.status == 1 && ended.err.contains(part), "{part}: {ended:?}");
    }
    assert_eq!(run(server.addr, &["import", &csv]).await.status, 2);
    std::fs::write(&csv, "blueprint_type_id\nt\n").unwrap();
    assert_eq!(run(server.addr, &["import", &csv, "--session", &node_id(9)]).await.status, 3);
}

#[tokio::test]
async fn import_of_many_nodes_goes_in_batches_that_fit() {
    // Batches of 500 are too many for this server, and their bodies are too large.
    let settings = ["--cleanup-interval", "off", "--max-batch", "100", "--body-limit", "20000"];
    let server = Server::with(&settings).await;
    let folder = TempDir::new().unwrap();
    let lines: String = (0..1200).map(|number| format!("t,node {number}\n")).collect();
    let csv = file(&folder, "nodes.csv", &format!("blueprint_type_id,name\n{lines}"));
    let id = session_of(run(server.addr, &["import", &csv, "--new"]).await);
    let roots = names(&server, &id).await;
    let names: Vec<String> =
        roots.as_array().unwrap().iter().map(|it| it[0].as_str().unwrap().to_owned()).collect();
    assert_eq!(names, (0..1200).map(|number| format!("node {number}")).collect::<Vec<_>>());
}
