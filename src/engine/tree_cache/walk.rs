//! How far a request may walk over nodes while others wait for the transaction. Most requests look only
//! at the nodes that they name; some walk over a whole subtree, or over many siblings.

use crate::engine::storage::NodeKey;
use crate::error::Error;

/// How many order keys of siblings are passed in about the time that one node of a subtree takes; measured.
const POSITIONS_PER_NODE: i64 = 100;

/// What a request may still walk over.
#[derive(Default)]
pub(super) struct Walk {
    /// In nodes; None: no limit.
    pub nodes_left: Option<i64>,
    /// A subtree whose height is known already, in levels.
    pub known: Option<(NodeKey, usize)>,
}

impl Walk {
    /// The height of this subtree, if it is known already.
    pub fn known_height(&self, key: NodeKey) -> Option<usize> {
        self.known.and_then(|(known, levels)| (known == key).then_some(levels))
    }

    /// How many nodes it may still walk over; None: no limit.
    pub fn nodes_left(&self) -> Option<i64> {
        self.nodes_left
    }

    /// The request has walked over so many order keys of siblings.
    pub fn over_positions(&mut self, positions: i64) -> Result<(), Error> {
        self.over_nodes(positions / POSITIONS_PER_NODE)
    }

    /// The request has walked over so many nodes.
    pub fn over_nodes(&mut self, nodes: i64) -> Result<(), Error> {
        match &mut self.nodes_left {
            Some(left) if *left < nodes => Err(Error::TooLong),
            Some(left) => {
                *left -= nodes;
                Ok(())
            }
            None => Ok(()),
        }
    }
}
