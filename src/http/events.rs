//! What happened in a session, from a number on.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use serde::Deserialize;
use serde_json::json;
use utoipa::{IntoParams, ToSchema};

use super::error::{ApiError, CommonErrors, SessionErrors};
use super::extract::{Query, SessionPath, page_limit};
use crate::json::whole_number;
use crate::model::SessionId;
use crate::state::AppState;
use crate::store::{EventPage, PAGE_BYTES};

/// From where on, and how many.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct EventParams {
    /// The number of the last event that the caller has; 0 unless given.
    #[serde(default, deserialize_with = "whole_number::in_query")]
    #[param(value_type = Option<u64>, maximum = 4_294_967_295_u64)]
    since: Option<u32>,
    /// The most events in the answer, 1,000 unless given; there are fewer where they are large.
    #[serde(default, deserialize_with = "whole_number::in_query")]
    #[param(value_type = Option<u64>, minimum = 1, maximum = 10_000)]
    limit: Option<u32>,
}

/// Some of a session's events.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it stands for JSON in the description")]
pub struct EventList {
    /// In the order of `seq`.
    #[schema(value_type = Vec<Object>)]
    events: Vec<String>,
    /// The number of the session's last event.
    seq: i64,
    /// Whether events right after `since` are no longer kept.
    gap: bool,
    /// The `since` of the next page; null where `events` has the session's last one.
    next_since: Option<i64>,
}

/// What happened in a session.
#[utoipa::path(get, path = "/api/v1/sessions/{session_id}/events", tag = "live",
    operation_id = "listEvents", summary = "List events",
    params(("session_id" = SessionId, Path), EventParams),
    responses((status = 200, body = EventList, description = "In the order of seq"), SessionErrors, CommonErrors))]
pub async fn list(
    State(state): State<Arc<AppState>>,
    SessionPath(session_id): SessionPath,
    Query(params): Query<EventParams>,
) -> Result<impl IntoResponse, ApiError> {
    let (since, limit) = (params.since.unwrap_or(0), page_limit(params.limit)?);
    let page = state.store.events(session_id, since.into(), limit.into(), PAGE_BYTES).await?;
    let EventPage { events, seq, gap } = page;
    let last = events.last().map(|event| event.seq);
    let next_since = json!(last.filter(|last| *last < seq));
    // The payloads are JSON already, and may be large: they are copied once, into the answer.
    let size: usize = events.iter().map(|event| event.payload.len() + 192).sum();
    let mut body = String::with_capacity(size + 128);
    body.push_str(r#"{"events":["#);
    for (place, event) in events.into_iter().enumerate() {
        if place > 0 {
            body.push(',');
        }
        event.write_json("event", &mut body);
    }
    body.push_str(&format!(r#"],"seq":{seq},"gap":{gap},"next_since":{next_since}}}"#));
    Ok(([(CONTENT_TYPE, "application/json")], body))
}
