//! How far a request may walk over rows while others wait for the transaction. Most requests look at
//! what they name; some walk over a whole subtree, or over many siblings.

use super::{Content, Key};
use crate::error::Error;
use crate::model::NodeId;

/// Entries of the index of places that are walked over in about the time that it takes to change a node.
const PLACES_A_NODE: i64 = 100;

/// The height of a subtree, as the content was at a revision.
#[derive(Debug, Clone, Copy)]
pub(in crate::store) struct Height {
    pub revision: i64,
    pub node_id: NodeId,
    /// Levels; a leaf has 1.
    pub levels: usize,
}

/// What a request may still walk over.
#[derive(Default)]
pub(super) struct Walk {
    /// Nodes; None: as many as there are.
    left: Option<i64>,
    /// The one whose height is known already.
    known: Option<(Key, usize)>,
}

impl Walk {
    /// The height of this subtree, if it is known already.
    pub fn known_height(&self, key: Key) -> Option<usize> {
        self.known.and_then(|(known, levels)| (known == key).then_some(levels))
    }

    /// The most nodes that are still walked over; None: as many as there are.
    pub fn most(&self) -> Option<i64> {
        self.left
    }

    /// It has walked over so many nodes.
    pub fn over_nodes(&mut self, nodes: i64) -> Result<(), Error> {
        match &mut self.left {
            Some(left) if *left < nodes => Err(Error::TooLong),
            Some(left) => {
                *left -= nodes;
                Ok(())
            }
            None => Ok(()),
        }
    }
}

impl Content {
    /// Another request begins, which may walk over so many nodes (None: as many as there are), and
    /// of which a height may be known already.
    pub fn begin_request(&mut self, nodes: Option<i64>, known: Option<(Key, usize)>) {
        self.walk = Walk { left: nodes, known };
    }

    /// The request has walked over so many entries of the index of places.
    pub fn walk_over_places(&mut self, places: i64) -> Result<(), Error> {
        self.walk.over_nodes(places / PLACES_A_NODE)
    }
}
