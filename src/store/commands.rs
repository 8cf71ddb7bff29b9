//! Commands, undo and redo: a set of them in few statements, each refused alone.

use std::collections::BTreeMap;

use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::content::{Content, Tree};
use super::edit::{Editor, Edits};
use super::history::{self, Step};
use super::idempotency::{self, Answers};
use super::large;
use super::transaction::Head;
use super::writer::Job;
use super::{Store, Transaction, submit};
use crate::error::Error;
use crate::model::limits::check_node_count;
use crate::model::{
    Command, CommandId, ContentLimits, EventKind, Node, NodeChange, NodeEvent, PositionRemap,
    SessionId,
};

mod past;
mod request;

pub(super) use request::Way;
pub use request::{Action, ContentRequest, Executed};

/// The requests whose nodes are read together; of more, all the nodes would be in memory at once, each
/// with its properties.
const READ_AHEAD: usize = 256;

impl Store {
    /// Changes a session's content; the answer comes after the commit.
    pub async fn change_content(&self, request: ContentRequest) -> Result<Executed, Error> {
        self.turns.wait_for(request.session_id).await;
        if self.is_large(&request).await? {
            return large::change(self.clone(), request).await;
        }
        let another_way = request.may_walk().then(|| request.clone());
        match (self.submit_content(request).await, another_way) {
            (Err(Error::TooLong), Some(request)) => large::change(self.clone(), request).await,
            (outcome, _) => outcome,
        }
    }

    /// Changes it in one transaction, together with what else waits.
    pub(super) async fn submit_content(&self, request: ContentRequest) -> Result<Executed, Error> {
        self.check_started()?;
        let room = self.room_for(request.size).await?;
        let (reply, answer) = tokio::sync::oneshot::channel();
        submit(&self.jobs, Job::Content(Box::new(request), reply, room), answer).await
    }
}

/// Does `requests` in order, in sessions that were read; an outcome for each of those that fit into
/// the transaction, the first at least. Fails only with the whole transaction.
pub(super) async fn apply(
    transaction: &mut Transaction<'_>,
    requests: &[ContentRequest],
    limits: &ContentLimits,
) -> Result<Vec<Result<Executed, Error>>, Error> {
    if requests.is_empty() {
        return Ok(Vec::new());
    }
    let mut set = CommandSet::read(transaction, requests, limits).await?;
    let mut outcomes = Vec::with_capacity(requests.len());
    for (place, request) in requests.iter().enumerate() {
        if transaction.is_full() && place > 0 {
            break;
        }
        if place % READ_AHEAD == 0 {
            let some = requests[place..].chunks(READ_AHEAD).next().unwrap_or_default();
            set.read_ahead(transaction, some).await?;
        }
        let outcome = set.serve(transaction, request).await;
        // A row that can't be read is the affair of this request alone, which has changed nothing.
        if matches!(&outcome, Err(failure) if failure.is_server_error() && !failure.is_unreadable_row())
        {
            return outcome.map(|_| Vec::new());
        }
        outcomes.push(outcome);
    }
    set.write(transaction)?;
    idempotency::write(transaction, &set.answers)?;
    transaction.keep_ends(set.content.into_ends());
    Ok(outcomes)
}

/// What came of a request that was done alone.
pub(super) struct Alone {
    pub executed: Executed,
    /// Nodes that came to stand beside their places.
    pub remaps: Vec<PositionRemap>,
    /// What the step did, as JSON; None where the answer is one that was given before.
    pub changes: Option<Box<RawValue>>,
}

/// Does one request alone, on a copy of its session: it writes the nodes, but no history.
pub(super) async fn apply_alone(
    transaction: &mut Transaction<'_>,
    request: &ContentRequest,
    limits: &ContentLimits,
) -> Result<Alone, Error> {
    let mut set = CommandSet::read(transaction, std::slice::from_ref(request), limits).await?;
    set.is_rehearsal = true;
    set.read_ahead(transaction, std::slice::from_ref(request)).await?;
    let executed = set.serve(transaction, request).await?;
    set.content.write(transaction)?;
    let changes = set.steps.pop().map(|step| step.changes).or(set.changes_of_past);
    Ok(Alone { executed, remaps: set.remaps, changes })
}

