//! Changes of content: a batch of commands, undos and redos, each of which is refused alone.

use std::collections::BTreeSet;

use serde_json::json;

use super::editor::{ChangeSet, Editor};
use super::head::Head;
use super::history::empty_history;
use super::idempotency::Answers;
use super::request::{Action, ContentRequest, Executed, History, WalkLimit};
use super::storage::{Delta, HistoryTrim, Step, StepChange, Storage, Tree};
use super::transaction::Transaction;
use super::tree_cache::TreeCache;
use crate::error::Error;
use crate::metrics::{Occurrence, Outcome};
use crate::model::graph::{FlatGraph, With};
use crate::model::limits::check_node_count;
use crate::model::{Command, Node, NodeChange, SessionId};

/// The requests whose nodes are read together. With more, the nodes of all of them would be in memory at
/// once, each with its properties.
const READ_AHEAD_REQUESTS: usize = 256;
/// The most bytes of names and properties in a graph that goes along with an answer.
const MAX_GRAPH_BYTES: usize = 1024 * 1024;

/// Handles `requests` in order, in sessions that were read. An outcome for each of those that fit into
/// the transaction, the first at least. Fails only with the whole transaction.
pub async fn apply<S: Storage>(
    transaction: &mut Transaction<'_, S>,
    requests: &[ContentRequest],
) -> Result<Vec<Result<Executed, Error>>, Error> {
    if requests.is_empty() {
        return Ok(Vec::new());
    }
    let mut batch = CommandBatch::begin(transaction, requests).await?;
    let mut outcomes = Vec::with_capacity(requests.len());
    for (place, request) in requests.iter().enumerate() {
        if transaction.is_full() && place > 0 {
            break;
        }
        if place % READ_AHEAD_REQUESTS == 0 {
            let some = requests[place..].chunks(READ_AHEAD_REQUESTS).next().unwrap_or_default();
            batch.read_ahead(transaction, some).await?;
        }
        let outcome = batch.handle(transaction, request).await;
        // A row that can't be read concerns this request alone, which has changed nothing.
        if matches!(&outcome, Err(failure) if failure.is_server_error() && !failure.is_unreadable_row())
        {
            return outcome.map(|_| Vec::new());
        }
        // A request that takes too long is handed back, and counted when it is executed alone.
        if !matches!(outcome, Err(Error::TooLong)) {
            let outcome =
                outcome.as_ref().map_or_else(Outcome::of_refusal, |(_, outcome)| *outcome);
            transaction.count(Occurrence::Content(request.action.name(), outcome));
        }
        outcomes.push(outcome.map(|(executed, _)| executed));
    }
    batch.finish(transaction)?;
    Ok(outcomes)
}

/// What a batch of requests has read, and not yet written.
pub(super) struct CommandBatch {
    pub(super) tree: TreeCache,
    answers: Answers,
    pub(super) steps: Vec<Step>,
    pub(super) trims: Vec<HistoryTrim>,
    pub(super) step_changes: Vec<StepChange>,
    /// Sessions whose content has changed.
    changed: BTreeSet<SessionId>,
}

impl CommandBatch {
    async fn begin<S: Storage>(
        transaction: &mut Transaction<'_, S>,
        requests: &[ContentRequest],
    ) -> Result<Self, Error> {
        let answers = Answers::read(transaction, requests).await?;
        let last_positions = std::mem::take(&mut transaction.cache.last_positions);
        let max_siblings = transaction.limits().capacities.cached_siblings;
        Ok(Self {
            tree: TreeCache::new(last_positions, max_siblings),
            answers,
            steps: Vec::new(),
            trims: Vec::new(),
            step_changes: Vec::new(),
            changed: BTreeSet::new(),
        })
    }

    /// Reads in a few statements what most commands will ask for.
    async fn read_ahead<S: Storage>(
        &mut self,
        transaction: &mut Transaction<'_, S>,
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
        self.tree.load(transaction, nodes).await?;
        let above = parents.iter().filter_map(|(tree, parent)| parent.map(|id| (*tree, id)));
        self.tree.load_ancestors(transaction, above).await?;
        self.tree.load_siblings(transaction, indexed).await?;
        self.tree.load_last_positions(transaction, parents).await
    }

    async fn handle<S: Storage>(
        &mut self,
        transaction: &mut Transaction<'_, S>,
        request: &ContentRequest,
    ) -> Result<(Executed, Outcome), Error> {
        let head = transaction.head(request.session_id).await?;
        if let Some(answer) = self.answers.find(head.key, request)? {
            let answer = self.with_graph(transaction, request, answer).await?;
            return Ok((answer, Outcome::ReplayedKey));
        }
        if let Some(precondition) = &request.precondition {
            precondition.check(head.revision)?;
        }
        self.limit_walk(&head, request.walk, transaction.limits().content.staging_threshold);
        let executed = match &request.action {
            Action::Execute(command) => self.execute(transaction, request, command).await?,
            Action::Replace(roots, history) => {
                self.replace(transaction, request, (roots, *history)).await?
            }
            Action::Undo(scope) => self.undo(transaction, request, *scope).await?,
            Action::Redo(scope) => self.redo(transaction, request, *scope).await?,
        };
        self.changed.insert(request.session_id);
        self.answers.keep(head.key, request, &executed)?;
        Ok((self.with_graph(transaction, request, executed).await?, Outcome::Applied))
    }

