//! What happened in a session, from a number on.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::{IntoParams, ToSchema};

use super::failure::{AnyFailure, Failure, NoSession};
use super::input::{InSession, Params, page_limit};
use crate::error::Error;
use crate::service::Service;
use crate::session::SessionId;

/// From where on, and how many.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct EventParams {
    /// The number of the last event that the caller has; 0 unless given.
    #[serde(default)]
    since: u32,
    /// Events in the answer: 1,000 unless given.
    #[param(minimum = 1, maximum = 10_000)]
    limit: Option<u32>,
}

/// Some of a session's events.
#[derive(Serialize, ToSchema)]
pub struct Events {
    /// In the order of `seq`, each with `event`, `session_id`, `seq`, `timestamp` and what
    /// belongs to it.
    #[schema(value_type = Vec<Object>)]
    events: Vec<Box<RawValue>>,
    /// The number of the session's last event.
    seq: i64,
    /// Whether events right after `since` are no longer kept.
    gap: bool,
}

/// What happened in a session.
#[utoipa::path(get, path = "/api/v1/sessions/{session_id}/events", tag = "live",
    params(("session_id" = SessionId, Path), EventParams),
    responses((status = 200, body = Events, description = "In the order of seq"), NoSession, AnyFailure))]
pub async fn read(
    State(service): State<Arc<Service>>,
    InSession(session_id): InSession,
    Params(params): Params<EventParams>,
) -> Result<Json<Events>, Failure> {
    let limit = page_limit(params.limit)?;
    let page = service.store.events(session_id, params.since.into(), limit.into()).await?;
    let events: Result<_, serde_json::Error> =
        page.events.iter().map(|event| RawValue::from_string(event.to_json("event"))).collect();
    let events = events.map_err(|cause| Error::internal(cause.into()))?;
    Ok(Json(Events { events, seq: page.seq, gap: page.gap }))
}
