//! Who may do what: tokens, and what is refused without them.

use std::path::PathBuf;

use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{Api, Server};

mod join_tokens;
mod live;
mod logins;
mod property;
mod rate_limits;
mod reload;
mod routes;
mod service_tokens;
mod socketio;
mod start;
mod token_command;

/// The token of the tests' operator.
pub const ADMIN: &str = "the-admin-token-of-the-tests-0123456789";

/// A server with an admin token.
pub struct Guarded {
    pub server: Server,
    /// The files with its secrets, as long as it may start again.
    _folder: TempDir,
}

impl Guarded {
    pub async fn start() -> Self {
        Self::with(&[]).await
    }

    /// With these settings as well.
    pub async fn with(settings: &[&str]) -> Self {
        let folder = TempDir::new().unwrap();
        let file = secret_file(&folder, "admin", ADMIN).display().to_string();
        let own = ["--cleanup-interval", "off", "--admin-token-file", &file];
        let server = Server::with(&[&own[..], settings].concat()).await;
        Self { server, _folder: folder }
    }

    /// REST without a token.
    pub fn anonymous(&self) -> Api {
        self.server.api()
    }

    /// REST as the operator.
    pub fn admin(&self) -> Api {
        self.server.api().with_token(ADMIN)
    }

    /// A new service token.
    pub async fn token(&self, scope: &str) -> String {
        self.token_of(json!({"name": "test", "scope": scope})).await
    }

    /// A new service token for the sessions of one project.
    pub async fn project_token(&self, scope: &str, project: &str) -> String {
        self.token_of(json!({"name": "test", "scope": scope, "project_id": project})).await
    }

    pub async fn token_of(&self, request: Value) -> String {
        self.admin().post("/tokens", request).await["token"].as_str().unwrap().to_owned()
    }

    /// All rows of the database as text, without the times when tokens were used.
    pub async fn dump(&self) -> String {
        let mut dump = String::new();
        let database = rusqlite::Connection::open(self.server.database()).unwrap();
        let names = "select name from sqlite_schema where type = 'table' and name <> 'tokens'";
        let mut names = database.prepare(names).unwrap();
        let names = names.query_map([], |row| row.get::<_, String>(0)).unwrap();
        let all = names.map(|name| format!("select * from {}", name.unwrap()));
        for statement in all.chain(["select id, revoked_at from tokens".to_owned()]) {
            let mut rows = database.prepare(&statement).unwrap();
            let columns = rows.column_count();
            let mut rows = rows.query([]).unwrap();
            while let Some(row) = rows.next().unwrap() {
                let values: Vec<rusqlite::types::Value> =
                    (0..columns).map(|column| row.get(column).unwrap()).collect();
                dump += &format!("{statement}: {values:?}\n");
            }
        }
        dump
    }

    /// Revokes a service token.
    pub async fn revoke(&self, token: &str) {
        let path = format!("/tokens/{}", id_of(token));
        let (status, answer) = self.admin().call(Method::DELETE, &path, None).await;
        assert_eq!(status, 204, "{answer}");
    }
}

/// A file with a secret.
pub fn secret_file(folder: &TempDir, name: &str, secret: &str) -> PathBuf {
    let path = folder.path().join(name);
    std::fs::write(&path, secret).unwrap();
    path
}

/// The id in a service token.
pub fn id_of(token: &str) -> &str {
    token.split('_').nth(1).unwrap()
}
