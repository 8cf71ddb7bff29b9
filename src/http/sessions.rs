//! `/sessions`: the metadata of sessions, and their connected clients.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::header::{CONTENT_TYPE, LOCATION};
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::access::Granted;
use super::conditional::{precondition, reject_entity_tags};
use super::error::{ApiError, CommonErrors, ErrorBody, SessionErrors};
use super::extract::{JsonBody, NoInput, Query, SessionPath, page_limit, parse_field};
use crate::error::Error;
use crate::json::whole_number;
use crate::model::{Hours, NewSession, Session, SessionId, SessionPatch, Timestamp};
use crate::state::AppState;
use crate::store::{
    CreateSession, Filter, Listing, Order, Overview, Page, PatchSession, RemoveSession,
    TouchSession, Touched,
};

/// Creates a session.
///
/// Every field has a default, and so has the whole body.
#[utoipa::path(post, path = "/api/v1/sessions", tag = "sessions",
    operation_id = "createSession", summary = "Create a session",
    request_body = Option<NewSession>,
    responses(
        (status = 201, body = Session, description = "Session created", headers(("Location" = String, description = "The path of the session, or its URL where --public-url is set"))),
        (status = 409, body = ErrorBody, description = "SESSION_EXISTS: a session with this id exists or was removed"),
        (status = 422, body = ErrorBody, description = "INVALID_COMMAND: --max-sessions is reached, or the nodes are no forest"),
        CommonErrors
    ))]
pub async fn create(
    State(state): State<Arc<AppState>>,
    Granted(grant): Granted,
    JsonBody(mut new): JsonBody<NewSession>,
) -> Result<impl IntoResponse, ApiError> {
    if new.project_id.is_none() {
        new.project_id = grant.only_project().map(str::to_owned);
    }
    grant.check_project(new.project_id.as_deref())?;
    let new = CreateSession::new(new, &state.limits.content)?;
    let session = state.store.write(new).await?;
    let location = state.location(format!("/api/v1/sessions/{}", session.session_id));
    Ok((StatusCode::CREATED, [(LOCATION, location)], Json(session)))
}

/// Which sessions to list, and in which order.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListParams {
    /// The maximum number of sessions in the response; 1,000 by default.
    #[serde(default, deserialize_with = "whole_number::in_query")]
    #[param(value_type = Option<u64>, minimum = 1, maximum = 10_000)]
    limit: Option<u32>,
    /// The `next_cursor` of the previous page. Filter and order must be the same.
    #[param(min_length = 1)]
    cursor: Option<String>,
    /// Only sessions of this project.
    project_id: Option<String>,
    /// Only sessions with connected clients (true), or only those without (false).
    active: Option<bool>,
    /// Only sessions that have been idle for longer than so many hours.
    #[param(value_type = Option<f64>, minimum = 0, maximum = 876_000)]
    idle_hours: Option<String>,
    /// `created_at` by default. A leading `-` means descending.
    #[param(value_type = Option<SessionOrder>, inline)]
    order: Option<String>,
}

/// The values of the parameter `order`.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes a parameter in the OpenAPI document")]
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
#[expect(dead_code, reason = "describes JSON in the OpenAPI document")]
pub struct SessionPage {
    sessions: Vec<Session>,
    /// The number of sessions on all pages together.
    total: i64,
    /// The `cursor` of the next page; null on the last page.
    next_cursor: Option<String>,
    /// Changes when the database is restored from a backup.
    epoch: String,
}

/// Lists sessions with their metadata, page by page.
#[utoipa::path(get, path = "/api/v1/sessions", tag = "sessions",
    operation_id = "listSessions", summary = "List sessions",
    params(ListParams),
    responses((status = 200, body = SessionPage, description = "A page of sessions"), CommonErrors))]
pub async fn list(
    State(state): State<Arc<AppState>>,
    Granted(grant): Granted,
    Query(mut params): Query<ListParams>,
) -> Result<impl IntoResponse, ApiError> {
    if params.project_id.is_none() {
        params.project_id = grant.only_project().map(str::to_owned);
    }
    grant.check_project(params.project_id.as_deref())?;
    let listing = state.store.list(&params.page()?, state.clock.now()).await?;
    let Listing { sessions, total, next } = listing;
    let next = next.map_or_else(|| "null".to_owned(), |cursor| format!("\"{cursor}\""));
    // The database returns the sessions as JSON text. Parsing it would take as long as the query.
    let epoch = state.store.epoch();
    let body = format!(
        r#"{{"sessions":{sessions},"total":{total},"next_cursor":{next},"epoch":"{epoch}"}}"#
    );
    Ok(([(CONTENT_TYPE, "application/json")], body))
}

