//! A session's content with its history: what every request must come to.

use std::collections::{HashMap, VecDeque};

use rollcall::engine::request::Executed;
use rollcall::model::{CommandId, ContentLimits, Scope};
use serde_json::{Value, json};

use super::history::Step;
use super::replay::{Verdict, make_as_published};
use super::{Action, Change, History, Outcome, Refusal, Request, Tree, UndoScope, Walk};

/// The code of a request that is wrong in itself.
const INVALID: &str = "INVALID_REQUEST";

/// The model of a session.
pub struct Session {
    pub tree: Tree,
    pub history: History,
    pub revision: i64,
    limits: ContentLimits,
    /// Whether a request that is too long for a transaction may be done in another way.
    is_staged: bool,
    /// Whether steps were only ever undone from the last one on: then each undo must restore exactly the
    /// tree before its step.
    in_order: bool,
    /// The requests that were executed under a key, with their answers.
    answers: HashMap<String, (Request, Executed)>,
}

/// What has come of a request, as the model sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Checked {
    Done,
    Refused,
    /// It has changed nothing, and is to be sent again with leave to walk further.
    TooLong,
}

impl Session {
    pub fn new(limits: ContentLimits, is_staged: bool) -> Self {
        Self {
            tree: Tree::default(),
            history: History::default(),
            revision: 0,
            limits,
            is_staged,
            in_order: true,
            answers: HashMap::new(),
        }
    }

    /// Compares an outcome with what must come of the request, and takes its events off `events`.
    /// `bytes_of` gives the bytes that the changes of a new step have in the history.
    pub fn check(
        &mut self,
        request: &Request,
        outcome: &Outcome,
        events: &mut VecDeque<Value>,
        bytes_of: impl FnOnce(CommandId) -> i64,
    ) -> Checked {
        // Whether a request without a client is looked at before or after the rest is left open.
        if request.lacks_client() && matches!(outcome, Err(refusal) if refusal.code == INVALID) {
            return Checked::Refused;
        }
        if let Some(key) = &request.key
            && let Some((before, answer)) = self.answers.get(key)
        {
            return match outcome {
                Ok(again) if request.is_again(before) => {
                    assert_eq!(json!(again), json!(answer), "the answer under the key {key}");
                    Checked::Done
                }
                _ => refused(outcome, "IDEMPOTENCY_KEY_REUSED", request),
            };
        }
        if request.condition.is_some_and(|condition| !condition.holds(self.revision)) {
            return refused(outcome, "REVISION_MISMATCH", request);
        }
        let is_too_long = matches!(outcome, Err(refusal) if refusal.code == Refusal::TOO_LONG);
        if let Some(expected) = self.is_too_long(request) {
            let is_right = is_too_long == expected || (expected && self.is_staged);
            assert!(is_right, "{request:?}: {outcome:?}");
        }
        if is_too_long {
            return Checked::TooLong;
        }
        let checked = match &request.action {
            Action::Execute(command) => {
                let before = self.tree.clone();
                let expected = self.tree.execute(command, &self.limits);
                self.check_command(request, before, expected, outcome, events, bytes_of)
            }
            Action::Replace(new) => {
                let before = self.tree.clone();
                let expected = self.tree.replace(new, &self.limits);
                self.check_command(request, before, expected, outcome, events, bytes_of)
            }
            Action::Undo(scope) => self.check_replay(request, *scope, true, outcome, events),
            Action::Redo(scope) => self.check_replay(request, *scope, false, outcome, events),
        };
        if let (Some(key), Ok(answer)) = (&request.key, outcome) {
            self.answers.insert(key.clone(), (request.clone(), answer.clone()));
        }
        checked
    }

    /// Whether the request has to walk over more nodes than it may; None where that is not known here.
    fn is_too_long(&self, request: &Request) -> Option<bool> {
        let most = self.limits.staging_threshold;
        let known = match request.walk {
            Walk::Unlimited => return Some(false),
            Walk::KnownHeight { revision, id, .. } => {
                Some(id).filter(|_| revision == self.revision)
            }
            Walk::Shared => None,
        };
        match &request.action {
            Action::Execute(command) => {
                Some(self.tree.walked_by(command, known, &self.limits) > most)
            }
            Action::Replace(_) => Some(false),
            Action::Undo(_) | Action::Redo(_) => None,
        }
    }