/// What a set of requests has read and not yet written.
struct CommandSet<'a> {
    limits: &'a ContentLimits,
    content: Content,
    answers: Answers,
    steps: Vec<Step>,
    /// Sessions whose content has moved on.
    moved: BTreeMap<i64, SessionId>,
    /// Nodes that undo or redo has put beside their places.
    remaps: Vec<PositionRemap>,
    /// Whether it is done on a copy, whose history nobody reads.
    is_rehearsal: bool,
    /// What an undo or a redo on a copy did.
    changes_of_past: Option<Box<RawValue>>,
}

impl<'a> CommandSet<'a> {
    async fn read(
        transaction: &mut Transaction<'_>,
        requests: &[ContentRequest],
        limits: &'a ContentLimits,
    ) -> Result<Self, Error> {
        Ok(Self {
            limits,
            content: Content::new(transaction.take_ends()),
            answers: idempotency::read(transaction, requests).await?,
            steps: Vec::new(),
            moved: BTreeMap::new(),
            remaps: Vec::new(),
            is_rehearsal: false,
            changes_of_past: None,
        })
    }
}

impl CommandSet<'_> {
    /// Reads in a few statements what most commands will ask for.
    async fn read_ahead(
        &mut self,
        transaction: &mut Transaction<'_>,
        requests: &[ContentRequest],
    ) -> Result<(), Error> {
        let mut nodes = Vec::new();
        let mut parents = Vec::new();
        let mut indexed = Vec::new();
        for request in requests {
            let Some(head) = transaction.known_head(request.session_id) else { continue };
            if let Action::Execute(command) = &request.action {
                let tree = head.tree();
                nodes.extend(command.nodes().into_iter().map(|node_id| (tree, node_id)));
                parents.extend(command.new_places().into_iter().map(|parent| (tree, parent)));
                indexed.extend(command.indexed_places().into_iter().map(|parent| (tree, parent)));
            }
        }
        self.content.load(transaction, nodes).await?;
        let above = parents.iter().filter_map(|(tree, parent)| parent.map(|id| (*tree, id)));
        self.content.load_above(transaction, above).await?;
        self.content.load_rows(transaction, indexed).await?;
        self.content.load_ends(transaction, parents).await
    }

    async fn serve(
        &mut self,
        transaction: &mut Transaction<'_>,
        request: &ContentRequest,
    ) -> Result<Executed, Error> {
        let head = transaction.head(request.session_id).await?;
        if let Some(answer) = self.answers.find(head.key, request)? {
            return Ok(answer);
        }
        if let Some(precondition) = &request.precondition {
            precondition.check(head.revision)?;
        }
        self.begin(&head, &request.way);
        let executed = match (&request.way, &request.action) {
            (Way::Prepared(prepared), _) => {
                self.write(transaction)?;
                prepared.go_over(transaction, request, self.limits).await?
            }
            (_, Action::Execute(command)) => self.execute(transaction, request, command).await?,
            (_, Action::Replace(roots)) => self.replace(transaction, request, roots).await?,
            (_, Action::Undo(scope)) => self.undo(transaction, request, *scope).await?,
            (_, Action::Redo(scope)) => self.redo(transaction, request, *scope).await?,
        };
        self.moved.insert(head.key, request.session_id);
        self.answers.keep(head.key, request, &executed)?;
        Ok(executed)
    }

    /// Lets the next request walk as far as its way allows.
    fn begin(&mut self, head: &Head, way: &Way) {
        let known = match way {
            // Since then others may have changed the subtree.
            Way::Measured(height) if height.revision == head.revision => {
                Some(((head.tree(), height.node_id), height.levels))
            }
            _ => None,
        };
        let is_bounded = matches!(way, Way::Shared | Way::Measured(_)) && !self.is_rehearsal;
        self.content.begin_request(is_bounded.then_some(self.limits.staging_threshold), known);
    }

    fn editor<'a, 't, 'c>(
        &'a mut self,
        transaction: &'t mut Transaction<'c>,
        session_id: SessionId,
        tree: Tree,
    ) -> Editor<'a, 't, 'c> {
        Editor { transaction, content: &mut self.content, limits: self.limits, session_id, tree }
    }

    async fn execute(
        &mut self,
        transaction: &mut Transaction<'_>,
        request: &ContentRequest,
        command: &Command,
    ) -> Result<Executed, Error> {
        let tree = transaction.head(request.session_id).await?.tree();
        let mut edits = Edits::default();
        let result =
            self.editor(transaction, request.session_id, tree).execute(command, &mut edits).await?;
        self.conclude(transaction, request, command.name(), edits, result).await
    }

    async fn replace(
        &mut self,
        transaction: &mut Transaction<'_>,
        request: &ContentRequest,
        roots: &[Vec<Node>],
    ) -> Result<Executed, Error> {
        let tree = transaction.head(request.session_id).await?.tree();
        let count: usize = roots.iter().map(Vec::len).sum();
        check_node_count(count as i64, self.limits)?;
        let old = self.content.roots(transaction, tree).await?;
        self.content.load(transaction, old.iter().map(|root| (tree, *root))).await?;
        let mut edits = Edits::default();
        let mut editor = self.editor(transaction, request.session_id, tree);
        for root in old {
            let nodes = editor.content.subtree(editor.transaction, tree, root).await?;
            editor.enact(NodeChange::Deleted { nodes }, None, &mut edits).await?;
        }
        for nodes in roots {
            editor.enact(NodeChange::Created { nodes: nodes.clone() }, None, &mut edits).await?;
        }
        let result = json!({ "node_count": count });
        self.conclude(transaction, request, "ReplaceGraph", edits, result).await
    }

    /// Tells of a new command and remembers it.
    async fn conclude(
        &mut self,
        transaction: &mut Transaction<'_>,
        request: &ContentRequest,
        command_type: &'static str,
        edits: Edits,
        result: Value,
    ) -> Result<Executed, Error> {
        let client_id = request.client_id.as_deref();
        history::discard_undone(transaction, request.session_id, client_id)?;
        let command_id = CommandId::new();
        let client_id = request.client_id.clone();
        let revision = tell(transaction, request.session_id, edits.events)?;
        transaction.record(
            request.session_id,
            &EventKind::CommandExecuted { command_id, command_type, client_id, revision },
        )?;
        let changes = Step::changes(&edits.changes)?;
        transaction.weigh(changes.get().len());
        let head = known(transaction, request.session_id)?;
        head.steps += 1;
        let (bytes_before, bytes) = (head.history_bytes, changes.get().len() as i64);
        head.history_bytes += bytes;
        self.steps.push(Step {
            session: head.key,
            step: head.steps,
            at: head.time,
            command_id,
            command_type,
            client_id: request.client_id.clone(),
            seq: head.seq,
            revision,
            bytes_before,
            bytes,
            changes,
            large_changes: None,
        });
        Ok(Executed {
            success: true,
            command_id,
            seq: head.seq,
            revision,
            result,
            undo_available: self.limits.history > 0,
            redo_available: false,
        })
    }

    /// Writes what has been done so far.
    fn write(&mut self, transaction: &mut Transaction<'_>) -> Result<(), Error> {
        self.content.write(transaction)?;
        if !self.steps.is_empty() {
            history::insert(transaction, &self.steps, self.limits)?;
            self.steps.clear();
        }
        let moved = std::mem::take(&mut self.moved);
        let heads: Vec<Head> =
            moved.values().filter_map(|id| transaction.known_head(*id)).cloned().collect();
        history::advance(transaction, &heads)
    }
}

/// Gives the changes of one command their events and the content its next revision.
fn tell(
    transaction: &mut Transaction<'_>,
    session_id: SessionId,
    changes: Vec<NodeEvent>,
) -> Result<i64, Error> {
    let head = known(transaction, session_id)?;
    head.revision += 1;
    let revision = head.revision;
    for change in changes {
        transaction.record(session_id, &EventKind::Content { change, revision })?;
    }
    Ok(revision)
}

pub(super) fn known<'t>(
    transaction: &'t mut Transaction<'_>,
    session_id: SessionId,
) -> Result<&'t mut Head, Error> {
    transaction
        .known_head_mut(session_id)
        .ok_or_else(|| Error::internal(anyhow::anyhow!("session {session_id} was not read")))
}
