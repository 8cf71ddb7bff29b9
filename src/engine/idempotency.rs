//! Requests that may be sent again: the answers that were given under their keys.

use std::collections::{BTreeSet, HashMap};

use serde_json::{Value, json};
use uuid::Uuid;

use super::head::SessionKey;
use super::request::{Action, ContentRequest, Executed};
use super::storage::{KeyedAnswer, Storage};
use super::transaction::Transaction;
use crate::error::Error;
use crate::model::{Scope, excerpt};

/// A request's key, and what tells the request from others under the same key.
#[derive(Debug, Clone)]
pub struct Idempotency {
    key: String,
    digest: Uuid,
}

impl Idempotency {
    /// The most bytes of a key.
    pub const MAX_KEY_BYTES: usize = 255;

    /// The key of a request whose action was read from the JSON text `data`. Two requests are the same
    /// when their data has the same value, by whatever transport they came. The session and, where it
    /// matters, the client are compared when the request is handled.
    pub fn new(key: &str, action: &Action, data: &str) -> Result<Self, Error> {
        if key.is_empty() || key.len() > Self::MAX_KEY_BYTES || key.contains('\0') {
            let most = Self::MAX_KEY_BYTES;
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
        // Members that are ignored may be nested deeper than a value can be; then the text counts.
        let value: Option<Value> = serde_json::from_str(data).ok();
        let data = value.map_or_else(|| data.to_owned(), |value| value.to_string());
        let digest = Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("{name}\n{data}").as_bytes());
        Ok(Self { key: key.to_owned(), digest })
    }

    /// The key as the caller wrote it.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Tells this request from others under its key; each client's own steps are others.
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

/// The answers that were given under the keys of a batch of requests.
#[derive(Default)]
pub struct Answers {
    known: HashMap<(SessionKey, String), KeyedAnswer>,
    /// Those of `known` that the storage does not have yet.
    new: Vec<(SessionKey, String)>,
}

impl Answers {
    /// Reads them, in one go. The sessions of the requests have been read.
    pub async fn read<S: Storage>(
        transaction: &mut Transaction<'_, S>,
        requests: &[ContentRequest],
    ) -> Result<Self, Error> {
        let wanted: BTreeSet<(SessionKey, &str)> = requests
            .iter()
            .filter_map(|request| {
                let head = transaction.known_head(request.session_id)?;
                Some((head.key, request.idempotency.as_ref()?.key.as_str()))
            })
            .collect();
        if wanted.is_empty() {
            return Ok(Self::default());
        }
        let wanted: Vec<_> = wanted.into_iter().collect();
        let answers = transaction.storage.answers(&wanted).await?;
        let known = answers.into_iter().map(|(session, key, answer)| ((session, key), answer));
        Ok(Self { known: known.collect(), new: Vec::new() })
    }

    /// The answer that this request was given before; an error if its key was used for another one.
    pub fn find(
        &self,
        session: SessionKey,
        request: &ContentRequest,
    ) -> Result<Option<Executed>, Error> {
        let Some(idempotency) = &request.idempotency else { return Ok(None) };
        let key = &idempotency.key;
        let Some(answer) = self.known.get(&(session, key.clone())) else { return Ok(None) };
        if answer.digest != idempotency.digest_in(request) {
            return Err(Error::Conflict {
                message: format!(
                    "Idempotency-Key '{}' was used for another request. Use a new key.",
                    excerpt(key)
                ),
                details: json!({ "idempotency_key": key }),
            });
        }
        serde_json::from_str(&answer.answer).map(Some).map_err(|cause| {
            let row = format!("session {session}, key '{}'", excerpt(key));
            Error::unreadable("idempotency_keys", row, "answer", cause)
        })
    }

    /// Keeps an answer for those who send the request again.
    pub fn keep(
        &mut self,
        session: SessionKey,
        request: &ContentRequest,
        executed: &Executed,
    ) -> Result<(), Error> {
        let Some(idempotency) = &request.idempotency else { return Ok(()) };
        let answer = serde_json::to_string(executed)
            .map_err(|cause| Error::internal(anyhow::Error::new(cause).context("answer")))?;
        let answer = KeyedAnswer { digest: idempotency.digest_in(request), answer };
        let key = (session, idempotency.key.clone());
        self.known.insert(key.clone(), answer);
        self.new.push(key);
        Ok(())
    }

    /// Those that are to be written.
    pub fn take_new(&mut self) -> Vec<(SessionKey, String, KeyedAnswer)> {
        let answers = std::mem::take(&mut self.new).into_iter().filter_map(|(session, key)| {
            let answer = self.known.get(&(session, key.clone()))?.clone();
            Some((session, key, answer))
        });
        answers.collect()
    }
}
