//! What several clients do, at random.

use proptest::collection::vec;
use proptest::prelude::*;

/// A command whose nodes are still to be chosen among those that are there.
#[derive(Debug, Clone)]
pub enum Draft {
    Create(Option<u8>, Option<u8>, u8),
    Delete(u8),
    Link(u8, u8, Option<u8>),
    /// One of the largest family, to another index in it.
    Reorder(u8, u8),
    Unlink(u8),
    Rename(u8, u8),
    Update(u8, u8, u8),
    DeleteProperty(u8, u8),
    Batch(Vec<Draft>),
}

/// What a client does next, or a restart.
#[derive(Debug, Clone)]
pub enum Act {
    Execute(u8, Draft),
    Undo(u8, bool),
    Redo(u8, bool),
    Restart,
}

fn single() -> impl Strategy<Value = Draft> {
    let index = || proptest::option::of(0u8..5);
    prop_oneof![
        9 => (proptest::option::weighted(0.7, any::<u8>()), index(), 0u8..4)
            .prop_map(|(parent, index, properties)| Draft::Create(parent, index, properties)),
        1 => any::<u8>().prop_map(Draft::Delete),
        3 => (any::<u8>(), any::<u8>(), index()).prop_map(|(c, p, i)| Draft::Link(c, p, i)),
        3 => (any::<u8>(), 0u8..5).prop_map(|(child, index)| Draft::Reorder(child, index)),
        1 => any::<u8>().prop_map(Draft::Unlink),
        2 => (any::<u8>(), 0u8..3).prop_map(|(id, name)| Draft::Rename(id, name)),
        2 => (any::<u8>(), 0u8..2, 0u8..4).prop_map(|(id, key, v)| Draft::Update(id, key, v)),
        1 => (any::<u8>(), 0u8..2).prop_map(|(id, key)| Draft::DeleteProperty(id, key)),
    ]
}

pub fn acts(own_scope: bool) -> impl Strategy<Value = Vec<Act>> {
    let draft = prop_oneof![8 => single(), 2 => vec(single(), 0..6).prop_map(Draft::Batch)];
    let who = || 0u8..4;
    let scope = || any::<bool>().prop_map(move |own| own && own_scope);
    let act = prop_oneof![
        30 => (who(), draft).prop_map(|(who, draft)| Act::Execute(who, draft)),
        8 => (who(), scope()).prop_map(|(who, own)| Act::Undo(who, own)),
        6 => (who(), scope()).prop_map(|(who, own)| Act::Redo(who, own)),
        1 => Just(Act::Restart),
    ];
    // A node and four below it: what comes then has siblings to be put between.
    let below = || Draft::Create(Some(0), None, 1);
    let family = vec![Draft::Create(None, None, 1), below(), below(), below(), below()];
    let first = vec![Act::Execute(0, Draft::Batch(family))];
    vec(act, 1..40).prop_map(move |acts| [first.clone(), acts].concat())
}
