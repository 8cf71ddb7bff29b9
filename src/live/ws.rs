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
pub async fn serve(service: Arc<Service>, mut socket: WebSocket) {
    let client_id = Uuid::now_v7().to_string();
    let draining = service.draining.clone();
    let limits = service.limits;
    let (mut participant, deliveries) = Participant::new(service, client_id, Transport::WebSocket);
    let listener = participant.listener.clone();
    let reason = tokio::select! {
        reason = converse(&mut socket, &mut participant, deliveries, limits) => reason,
        () = listener.overrun() => DepartureReason::SlowConsumer,
        () = draining.cancelled() => DepartureReason::ServerShutdown,
    };
    // Counted out first: the client may take its time to hear of it.
    participant.leave(reason).await;
    say_goodbye(socket, reason).await;
}

/// What the server has to write next.
enum Output {
    Frame(String),
    Events(Delivery),
    Ping,
}

/// Reads requests and writes answers and events until one side has had enough.
async fn converse(
    socket: &mut WebSocket,
    participant: &mut Participant,
    mut deliveries: mpsc::Receiver<Delivery>,
    limits: Limits,
) -> DepartureReason {
    let mut heard = Instant::now();
    let mut asked = false;
    loop {
        let patience = if asked { limits.ping_timeout } else { Duration::ZERO };
        let output = tokio::select! {
            frame = socket.recv() => {
                heard = Instant::now();
                asked = false;
                match frame {
                    Some(Ok(Message::Close(_))) | None => return DepartureReason::Disconnected,
                    Some(Err(_)) => return DepartureReason::ConnectionLost,
                    Some(Ok(Message::Ping(_) | Message::Pong(_))) => continue,
                    Some(Ok(Message::Text(text))) => {
                        Output::Frame(answer(participant, text.as_str()).await)
                    }
                    Some(Ok(Message::Binary(_))) => Output::Frame(written(binary_refused(), None)),
                }
            }
            Some(delivery) = deliveries.recv() => Output::Events(delivery),
            () = sleep_until(heard + limits.ping_interval + patience) => {
                if asked {
                    return DepartureReason::PingTimeout;
                }
                asked = true;
                Output::Ping
            }
        };
        let writing = async {
            match output {
                Output::Frame(text) => socket.send(Message::Text(text.into())).await,
                Output::Events(first) => forward(socket, participant, first, &mut deliveries).await,
                Output::Ping => socket.send(Message::Ping(Bytes::new())).await,
            }
        };
        // Who does not read for so long would not have answered a ping either.
        match timeout(limits.ping_interval + limits.ping_timeout, writing).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) => return DepartureReason::ConnectionLost,
            Err(_) => return DepartureReason::PingTimeout,
        }
    }
}

fn binary_refused() -> Answer {
    let text = "The frame is binary. Send one JSON object as a text frame.";
    Error::InvalidRequest(text.to_owned()).into()
}

async fn answer(participant: &mut Participant, text: &str) -> String {
    // serde reads structs from lists as well.
    let object = text.trim_start().starts_with('{');
    let envelope = serde_json::from_str(text).ok().filter(|_| object);
    let Some(envelope): Option<Envelope> = envelope else {
        // The other readings are for the sentence that names the field, and for the ref.
        let failure = shape::read::<Named>(text.as_bytes()).err();
        let unread = || Error::InvalidRequest("The frame can't be read.".to_owned());
        let failure = failure.unwrap_or_else(unread);
        let reference = serde_json::from_str::<Referred>(text).ok().filter(|_| object);
        return written(failure.into(), reference.and_then(|frame| frame.reference));
    };
    let answer = match Request::parse(&envelope.name, text) {
        Ok(request) => participant.answer(request).await,
        Err(failure) => Err(failure),
    };
    written(answer.unwrap_or_else(Answer::from), envelope.reference)
}

/// Writes what waits, as much as goes well into one write to the network.
async fn forward(
    socket: &mut WebSocket,
    participant: &mut Participant,
    first: Delivery,
    deliveries: &mut mpsc::Receiver<Delivery>,
) -> Result<(), axum::Error> {
    let mut next = Some(first);
    let mut fed = 0;
    while let Some(delivery) = next {
        for sharable in delivery.iter().filter(|sharable| participant.wants(&sharable.event)) {
            let frame = Utf8Bytes::try_from(sharable.plain().clone()).map_err(axum::Error::new)?;
            socket.feed(Message::Text(frame)).await?;
            fed += 1;
        }
        next = if fed < FRAMES_A_FLUSH { deliveries.try_recv().ok() } else { None };
    }
    socket.flush().await
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

async fn say_goodbye(mut socket: WebSocket, reason: DepartureReason) {
    let (code, text) = match reason {
        DepartureReason::SlowConsumer => {
            (close_code::AGAIN, "slow consumer: the queue of events overflowed; join with since")
        }
        DepartureReason::ServerShutdown => (close_code::AWAY, "the server is stopping"),
        DepartureReason::PingTimeout => (close_code::POLICY, "no answer to a ping"),
        _ => return,
    };
    let frame = CloseFrame { code, reason: Utf8Bytes::from_static(text) };
    // A client that does not read gets no reason; it is gone for us already.
    let _ = timeout(FAREWELL, socket.send(Message::Close(Some(frame)))).await;
}
