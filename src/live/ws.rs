//! The plain WebSocket door: one JSON object a text frame.

use std::pin::pin;
use std::sync::Arc;

use bytes::Bytes;
use serde_json::value::RawValue;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep};
use tokio_tungstenite::tungstenite::Message;
use uuid::Uuid;

use super::Participant;
use super::answer::Answer;
use super::replay::{Missed, Replay};
use super::request::{Envelope, Request};
use super::wire::{Socket, Wire};
use crate::error::Error;
use crate::frame;
use crate::hub::Delivery;
use crate::service::{Limits, Service};
use crate::session::{DepartureReason, Transport};
use crate::shape;

/// Serves one connection from its beginning to its end.
pub async fn serve(service: Arc<Service>, socket: Socket) {
    let client_id = Uuid::now_v7().to_string();
    let limits = service.limits;
    let mut wire = Wire::new(socket, limits.ping_interval + limits.ping_timeout);
    let (mut participant, deliveries) = Participant::new(service, client_id, Transport::WebSocket);
    let ended = participant.ended();
    let reason = tokio::select! {
        Err(reason) = converse(&mut wire, &mut participant, deliveries, limits) => reason,
        reason = ended => reason,
    };
    // Counted out first: the client may take its time to hear of it.
    participant.leave(reason).await;
    wire.say_goodbye(reason).await;
}

/// Reads requests and writes answers and events until one side has had enough.
async fn converse(
    wire: &mut Wire,
    participant: &mut Participant,
    mut deliveries: mpsc::Receiver<Arc<Delivery>>,
    limits: Limits,
) -> Result<std::convert::Infallible, DepartureReason> {
    let mut heard = Instant::now();
    let mut asked = false;
    let mut silence = pin!(sleep(limits.ping_interval));
    loop {
        tokio::select! {
            message = wire.hear() => {
                heard = Instant::now();
                if std::mem::take(&mut asked) {
                    silence.as_mut().reset(heard + limits.ping_interval);
                }
                match message {
                    Some(Ok(Message::Text(text))) => {
                        // An idle connection holds no room for what a request takes.
                        Box::pin(respond(wire, participant, &text, limits.body)).await?;
                    }
                    Some(Ok(Message::Binary(_))) => wire.push(binary_refused()),
                    Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => {}
                    Some(Ok(Message::Close(_))) | None => return Err(DepartureReason::Disconnected),
                    Some(Err(_)) => return Err(DepartureReason::ConnectionLost),
                }
            }
            Some(delivery) = deliveries.recv() => forward(wire, participant, &delivery).await?,
            () = &mut silence => {
                let now = Instant::now();
                let due = heard + limits.ping_interval;
                if now < due {
                    silence.as_mut().reset(due);
                } else if asked {
                    return Err(DepartureReason::PingTimeout);
                } else {
                    asked = true;
                    silence.as_mut().reset(now + limits.ping_timeout);
                    wire.ping().await?;
                }
            }
        }
        // What waits goes along in the same write; after a full one the client is heard.
        while !wire.is_full()
            && let Ok(delivery) = deliveries.try_recv()
        {
            forward(wire, participant, &delivery).await?;
        }
        wire.flush().await?;
    }
}

/// Answers a request, and sends what a client missed that joins again.
async fn respond(
    wire: &mut Wire,
    participant: &mut Participant,
    text: &str,
    limit: usize,
) -> Result<(), DepartureReason> {
    if text.len() > limit {
        wire.push(too_large(limit));
        return Ok(());
    }
    let (frame, replay) = answer(participant, text).await;
    if let Some(frame) = frame {
        wire.push(frame);
    }
    match replay {
        Some(replay) => catch_up(wire, replay).await,
        None => Ok(()),
    }
}

async fn answer(participant: &mut Participant, text: &str) -> (Option<Bytes>, Option<Replay>) {
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

fn binary_refused() -> Bytes {
    let text = "The frame is binary. Send one JSON object as a text frame.";
    written(Error::InvalidRequest(text.to_owned()).into(), None)
}

/// To look for its `ref` would be to read what nobody need read.
fn too_large(limit: usize) -> Bytes {
    let failure = Error::PayloadTooLarge { what: "frame", limit, setting: "--body-limit" };
    written(failure.into(), None)
}

/// `{"type": …, …the answer's own…, "ref": …}`.
fn written(answer: Answer, reference: Option<&RawValue>) -> Bytes {
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
    frame::text(&serde_json::to_string(&frame).unwrap_or_default())
}

/// Puts what a delivery has for this client behind what is to be written.
async fn forward(
    wire: &mut Wire,
    participant: &mut Participant,
    delivery: &Delivery,
) -> Result<(), DepartureReason> {
    match participant.skips(delivery) {
        0 => wire.push(delivery.plain().clone()),
        skipped => {
            for told in &delivery.notices[skipped..] {
                wire.push(told.frame().clone());
            }
        }
    }
    if wire.is_full() { wire.flush().await } else { Ok(()) }
}

/// Sends what the client missed, or that it can't be had any more.
async fn catch_up(wire: &mut Wire, mut replay: Replay) -> Result<(), DepartureReason> {
    loop {
        match replay.next().await {
            Ok(None) => return Ok(()),
            Ok(Some(Missed::Events(events))) => {
                for event in &events {
                    wire.push(frame::text(&event.to_json("type")));
                }
            }
            Ok(Some(Missed::Gap(gap))) => wire.push(written(gap, None)),
            Err(failure) => {
                wire.push(written(failure.into(), None));
                return Ok(());
            }
        }
        wire.flush().await?;
    }
}
