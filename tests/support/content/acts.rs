//! What clients do, with nodes that are still to be chosen among those that are there.

use proptest::bool::weighted;
use proptest::collection::vec;
use proptest::prelude::*;

use super::super::dice::Dice;
use super::Manner;

/// A command whose nodes are still to be chosen.
#[derive(Debug, Clone)]
pub enum Draft {
    Create {
        parent: Option<u16>,
        index: Option<u32>,
        properties: usize,
    },
    Delete(u16),
    Link {
        child: u16,
        /// None for the roots.
        parent: Option<u16>,
        index: Option<u32>,
    },
    /// One of the largest family, to another index in it.
    Reorder(u16, u32),
    Unlink(u16),
    Rename(u16, usize),
    Update(u16, usize, usize),
    DeleteProperty(u16, usize),
    Batch(Vec<Draft>),
    /// A graph of nodes that are new or there already, each a root or below the root before it.
    Replace(Vec<(Option<u16>, bool)>),
}

/// What one client asks for.
#[derive(Debug, Clone)]
pub enum Ask {
    Execute(Draft),
    /// In the client's own scope, or in that of the session.
    Undo {
        own: bool,
    },
    Redo {
        own: bool,
    },
    /// One of the requests that had a key, once more.
    Again(usize),
}

#[derive(Debug, Clone)]
pub struct Act {
    pub session: usize,
    pub client: usize,
    pub ask: Ask,
    pub key: Option<usize>,
    pub condition: Option<usize>,
}

#[derive(Debug, Clone)]
pub enum Turn {
    /// Acts that share a transaction where there is a way to that.
    Acts(Vec<Act>, Manner),
    Restart,
    /// Undoes all, and redoes all of that.
    ThereAndBack,
}

/// Which acts there are.
#[derive(Debug, Clone, Copy)]
pub struct Mode {
    pub sessions: usize,
    /// Undo in the scope of a client as well, so that others may be in the way.
    pub own_scope: bool,
    /// The most acts of one transaction.
    pub together: usize,
    /// The most turns.
    pub turns: usize,
}

/// Turns of several clients in some sessions. They are made of one number each, since that takes a
/// fraction of what proptest's own strategies take. A case is made smaller by leaving acts and turns out.
pub fn turns(mode: Mode) -> impl Strategy<Value = Vec<Turn>> {
    let number = || any::<u64>().no_shrink();
    let turn = (number(), vec(number(), 1..=mode.together));
    (vec(turn, 1..=mode.turns), weighted(0.3)).prop_map(move |(numbers, is_there_and_back)| {
        let turns = numbers.into_iter().map(|(number, acts)| turn_of(number, &acts, mode));
        let last = is_there_and_back.then_some(Turn::ThereAndBack);
        [first()].into_iter().chain(turns).chain(last).collect()
    })
}

/// A node and four below it: what comes then has siblings to be put between.
fn first() -> Turn {
    let below = || Draft::Create { parent: Some(0), index: None, properties: 1 };
    let top = Draft::Create { parent: None, index: None, properties: 1 };
    let ask = Ask::Execute(Draft::Batch(vec![top, below(), below(), below(), below()]));
    let act = Act { session: 0, client: 0, ask, key: None, condition: None };
    Turn::Acts(vec![act], Manner { is_cache_lost: false, one_by_one: false })
}

fn turn_of(number: u64, acts: &[u64], mode: Mode) -> Turn {
    let mut dice = Dice::new(number);
    if dice.below(46) == 0 {
        return Turn::Restart;
    }
    let manner = Manner { is_cache_lost: dice.below(2) == 0, one_by_one: dice.below(2) == 0 };
    Turn::Acts(acts.iter().map(|number| act(&mut Dice::new(*number), mode)).collect(), manner)
}

fn act(dice: &mut Dice, mode: Mode) -> Act {
    // Most acts are in the first session.
    let session = if dice.below(4) == 0 { dice.below(mode.sessions) } else { 0 };
    let client = dice.below(4);
    let mut own = || mode.own_scope && dice.below(2) == 0;
    let (undo, redo) = (Ask::Undo { own: own() }, Ask::Redo { own: own() });
    let ask = match dice.below(45) {
        0..30 => Ask::Execute(draft(dice)),
        30..38 => undo,
        38..44 => redo,
        _ => Ask::Again(dice.below(8)),
    };
    let key = some(dice, 10).then(|| dice.below(4));
    let condition = some(dice, 10).then(|| dice.below(4));
    Act { session, client, ask, key, condition }
}

/// One time out of so many.
fn some(dice: &mut Dice, of: usize) -> bool {
    dice.below(of) == 0
}

fn draft(dice: &mut Dice) -> Draft {
    match dice.below(51) {
        0..40 => single(dice),
        40..50 => Draft::Batch((0..dice.below(6)).map(|_| single(dice)).collect()),
        _ => {
            let node = |dice: &mut Dice| (some(dice, 2).then(|| node(dice)), some(dice, 2));
            Draft::Replace((0..dice.below(11)).map(|_| node(dice)).collect())
        }
    }
}

fn single(dice: &mut Dice) -> Draft {
    match dice.below(22) {
        0..9 => Draft::Create {
            parent: (!some(dice, 3)).then(|| node(dice)),
            index: index(dice),
            properties: dice.below(4),
        },
        9 => Draft::Delete(node(dice)),
        10..13 => {
            let (child, is_root) = (node(dice), some(dice, 4));
            let parent = (!is_root).then(|| node(dice));
            Draft::Link { child, parent, index: index(dice) }
        }
        13..16 => Draft::Reorder(node(dice), dice.below(5) as u32),
        16 => Draft::Unlink(node(dice)),
        17..19 => Draft::Rename(node(dice), dice.below(3)),
        19..21 => Draft::Update(node(dice), dice.below(2), dice.below(4)),
        _ => Draft::DeleteProperty(node(dice), dice.below(2)),
    }
}

fn node(dice: &mut Dice) -> u16 {
    dice.below(1 << 16) as u16
}

fn index(dice: &mut Dice) -> Option<u32> {
    some(dice, 2).then(|| dice.below(5) as u32)
}
