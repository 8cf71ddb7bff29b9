//! Commands that change a session's content, undo and redo, and the command history.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use serde::Deserialize;
use serde_json::value::RawValue;
use utoipa::{IntoParams, ToSchema};

use super::access::Granted;
use super::conditional::precondition;
use super::error::{ApiError, CommonErrors, ErrorBody, SessionErrors};
use super::extract::{JsonBody, Query, SessionPath, page_limit};
use crate::engine::request::{Action, ContentRequest, Executed, Idempotency};
use crate::error::Error;
use crate::json::{has_null, whole_number};
use crate::model::command::WireCommand;
use crate::model::graph::With;
use crate::model::{Command, ContentLimits, Scope, SessionId};
use crate::state::AppState;
use crate::store::HistoryPage;

/// Error responses of a change of the content, in addition to [`CommonErrors`].
#[derive(utoipa::IntoResponses)]
#[expect(dead_code, reason = "describes responses in the OpenAPI document")]
pub enum ChangeErrors {
    #[response(status = 404, description = "SESSION_NOT_FOUND or NODE_NOT_FOUND")]
    NotFound(ErrorBody),
    #[response(
        status = 409,
        description = "UNDO_CONFLICT: the same content has since been changed. \
                       IDEMPOTENCY_KEY_REUSED: the key was used for another request. \
                       NOTHING_TO_UNDO, NOTHING_TO_REDO"
    )]
    Conflict(ErrorBody),
    #[response(
        status = 410,
        description = "SESSION_REMOVED: the details have the time and the reason"
    )]
    Removed(ErrorBody),
    #[response(
        status = 412,
        description = "REVISION_MISMATCH: the content is not at the revision in If-Match"
    )]
    Moved(ErrorBody),
    #[response(
        status = 422,
        description = "INVALID_COMMAND: not possible in the current state; nothing was changed"
    )]
    Impossible(ErrorBody),
}

/// The headers of every change of the content.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "describes headers in the OpenAPI document")]
pub struct ChangeHeaders {
    /// Makes a retry safe: for 24 hours, a request with the same key returns the first response and changes
    /// nothing.
    #[param(rename = "Idempotency-Key", min_length = 1, max_length = 255)]
    idempotency_key: Option<String>,
    /// The revision that the content must be at, in double quotes.
    #[param(rename = "If-Match", example = "\"12\"")]
    if_match: Option<String>,
}

/// A command.
#[derive(Deserialize, ToSchema)]
#[schema(example = json!({"command_type": "CreateNode", "data": {"blueprint_type_id": "task"}}))]
pub struct CommandBody {
    /// CreateNode, DeleteNode, LinkNode, UnlinkNode, RenameNode, UpdateProperty, DeleteProperty
    /// or Batch.
    command_type: String,
    /// The parameters of the command; each command has its own schema.
    #[schema(value_type = Object)]
    data: Box<RawValue>,
    /// The client that executes the command, for the history and for undo in the scope `client`.
    client_id: Option<String>,
    /// Returns the content along with the response.
    with: Option<With>,
}

impl CommandBody {
    fn action(&self, limits: &ContentLimits) -> Result<Action, Error> {
        let wire = WireCommand { command_type: self.command_type.clone(), data: self.data.clone() };
        Ok(Action::Execute(Command::parse(&wire, limits)?))
    }
}

/// A command, and the session to execute it in.
#[derive(Deserialize, ToSchema)]
#[schema(example = json!({
    "session_id": "0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b",
    "command_type": "CreateNode",
    "data": {"blueprint_type_id": "task", "name": "Buy milk"}
}))]
pub struct AddressedCommandBody {
    session_id: SessionId,
    command_type: String,
    #[schema(value_type = Object)]
    data: Box<RawValue>,
    /// The client that executes the command, for the history and for undo in the scope `client`.
    #[schema(min_length = 1, max_length = 128)]
    client_id: Option<String>,
    /// Returns the content along with the response.
    with: Option<With>,
}

/// The scope of an undo or a redo.
#[derive(Deserialize, ToSchema)]
#[schema(example = json!({"scope": "client", "client_id": "ada"}))]
pub struct UndoBody {
    #[serde(default)]
    scope: Scope,
    /// The client that requests it. Required in the scope `client`.
    #[schema(min_length = 1, max_length = 128)]
    client_id: Option<String>,
    /// Returns the content along with the response.
    with: Option<With>,
}

/// Executes a command in the session that the body names.
///
/// The response is sent after the command is committed.
#[utoipa::path(post, path = "/api/v1/commands/execute", tag = "content",
    operation_id = "executeCommand", summary = "Execute a command",
    params(ChangeHeaders), request_body = AddressedCommandBody,
    responses((status = 200, body = Executed, description = "Command executed and committed"), ChangeErrors, CommonErrors))]
pub async fn execute(
    State(state): State<Arc<AppState>>,
    Granted(grant): Granted,
    headers: HeaderMap,
    JsonBody(body): JsonBody<AddressedCommandBody>,
) -> Result<Json<Executed>, ApiError> {
    state.check_session(&grant, body.session_id).await?;
    let AddressedCommandBody { session_id, command_type, data, client_id, with } = body;
    let body = CommandBody { command_type, data, client_id, with };
    execute_command(&state, &headers, session_id, body).await
}

/// Executes a command in a session.
///
/// The response is sent after the command is committed.
#[utoipa::path(post, path = "/api/v1/sessions/{session_id}/commands", tag = "content",
    operation_id = "executeSessionCommand", summary = "Execute a command in a session",
    params(("session_id" = SessionId, Path), ChangeHeaders), request_body = CommandBody,
    responses((status = 200, body = Executed, description = "Command executed and committed"), ChangeErrors, CommonErrors))]
