//! Random calls of random callers: what is refused has changed nothing.

use proptest::prelude::*;
use reqwest::Method;
use serde_json::{Value, json};

use super::join_tokens::{JOIN_KEY, claims, signed};
use super::{Guarded, secret_file};
use crate::support::{Api, cases};

/// The callers, from those that may do nothing to those that may do much.
const CALLERS: usize = 6;

/// The calls, without the deletion of a session: what it leaves is purged in the background.
const CALLS: usize = 13;

async fn callers(guarded: &Guarded, id: &str) -> Vec<Api> {
    let api = guarded.anonymous();
    vec![
        api.clone(),
        api.with_token("rct_aaaaaaaa_wrong"),
        api.with_token(&signed(JOIN_KEY, &claims(id, "viewer"))),
        api.with_token(&signed(JOIN_KEY, &claims(id, "editor"))),
        api.with_token(&guarded.token("read").await),
        api.with_token(&guarded.project_token("admin", "mine").await),
    ]
}

/// A call with a body that would be right.
fn calls(id: &str) -> [(Method, String, Option<Value>); CALLS] {
    let node = json!({"command_type": "CreateNode", "data": {"blueprint_type_id": "x"}});
    let mut addressed = node.clone();
    addressed["session_id"] = json!(id);
    let of = |path: &str| format!("/sessions/{id}{path}");
    [
        (Method::POST, "/sessions".to_owned(), Some(json!({"project_id": "theirs"}))),
        (Method::PATCH, of(""), Some(json!({"name": "new"}))),
        (Method::PATCH, of(""), Some(json!({"project_id": "other"}))),
        (Method::POST, of("/touch"), None),
        (Method::POST, of("/commands"), Some(node)),
        (Method::POST, "/commands/execute".to_owned(), Some(addressed)),
        (Method::POST, of("/undo"), None),
        (Method::POST, of("/redo"), None),
        (Method::PUT, of("/graph"), Some(json!({"nodes": []}))),
        (Method::POST, of("/tokens"), Some(json!({"role": "editor"}))),
        (Method::POST, "/sessions/cleanup".to_owned(), Some(json!({"max_inactive_hours": 0}))),
        (Method::POST, "/tokens".to_owned(), Some(json!({"name": "x", "scope": "admin"}))),
        (Method::GET, of("/graph"), None),
    ]
}

fn play(steps: Vec<(usize, usize, usize)>) -> Result<(), TestCaseError> {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let folder = tempfile::TempDir::new().unwrap();
        let key = secret_file(&folder, "key", JOIN_KEY).display().to_string();
        let guarded = Guarded::with(&["--join-key-file", &key]).await;
        let mut sessions = Vec::new();
        for project in ["theirs", "mine"] {
            sessions.push(guarded.admin().create(json!({"project_id": project})).await);
        }
        let callers = callers(&guarded, &sessions[0]).await;
        for (caller, session, call) in steps {
            let calls = calls(&sessions[session]);
            let (method, path, body) = calls[call].clone();
            let before = guarded.dump().await;
            let (status, answer) = callers[caller].call(method.clone(), &path, body).await;
            if matches!(status.as_u16(), 401 | 403 | 404) {
                let after = guarded.dump().await;
                prop_assert_eq!(before, after, "{} {} by {}: {}", method, path, caller, answer);
            }
        }
        Ok(())
    })
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: cases(6),
        max_shrink_iters: 20,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn refused_calls_change_nothing(
        steps in prop::collection::vec((0..CALLERS, 0..2_usize, 0..CALLS), 1..30)
    ) {
        play(steps)?;
    }
}
