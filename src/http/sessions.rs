//! `/sessions`: the metadata of sessions and who is in them.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::header::{CONTENT_TYPE, LOCATION};
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::{IntoParams, ToSchema};

use super::conditional::{precondition, reject_entity_tags};
use super::error::{ApiError, CommonErrors, ErrorBody, SessionErrors};
use super::extract::{JsonBody, NoInput, Query, SessionPath, page_limit, parse_field};
use crate::error::Error;
use crate::json::whole_number;
use crate::model::{Client, Hours, NewSession, Session, SessionId, SessionPatch, Timestamp};
use crate::state::AppState;
use crate::store::{
    CreateSession, Filter, Listing, Order, Overview, Page, PatchSession, RemoveSession,
    TouchSession, Touched,
};

/// Makes a session.
#[utoipa::path(post, path = "/api/v1/sessions", tag = "sessions",
    operation_id = "createSession", summary = "Create a session",
    request_body = Option<NewSession>,
    responses(
        (status = 201, body = Session, description = "It is made", headers(("Location" = String, description = "Its address"))),
        (status = 409, body = ErrorBody, description = "CONFLICT: the id is taken"),
        (status = 422, body = ErrorBody, description = "INVALID_COMMAND: there are as many as may be"),
        CommonErrors
    ))]
pub async fn create(
    State(state): State<Arc<AppState>>,
    JsonBody(new): JsonBody<NewSession>,
) -> Result<impl IntoResponse, ApiError> {
    let session = state.store.write(CreateSession(new)).await?;
    let location = format!("/api/v1/sessions/{}", session.session_id);
    Ok((StatusCode::CREATED, [(LOCATION, location)], Json(session)))
}

/// Which sessions, in which order.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListParams {
    /// Sessions on the page: 1,000 unless given.
    #[serde(default, deserialize_with = "whole_number::in_query")]
    #[param(value_type = Option<u64>, minimum = 1, maximum = 10_000)]
    limit: Option<u32>,
    /// The `next_cursor` of the page before, with the same order and filter.
    #[param(min_length = 1)]
    cursor: Option<String>,
    project_id: Option<String>,
    /// Only those with clients, or only those without.
    active: Option<bool>,
    /// Only those idle for longer.
    #[param(value_type = Option<f64>, minimum = 0, maximum = 876_000)]
    idle_hours: Option<String>,
    /// `created_at` unless given; `-` in front is for descending.
    #[param(value_type = Option<SessionOrder>, inline)]
    order: Option<String>,
}

/// The names of the orders.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it stands for a parameter in the description")]
enum SessionOrder {
    #[schema(rename = "created_at")]
    CreatedAt,
    #[schema(rename = "-created_at")]
    CreatedAtDescending,
    #[schema(rename = "last_activity")]
    LastActivity,
    #[schema(rename = "-last_activity")]
    LastActivityDescending,
    #[schema(rename = "active_clients")]
    ActiveClients,
    #[schema(rename = "-active_clients")]
    ActiveClientsDescending,
}

impl ListParams {
    fn page(self) -> Result<Page, Error> {
        let limit = page_limit(self.limit)?;
        Ok(Page {
            filter: Filter {
                project_id: self.project_id,
                active: self.active,
                idle: self
                    .idle_hours
                    .map(|text| parse_field::<Hours>("idle_hours", &text))
                    .transpose()?,
            },
            order: self.order.map_or(Ok(Order::default()), |text| parse_field("order", &text))?,
            after: self.cursor.map(|text| parse_field("cursor", &text)).transpose()?,
            limit,
        })
    }
}

/// A page of sessions.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it stands for JSON in the description")]
pub struct SessionPage {
    sessions: Vec<Session>,
    /// How many the filter matches in all.
    total: i64,
    /// For the next page; null on the last one.
    next_cursor: Option<String>,
}

/// Sessions with their metadata, a page at a time.
#[utoipa::path(get, path = "/api/v1/sessions", tag = "sessions",
    operation_id = "listSessions", summary = "List sessions",
    params(ListParams),
    responses((status = 200, body = SessionPage, description = "One page"), CommonErrors))]
pub async fn list(
    State(state): State<Arc<AppState>>,
    Query(params): Query<ListParams>,
) -> Result<impl IntoResponse, ApiError> {
    let listing = state.store.list(&params.page()?, state.clock.now()).await?;
    let Listing { sessions, total, next } = listing;
    let next = next.map_or_else(|| "null".to_owned(), |cursor| format!("\"{cursor}\""));
    // The sessions are JSON already; reading them again would cost as much as the page did.
    let body = format!(r#"{{"sessions":{sessions},"total":{total},"next_cursor":{next}}}"#);
    Ok(([(CONTENT_TYPE, "application/json")], body))
}

/// One session.
#[utoipa::path(get, path = "/api/v1/sessions/{session_id}", tag = "sessions",
    operation_id = "getSession", summary = "Get a session",
    params(("session_id" = SessionId, Path)),
    responses((status = 200, body = Session, description = "The session"), SessionErrors, CommonErrors))]
pub async fn get(
    State(state): State<Arc<AppState>>,
    SessionPath(session_id): SessionPath,
) -> Result<Json<Session>, ApiError> {
    Ok(Json(state.store.overview(session_id).await?.session))
}