pub async fn execute_in_session(
    State(state): State<Arc<AppState>>,
    SessionPath(session_id): SessionPath,
    headers: HeaderMap,
    JsonBody(body): JsonBody<CommandBody>,
) -> Result<Json<Executed>, ApiError> {
    execute_command(&state, &headers, session_id, body).await
}

async fn execute_command(
    state: &AppState,
    headers: &HeaderMap,
    session_id: SessionId,
    body: CommandBody,
) -> Result<Json<Executed>, ApiError> {
    let action = body.action(&state.limits.content)?;
    let data = (body.data.get(), body.with);
    let content = content_request(headers, session_id, body.client_id, action, data)?;
    Ok(Json(state.store.change_content(content).await?))
}

/// Undoes the last command of the scope that is not undone.
///
/// Fails with `UNDO_CONFLICT` if others have since changed what the command has changed.
#[utoipa::path(post, path = "/api/v1/sessions/{session_id}/undo", tag = "content",
    operation_id = "undo", summary = "Undo the last command",
    params(("session_id" = SessionId, Path), ChangeHeaders), request_body = Option<UndoBody>,
    responses((status = 200, body = Executed, description = "Command executed and committed"), ChangeErrors, CommonErrors))]
pub async fn undo(
    State(state): State<Arc<AppState>>,
    SessionPath(session_id): SessionPath,
    headers: HeaderMap,
    JsonBody(UndoBody { scope, client_id, with }): JsonBody<UndoBody>,
) -> Result<Json<Executed>, ApiError> {
    let content =
        content_request(&headers, session_id, client_id, Action::Undo(scope), ("null", with))?;
    Ok(Json(state.store.change_content(content).await?))
}

/// Redoes the command of the scope that was undone last.
///
/// Fails with `UNDO_CONFLICT` if others have since changed what the command would change.
#[utoipa::path(post, path = "/api/v1/sessions/{session_id}/redo", tag = "content",
    operation_id = "redo", summary = "Redo the last undone command",
    params(("session_id" = SessionId, Path), ChangeHeaders), request_body = Option<UndoBody>,
    responses((status = 200, body = Executed, description = "Command executed and committed"), ChangeErrors, CommonErrors))]
pub async fn redo(
    State(state): State<Arc<AppState>>,
    SessionPath(session_id): SessionPath,
    headers: HeaderMap,
    JsonBody(UndoBody { scope, client_id, with }): JsonBody<UndoBody>,
) -> Result<Json<Executed>, ApiError> {
    let content =
        content_request(&headers, session_id, client_id, Action::Redo(scope), ("null", with))?;
    Ok(Json(state.store.change_content(content).await?))
}

/// Which page of the history to return.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct HistoryParams {
    /// Only commands whose `seq` is higher.
    #[serde(default, deserialize_with = "whole_number::in_query")]
    #[param(value_type = Option<u64>, maximum = 4_294_967_295_u64)]
    since: Option<u32>,
    /// The maximum number of commands in the response; 1,000 by default.
    #[serde(default, deserialize_with = "whole_number::in_query")]
    #[param(value_type = Option<u64>, minimum = 1, maximum = 10_000)]
    limit: Option<u32>,
}

/// Lists the commands of a session, with who executed them, when, and whether they are undone.
#[utoipa::path(get, path = "/api/v1/sessions/{session_id}/commands", tag = "content",
    operation_id = "listCommands", summary = "List the command history",
    params(("session_id" = SessionId, Path), HistoryParams),
    responses((status = 200, body = HistoryPage, description = "A page of commands, oldest first"), SessionErrors, CommonErrors))]
pub async fn list(
    State(state): State<Arc<AppState>>,
    SessionPath(session_id): SessionPath,
    Query(params): Query<HistoryParams>,
) -> Result<Json<HistoryPage>, ApiError> {
    let (since, limit) = (params.since.unwrap_or(0), page_limit(params.limit)?);
    Ok(Json(state.store.history(session_id, since.into(), limit.into()).await?))
}

/// Combines an action with its client and with the headers of its request. `data` is the JSON text of the
/// action, by which a reused Idempotency-Key is recognised; `with` is what the answer is to have along. Fails if the client id or a header is malformed.
pub fn content_request(
    headers: &HeaderMap,
    session_id: SessionId,
    client_id: Option<String>,
    action: Action,
    (data, with): (&str, Option<With>),
) -> Result<ContentRequest, Error> {
    if let Some(client_id) = &client_id
        && (!(1..=128).contains(&client_id.len()) || has_null(client_id))
    {
        let text = "client_id: must have 1 to 128 bytes and no null character";
        return Err(Error::InvalidRequest(text.to_owned()));
    }
    let idempotency = match header_text(headers, "idempotency-key")? {
        Some(key) => Some(Idempotency::new(key, &action, data)?),
        None => None,
    };
    let precondition = precondition(headers)?.map(Box::new);
    let size = data.len();
    let request =
        ContentRequest::new(session_id, client_id, action, precondition, idempotency, size);
    Ok(ContentRequest { with, ..request })
}

/// The value of a header; None if the request does not have it. Fails if it is not visible ASCII.
fn header_text<'h>(headers: &'h HeaderMap, name: &str) -> Result<Option<&'h str>, Error> {
    headers
        .get(name)
        .map(|value| value.to_str())
        .transpose()
        .map_err(|_| Error::InvalidRequest(format!("{name}: not plain text")))
}
