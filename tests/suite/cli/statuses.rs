//! Exit statuses, and what the commands say when something is wrong.

use std::net::{SocketAddr, TcpListener};

use reqwest::Method;
use serde_json::json;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::{Ended, command, ended, run, run_with_token};
use crate::access::{ADMIN, Guarded, secret_file};
use crate::support::raw::Raw;
use crate::support::{Server, rollcall};

const MISSING: &str = "00000000-0000-7000-8000-000000000001";

/// Fails unless it ended with this status and one sentence that has the words.
fn assert_failed(ended: &Ended, status: i32, words: &[&str]) {
    assert_eq!((ended.status, ended.out.as_str()), (status, ""), "{ended:?}");
    assert!(words.iter().all(|word| ended.err.contains(word)), "{words:?}: {}", ended.err);
    assert!(ended.err.starts_with("rollcall: ") && ended.err.lines().count() == 1, "{}", ended.err);
}

/// The address of a server that gives one answer to one request.
async fn answering(status: &str, body: &str) -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let length = body.len();
    let head = format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n");
    let answer = format!("{head}\r\n{body}");
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.read_buf(&mut Vec::with_capacity(4096)).await.unwrap();
        stream.write_all(answer.as_bytes()).await.unwrap();
        // Until the caller has closed: what it has not sent yet would reset the connection.
        let _ = stream.read_to_end(&mut Vec::new()).await;
    });
    addr
}

#[tokio::test]
async fn what_does_not_exist_is_status_3() {
    let server = Server::start().await;
    let id = server.api().create(json!({})).await;
    server.api().call(Method::DELETE, &format!("/sessions/{id}"), None).await;
    for (arguments, code) in [
        (vec!["sessions", "show", MISSING], "(SESSION_NOT_FOUND)"),
        (vec!["sessions", "show", &id], "(SESSION_REMOVED)"),
        (vec!["sessions", "watch", MISSING], "(SESSION_NOT_FOUND)"),
        (vec!["sessions", "watch", &id], "(SESSION_REMOVED)"),
        (vec!["join-token", MISSING, "--role", "viewer"], "(SESSION_NOT_FOUND)"),
        (vec!["webhook", "show", MISSING], "(WEBHOOK_NOT_FOUND)"),
        (vec!["webhook", "deliveries", MISSING], "(WEBHOOK_NOT_FOUND)"),
        (vec!["webhook", "disable", MISSING], "(WEBHOOK_NOT_FOUND)"),
        (vec!["webhook", "update", MISSING, "--all-types"], "(WEBHOOK_NOT_FOUND)"),
    ] {
        assert_failed(&run(server.addr, &arguments).await, 3, &[code]);
    }
}

#[tokio::test]
async fn wrong_arguments_are_status_2() {
    let server = Server::start().await;
    for (arguments, named) in [
        (vec!["sessions", "show", "../tokens"], "../tokens"),
        (vec!["sessions", "remove"], "<ID>"),
        (vec!["sessions", "list", "--idle-hours", "-1"], "-1"),
        (vec!["sessions", "list", "--order", "size"], "size"),
        (vec!["sessions", "list", "--token", "secret"], "--token"),
        (vec!["sessions", "watch", "--since", "3"], "<ID>"),
        (vec!["join-token", MISSING, "--role", "admin"], "admin"),
        (vec!["join-token", MISSING, "--role", "viewer", "--ttl", "soon"], "soon"),
        (vec!["join-token", MISSING, "--role", "viewer", "--user", "{"], "JSON"),
        (vec!["webhook", "replay", MISSING, "--since", "yesterday"], "yesterday"),
        (vec!["webhook", "update", MISSING], "--all-projects"),
        (vec!["webhook", "update", MISSING, "--all-types", "--type", "client.left"], "--type"),
        (vec!["webhook", "update", MISSING, "--all-projects", "--project", "p"], "--project"),
        (vec!["sessions", "list", "--server", "localhost:5000"], "http://127.0.0.1:5000"),
    ] {
        let failed = run(server.addr, &arguments).await;
        assert_eq!((failed.status, failed.out.as_str()), (2, ""), "{arguments:?}: {failed:?}");
        assert!(failed.err.contains(named), "{arguments:?}: {}", failed.err);
    }
    let mut command = rollcall();
    command.args(["sessions", "list"]).env("ROLLCALL_SERVER", "nowhere");
    let failed = ended(command).await;
    assert_eq!(failed.status, 2);
    assert!(failed.err.contains("environment variable ROLLCALL_SERVER"), "{}", failed.err);
}

