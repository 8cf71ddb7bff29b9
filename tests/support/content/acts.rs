//! What clients do, with nodes that are still to be chosen among those that are there.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use super::Manner;

/// A command whose nodes are still to be chosen.
#[derive(Debug, Clone)]
pub enum Draft {
    Create {
        parent: Option<u16>,
        index: Option<u8>,
        properties: u8,
    },
    Delete(u16),
    Link {
        child: u16,
        parent: u16,
        index: Option<u8>,
    },
    /// One of the largest family, to another index in it.
    Reorder(u16, u8),
    Unlink(u16),
    Rename(u16, u8),
    Update(u16, u8, u8),
    DeleteProperty(u16, u8),
    Batch(Vec<Draft>),
    /// A graph of nodes that are new or there already, each a root or below the root before it.
    Replace(Vec<(Option<u16>, bool)>),
}

/// What one client asks for.
#[derive(Debug, Clone)]
pub enum Ask {
    Execute(Draft),
    /// In the client's own scope, or in that of the session.
    Undo(bool),
    Redo(bool),
    /// One of the requests that had a key, once more.
    Again(u8),
}

#[derive(Debug, Clone)]
pub struct Act {
    pub session: u8,
    pub who: u8,
    pub ask: Ask,
    pub key: Option<u8>,
    pub condition: Option<u8>,
}

#[derive(Debug, Clone)]
pub enum Turn {
    /// Acts that share a transaction where there is a way to that.
    Acts(Vec<Act>, Manner),
    Restart,
}

/// Which acts there are.
#[derive(Debug, Clone, Copy)]
pub struct Mode {
    /// Undo in the scope of a client as well, so that others may be in the way.
    pub own_scope: bool,
    /// The most acts of one transaction.
    pub together: usize,
    /// The most turns.
    pub turns: usize,
}

fn single() -> impl Strategy<Value = Draft> {
    let index = || option::of(0u8..5);
    let node = any::<u16>;
    prop_oneof![
        9 => (option::weighted(0.7, node()), index(), 0u8..4)
            .prop_map(|(parent, index, properties)| Draft::Create { parent, index, properties }),
        1 => node().prop_map(Draft::Delete),
        3 => (node(), node(), index())
            .prop_map(|(child, parent, index)| Draft::Link { child, parent, index }),
        3 => (node(), 0u8..5).prop_map(|(child, index)| Draft::Reorder(child, index)),
        1 => node().prop_map(Draft::Unlink),
        2 => (node(), 0u8..3).prop_map(|(id, name)| Draft::Rename(id, name)),
        2 => (node(), 0u8..2, 0u8..4).prop_map(|(id, key, value)| Draft::Update(id, key, value)),
        1 => (node(), 0u8..2).prop_map(|(id, key)| Draft::DeleteProperty(id, key)),
    ]
}

fn draft() -> impl Strategy<Value = Draft> {
    prop_oneof![
        40 => single(),
        10 => vec(single(), 0..6).prop_map(Draft::Batch),
        1 => vec((option::of(any::<u16>()), any::<bool>()), 0..6).prop_map(Draft::Replace),
    ]
}

fn act(own_scope: bool) -> impl Strategy<Value = Act> {
    let scope = || any::<bool>().prop_map(move |own| own && own_scope);
    let ask = prop_oneof![
        30 => draft().prop_map(Ask::Execute),
        8 => scope().prop_map(Ask::Undo),
        6 => scope().prop_map(Ask::Redo),
        1 => any::<u8>().prop_map(Ask::Again),
    ];
    let rarely = |share| option::weighted(share, 0u8..4);
    (0u8..4, 0u8..4, ask, rarely(0.1), rarely(0.1))
        .prop_map(|(session, who, ask, key, condition)| Act { session, who, ask, key, condition })
}

/// Turns of several clients in some sessions. The first makes a node and four below it: what comes then
/// has siblings to be put between.
pub fn turns(mode: Mode) -> impl Strategy<Value = Vec<Turn>> {
    let manner = (any::<bool>(), any::<bool>())
        .prop_map(|(is_cache_lost, one_by_one)| Manner { is_cache_lost, one_by_one });
    let turn = prop_oneof![
        45 => (vec(act(mode.own_scope), 1..=mode.together), manner)
            .prop_map(|(acts, manner)| Turn::Acts(acts, manner)),
        1 => Just(Turn::Restart),
    ];
    vec(turn, 1..=mode.turns).prop_map(|turns| {
        let below = || Draft::Create { parent: Some(1), index: None, properties: 1 };
        let top = Draft::Create { parent: None, index: None, properties: 1 };
        let family = vec![top, below(), below(), below(), below()];
        let ask = Ask::Execute(Draft::Batch(family));
        let act = Act { session: 0, who: 0, ask, key: None, condition: None };
        let manner = Manner { is_cache_lost: false, one_by_one: false };
        [vec![Turn::Acts(vec![act], manner)], turns].concat()
    })
}
