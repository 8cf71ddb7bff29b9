//! The plain WebSocket door: one JSON object a text frame.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket, close_code};
use bytes::Bytes;
use futures_util::SinkExt;
use serde_json::value::RawValue;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until, timeout};
use uuid::Uuid;

use super::Participant;
use super::answer::Answer;
use super::replay::{Missed, Replay};
use super::request::{Envelope, Request};
use crate::error::Error;
use crate::hub::Delivery;
use crate::service::{Limits, Service};
use crate::session::{DepartureReason, Transport};
use crate::shape;

/// Past so many frames a larger write to the network gains nothing (measured).
const FRAMES_A_FLUSH: usize = 64;
/// How long a client that is put out may take to read why.
const FAREWELL: Duration = Duration::from_secs(1);

/// Serves one connection from its beginning to its end.
pub async fn serve(service: Arc<Service>, socket: WebSocket) {
    let client_id = Uuid::now_v7().to_string();
    // Its own: every wait for the shared one would take the same lock.
    let draining = service.draining.child_token();
    let limits = service.limits;
    let mut wire = Wire { socket, patience: limits.ping_interval + limits.ping_timeout };
    let (mut participant, deliveries) = Participant::new(service, client_id, Transport::WebSocket);
    let listener = participant.listener.clone();
    let reason = tokio::select! {
        Err(reason) = converse(&mut wire, &mut participant, deliveries, limits) => reason,
        () = listener.overrun() => DepartureReason::SlowConsumer,
        () = draining.cancelled() => DepartureReason::ServerShutdown,
    };
    // Counted out first: the client may take its time to hear of it.
    participant.leave(reason).await;
    wire.say_goodbye(reason).await;
}

/// Reads requests and writes answers and events until one side has had enough.
async fn converse(
    wire: &mut Wire,
    participant: &mut Participant,
    mut deliveries: mpsc::Receiver<Delivery>,
    limits: Limits,
) -> Result<std::convert::Infallible, DepartureReason> {
    let mut heard = Instant::now();
    let mut asked = false;
    loop {
        let patience = if asked { limits.ping_timeout } else { Duration::ZERO };
        tokio::select! {
            frame = wire.socket.recv() => {
                heard = Instant::now();
                asked = false;
                match frame {
                    Some(Ok(Message::Close(_))) | None => return Err(DepartureReason::Disconnected),
                    Some(Err(_)) => return Err(DepartureReason::ConnectionLost),
                    Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                    Some(Ok(Message::Text(text))) if text.len() > limits.body => {
                        wire.send(too_large(limits.body)).await?;
                    }
                    Some(Ok(Message::Text(text))) => {
                        let (frame, replay) = answer(participant, text.as_str()).await;
                        if let Some(frame) = frame {
                            wire.send(frame).await?;
                        }
                        if let Some(replay) = replay {
                            wire.catch_up(replay).await?;
                        }
                    }
                    Some(Ok(Message::Binary(_))) => wire.send(binary_refused()).await?,
                }
            }
            Some(delivery) = deliveries.recv() => {
                forward(wire, participant, delivery, &mut deliveries).await?;
            }
            () = sleep_until(heard + limits.ping_interval + patience) => {
                if asked {
                    return Err(DepartureReason::PingTimeout);
                }
                asked = true;
                wire.ping().await?;
            }
        }
    }
}

async fn answer(participant: &mut Participant, text: &str) -> (Option<String>, Option<Replay>) {
    // serde reads structs from lists as well.
    let object = text.trim_start().starts_with('{');
    let envelope = serde_json::from_str(text).ok().filter(|_| object);
    let Some(envelope): Option<Envelope> = envelope else {
        // The other readings are for the sentence that names the field, and for the ref.
        let failure = shape::read::<Named>(text.as_bytes()).err();
        let unread = || Error::InvalidRequest("The frame can't be read.".to_owned());
        let failure = failure.unwrap_or_else(unread);
        let reference = serde_json::from_str::<Referred>(text).ok().filter(|_| object);
        let frame = written(failure.into(), reference.and_then(|frame| frame.reference));
        return (Some(frame), None);
    };
    let (answer, replay) = match Request::parse(&envelope.name, text, participant.limits()) {
        Ok(request) => participant.answer(request).await,
        Err(failure) => (failure.into(), None),
    };
    let frame = (!answer.is_silent()).then(|| written(answer, envelope.reference));
    (frame, replay)
}

#[derive(serde::Deserialize)]
struct Named {
    #[serde(rename = "type")]
    _name: String,
}

