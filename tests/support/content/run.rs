//! One run: some sessions, the model of each, and who looks on.

use std::collections::VecDeque;

use rollcall::model::{CommandId, ContentLimits, Scope};
use serde_json::Value;

use super::super::Follower;
use super::super::model::{Action, Checked, Command, Request, Session, Tree, Walk};
use super::acts::{Act, Ask, Turn};
use super::choice::Choice;
use super::{Backend, Manner};

/// A session of a run.
struct Track {
    model: Session,
    follower: Follower,
    /// Events that no outcome has been compared with yet.
    events: VecDeque<Value>,
    /// How many node ids were given.
    created: u32,
    /// The requests that had a key.
    keyed: Vec<Request>,
}

pub struct Run<'b, B> {
    backend: &'b mut B,
    tracks: Vec<Track>,
}

/// A request to the session of a number, as backends take it.
type Addressed = (usize, Request);

impl<'b, B: Backend> Run<'b, B> {
    /// A run in new sessions, as many as `sessions` says.
    pub fn new(backend: &'b mut B, sessions: usize, limits: ContentLimits) -> Self {
        let is_staged = backend.is_staged();
        let track = |_| Track {
            model: Session::new(limits, is_staged),
            follower: Follower::default(),
            events: VecDeque::new(),
            created: 0,
            keyed: Vec::new(),
        };
        Self { backend, tracks: (0..sessions).map(track).collect() }
    }

    /// Takes a turn, and compares what is there then.
    pub async fn take(&mut self, turn: &Turn) {
        match turn {
            Turn::Acts(acts, manner) => {
                let requests = self.requests(acts);
                self.send(requests, *manner).await;
            }
            Turn::Restart => {
                self.backend.restart().await;
                self.hear_all().await;
            }
            Turn::ThereAndBack => self.there_and_back().await,
        }
        self.compare().await;
    }

    fn requests(&mut self, acts: &[Act]) -> Vec<Addressed> {
        let clients = self.backend.clients();
        let mut tracks: Vec<(Choice<'_>, &mut Vec<Request>)> = self
            .tracks
            .iter_mut()
            .map(|Track { model, created, keyed, .. }| (Choice::new(model, created), keyed))
            .collect();
        let mut requests = Vec::with_capacity(acts.len());
        for act in acts {
            let session = act.session;
            let client = clients[act.client % clients.len()].clone();
            let (choice, keyed) = &mut tracks[session];
            let again = match act.ask {
                Ask::Again(pick) if !keyed.is_empty() => keyed.get(pick % keyed.len()),
                _ => None,
            };
            let request = choice.request(act, client, again);
            if request.key.is_some() {
                keyed.push(request.clone());
            }
            requests.push((session, request));
        }
        requests
    }

    /// Sends requests and compares what comes of them; those that would walk too far are sent again, with
    /// leave to walk as far.
    async fn send(&mut self, requests: Vec<Addressed>, manner: Manner) {
        let mut waiting = VecDeque::from([requests]);
        while let Some(requests) = waiting.pop_front() {
            for (session, request) in self.send_once(requests, manner).await {
                let walk = self.further(session, &request);
                waiting.push_back(vec![(session, Request { walk, ..request })]);
            }
        }
    }

    /// Leave to walk further than the last time.
    fn further(&self, session: usize, request: &Request) -> Walk {
        let Session { tree, revision, .. } = &self.tracks[session].model;
        match (&request.action, request.walk) {
            (Action::Execute(Command::Link { child, .. }), Walk::Shared)
                if tree.nodes.contains_key(child) =>
            {
                // Every second time as of another revision, which says nothing of this one.
                let revision = revision - revision % 2;
                Walk::KnownHeight { revision, id: *child, levels: tree.height(*child) }
            }
            _ => Walk::Unlimited,
        }
    }

    /// The requests that would walk too far.
    async fn send_once(&mut self, requests: Vec<Addressed>, manner: Manner) -> Vec<Addressed> {
        let outcomes = self.backend.change(&requests, manner).await;
        assert_eq!(outcomes.len(), requests.len(), "an outcome for each");
        for session in 0..self.tracks.len() {
            self.hear(session).await;
        }
        let mut too_long = Vec::new();
        for ((session, request), outcome) in requests.into_iter().zip(&outcomes) {
            let Track { model, events, .. } = &mut self.tracks[session];
            let bytes_of = |command_id: CommandId| self.backend.bytes_of_step(command_id);
            if model.check(&request, outcome, events, bytes_of) == Checked::TooLong {
                too_long.push((session, request));
            }
        }
        for track in &self.tracks {
            assert!(track.events.is_empty(), "events of nobody: {:?}", track.events);
        }
        too_long
    }

    /// Hears what has happened before, and beside the changes of the content.
    async fn hear_all(&mut self) {
        for session in 0..self.tracks.len() {
            self.hear(session).await;
            self.tracks[session].events.clear();
        }
    }

    async fn hear(&mut self, session: usize) {
        let track = &mut self.tracks[session];
        for event in self.backend.events(session).await {
            track.follower.receive(&event);
            track.events.push_back(event);
        }
    }

    /// The model, the follower and what is stored say the same.
    async fn compare(&mut self) {
        for (session, Track { model, follower, .. }) in self.tracks.iter().enumerate() {
            let stored = self.backend.observe(session).await;
            assert_eq!(stored.tree, model.tree, "the stored tree");
            assert_eq!(follower.tree, model.tree, "the tree that the events build");
            assert_eq!((stored.seq, stored.revision), (follower.seq, model.revision));
            assert_eq!(stored.node_count, model.tree.nodes.len() as i64);
            assert_eq!(stored.available, model.history.available((Scope::Session, None)));
            assert!(stored.steps.iter().copied().eq(model.history.listed()), "the history");
            assert_eq!(stored.forgotten, model.history.forgotten as i64);
        }
    }

    /// Undoes all in the first session, then redoes all of that.
    async fn there_and_back(&mut self) {
        let end = self.tracks[0].model.tree.clone();
        let mut undone = 0;
        while self.step(Action::Undo(Scope::Session)).await {
            undone += 1;
        }
        self.compare().await;
        let Session { tree, history, .. } = &self.tracks[0].model;
        if history.to_undo((Scope::Session, None)).is_none() && history.forgotten == 0 {
            assert_eq!(*tree, Tree::default(), "all is undone");
        }
        for _ in 0..undone {
            assert!(self.step(Action::Redo(Scope::Session)).await, "what was undone is redone");
        }
        assert_eq!(self.tracks[0].model.tree, end, "all is redone");
        self.compare().await;
    }

    /// An undo or a redo by nobody in particular; whether it was done.
    async fn step(&mut self, action: Action) -> bool {
        let revision = self.tracks[0].model.revision;
        let walk = Walk::Unlimited;
        let request = Request { client: None, action, key: None, condition: None, walk };
        let manner = Manner { is_cache_lost: false, one_by_one: false };
        self.send_once(vec![(0, request)], manner).await;
        self.tracks[0].model.revision > revision
    }
}

/// Takes all turns.
pub async fn play<B: Backend>(mut run: Run<'_, B>, turns: &[Turn]) {
    run.hear_all().await;
    for turn in turns {
        run.take(turn).await;
    }
}
