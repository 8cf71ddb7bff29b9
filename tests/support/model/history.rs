//! The model's history: what was done by whom, what of it counts, and what may be undone and redone.

use rollcall::model::{CommandId, ContentLimits, Scope};

use super::{Change, Tree};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Applied,
    Undone(Scope, u64),
    Discarded,
}

#[derive(Debug, Clone)]
pub struct Step {
    pub command_id: CommandId,
    client: Option<String>,
    /// As they were made last: a redo makes them again.
    pub changes: Vec<Change>,
    bytes: i64,
    state: State,
    /// The trees before and after it, when it was done.
    pub before: Tree,
    pub after: Tree,
}

/// Steps, oldest first.
#[derive(Debug, Clone, Default)]
pub struct History {
    steps: Vec<Step>,
    /// Orders what was undone.
    clock: u64,
    pub forgotten: usize,
}

/// Whose steps: everybody's, or those of one.
pub type UndoScope<'a> = (Scope, Option<&'a str>);

fn is_in((scope, client): UndoScope<'_>, step: &Step) -> bool {
    scope == Scope::Session || step.client.as_deref() == client
}

impl Step {
    /// A step that was just done; its changes have so many bytes in the history.
    pub fn new(
        command_id: CommandId,
        client: Option<String>,
        (changes, bytes): (Vec<Change>, i64),
        (before, after): (Tree, Tree),
    ) -> Self {
        Self { command_id, client, changes, bytes, state: State::Applied, before, after }
    }

    /// What its undo does, in order.
    pub fn inverses(&self) -> Vec<Change> {
        inverses(&self.changes)
    }
}

/// The changes that revert these, in order.
pub fn inverses(changes: &[Change]) -> Vec<Change> {
    changes.iter().rev().cloned().map(Change::inverse).collect()
}

impl History {
    /// A new command: nothing is left to redo in the session's scope and in its client's own.
    pub fn push(&mut self, new: Step, limits: &ContentLimits) {
        for step in &mut self.steps {
            if let State::Undone(scope, _) = step.state
                && (scope == Scope::Session || (new.client.is_some() && step.client == new.client))
            {
                step.state = State::Discarded;
            }
        }
        self.steps.push(new);
        while self.is_beyond(limits) {
            self.steps.remove(0);
            self.forgotten += 1;
        }
    }

    /// Whether the oldest step has to go.
    fn is_beyond(&self, limits: &ContentLimits) -> bool {
        let bytes: i64 = self.steps.iter().map(|step| step.bytes).sum();
        let is_too_much = bytes > limits.history_bytes && self.steps.len() > 1;
        self.steps.len() as i64 > limits.history || is_too_much
    }

    /// The place of the step that an undo takes.
    pub fn to_undo(&self, scope: UndoScope<'_>) -> Option<usize> {
        let is_next = |step: &Step| step.state == State::Applied && is_in(scope, step);
        self.steps.iter().rposition(is_next)
    }

    /// The place of the step that a redo takes.
    pub fn to_redo(&self, scope: UndoScope<'_>) -> Option<usize> {
        let undone = self.steps.iter().enumerate().filter_map(|(place, step)| match step.state {
            State::Undone(undone_in, at) if undone_in == scope.0 && is_in(scope, step) => {
                Some((at, place))
            }
            _ => None,
        });
        undone.max().map(|(_, place)| place)
    }

    /// Whether there is a step to undo, and one to redo.
    pub fn available(&self, scope: UndoScope<'_>) -> (bool, bool) {
        (self.to_undo(scope).is_some(), self.to_redo(scope).is_some())
    }

    pub fn step(&self, place: usize) -> &Step {
        &self.steps[place]
    }

    /// A step was undone, by these changes.
    pub fn undo(&mut self, place: usize, scope: Scope, made: &[Change]) {
        self.clock += 1;
        let step = &mut self.steps[place];
        (step.state, step.changes) = (State::Undone(scope, self.clock), inverses(made));
    }

    /// A step was redone, by these changes.
    pub fn redo(&mut self, place: usize, made: Vec<Change>) {
        let step = &mut self.steps[place];
        (step.state, step.changes) = (State::Applied, made);
    }

    /// The steps as `GET …/commands` lists them, each with `undone`.
    pub fn listed(&self) -> impl Iterator<Item = (CommandId, bool)> {
        self.steps.iter().map(|step| (step.command_id, step.state != State::Applied))
    }
}
