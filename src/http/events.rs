//! The events of a session, as pages and as a stream, and the stream of all sessions.

use std::convert::Infallible;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, StatusCode};
use axum::response::{IntoResponse, Response};
use futures_util::Stream;
use serde::Deserialize;
use serde_json::json;
use utoipa::{IntoParams, ToSchema};

use super::access;
use super::error::{ApiError, CommonErrors, SessionErrors};
use super::extract::{Query, SessionPath, page_limit};
use crate::error::Error;
use crate::json::whole_number;
use crate::live::sse::{self, Reader};
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
    /// The maximum number of events in the response; 1,000 by default. There are fewer if they are large. A
    /// stream has no end.
    #[serde(default, deserialize_with = "whole_number::in_query")]
    #[param(value_type = Option<u64>, minimum = 1, maximum = 10_000)]
    limit: Option<u32>,
    /// The `epoch` that `since` is from. If the database has another one by now, `gap` is true.
    epoch: Option<String>,
    /// Whether each event of a stream has its name in the field `event` as well.
    #[serde(default)]
    #[param(value_type = Option<bool>)]
    named: bool,
}

/// How to follow all sessions.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct FollowParams {
    /// Whether each event of the stream has its name in the field `event` as well.
    #[serde(default)]
    #[param(value_type = Option<bool>)]
    named: bool,
}

/// The header by which a reader of a stream continues.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "describes headers in the OpenAPI document")]
pub struct StreamHeaders {
    /// The `id` of the last event that the reader has, which a browser sends when it reconnects. It takes the
    /// place of `since`.
    #[param(rename = "Last-Event-ID", example = "12")]
    last_event_id: Option<String>,
}

/// An event of a stream, as the WHATWG HTML specification describes it.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes a stream in the OpenAPI document")]
pub struct StreamedEvent {
    /// A frame of the plain WebSocket, as JSON.
    data: String,
    /// The `seq` of the event; absent where it has none.
    #[schema(required = false)]
    id: String,
    /// The name of the event, with `named`.
    #[schema(required = false)]
    event: String,
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

/// Lists the events of a session, or follows them.
///
/// A client that was disconnected reads what it missed with the `seq` of its last event as `since`. With
/// `Accept: text/event-stream` the response is a stream of server-sent events, from now on, or after `since`:
/// `data` is a frame of the plain WebSocket, and `id` is its `seq`.
#[utoipa::path(get, path = "/api/v1/sessions/{session_id}/events", tag = "live",
    operation_id = "listEvents", summary = "List or follow events",
    params(("session_id" = SessionId, Path), EventParams, StreamHeaders),
    responses(
        (status = 200, description = "A page of events, or a stream of them", content(
            (EventList = "application/json"), (StreamedEvent = "text/event-stream"))),
        (status = 204, description = "The session was removed: the stream has ended"),
        SessionErrors, CommonErrors))]
pub async fn list(
    State(state): State<Arc<AppState>>,
    SessionPath(session_id): SessionPath,
    Query(params): Query<EventParams>,
    parts: Parts,
) -> Result<Response, ApiError> {
    if accepts_stream(&parts.headers) {
        return follow(state, session_id, params, &parts).await;
    }
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
    Ok(([(CONTENT_TYPE, "application/json")], body).into_response())
}

/// Follows what happens to all sessions.
///
/// The response is a stream of server-sent events: a session that is new, that has changed, or that was
/// removed, as on the plain WebSocket after `watch_sessions`.
#[utoipa::path(get, path = "/api/v1/events", tag = "live",
    operation_id = "followSessions", summary = "Follow all sessions",
    params(FollowParams, StreamHeaders),
    responses((status = 200, description = "A stream of events", content((StreamedEvent = "text/event-stream"))), CommonErrors))]
pub async fn follow_sessions(
    State(state): State<Arc<AppState>>,
    Query(params): Query<FollowParams>,
    parts: Parts,
) -> Result<Response, ApiError> {
    let handshake = access::handshake(&state, &parts).await?;
    let after = last_event_id(&parts.headers)?;
    let reader = Reader { named: params.named, after, epoch: None };
    Ok(stream(sse::follow_all(state, handshake, reader)))
}

async fn follow(
    state: Arc<AppState>,
    session_id: SessionId,
    params: EventParams,
    parts: &Parts,
) -> Result<Response, ApiError> {
    let handshake = access::handshake(&state, parts).await?;
    let after = last_event_id(&parts.headers)?.or(params.since);
    let reader = Reader { named: params.named, after, epoch: params.epoch };
    match sse::follow_session(state, handshake, session_id, reader).await {
        Ok(events) => Ok(stream(events)),
        // At this a browser does not come back.
        Err(Error::SessionRemoved { .. }) => Ok(StatusCode::NO_CONTENT.into_response()),
        Err(failure) => Err(ApiError(failure)),
    }
}

/// The response with a stream, which no proxy is to keep back.
fn stream(events: impl Stream<Item = Result<Bytes, Infallible>> + Send + 'static) -> Response {
    let headers = [
        (CONTENT_TYPE, "text/event-stream"),
        (CACHE_CONTROL, "no-store, no-transform"),
        (HeaderName::from_static("x-accel-buffering"), "no"),
    ];
    (headers, Body::from_stream(events)).into_response()
}

/// Whether the caller asks for a stream.
fn accepts_stream(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let mut ranges = accepted.flat_map(|value| value.split(','));
    ranges.any(|range| {
        let name = range.split(';').next().unwrap_or_default().trim();
        name.eq_ignore_ascii_case("text/event-stream")
    })
}

/// The number of the last event that a reader has.
fn last_event_id(headers: &HeaderMap) -> Result<Option<u32>, Error> {
    let Some(value) = headers.get("last-event-id").filter(|value| !value.is_empty()) else {
        return Ok(None);
    };
    let number = value.to_str().ok().and_then(|text| text.parse().ok());
    let refuse = || Error::InvalidRequest("Last-Event-ID: it is no id of this stream".to_owned());
    number.map(Some).ok_or_else(refuse)
}
