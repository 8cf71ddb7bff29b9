//! The plain WebSocket door: one JSON object a text frame.

use std::pin::pin;
use std::sync::Arc;

use bytes::Bytes;
use serde_json::value::RawValue;
use tokio::time::{Instant, sleep};
use tokio_tungstenite::tungstenite::{self, Message};
use uuid::Uuid;

use super::answer::Answer;
use super::disconnect::Disconnect;
use super::replay::{Missed, Replay};
use super::request::{Envelope, Request};
use super::wire::{Socket, Wire};
use super::{Due, Messages, Participant};
use crate::error::Error;
use crate::frame;
use crate::json;
use crate::model::{DepartureReason, Transport};
use crate::state::{AppState, Limits};

/// Serves one connection from its beginning to its end.
pub async fn serve(state: Arc<AppState>, socket: Socket) {
    let client_id = Uuid::now_v7().to_string();
    let limits = state.limits;
    let mut participant = Participant::new(state, client_id, Transport::WebSocket);
    let mut wire = Wire::new(socket, vec![participant.listener().clone()]);
    let ended = participant.ended();
    let disconnect = tokio::select! {
        Err(disconnect) = converse(&mut wire, &mut participant, limits) => disconnect,
        reason = ended => reason.into(),
    };
    // Counted out first: the client may take its time to hear of it.
    participant.leave(disconnect.reason).await;
    wire.close(disconnect).await;
}

/// Reads requests and writes answers and events until one side has had enough.
async fn converse(
    wire: &mut Wire,
    participant: &mut Participant,
    limits: Limits,
) -> Result<std::convert::Infallible, Disconnect> {
    let mut heard = Instant::now();
    let mut asked = false;
    let mut silence = pin!(sleep(limits.ping_interval));
    loop {
        tokio::select! {
            // In this order: an answer to a ping may wait behind a write that took long, and who
            // has much to be sent is asked all the same whether it is there.
            biased;
            message = wire.hear() => {
                heard = Instant::now();
                if std::mem::take(&mut asked) {
                    silence.as_mut().reset(heard + limits.ping_interval);
                }
                match message {
                    Some(Ok(Message::Text(text))) => {
                        // An idle connection holds no room for what a request takes.
                        Box::pin(respond(wire, participant, &text)).await?;
                    }
                    Some(Ok(Message::Binary(_))) => wire.push(binary_refused()),
                    Some(Ok(Message::Ping(_))) => wire.write_pong().await?,
                    Some(Ok(Message::Pong(_) | Message::Frame(_))) => {}
                    Some(Ok(Message::Close(_))) | None => {
                        return Err(DepartureReason::Disconnected.into());
                    }
                    Some(Err(failure)) => {
                        if let tungstenite::Error::Capacity(_) = failure {
                            wire.push(too_large(limits.body));
                        }
                        return Err(failure.into());
                    }
                }
            }
            () = &mut silence => {
                let now = Instant::now();
                let due = heard + limits.ping_interval;
                if now < due {
                    silence.as_mut().reset(due);
                } else if asked {
                    return Err(DepartureReason::PingTimeout.into());
                } else {
                    asked = true;
                    silence.as_mut().reset(now + limits.ping_timeout);
                    wire.ping().await?;
                }
            }
            due = participant.next_due() => forward(wire, due).await?,
        }
        // What waits goes along in the same write; after a full one the client is heard.
        while !wire.is_full()
            && let Some(due) = participant.try_next_due()
        {
            forward(wire, due).await?;
        }
        wire.flush().await?;
    }
}

/// Answers a request, and sends what a client missed that joins again.
async fn respond(
    wire: &mut Wire,
    participant: &mut Participant,
    text: &str,
) -> Result<(), Disconnect> {
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
        let failure = json::read::<Named>(text.as_bytes()).err();
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

/// Of a frame of which no more than its length was read.
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

/// Puts what is due behind what is to be written.
async fn forward(wire: &mut Wire, due: Due) -> Result<(), Disconnect> {
    match due {
        Due::Messages(Messages::All(delivery)) => wire.push(delivery.frames().clone()),
        Due::Messages(messages) => {
            messages.iter().for_each(|encoded| wire.push(encoded.frame().clone()))
        }
        // An idle connection holds no room for it.
        Due::Replay(replay) => return Box::pin(catch_up(wire, replay)).await,
    }
    if wire.is_full() { wire.flush().await } else { Ok(()) }
}

/// Sends what the client missed, or that it can't be had any more.
async fn catch_up(wire: &mut Wire, mut replay: Replay) -> Result<(), Disconnect> {
    loop {
        match replay.next().await {
            Ok(None) => return Ok(()),
            Ok(Some(Missed::Events(events))) => {
                for event in &events {
                    wire.push(frame::text(&event.to_json("type")));
                }
            }
            Ok(Some(Missed::Gap(gap))) => wire.push(written(gap, None)),
            Err(failure) => wire.push(written(failure.into(), None)),
        }
        wire.flush().await?;
    }
}