/// What can still be told of a frame without a readable type.
#[derive(serde::Deserialize)]
struct Referred<'a> {
    #[serde(borrow, rename = "ref")]
    reference: Option<&'a RawValue>,
}

fn binary_refused() -> String {
    let text = "The frame is binary. Send one JSON object as a text frame.";
    written(Error::InvalidRequest(text.to_owned()).into(), None)
}

/// To look for its `ref` would be to read what nobody need read.
fn too_large(limit: usize) -> String {
    let failure = Error::PayloadTooLarge { what: "frame", limit, setting: "--body-limit" };
    written(failure.into(), None)
}

/// `{"type": …, …the answer's own…, "ref": …}`.
fn written(answer: Answer, reference: Option<&RawValue>) -> String {
    #[derive(serde::Serialize)]
    struct Frame<'a> {
        #[serde(rename = "type")]
        name: &'static str,
        #[serde(flatten)]
        answer: &'a Answer,
        #[serde(rename = "ref", skip_serializing_if = "Option::is_none")]
        reference: Option<&'a RawValue>,
    }
    let frame = Frame { name: answer.name(), answer: &answer, reference };
    serde_json::to_string(&frame).unwrap_or_default()
}

/// Writes what waits, as much as goes well into one write to the network.
async fn forward(
    wire: &mut Wire,
    participant: &mut Participant,
    first: Delivery,
    deliveries: &mut mpsc::Receiver<Delivery>,
) -> Result<(), DepartureReason> {
    let mut frames = Vec::new();
    let mut written = 0;
    let mut next = Some(first);
    while let Some(delivery) = next {
        for sharable in delivery.iter().filter(|sharable| participant.wants(&sharable.notice)) {
            frames.push(sharable.plain().clone());
            if frames.len() == FRAMES_A_FLUSH {
                wire.send_all(frames.drain(..)).await?;
                written += FRAMES_A_FLUSH;
            }
        }
        // After a full write it is the client's turn to be heard.
        next = if written == 0 { deliveries.try_recv().ok() } else { None };
    }
    wire.send_all(frames.drain(..)).await
}

/// The socket with an end to its patience: who does not read what is written for as long as a
/// ping and its answer may take would not have answered a ping either.
struct Wire {
    socket: WebSocket,
    patience: Duration,
}

impl Wire {
    async fn send(&mut self, frame: String) -> Result<(), DepartureReason> {
        bounded(self.patience, self.socket.send(Message::Text(frame.into()))).await
    }

    /// Writes frames to the network at once.
    async fn send_all(
        &mut self,
        frames: impl ExactSizeIterator<Item = Utf8Bytes>,
    ) -> Result<(), DepartureReason> {
        if frames.len() == 0 {
            return Ok(());
        }
        let write = async {
            for frame in frames {
                self.socket.feed(Message::Text(frame)).await?;
            }
            self.socket.flush().await
        };
        bounded(self.patience, write).await
    }

    async fn ping(&mut self) -> Result<(), DepartureReason> {
        bounded(self.patience, self.socket.send(Message::Ping(Bytes::new()))).await
    }

    /// Sends what the client missed, or that it can't be had any more.
    async fn catch_up(&mut self, mut replay: Replay) -> Result<(), DepartureReason> {
        loop {
            match replay.next().await {
                Ok(None) => return Ok(()),
                Ok(Some(Missed::Events(events))) => {
                    self.send_all(events.iter().map(|event| event.to_json("type").into())).await?;
                }
                Ok(Some(Missed::Gap(gap))) => self.send(written(gap, None)).await?,
                Err(failure) => return self.send(written(failure.into(), None)).await,
            }
        }
    }

    async fn say_goodbye(mut self, reason: DepartureReason) {
        let (code, text) = match reason {
            DepartureReason::SlowConsumer => {
                (close_code::AGAIN, "slow consumer: its queue overflowed; join again with since")
            }
            DepartureReason::ServerShutdown => (close_code::AWAY, "the server is stopping"),
            DepartureReason::PingTimeout => (close_code::POLICY, "no answer to a ping"),
            _ => return,
        };
        let frame = CloseFrame { code, reason: Utf8Bytes::from_static(text) };
        // A client that does not read gets no reason; it is gone for us already.
        let _ = timeout(FAREWELL, self.socket.send(Message::Close(Some(frame)))).await;
    }
}

async fn bounded(
    patience: Duration,
    write: impl Future<Output = Result<(), axum::Error>>,
) -> Result<(), DepartureReason> {
    match timeout(patience, write).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) => Err(DepartureReason::ConnectionLost),
        Err(_) => Err(DepartureReason::PingTimeout),
    }
}
