//! The settings of a running server and where each comes from, and the filter of its log.

use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{Binary, code, rollcall};

fn setting<'a>(report: &'a Value, name: &str) -> &'a Value {
    let settings = report["settings"].as_array().unwrap();
    settings.iter().find(|setting| setting["name"] == name).unwrap()
}

#[tokio::test]
async fn settings_say_where_each_comes_from() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("rollcall.toml");
    let token = folder.path().join("token");
    std::fs::write(&token, "0123456789abcdef0123456789abcdef").unwrap();
    let text =
        "body_limit = 3000\nping_timeout = '1m 5s'\nmax_inactive_hours = 1.5\naccess_log = true\n";
    std::fs::write(&file, format!("{text}admin_token_file = {token:?}\n")).unwrap();
    let mut command = rollcall();
    command.env("ROLLCALL_MAX_CLIENTS", "77").env("ROLLCALL_BODY_LIMIT", "4000");
    let flags = ["--config", file.to_str().unwrap(), "--body-limit=5000", "--drain-timeout", "3s"];
    let server = Binary::launch(command, TempDir::new().unwrap(), &flags).await;
    let api = server.api().with_token("0123456789abcdef0123456789abcdef");
    let report = api.get("/admin/settings").await;
    assert_eq!(report["config_file"], json!(file));
    assert_eq!(report["log_filter"], "info");
    for (name, value, source) in [
        ("listen", json!("127.0.0.1:0"), "flag"),
        ("body_limit", json!("5000"), "flag"),
        ("drain_timeout", json!("3s"), "flag"),
        ("max_clients", json!("77"), "environment"),
        ("ping_timeout", json!("1m 5s"), "file"),
        ("max_inactive_hours", json!("1.5"), "file"),
        ("access_log", json!("true"), "file"),
        ("admin_token_file", json!(token), "file"),
        ("ping_interval", json!("20s"), "default"),
        ("cleanup_interval", json!("10m"), "default"),
        ("max_connections_per_address", json!("1000"), "default"),
        ("allowed_hosts", Value::Null, "default"),
        ("join_key_file", Value::Null, "default"),
    ] {
        let setting = setting(&report, name);
        assert_eq!((&setting["value"], &setting["source"]), (&value, &json!(source)), "{name}");
    }
    let ping = setting(&report, "ping_interval");
    assert_eq!(ping["group"], "Live connections");
    assert_eq!(ping["help"], "How long a client may be silent before it is sent a ping");
    // Files of secrets are named, never read.
    assert!(!report.to_string().contains("0123456789abcdef"));
}

#[tokio::test]
async fn log_filter_is_changed_while_the_server_runs() {
    let server = Binary::start(&["--log-filter", "off"]).await;
    let api = server.api();
    let set = async |filter: &str| {
        api.call(Method::PUT, "/admin/log_filter", Some(json!({"log_filter": filter}))).await
    };
    let before = server.log();
    let (status, answer) = set("rollcall=loud").await;
    assert_eq!((status.as_u16(), &*code(&answer)), (400, "INVALID_REQUEST"));
    let message = answer["error"]["message"].as_str().unwrap();
    assert!(message.contains("log_filter") && message.contains("rollcall=loud"), "{message}");
    assert_eq!(api.get("/admin/settings").await["log_filter"], "off");
    assert_eq!(server.log(), before);
    let (status, answer) = set("rollcall=debug").await;
    assert_eq!((status.as_u16(), answer), (200, json!({"log_filter": "rollcall=debug"})));
    assert!(server.log().contains("log filter changed"), "{}", server.log());
    let report = api.get("/admin/settings").await;
    assert_eq!(report["log_filter"], "rollcall=debug");
    // What the server was started with is as it was.
    assert_eq!(setting(&report, "log_filter")["value"], "off");
}

#[tokio::test]
async fn log_filter_of_a_signal_is_the_one_in_force() {
    let server = Binary::start(&["--log-filter", "error"]).await;
    let api = server.api();
    let body = json!({"log_filter": "info"});
    assert_eq!(api.call(Method::PUT, "/admin/log_filter", Some(body)).await.0, 200);
    server.signal("HUP").await;
    crate::support::eventually("the filter is that of the settings", || async {
        api.get("/admin/settings").await["log_filter"] == "error"
    })
    .await;
}
