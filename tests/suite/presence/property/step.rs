//! What may happen, at random.

use proptest::prelude::*;

pub const SESSIONS: usize = 4;
pub const CLIENTS: usize = 4;

/// What happens next to a session or a client.
#[derive(Debug, Clone)]
pub enum Step {
    Create(usize),
    Join {
        client: usize,
        session: usize,
    },
    Leave {
        client: usize,
        session: usize,
    },
    /// With a close frame.
    Close(usize),
    /// Without a close frame.
    Drop(usize),
    Delete(usize),
    Pin {
        session: usize,
        pinned: bool,
    },
    Touch(usize),
    /// Makes it look as if nothing had happened for two hours.
    Age(usize),
    Cleanup {
        dry_run: bool,
    },
    Terminate,
    Kill,
}

pub fn step() -> impl Strategy<Value = Step> {
    let (session, client) = (0..SESSIONS, 0..CLIENTS);
    prop_oneof![
        3 => session.clone().prop_map(Step::Create),
        12 => (client.clone(), session.clone())
            .prop_map(|(client, session)| Step::Join { client, session }),
        6 => (client.clone(), session.clone())
            .prop_map(|(client, session)| Step::Leave { client, session }),
        2 => client.clone().prop_map(Step::Close),
        2 => client.prop_map(Step::Drop),
        2 => session.clone().prop_map(Step::Delete),
        3 => (session.clone(), any::<bool>())
            .prop_map(|(session, pinned)| Step::Pin { session, pinned }),
        2 => session.clone().prop_map(Step::Touch),
        5 => session.prop_map(Step::Age),
        3 => any::<bool>().prop_map(|dry_run| Step::Cleanup { dry_run }),
        1 => Just(Step::Terminate),
        1 => Just(Step::Kill),
    ]
}