    fn check_command(
        &mut self,
        request: &Request,
        before: Tree,
        expected: Result<(Vec<Change>, Value), &'static str>,
        outcome: &Outcome,
        events: &mut VecDeque<Value>,
        bytes_of: impl FnOnce(CommandId) -> i64,
    ) -> Checked {
        let (changes, result) = match expected {
            Ok(effect) => effect,
            Err(code) => return refused(outcome, code, request),
        };
        let executed = done(outcome, request);
        let events = self.effects(executed, "command-executed", request, events);
        let mut published = before.clone();
        let made = make_as_published(&mut published, &changes, &events);
        assert_eq!(published, self.tree, "the indexes of the events of {request:?}");
        assert_eq!(executed.result, result, "{request:?}");
        let flags = (executed.undo_available, executed.redo_available);
        assert_eq!(flags, (self.limits.history > 0, false), "{request:?}");
        let bytes = bytes_of(executed.command_id);
        let trees = (before, self.tree.clone());
        let step = Step::new(executed.command_id, request.client.clone(), (made, bytes), trees);
        self.history.push(step, &self.limits);
        Checked::Done
    }

    fn check_replay(
        &mut self,
        request: &Request,
        scope: Scope,
        is_undo: bool,
        outcome: &Outcome,
        events: &mut VecDeque<Value>,
    ) -> Checked {
        let undo_scope: UndoScope<'_> = (scope, request.client.as_deref());
        if request.lacks_client() {
            return refused(outcome, INVALID, request);
        }
        let place = match is_undo {
            true => self.history.to_undo(undo_scope),
            false => self.history.to_redo(undo_scope),
        };
        let Some(place) = place else {
            let code = if is_undo { "NOTHING_TO_UNDO" } else { "NOTHING_TO_REDO" };
            return refused(outcome, code, request);
        };
        self.in_order &= scope == Scope::Session;
        let step = self.history.step(place).clone();
        let changes = if is_undo { step.inverses() } else { step.changes.clone() };
        let verdict = Verdict::of(&self.tree, &changes, &self.limits);
        let executed = match outcome {
            Ok(executed) => executed,
            Err(Refusal { code, .. }) => {
                assert!(!self.in_order, "{request:?} refused where nobody is in the way: {code}");
                assert!(
                    verdict.may_be_refused(code),
                    "{request:?}: {code}, {verdict:?}, {changes:?}"
                );
                return Checked::Refused;
            }
        };
        assert!(verdict.may_succeed(), "{request:?} overwrote something: {verdict:?}, {changes:?}");
        assert_eq!((executed.command_id, &executed.result), (step.command_id, &json!({})));
        let name = if is_undo { "undo" } else { "redo" };
        let events = self.effects(executed, name, request, events);
        let made = make_as_published(&mut self.tree, &changes, &events);
        if self.in_order {
            assert!(verdict.is_certain(), "{request:?}: {verdict:?}");
            assert_eq!(self.tree, if is_undo { step.before } else { step.after }, "{request:?}");
        }
        match is_undo {
            true => self.history.undo(place, scope, &made),
            false => self.history.redo(place, made),
        }
        let flags = (executed.undo_available, executed.redo_available);
        assert_eq!(flags, self.history.available(undo_scope), "{request:?}");
        Checked::Done
    }

    /// The events of a change without the last one, after a look at what its answer and its last event say
    /// of the whole.
    fn effects(
        &mut self,
        executed: &Executed,
        last: &str,
        request: &Request,
        events: &mut VecDeque<Value>,
    ) -> Vec<Value> {
        self.revision += 1;
        let Executed { success, command_id, seq, revision, .. } = executed;
        assert_eq!((*success, *revision), (true, self.revision), "{request:?}");
        let count = events.iter().take_while(|event| event["seq"].as_i64() <= Some(*seq)).count();
        let mut events: Vec<Value> = events.drain(..count).collect();
        for event in &events {
            let cause = (&event["revision"], &event["command_id"], &event["client_id"]);
            let expected = (&json!(revision), &json!(command_id), &json!(request.client));
            assert_eq!(cause, expected, "{event}");
        }
        let end = events.pop().expect("an event at least");
        assert_eq!((&end["type"], &end["seq"]), (&json!(last), &json!(seq)), "{request:?}");
        if last == "command-executed" {
            let name = match &request.action {
                Action::Execute(command) => command.name(),
                _ => "ReplaceGraph",
            };
            assert_eq!(end["command_type"], name);
        }
        events
    }
}

fn done<'o>(outcome: &'o Outcome, request: &Request) -> &'o Executed {
    outcome.as_ref().unwrap_or_else(|refusal| panic!("{request:?}: {refusal:?}"))
}

fn refused(outcome: &Outcome, expected: &str, request: &Request) -> Checked {
    match outcome {
        Err(Refusal { code, .. }) => assert_eq!(code, expected, "{request:?}"),
        Ok(executed) => panic!("{request:?}: {executed:?} instead of {expected}"),
    }
    Checked::Refused
}