#[tokio::test]
async fn what_the_server_refuses_is_status_1_with_its_message_and_code() {
    let server = Server::start().await;
    let failed = run(server.addr, &["webhook", "create", "http://127.0.0.1/"]).await;
    assert_failed(&failed, 1, &["url: ", "not public", "(INVALID_REQUEST)"]);
}

#[tokio::test]
async fn conflict_is_status_5_with_the_message_and_code_of_the_server() {
    // No command runs into one today, so a server is played that knows one.
    for (status, code) in
        [("409 Conflict", "SESSION_EXISTS"), ("412 Precondition Failed", "REVISION_MISMATCH")]
    {
        let body = json!({"error": {"code": code, "message": "Somebody was faster."}});
        let addr = answering(status, &body.to_string()).await;
        let failed = run(addr, &["webhook", "test", MISSING]).await;
        assert_failed(&failed, 5, &["Somebody was faster.", code]);
    }
}

#[tokio::test]
async fn without_the_right_token_it_is_status_4() {
    let guarded = Guarded::start().await;
    let (addr, list) = (guarded.server.addr, ["sessions", "list"]);
    assert_failed(
        &run(addr, &list).await,
        4,
        &["(UNAUTHORIZED)", "ROLLCALL_TOKEN", "--token-file"],
    );
    assert_failed(&run_with_token(addr, "wrong", &list).await, 4, &["(UNAUTHORIZED)"]);
    let reader = guarded.token("read").await;
    run_with_token(addr, &reader, &list).await.out();
    let clean = ["sessions", "cleanup", "--yes"];
    assert_failed(&run_with_token(addr, &reader, &clean).await, 4, &["(FORBIDDEN)"]);
    assert_failed(&run_with_token(addr, &reader, &["webhook", "list"]).await, 4, &["(FORBIDDEN)"]);
    assert_failed(&run(addr, &["sessions", "watch"]).await, 4, &["(UNAUTHORIZED)"]);

    // A file goes before the variable.
    let folder = TempDir::new().unwrap();
    let file = secret_file(&folder, "token", &format!("{ADMIN}\n")).display().to_string();
    let with_file = [&clean[..], &["--token-file", &file]].concat();
    assert_eq!(run_with_token(addr, "wrong", &with_file).await.status, 0);
    let missing = run(addr, &["sessions", "list", "--token-file", "/no/such/file"]).await;
    assert_failed(&missing, 1, &["/no/such/file"]);
}

#[tokio::test]
async fn server_that_does_not_answer_is_named() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let sentence = format!(
        "rollcall: No server answers at http://{closed}. Start one with `rollcall`, or name another \
         with --server.\n"
    );
    for arguments in [vec!["sessions", "list"], vec!["sessions", "watch"]] {
        let failed = run(closed, &arguments).await;
        assert_failed(&failed, 1, &[]);
        assert_eq!(failed.err, sentence);
    }
    // The address of the settings, as the server takes it.
    let mut command = rollcall();
    command.args(["sessions", "list"]).env("ROLLCALL_LISTEN", closed.to_string());
    assert_eq!(ended(command).await.err, sentence);
    let name = ["sessions", "list", "--server", "http://no-such-host.invalid/"];
    assert_failed(&run(closed, &name).await, 1, &["no-such-host.invalid"]);
}

#[tokio::test]
async fn server_that_is_another_one_is_not_believed() {
    // A proxy of it, at a path of which the server knows nothing.
    let server = Server::start().await;
    let path = format!("http://{}/elsewhere", server.addr);
    let failed = run(server.addr, &["sessions", "list", "--server", &path]).await;
    assert_failed(&failed, 3, &["(NOT_FOUND)"]);
    let addr = answering("200 OK", "<html>").await;
    assert_failed(&run(addr, &["sessions", "list"]).await, 1, &["is no rollcall server"]);
}

#[tokio::test]
async fn closed_pipe_ends_a_command_silently() {
    let server = Server::start().await;
    for _ in 0..300 {
        server.api().create(json!({"name": "x".repeat(1000)})).await;
    }
    let mut command = command(server.addr, &["sessions", "list"]);
    let mut child = command.spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().await.unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
}

#[tokio::test]
async fn variables_of_the_commands_do_not_keep_the_server_from_starting() {
    let mut command = rollcall();
    command.env("ROLLCALL_SERVER", "http://127.0.0.1:1").env("ROLLCALL_TOKEN", "x");
    let settings = ["--cleanup-interval", "off"];
    let server = crate::support::Binary::launch(command, TempDir::new().unwrap(), &settings).await;
    Raw::connect(server.addr).await;
}