    /// Adds the content to an answer, if the request wants it and the content is at that revision.
    async fn with_graph<S: Storage>(
        &mut self,
        transaction: &mut Transaction<'_, S>,
        request: &ContentRequest,
        executed: Executed,
    ) -> Result<Executed, Error> {
        if request.with != Some(With::Graph) {
            return Ok(executed);
        }
        let head = transaction.head(request.session_id).await?;
        let limits = transaction.limits();
        // Others wait meanwhile, as they do for a change of so many nodes.
        let is_small = head.node_count <= limits.content.staging_threshold;
        if head.revision != executed.revision || !is_small {
            return Ok(Executed { graph: Some(FlatGraph::TOO_LARGE), ..executed });
        }
        self.write(transaction)?;
        let nodes = transaction.storage.all_nodes(head.tree(), MAX_GRAPH_BYTES).await?;
        let graph = match nodes {
            Some(nodes) => FlatGraph::of(&nodes)?,
            None => FlatGraph::TOO_LARGE,
        };
        transaction.add_bytes(graph.size());
        Ok(Executed { graph: Some(graph), ..executed })
    }

    fn limit_walk(&mut self, head: &Head, limit: WalkLimit, max_nodes: i64) {
        match limit {
            WalkLimit::Unlimited => self.tree.begin_walk(None, None),
            // At another revision the subtree may be another one.
            WalkLimit::KnownHeight(height) if height.revision == head.revision => {
                let known = ((head.tree(), height.node_id), height.levels);
                self.tree.begin_walk(Some(max_nodes), Some(known));
            }
            WalkLimit::Shared | WalkLimit::KnownHeight(_) => {
                self.tree.begin_walk(Some(max_nodes), None);
            }
        }
    }

    pub(super) fn editor<'a, 'l, S: Storage>(
        &'a mut self,
        transaction: &'a mut Transaction<'l, S>,
        session_id: SessionId,
        tree: Tree,
    ) -> Editor<'a, 'l, S> {
        Editor { transaction, cache: &mut self.tree, session_id, tree }
    }

    async fn execute<S: Storage>(
        &mut self,
        transaction: &mut Transaction<'_, S>,
        request: &ContentRequest,
        command: &Command,
    ) -> Result<Executed, Error> {
        let tree = transaction.head(request.session_id).await?.tree();
        let mut changes = ChangeSet::default();
        let mut editor = self.editor(transaction, request.session_id, tree);
        let result = editor.execute(command, &mut changes).await?;
        self.record_command(transaction, request, command.name(), changes, result)
    }

    async fn replace<S: Storage>(
        &mut self,
        transaction: &mut Transaction<'_, S>,
        request: &ContentRequest,
        (roots, history): (&[Vec<Node>], History),
    ) -> Result<Executed, Error> {
        let tree = transaction.head(request.session_id).await?.tree();
        let count: usize = roots.iter().map(Vec::len).sum();
        check_node_count(count as i64, &transaction.limits().content)?;
        let old = self.tree.roots(transaction, tree).await?;
        self.tree.load(transaction, old.iter().map(|root| (tree, *root))).await?;
        let mut changes = ChangeSet::default();
        let mut editor = self.editor(transaction, request.session_id, tree);
        for root in old {
            let nodes = editor.cache.subtree(editor.transaction, (tree, root)).await?;
            editor.apply(NodeChange::Deleted { nodes }, None, &mut changes).await?;
        }
        for nodes in roots {
            let nodes = nodes.clone();
            editor.apply(NodeChange::Created { nodes }, None, &mut changes).await?;
        }
        let result = json!({ "node_count": count });
        let executed =
            self.record_command(transaction, request, "ReplaceGraph", changes, result)?;
        if history == History::Keep {
            return Ok(executed);
        }
        self.trims.push(empty_history(transaction.loaded_head(request.session_id)?));
        Ok(Executed { undo_available: false, ..executed })
    }

    /// Writes what was done so far, so that a read sees it.
    pub(super) fn write<S: Storage>(
        &mut self,
        transaction: &mut Transaction<'_, S>,
    ) -> Result<(), Error> {
        self.tree.flush(transaction)?;
        let changed = std::mem::take(&mut self.changed);
        let heads: Vec<Head> =
            changed.iter().filter_map(|id| transaction.known_head(*id)).cloned().collect();
        let steps = std::mem::take(&mut self.steps);
        let trims = std::mem::take(&mut self.trims);
        let step_changes = std::mem::take(&mut self.step_changes);
        if heads.is_empty() && steps.is_empty() && step_changes.is_empty() {
            return Ok(());
        }
        transaction.write(Delta { steps, trims, step_changes, heads, ..Delta::default() })
    }

    fn finish<S: Storage>(mut self, transaction: &mut Transaction<'_, S>) -> Result<(), Error> {
        self.write(transaction)?;
        let answers = self.answers.take_new();
        if !answers.is_empty() {
            transaction.write(Delta { answers, ..Delta::default() })?;
        }
        transaction.cache.last_positions = self.tree.into_last_positions();
        Ok(())
    }
}
