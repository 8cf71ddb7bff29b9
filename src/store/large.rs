//! Changes of very many nodes, prepared aside so that nobody waits for them.
//!
//! In one transaction such a change would hold the writer for seconds. So it is rehearsed on a copy
//! of the session in memory; what comes of it is written into the file in slices, where it belongs
//! to nothing yet (`orphaned_content`); and one small transaction makes the session go over to it.
//! Where the content has moved on meanwhile, that is done once more, and other changes of it wait:
//! most of the second time is written already.

use serde_json::Value;
use tokio::sync::{Semaphore, SemaphorePermit, watch};

use super::commands::{ContentRequest, Executed, Way, known};
use super::history::{self, Step};
use super::script::later;
use super::{Store, Transaction};
use crate::error::Error;
use crate::model::{CommandId, ContentLimits, Event, PositionRemap, Scope, SessionId};

mod heights;
mod rehearsal;
mod size;
mod slices;
mod staging;

use rehearsal::Rehearsal;
use staging::Staging;

/// How often it is prepared, before it is done as any other change: the first time others go on to
/// change the content, and the second time what they had under way may still come.
const ATTEMPTS: u32 = 3;

/// Large changes take turns: each takes memory for the whole session.
pub(super) struct Turns {
    turn: Semaphore,
    /// The session whose content nobody else may change.
    held: watch::Sender<Option<SessionId>>,
}

/// The turn of one large change, while it lives.
struct Turn<'t> {
    held: &'t watch::Sender<Option<SessionId>>,
    _turn: SemaphorePermit<'t>,
}

impl Turn<'_> {
    /// Lets other changes of the session's content wait until the turn is over.
    fn hold(&self, session_id: SessionId) {
        self.held.send_replace(Some(session_id));
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.held.send_replace(None);
    }
}

impl Turns {
    pub fn new() -> Self {
        Self { turn: Semaphore::new(1), held: watch::Sender::new(None) }
    }

    /// Waits until the session's content may be changed.
    pub async fn wait_for(&self, session_id: SessionId) {
        let is_free = |held: &Option<SessionId>| *held != Some(session_id);
        if !is_free(&self.held.borrow()) {
            // It fails only when there is nobody to wait for any more.
            let _ = self.held.subscribe().wait_for(is_free).await;
        }
    }

    /// Whether a large change is being prepared.
    pub fn is_taken(&self) -> bool {
        self.turn.available_permits() == 0
    }

    async fn take(&self) -> Result<Turn<'_>, Error> {
        let turn = self.turn.acquire().await.map_err(|cause| Error::internal(cause.into()))?;
        Ok(Turn { held: &self.held, _turn: turn })
    }
}

/// A change whose nodes and long texts are in the file and belong to nothing yet.
#[derive(Debug)]
pub(super) struct Prepared {
    /// The generation under which they are.
    generation: i64,
    /// Of the content that it changes.
    revision: i64,
    node_count: i64,
    root_count: i64,
    command_id: CommandId,
    step: PreparedStep,
    /// The bytes of its changes.
    bytes: i64,
    result: Value,
    /// Nodes that came to stand beside their places.
    remaps: Vec<PositionRemap>,
    /// Numbered when the session goes over.
    events: Vec<Event>,
    /// How many of them each part of the texts has.
    counts: Vec<i64>,
}

