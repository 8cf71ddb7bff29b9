//! The model's history: what was done by whom, what of it counts, and what may be taken back.

use serde_json::Value;

use super::{Change, Fit, Tree};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    Session,
    Client,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Applied,
    Undone(Scope, u64),
    Discarded,
}

#[derive(Debug, Clone)]
pub struct Step {
    pub command_id: String,
    client: Option<String>,
    pub changes: Vec<Change>,
    state: State,
    /// The trees before and after it, when it was done.
    pub before: Tree,
    pub after: Tree,
}

/// Steps, oldest first; at most `limit` of them.
#[derive(Debug, Clone)]
pub struct History {
    steps: Vec<Step>,
    limit: usize,
    clock: u64,
    pub forgotten: usize,
}

/// Whose steps: everybody's, or those of one.
pub type Reach<'a> = (Scope, Option<&'a str>);

fn reaches((scope, client): Reach<'_>, step: &Step) -> bool {
    scope == Scope::Session || step.client.as_deref() == client
}

impl History {
    pub fn new(limit: usize) -> Self {
        Self { steps: Vec::new(), limit, clock: 0, forgotten: 0 }
    }

    /// A new command: nothing is left to redo in the session's scope and in its client's own.
    pub fn push(
        &mut self,
        command_id: String,
        client: Option<String>,
        changes: Vec<Change>,
        trees: (Tree, Tree),
    ) {
        for step in &mut self.steps {
            if let State::Undone(scope, _) = step.state
                && (scope == Scope::Session || (client.is_some() && step.client == client))
            {
                step.state = State::Discarded;
            }
        }
        let (before, after) = trees;
        let state = State::Applied;
        self.steps.push(Step { command_id, client, changes, state, before, after });
        if self.steps.len() > self.limit {
            self.steps.remove(0);
            self.forgotten += 1;
        }
    }

    pub fn to_undo(&self, reach: Reach<'_>) -> Option<usize> {
        let fits = |step: &Step| step.state == State::Applied && reaches(reach, step);
        self.steps.iter().rposition(fits)
    }

    pub fn to_redo(&self, reach: Reach<'_>) -> Option<usize> {
        let undone = self.steps.iter().enumerate().filter_map(|(place, step)| match step.state {
            State::Undone(scope, at) if scope == reach.0 && reaches(reach, step) => {
                Some((at, place))
            }
            _ => None,
        });
        undone.max().map(|(_, place)| place)
    }

    pub fn available(&self, reach: Reach<'_>) -> (bool, bool) {
        (self.to_undo(reach).is_some(), self.to_redo(reach).is_some())
    }

    pub fn step(&self, place: usize) -> &Step {
        &self.steps[place]
    }

    pub fn mark_undone(&mut self, place: usize, scope: Scope) {
        self.clock += 1;
        self.steps[place].state = State::Undone(scope, self.clock);
    }

    pub fn mark_applied(&mut self, place: usize) {
        self.steps[place].state = State::Applied;
    }

    /// The ids as `GET …/commands` has them, with `undone`.
    pub fn listed(&self) -> Vec<(String, bool)> {
        let item = |step: &Step| (step.command_id.clone(), step.state != State::Applied);
        self.steps.iter().map(item).collect()
    }
}

impl Step {
    /// What its undo does, in order.
    pub fn backwards(&self) -> Vec<Change> {
        self.changes.iter().rev().cloned().map(Change::inverse).collect()
    }
}

/// Whether all of these fit, one after the other.
pub fn fit(tree: &Tree, changes: &[Change]) -> Fit {
    let mut tree = tree.clone();
    let mut worst = Fit::Yes;
    for change in changes {
        worst = worst.max(tree.fit(change));
        if worst == Fit::No {
            break;
        }
        tree.play(change);
    }
    worst
}

/// Does the changes with the indexes that their events have; the events must be just theirs.
pub fn play_with_event_indexes(tree: &mut Tree, changes: &[Change], events: &[Value]) {
    let mut events = events.iter();
    for change in changes {
        let mut indexed = change.clone();
        let event = events.next().expect("an event for each change");
        let name = event["type"].as_str().unwrap();
        let index = event["index"].as_u64().map(|index| usize::try_from(index).unwrap());
        match &mut indexed {
            Change::Created(nodes, at) => {
                assert_eq!(name, "node-created");
                *at = index.unwrap();
                for (id, _) in nodes.iter().skip(1) {
                    assert_eq!(events.next().unwrap()["node_id"], **id);
                }
            }
            Change::Deleted(..) => assert_eq!(name, "node-deleted"),
            Change::Moved { new: (_, at), .. } => match index {
                Some(index) => {
                    assert_eq!(name, "node-linked");
                    *at = index;
                }
                None => {
                    assert_eq!(name, "node-unlinked");
                    *at = usize::MAX;
                }
            },
            Change::Renamed { .. } => assert_eq!(name, "node-renamed"),
            Change::Property { new: Some(_), .. } => assert_eq!(name, "property-changed"),
            Change::Property { new: None, .. } => assert_eq!(name, "property-deleted"),
        }
        tree.play(&indexed);
    }
    assert_eq!(events.next(), None, "an event too many");
}
