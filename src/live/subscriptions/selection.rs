//! The part of what the hub delivers that one client is to be sent: each event once and in order.

use std::sync::Arc;

use super::Subscriptions;
use super::outgoing::{Messages, Outgoing};
use crate::hub::{Delivery, EncodedMessage, Missed, Queued};
use crate::live::replay::Replay;
use crate::model::SessionId;

impl Subscriptions {
    /// The part of a queue item that the client is to be sent.
    pub(super) fn select(&mut self, queued: Queued) -> Option<Outgoing> {
        match queued {
            Queued::Delivery(delivery) if delivery.session_id.is_none() => {
                self.watches_all.then_some(Outgoing::Messages(Messages::All(delivery)))
            }
            Queued::Delivery(delivery) if delivery.is_presence() => self.select_presence(delivery),
            Queued::Delivery(delivery) if delivery.first_event().is_some() => {
                self.select_events(delivery)
            }
            Queued::Delivery(delivery) => self
                .has(delivery.session_id?)
                .then_some(Outgoing::Messages(Messages::All(delivery))),
            Queued::Missed(missed) => {
                for (session_id, missed) in missed {
                    self.schedule_replay(session_id, missed);
                }
                None
            }
        }
    }

    /// The events after the cursor. The queue may have events that were committed before the join.
    /// Event numbers have no holes, so these are the first ones of the delivery, if any.
    fn select_events(&mut self, delivery: Arc<Delivery>) -> Option<Outgoing> {
        let session_id = delivery.session_id?;
        let cursor = self.cursors.get_mut(&session_id)?;
        let (first, last) = (delivery.first_event()?.seq, delivery.last_event()?);
        let after = cursor.sent;
        cursor.sent = after.max(last.seq);
        if last.ends_session() && last.seq > cursor.joined {
            self.end(session_id);
        }
        let skipped = usize::try_from(after + 1 - first).unwrap_or(0);
        if after + 1 < first {
            // The queue notes every event that it drops, so this does not happen. If it did, the log
            // would have the missing events.
            let mut missed = Missed::default();
            missed.add_events(&delivery);
            return Some(Outgoing::Replay(self.replay(session_id, after, missed)));
        }
        match skipped {
            0 => Some(Outgoing::Messages(Messages::All(delivery))),
            _ if skipped >= delivery.messages.len() => None,
            _ => Some(Outgoing::Messages(Messages::Some(delivery.messages[skipped..].to_vec()))),
        }
    }

    /// The presence of the other clients; no client is sent its own.
    fn select_presence(&self, delivery: Arc<Delivery>) -> Option<Outgoing> {
        self.cursors.get(&delivery.session_id?)?;
        let client_id = self.listener.client_id();
        let is_own = |encoded: &Arc<EncodedMessage>| encoded.is_presence_of(client_id);
        if !delivery.messages.iter().any(is_own) {
            return Some(Outgoing::Messages(Messages::All(delivery)));
        }
        let others: Vec<_> = delivery.messages.iter().filter(|m| !is_own(m)).cloned().collect();
        (!others.is_empty()).then_some(Outgoing::Messages(Messages::Some(others)))
    }

    /// Schedules a replay of what the queue did not take.
    fn schedule_replay(&mut self, session_id: SessionId, missed: Missed) {
        let Some(cursor) = self.cursors.get_mut(&session_id) else { return };
        let last = missed.removal.as_ref().map_or(missed.until, |removal| removal.seq);
        let after = cursor.sent;
        cursor.sent = after.max(last);
        let is_end = missed.removal.is_some() && last > cursor.joined;
        if missed.presence {
            self.state.metrics.live.presence_dropped_total.inc();
            self.state.hub.resume_presence(session_id, &self.listener);
        }
        if is_end {
            self.end(session_id);
        }
        if last > after {
            let replay = self.replay(session_id, after, missed);
            self.replays.push_back(replay);
        }
    }

    fn replay(&self, session_id: SessionId, after: i64, missed: Missed) -> Replay {
        let until = missed.until.max(after);
        Replay::new(self.state.clone(), session_id, after, until).with_removal(missed.removal)
    }
}
