//! What a client is to be sent.

use std::sync::Arc;

use crate::hub::{Delivery, EncodedMessage};
use crate::live::disconnect::Disconnect;
use crate::live::replay::Replay;
use crate::live::response::Response;

/// What a client is to be sent next.
pub enum Outgoing {
    Messages(Messages),
    Replay(Replay),
    /// What no request has asked for.
    Notice(Response),
    /// The connection is to end.
    End(Disconnect),
}

/// The messages of a delivery that the client is to be sent.
pub enum Messages {
    /// All of them; their frames are encoded once for all clients.
    All(Arc<Delivery>),
    Some(Vec<Arc<EncodedMessage>>),
}

impl Messages {
    /// Each message, in order.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<EncodedMessage>> {
        match self {
            Self::All(delivery) => delivery.messages.iter(),
            Self::Some(messages) => messages.iter(),
        }
    }
}
