//! Requests that may be sent again: the answers that were given under their keys.

use std::collections::{BTreeSet, HashMap};

use super::request::{ContentRequest, Executed};
use super::storage::{KeyedAnswer, Storage};
use super::transaction::Transaction;
use super::tree::SessionKey;
use crate::error::Error;
use crate::model::excerpt;

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
                Some((head.key, request.idempotency.as_ref()?.key()))
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
        let key = idempotency.key().to_owned();
        let Some(answer) = self.known.get(&(session, key.clone())) else { return Ok(None) };
        if answer.digest != idempotency.digest_in(request) {
            return Err(Error::IdempotencyKeyReused(key));
        }
        serde_json::from_str(&answer.answer).map(Some).map_err(|cause| {
            let row = format!("session {session}, key '{}'", excerpt(&key));
            Error::unreadable("internal_idempotency_keys", row, "answer", cause)
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
        // The content is not kept along: it may be large, and is read again.
        let answer = serde_json::to_string(&Executed { graph: None, ..executed.clone() })
            .map_err(|cause| Error::internal(anyhow::Error::new(cause).context("answer")))?;
        let answer = KeyedAnswer { digest: idempotency.digest_in(request), answer };
        let key = (session, idempotency.key().to_owned());
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

#[cfg(test)]
mod tests;
