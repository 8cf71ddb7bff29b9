//! How far a request may walk over nodes while others wait for the transaction. Most requests look only
//! at the nodes that they name; some walk over a whole subtree, or over many siblings.

use super::TreeCache;
use crate::engine::storage::NodeKey;
use crate::error::Error;

/// How many order keys of siblings are passed in about the time that one node of a subtree takes; measured.
const POSITIONS_PER_NODE: i64 = 100;

/// What a request may still walk over.
#[derive(Default)]
pub(super) struct Walk {
    /// In nodes; None: no limit.
    nodes_left: Option<i64>,
    /// A subtree whose height is known already, in levels.
    known: Option<(NodeKey, usize)>,
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

impl TreeCache {
    /// Another request begins. It may walk over `max_nodes` nodes (None: no limit), and the height of
    /// one subtree may be known already.
    pub fn begin_walk(&mut self, max_nodes: Option<i64>, known: Option<(NodeKey, usize)>) {
        self.walk = Walk { nodes_left: max_nodes, known };
    }

    /// The request has walked over so many order keys of siblings.
    pub fn walk_over_positions(&mut self, positions: i64) -> Result<(), Error> {
        self.walk.over_nodes(positions / POSITIONS_PER_NODE)
    }
}
