//! Requests that may be sent again: the answers to those that were done.

use std::collections::{BTreeSet, HashMap};

use serde_json::{Value, json};
use uuid::Uuid;

use super::commands::{Action, ContentRequest, Executed};
use super::script::later;
use super::{Change, Store, Transaction, json as to_json};
use crate::error::Error;
use crate::model::{Scope, Timestamp, excerpt};

/// The most answers that one transaction forgets.
const SLICE: i64 = 500;

/// A request's key, and what tells the request from others, whoever asks.
#[derive(Debug, Clone)]
pub struct Idempotency {
    key: String,
    digest: Uuid,
}

impl Idempotency {
    /// The most bytes of a key.
    pub const LONGEST_KEY: usize = 255;

    /// What `action` was read from is `data`, in JSON: two requests are the same when theirs has the
    /// same value, by whatever door they came. The session and the client, where it matters, are
    /// looked at when the request is served.
    pub fn new(key: &str, action: &Action, data: &str) -> Result<Self, Error> {
        if key.is_empty() || key.len() > Self::LONGEST_KEY || key.contains('\0') {
            let most = Self::LONGEST_KEY;
            return Err(Error::InvalidRequest(format!(
                "Idempotency-Key: it has 1 to {most} bytes, none of them null"
            )));
        }
        let name = match action {
            Action::Execute(command) => command.name(),
            Action::Undo(Scope::Session) => "undo session",
            Action::Undo(Scope::Client) => "undo client",
            Action::Redo(Scope::Session) => "redo session",
            Action::Redo(Scope::Client) => "redo client",
            Action::Replace(_) => "ReplaceGraph",
        };
        // What is ignored may be nested deeper than a value can be; then the text counts.
        let value: Option<Value> = serde_json::from_str(data).ok();
        let data = value.map_or_else(|| data.to_owned(), |value| value.to_string());
        let digest = Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("{name}\n{data}").as_bytes());
        Ok(Self { key: key.to_owned(), digest })
    }

    /// What the caller named the request.
    pub(super) fn key(&self) -> &str {
        &self.key
    }

    /// What tells this request from others under its key; each client's own steps are others.
    fn digest_in(&self, request: &ContentRequest) -> String {
        let digest = match (&request.action, &request.client_id) {
            (Action::Undo(Scope::Client) | Action::Redo(Scope::Client), Some(client_id)) => {
                Uuid::new_v5(&self.digest, client_id.as_bytes())
            }
            _ => self.digest,
        };
        digest.to_string()
    }
}

struct Answer {
    digest: String,
    json: String,
    fresh: bool,
}

/// The answers that a set of requests may be given again.
pub(super) struct Answers(HashMap<(i64, String), Answer>);

impl Answers {
    /// The answer that this request had before.
    pub fn find(&self, session: i64, request: &ContentRequest) -> Result<Option<Executed>, Error> {
        let Some(idempotency) = &request.idempotency else { return Ok(None) };
        let key = &idempotency.key;
        let Some(answer) = self.0.get(&(session, key.clone())) else { return Ok(None) };
        if answer.digest != idempotency.digest_in(request) {
            return Err(Error::Conflict {
                message: format!(
                    "Idempotency-Key '{}' was used for another request. Use a new key.",
                    excerpt(key)
                ),
                details: json!({ "idempotency_key": key }),
            });
        }
        serde_json::from_str(&answer.json).map(Some).map_err(|cause| {
            let row = format!("session {session}, key '{}'", excerpt(key));
            Error::unreadable("idempotency_keys", row, "answer", cause)
        })
    }

    /// Keeps an answer for those that ask again.
    pub fn keep(
        &mut self,
        session: i64,
        request: &ContentRequest,
        executed: &Executed,
    ) -> Result<(), Error> {
        if let Some(idempotency) = &request.idempotency {
            let json = to_json(executed)?;
            let answer = Answer { digest: idempotency.digest_in(request), json, fresh: true };
            self.0.insert((session, idempotency.key.clone()), answer);
        }
        Ok(())
    }
}

/// Reads the answers that were given under the requests' keys, in one statement.
pub(super) async fn read(
    transaction: &mut Transaction<'_>,
    requests: &[ContentRequest],
) -> Result<Answers, Error> {
    let wanted: BTreeSet<(i64, &str)> = requests
        .iter()
        .filter_map(|request| {
            let head = transaction.known_head(request.session_id)?;
            Some((head.key, request.idempotency.as_ref()?.key.as_str()))
        })
        .collect();
    if wanted.is_empty() {
        return Ok(Answers(HashMap::new()));
    }
    let wanted = to_json(&wanted)?;
    let rows = sqlx::query!(
        r#"select k.session as "session!", k.key as "key!", k.digest as "digest!",
                  k.answer as "answer!"
           from json_each(?) as wanted
           join idempotency_keys as k
             on k.session = wanted.value ->> 0 and k.key = wanted.value ->> 1"#,
        wanted
    )
    .fetch_all(transaction.connection().await?)
    .await?;
    let answers = rows.into_iter().map(|row| {
        ((row.session, row.key), Answer { digest: row.digest, json: row.answer, fresh: false })
    });
    Ok(Answers(answers.collect()))
}

/// Writes the answers that are new, in one statement.
pub(super) fn write(transaction: &mut Transaction<'_>, answers: &Answers) -> Result<(), Error> {
    let fresh: Vec<_> = answers
        .0
        .iter()
        .filter(|(_, answer)| answer.fresh)
        .map(|((session, key), answer)| (session, key, &answer.digest, &answer.json))
        .collect();
    if fresh.is_empty() {
        return Ok(());
    }
    let now = transaction.now();
    later!(
        transaction,
        "insert into idempotency_keys (at, session, key, digest, answer)
         select ?, value ->> 0, value ->> 1, value ->> 2, value ->> 3 from json_each(?)",
        now,
        &to_json(&fresh)?
    )
}

struct ForgetAnswers {
    cutoff: Timestamp,
}

impl Change for ForgetAnswers {
    type Answer = u64;

    async fn apply(&self, transaction: &mut Transaction<'_>) -> Result<u64, Error> {
        let some = sqlx::query!(
            "delete from idempotency_keys where (session, key) in
                 (select session, key from idempotency_keys where at < ?1 order by at limit ?2)",
            self.cutoff,
            SLICE
        );
        transaction.execute(some).await
    }
}

impl Store {
    /// Forgets the answers from before `cutoff`.
    pub async fn forget_answers(&self, cutoff: Timestamp) -> Result<(), Error> {
        while self.write_slice(ForgetAnswers { cutoff }).await? > 0 {}
        Ok(())
    }
}
