//! `/sessions/{id}/clients` and `/sessions/{id}/messages`: the connected clients, and messages to them.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::{RawValue, to_raw_value};
use utoipa::ToSchema;

use super::error::{ApiError, CommonErrors, ErrorBody, SessionErrors};
use super::extract::{ClientPath, JsonBody, NoInput, SessionPath};
use crate::error::Error;
use crate::json;
use crate::model::{Client, DisconnectReason, SessionId};
use crate::state::AppState;

/// The maximum size of a message's `data`, as JSON.
const MAX_MESSAGE_BYTES: usize = 64 * 1024;

/// The connected clients of a session.
#[derive(Serialize, ToSchema)]
pub struct ClientList {
    #[schema(value_type = Vec<Client>)]
    clients: Box<RawValue>,
}

/// Lists the clients that have joined a session.
///
/// The client that joined first comes first.
#[utoipa::path(get, path = "/api/v1/sessions/{session_id}/clients", tag = "sessions",
    operation_id = "listClients", summary = "List connected clients",
    params(("session_id" = SessionId, Path)),
    responses((status = 200, body = ClientList, description = "Connected clients"), SessionErrors, CommonErrors))]
pub async fn list_clients(
    State(state): State<Arc<AppState>>,
    SessionPath(session_id): SessionPath,
) -> Result<Json<ClientList>, ApiError> {
    let clients = state.store.clients(session_id).await?;
    let clients = state.hub.merge_presence(session_id, clients.into());
    Ok(Json(ClientList { clients: (*clients).to_owned() }))
}

/// Kicks a client.
///
/// Its connection ends with the close code 4403, so it leaves all its sessions, with the reason `kicked`.
/// The response is sent after that is committed. A client that may join again does so as another client:
/// to keep somebody out, give out no more tokens.
#[utoipa::path(delete, path = "/api/v1/sessions/{session_id}/clients/{client_id}", tag = "sessions",
    operation_id = "kickClient", summary = "Kick a client",
    params(("session_id" = SessionId, Path), ("client_id" = String, Path)),
    responses((status = 204, description = "Client kicked"),
        (status = 404, body = ErrorBody, description = "SESSION_NOT_FOUND or CLIENT_NOT_FOUND"),
        (status = 410, body = ErrorBody, description = "SESSION_REMOVED: the details have the time and the reason"),
        CommonErrors))]
pub async fn kick(
    State(state): State<Arc<AppState>>,
    ClientPath(session_id, client_id): ClientPath,
    _: NoInput,
) -> Result<StatusCode, ApiError> {
    if !state.store.has_client(session_id, &client_id).await? {
        return Err(ApiError(Error::ClientNotFound { session_id, client_id }));
    }
    // Its own task would disconnect it as well, but this response is to come after the commit.
    state.hub.end(session_id, &client_id, DisconnectReason::Kicked);
    state.store.disconnect(client_id, DisconnectReason::Kicked).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A message to the clients of a session.
#[derive(Deserialize, ToSchema)]
#[schema(example = json!({"data": {"kind": "export-finished"}}))]
pub struct MessageBody {
    /// Any JSON, at most 64 KiB.
    #[schema(required = true)]
    #[serde(deserialize_with = "Value::deserialize")]
    data: Value,
}

/// Sends a message to those who are in a session.
///
/// They get `message` with the `data`. It is not stored, has no `seq`, and is no activity. A client whose
/// queue is half full does not get it.
#[utoipa::path(post, path = "/api/v1/sessions/{session_id}/messages", tag = "sessions",
    operation_id = "sendMessage", summary = "Send a message",
    params(("session_id" = SessionId, Path)), request_body = MessageBody,
    responses((status = 202, description = "Message sent"), SessionErrors, CommonErrors))]
pub async fn send_message(
    State(state): State<Arc<AppState>>,
    SessionPath(session_id): SessionPath,
    JsonBody(MessageBody { data }): JsonBody<MessageBody>,
) -> Result<StatusCode, ApiError> {
    json::check_free("data", &data, MAX_MESSAGE_BYTES)?;
    state.store.overview(session_id).await?;
    let data = to_raw_value(&data).map_err(|cause| Error::internal(cause.into()))?;
    state.hub.publish_message(session_id, data.into());
    Ok(StatusCode::ACCEPTED)
}