/// What one asks of a session first, in the shape that existing clients know.
#[derive(Serialize, ToSchema)]
pub struct SessionInfo {
    session_id: SessionId,
    metadata: SessionMetadata,
    project_id: Option<String>,
    node_count: i64,
    undo_available: bool,
    redo_available: bool,
    name: Option<String>,
    seq: i64,
    revision: i64,
}

/// Since when, until when, and how many are in.
#[derive(Serialize, ToSchema)]
pub struct SessionMetadata {
    created_at: Timestamp,
    last_activity: Timestamp,
    active_clients: i64,
}

/// What one asks of a session first.
#[utoipa::path(get, path = "/api/v1/sessions/{session_id}/info", tag = "sessions",
    operation_id = "getSessionInfo", summary = "Get session info",
    params(("session_id" = SessionId, Path)),
    responses((status = 200, body = SessionInfo, description = "The session"), SessionErrors, CommonErrors))]
pub async fn info(
    State(state): State<Arc<AppState>>,
    SessionPath(session_id): SessionPath,
) -> Result<Json<SessionInfo>, ApiError> {
    let overview = state.store.overview(session_id).await?;
    let Overview { session, undo_available, redo_available } = overview;
    Ok(Json(SessionInfo {
        session_id,
        metadata: SessionMetadata {
            created_at: session.created_at,
            last_activity: session.last_activity,
            active_clients: session.active_clients,
        },
        project_id: session.project_id,
        node_count: session.node_count,
        undo_available,
        redo_available,
        name: session.name,
        seq: session.seq,
        revision: session.revision,
    }))
}

/// Changes a session's metadata; joined clients get `session-updated` with what is different.
#[utoipa::path(patch, path = "/api/v1/sessions/{session_id}", tag = "sessions",
    operation_id = "updateSession", summary = "Update a session",
    params(("session_id" = SessionId, Path)), request_body = Option<SessionPatch>,
    responses((status = 200, body = Session, description = "The session"),
        (status = 412, body = ErrorBody, description = "CONFLICT: a tag in If-Match, which the metadata does not have"),
        SessionErrors, CommonErrors))]
pub async fn update(
    State(state): State<Arc<AppState>>,
    SessionPath(session_id): SessionPath,
    headers: HeaderMap,
    JsonBody(patch): JsonBody<SessionPatch>,
) -> Result<Json<Session>, ApiError> {
    if let Err(failure) = reject_entity_tags(&headers) {
        // A condition counts only where the request would be done without it.
        state.store.overview(session_id).await?;
        return Err(ApiError(failure));
    }
    Ok(Json(state.store.write(PatchSession { session_id, patch }).await?))
}

/// The headers that a removal takes.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "it stands for headers in the description")]
pub struct RemovalHeaders {
    /// The revision that the content must be at, in quotes.
    #[param(rename = "If-Match", example = "\"12\"")]
    if_match: Option<String>,
}

/// Removes a session, clients or not; they get `session-removed`.
#[utoipa::path(delete, path = "/api/v1/sessions/{session_id}", tag = "sessions",
    operation_id = "deleteSession", summary = "Delete a session",
    params(("session_id" = SessionId, Path), RemovalHeaders),
    responses((status = 204, description = "It is gone"),
        (status = 412, body = ErrorBody, description = "CONFLICT: the content is not at the revision of If-Match"),
        SessionErrors, CommonErrors))]
pub async fn delete(
    State(state): State<Arc<AppState>>,
    SessionPath(session_id): SessionPath,
    _: NoInput,
    headers: HeaderMap,
) -> Result<StatusCode, ApiError> {
    let precondition = precondition(&headers)?;
    state.store.write(RemoveSession { session_id, precondition }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Keeps a session alive for somebody who is not connected.
#[utoipa::path(post, path = "/api/v1/sessions/{session_id}/touch", tag = "sessions",
    operation_id = "touchSession", summary = "Touch a session",
    params(("session_id" = SessionId, Path)),
    responses((status = 200, body = Touched, description = "It is active"), SessionErrors, CommonErrors))]
pub async fn touch(
    State(state): State<Arc<AppState>>,
    SessionPath(session_id): SessionPath,
    _: NoInput,
) -> Result<Json<Touched>, ApiError> {
    Ok(Json(state.store.write(TouchSession(session_id)).await?))
}

/// The live connections of a session.
#[derive(Serialize, ToSchema)]
pub struct ClientList {
    #[schema(value_type = Vec<Client>)]
    clients: Box<RawValue>,
}

/// Who is in a session.
#[utoipa::path(get, path = "/api/v1/sessions/{session_id}/clients", tag = "sessions",
    operation_id = "listClients", summary = "List connected clients",
    params(("session_id" = SessionId, Path)),
    responses((status = 200, body = ClientList, description = "Those who are in"), SessionErrors, CommonErrors))]
pub async fn list_clients(
    State(state): State<Arc<AppState>>,
    SessionPath(session_id): SessionPath,
) -> Result<Json<ClientList>, ApiError> {
    let clients = state.store.clients(session_id).await?;
    let clients = state.hub.merge_presence(session_id, clients.into());
    Ok(Json(ClientList { clients: (*clients).to_owned() }))
}