/// Returns a session with its metadata.
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

/// An overview of a session: all its fields, and more.
#[derive(Serialize, ToSchema)]
pub struct SessionInfo {
    #[serde(flatten)]
    session: Session,
    metadata: SessionMetadata,
    undo_available: bool,
    redo_available: bool,
}

/// The times and the number of clients of a session, which are beside this object as well.
#[derive(Serialize, ToSchema)]
pub struct SessionMetadata {
    created_at: Timestamp,
    last_activity: Timestamp,
    active_clients: i64,
}

/// Returns an overview of a session: its metadata, the number of its nodes, and whether undo and redo are
/// possible.
#[utoipa::path(get, path = "/api/v1/sessions/{session_id}/info", tag = "sessions",
    operation_id = "getSessionInfo", summary = "Get session info",
    params(("session_id" = SessionId, Path)),
    responses((status = 200, body = SessionInfo, description = "Session info"), SessionErrors, CommonErrors))]
pub async fn info(
    State(state): State<Arc<AppState>>,
    SessionPath(session_id): SessionPath,
) -> Result<Json<SessionInfo>, ApiError> {
    let overview = state.store.overview(session_id).await?;
    let Overview { session, undo_available, redo_available } = overview;
    let metadata = SessionMetadata {
        created_at: session.created_at,
        last_activity: session.last_activity,
        active_clients: session.active_clients,
    };
    Ok(Json(SessionInfo { session, metadata, undo_available, redo_available }))
}

/// Updates the metadata of a session.
///
/// Absent fields stay as they are, and null removes a value; `attributes` are merged as a JSON Merge
/// Patch (RFC 7396). The clients of the session get a `session-updated` event with the changed fields.
#[utoipa::path(patch, path = "/api/v1/sessions/{session_id}", tag = "sessions",
    operation_id = "updateSession", summary = "Update a session",
    params(("session_id" = SessionId, Path)), request_body = Option<SessionPatch>,
    responses((status = 200, body = Session, description = "The session"),
        (status = 412, body = ErrorBody, description = "PRECONDITION_FAILED: If-Match has an entity tag, but metadata has none"),
        SessionErrors, CommonErrors))]
pub async fn update(
    State(state): State<Arc<AppState>>,
    Granted(grant): Granted,
    SessionPath(session_id): SessionPath,
    headers: HeaderMap,
    JsonBody(patch): JsonBody<SessionPatch>,
) -> Result<Json<Session>, ApiError> {
    if let Some(project_id) = &patch.project_id {
        grant.check_project(project_id.as_deref())?;
    }
    if let Err(failure) = reject_entity_tags(&headers) {
        // A condition is evaluated only if the request would succeed without it: a missing session is 404.
        state.store.overview(session_id).await?;
        return Err(ApiError(failure));
    }
    Ok(Json(state.store.write(PatchSession { session_id, patch }).await?))
}

/// The headers of a deletion.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "describes headers in the OpenAPI document")]
pub struct DeleteHeaders {
    /// The revision that the content must be at, in double quotes.
    #[param(rename = "If-Match", example = "\"12\"")]
    if_match: Option<String>,
}

/// Deletes a session.
///
/// It is deleted even if clients are connected to it. They get a `session-removed` event.
#[utoipa::path(delete, path = "/api/v1/sessions/{session_id}", tag = "sessions",
    operation_id = "deleteSession", summary = "Delete a session",
    params(("session_id" = SessionId, Path), DeleteHeaders),
    responses((status = 204, description = "Session deleted"),
        (status = 412, body = ErrorBody, description = "REVISION_MISMATCH: the content is not at the revision in If-Match"),
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

/// Marks a session as active now.
///
/// This keeps a session from the cleanup although no client is connected to it.
#[utoipa::path(post, path = "/api/v1/sessions/{session_id}/touch", tag = "sessions",
    operation_id = "touchSession", summary = "Touch a session",
    params(("session_id" = SessionId, Path)),
    responses((status = 200, body = Touched, description = "Session touched"), SessionErrors, CommonErrors))]
pub async fn touch(
    State(state): State<Arc<AppState>>,
    SessionPath(session_id): SessionPath,
    _: NoInput,
) -> Result<Json<Touched>, ApiError> {
    Ok(Json(state.store.write(TouchSession(session_id)).await?))
}