/// What the change is to the session's history.
#[derive(Debug, Clone, Copy)]
enum PreparedStep {
    New { command_type: &'static str },
    Undone { step: i64, scope: Scope },
    Redone { step: i64, scope: Scope },
}

/// Does a large change; the answer comes after its commit.
pub(super) async fn change(store: Store, request: ContentRequest) -> Result<Executed, Error> {
    // Who asked may go away in the middle; a task of its own goes on.
    let work = tokio::spawn(async move { change_in_turn(&store, request).await });
    work.await?
}

async fn change_in_turn(store: &Store, request: ContentRequest) -> Result<Executed, Error> {
    let turn = store.turns.take().await?;
    if let Some(executed) = heights::try_measured(store, &turn, &request).await? {
        return Ok(executed);
    }
    let mut staging = Staging::begin(store, request.session_id).await?;
    let outcome = change_in_attempts(&turn, &mut staging, &request).await;
    staging.end().await;
    match outcome? {
        Some(executed) => Ok(executed),
        None => store.submit_content(ContentRequest { way: Way::Unbounded, ..request }).await,
    }
}

/// None where it is to be done as any other change.
async fn change_in_attempts(
    turn: &Turn<'_>,
    staging: &mut Staging<'_>,
    request: &ContentRequest,
) -> Result<Option<Executed>, Error> {
    for attempt in 0..ATTEMPTS {
        if attempt > 0 {
            turn.hold(request.session_id);
        }
        let outcome = match rehearsal::rehearse(staging.store, request).await? {
            Rehearsal::NoSession => return Ok(None),
            Rehearsal::Answered(executed) => return Ok(Some(executed)),
            Rehearsal::Done(rehearsed) => staging.carry_out(request, *rehearsed).await,
        };
        match outcome {
            Err(Error::RevisionMismatch { actual, .. }) if request.may_be_made_at(actual) => {}
            outcome => return outcome.map(Some),
        }
    }
    Ok(None)
}

impl Prepared {
    /// Makes the session go over to what was prepared; the content is at the revision from which
    /// that began.
    pub async fn go_over(
        &self,
        transaction: &mut Transaction<'_>,
        request: &ContentRequest,
        limits: &ContentLimits,
    ) -> Result<Executed, Error> {
        let session_id = request.session_id;
        let before = transaction.head(session_id).await?;
        later!(
            transaction,
            "update sessions set generation = ?, node_count = ?, root_count = ?
             where session = ?",
            self.generation,
            self.node_count,
            self.root_count,
            before.key
        )?;
        transaction.adopt(session_id, self.generation, &self.events, &self.counts)?;
        let head = known(transaction, session_id)?;
        head.generation = self.generation;
        head.root_count = self.root_count;
        head.revision += 1;
        head.node_count = self.node_count;
        let revision = head.revision;
        history::remaps::insert(transaction, before.key, revision, &self.remaps)?;
        let head = known(transaction, session_id)?;
        let (undo_available, redo_available) = match self.step {
            PreparedStep::New { command_type } => {
                head.steps += 1;
                head.history_bytes += self.bytes;
                let step = Step {
                    session: head.key,
                    step: head.steps,
                    at: head.time,
                    command_id: self.command_id,
                    command_type,
                    client_id: request.client_id.clone(),
                    seq: head.seq,
                    revision: head.revision,
                    bytes_before: before.history_bytes,
                    bytes: self.bytes,
                    changes: Step::changes(&[])?,
                    large_changes: Some(self.generation),
                };
                let client_id = request.client_id.as_deref();
                history::discard_undone(transaction, session_id, client_id)?;
                history::insert(transaction, &[step], limits)?;
                (limits.history > 0, false)
            }
            PreparedStep::Undone { step, scope } => {
                head.undone.add(scope);
                let head = head.clone();
                history::mark_undone(transaction, &head, step, scope, &Step::changes(&[])?)?;
                self.available(transaction, request, (head.key, step, scope)).await?
            }
            PreparedStep::Redone { step, scope } => {
                let head = head.clone();
                history::mark_applied(transaction, &head, step, &Step::changes(&[])?)?;
                self.available(transaction, request, (head.key, step, scope)).await?
            }
        };
        let head = known(transaction, session_id)?;
        Ok(Executed {
            success: true,
            command_id: self.command_id,
            seq: head.seq,
            revision: head.revision,
            result: self.result.clone(),
            undo_available,
            redo_available,
        })
    }

    /// Lets an old step have its changes in the prepared texts; answers whether more can be undone
    /// and redone.
    async fn available(
        &self,
        transaction: &mut Transaction<'_>,
        request: &ContentRequest,
        (session, step, scope): (i64, i64, Scope),
    ) -> Result<(bool, bool), Error> {
        history::enlarge(transaction, session, step, self.generation)?;
        let reach = request.reach(scope)?;
        history::available(transaction.connection().await?, session, reach).await
    }
}
