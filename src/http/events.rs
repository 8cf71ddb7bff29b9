//! The event log of a session.

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

/// Which page of the events to return.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct EventParams {
    /// Only events whose `seq` is higher; 0 by default, which is before the first event.
    #[serde(default, deserialize_with = "whole_number::in_query")]
    #[param(value_type = Option<u64>, maximum = 4_294_967_295_u64)]
    since: Option<u32>,
    /// The maximum number of events in the response; 1,000 by default. There are fewer if they are large.
    #[serde(default, deserialize_with = "whole_number::in_query")]
    #[param(value_type = Option<u64>, minimum = 1, maximum = 10_000)]
    limit: Option<u32>,
    /// The `epoch` that `since` is from. If the database has another one by now, `gap` is true.
    epoch: Option<String>,
}

/// A page of a session's events.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes JSON in the OpenAPI document")]
pub struct EventList {
    /// The events, in the order of `seq`.
    #[schema(value_type = Vec<Object>)]
    events: Vec<String>,
    /// The `seq` of the session's last event.
    seq: i64,
    /// Whether events after `since` are missing, because their retention period is over, or because
    /// `since` is from another epoch.
    gap: bool,
    /// The `since` of the next page; null on the last page.
    next_since: Option<i64>,
    /// Changes when the database is restored from a backup.
    epoch: String,
}

/// Lists the events of a session.
///
/// A client that was disconnected reads what it missed with the `seq` of its last event as `since`.
#[utoipa::path(get, path = "/api/v1/sessions/{session_id}/events", tag = "live",
    operation_id = "listEvents", summary = "List events",
    params(("session_id" = SessionId, Path), EventParams),
    responses((status = 200, body = EventList, description = "A page of events"), SessionErrors, CommonErrors))]
pub async fn list(
    State(state): State<Arc<AppState>>,
    SessionPath(session_id): SessionPath,
    Query(params): Query<EventParams>,
) -> Result<impl IntoResponse, ApiError> {
    let (since, limit) = (params.since.unwrap_or(0), page_limit(params.limit)?);
    let page = state.store.events(session_id, since.into(), limit.into(), PAGE_BYTES).await?;
    let EventPage { events, seq, gap } = page;
    let epoch = state.store.epoch();
    let gap = gap || params.epoch.is_some_and(|given| given != epoch);
    let last = events.last().map(|event| event.seq);
    let next_since = json!(last.filter(|last| *last < seq));
    // The payloads are JSON texts and may be large, so they are copied into the response unparsed.
    let size: usize = events.iter().map(|event| event.payload.len() + 192).sum();
    let mut body = String::with_capacity(size + 128);
    body.push_str(r#"{"events":["#);
    for (place, event) in events.into_iter().enumerate() {
        if place > 0 {
            body.push(',');
        }
        event.write_json("event", &mut body);
    }
    body.push_str(&format!(
        r#"],"seq":{seq},"gap":{gap},"next_since":{next_since},"epoch":"{epoch}"}}"#
    ));
    Ok(([(CONTENT_TYPE, "application/json")], body))
}
