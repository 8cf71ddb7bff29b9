//! One socket's task: answers and events go out here, one after the other.

use std::convert::Infallible;
use std::sync::{Arc, Weak};
use std::time::Duration;

use socketioxide::SocketError;
use socketioxide::socket::{Sid, Socket};
use socketioxide_core::Str;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep, timeout};

use super::client_id::ClientId;
use super::entrance::Waiting;
use super::packet::{Incoming, Outgoing};
use super::relay::Relay;
use crate::hub::Listener;
use crate::live::replay::{Missed, Replay};
use crate::live::request::Request;
use crate::live::{Due, Participant};
use crate::service::Service;
use crate::session::{DepartureReason, Transport};

/// The library does not tell when a full buffer has room again; how long to wait before looking.
const FIRST_LOOK: Duration = Duration::from_millis(1);
const LATER_LOOKS: Duration = Duration::from_millis(50);
/// How long the library may take to say why it has closed a socket.
const EXPLANATION: Duration = Duration::from_secs(1);

/// A socket from its connection to its end.
pub struct Conversation {
    pub client_id: ClientId,
    pub requests: mpsc::Receiver<Waiting>,
    pub outlet: Outlet,
    /// Why the socket is no more, as soon as it is.
    pub ended: watch::Receiver<Option<DepartureReason>>,
}

impl Conversation {
    /// Serves the socket, then counts it out: once, however it ended.
    pub async fn run(self, service: Arc<Service>) {
        let Self { client_id, requests, mut outlet, mut ended } = self;
        let mut participant =
            Participant::new(service, client_id.as_str().to_owned(), Transport::SocketIo);
        outlet.listener = Some(participant.listener().clone());
        let put_out = participant.ended();
        let reason = tokio::select! {
            Err(reason) = converse(&mut outlet, &mut participant, requests) => {
                // The socket was closed; why, is said elsewhere.
                match reason {
                    DepartureReason::ConnectionLost => {
                        let why = timeout(EXPLANATION, end_of(&mut ended)).await;
                        why.unwrap_or(DepartureReason::ConnectionLost)
                    }
                    reason => reason,
                }
            }
            reason = put_out => reason,
            reason = end_of(&mut ended) => reason,
        };
        // A full buffer has no room for a ping either.
        let reason = match reason {
            DepartureReason::PingTimeout if outlet.is_blocked => DepartureReason::SlowConsumer,
            reason => reason,
        };
        participant.leave(reason).await;
        drop(client_id);
        if reason == DepartureReason::SlowConsumer {
            outlet.put_out().await;
        }
    }
}

async fn end_of(ended: &mut watch::Receiver<Option<DepartureReason>>) -> DepartureReason {
    match ended.wait_for(Option::is_some).await {
        Ok(reason) => reason.unwrap_or(DepartureReason::ConnectionLost),
        // The socket went before it was connected.
        Err(_) => DepartureReason::ConnectionLost,
    }
}

/// Answers requests and passes events on until the socket takes no more.
async fn converse(
    outlet: &mut Outlet,
    participant: &mut Participant,
    mut requests: mpsc::Receiver<Waiting>,
) -> Result<Infallible, DepartureReason> {
    loop {
        tokio::select! {
            request = requests.recv() => {
                let (request, _room) = request.ok_or(DepartureReason::ConnectionLost)?;
                answer(outlet, participant, &request).await?;
            }
            due = participant.next_due() => match due {
                Due::Notices(notices) => {
                    for told in notices.iter() {
                        outlet.event(told.packet().clone()).await?;
                    }
                }
                Due::Replay(replay) => catch_up(outlet, replay).await?,
            }
        }
    }
}

async fn answer(
    outlet: &mut Outlet,
    participant: &mut Participant,
    request: &Incoming,
) -> Result<(), DepartureReason> {
    let (reference, (answer, replay)) = match request.call() {
        Ok(call) => match Request::parse(&call.name, call.payload, participant.limits()) {
            Ok(request) => (call.reference, participant.answer(request).await),
            Err(failure) => (call.reference, (failure.into(), None)),
        },
        Err(failure) => (None, (failure.into(), None)),
    };
    let written = Outgoing::new(&answer, reference, request.acknowledge.is_some());
    if !answer.is_silent() {
        outlet.event(written.event).await?;
    }
    if let (Some(id), Some(text)) = (request.acknowledge, written.acknowledgement) {
        outlet.send(|relay, to| relay.acknowledgement(to, id, text.clone())).await?;
    }
    match replay {
        Some(replay) => catch_up(outlet, replay).await,
        None => Ok(()),
    }
}

/// Sends what the client missed, or that it can't be had any more.
async fn catch_up(outlet: &mut Outlet, mut replay: Replay) -> Result<(), DepartureReason> {
    loop {
        let last = match replay.next().await {
            Ok(None) => return Ok(()),
            Ok(Some(Missed::Events(events))) => {
                for event in events {
                    outlet.event(event.to_pair().into()).await?;
                }
                continue;
            }
            Ok(Some(Missed::Gap(gap))) => gap,
            Err(failure) => failure.into(),
        };
        return outlet.event(Outgoing::new(&last, None, false).event).await;
    }
}

/// The socket's end of the relay, with an end to its patience.
pub struct Outlet {
    relay: Arc<Relay>,
    id: Sid,
    socket: Weak<Socket<Relay>>,
    patience: Duration,
    /// Whether it waits for room in the socket's buffer.
    is_blocked: bool,
    /// Is told when it does.
    listener: Option<Arc<Listener>>,
}

impl Outlet {
    pub fn new(relay: Arc<Relay>, socket: &Arc<Socket<Relay>>, patience: Duration) -> Self {
        let (id, socket) = (socket.id, Arc::downgrade(socket));
        Self { relay, id, socket, patience, is_blocked: false, listener: None }
    }

    async fn event(&mut self, text: Str) -> Result<(), DepartureReason> {
        self.send(|relay, to| relay.event(to, text.clone())).await
    }

    /// Sends as soon as there is room.
    async fn send(
        &mut self,
        packet: impl Fn(&Relay, Sid) -> Result<(), SocketError>,
    ) -> Result<(), DepartureReason> {
        let mut first_try = None;
        let mut pause = FIRST_LOOK;
        loop {
            match packet(&self.relay, self.id) {
                Ok(()) => break,
                Err(SocketError::Closed) => return Err(DepartureReason::ConnectionLost),
                Err(SocketError::InternalChannelFull) => {}
            }
            self.set_blocked(true);
            if first_try.get_or_insert_with(Instant::now).elapsed() > self.patience {
                return Err(DepartureReason::SlowConsumer);
            }
            sleep(pause).await;
            pause = (pause * 2).min(LATER_LOOKS);
        }
        self.set_blocked(false);
        Ok(())
    }

    fn set_blocked(&mut self, is_blocked: bool) {
        if std::mem::replace(&mut self.is_blocked, is_blocked) != is_blocked
            && let Some(listener) = &self.listener
        {
            listener.set_blocked(is_blocked);
        }
    }

    /// Disconnects the socket, which is told so when its buffer has room.
    async fn put_out(self) {
        let given_up = Instant::now() + self.patience;
        while let Some(socket) = self.socket.upgrade()
            && let Err(SocketError::InternalChannelFull) = socket.disconnect()
            && Instant::now() < given_up
        {
            sleep(LATER_LOOKS).await;
        }
    }
}
