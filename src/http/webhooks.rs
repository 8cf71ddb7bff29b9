//! `/webhooks`: endpoints to which messages are sent, and these messages.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::IntoResponse;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::error::{ApiError, CommonErrors, ErrorBody};
use super::extract::{EndpointPath, JsonBody, MessagePath, NoInput, Query, page_limit};
use crate::error::Error;
use crate::json::whole_number;
use crate::model::webhook::{DeliveryState, Endpoint, EndpointPatch, NewEndpoint};
use crate::model::{EndpointId, Timestamp};
use crate::state::AppState;
use crate::store::{
    DeleteEndpoint, Delivery, DeliveryPage, NewSecret, PatchEndpoint, QueueTest, RetryDelivery,
    RotateSecret,
};
use crate::webhooks::check_url;

/// An endpoint with its secret.
#[derive(Serialize, ToSchema)]
pub struct EndpointWithSecret {
    #[serde(flatten)]
    endpoint: Endpoint,
    /// The key of the signatures. It is returned here and by a rotation only.
    #[schema(example = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")]
    secret: String,
}

impl From<NewSecret> for EndpointWithSecret {
    fn from(NewSecret { endpoint, secret }: NewSecret) -> Self {
        Self { endpoint, secret: secret.to_string() }
    }
}

fn check_new_url(state: &AppState, url: &str) -> Result<(), Error> {
    check_url(url, state.allows_private_webhooks)
        .map(drop)
        .map_err(|cause| Error::InvalidRequest(format!("url: {cause}")))
}

/// Registers an endpoint.
///
/// It is sent messages of what happens from now on, as Standard Webhooks 1.0.0 says.
#[utoipa::path(post, path = "/api/v1/webhooks", tag = "webhooks",
    operation_id = "createWebhook", summary = "Create a webhook", request_body = NewEndpoint,
    responses(
        (status = 201, body = EndpointWithSecret, description = "Webhook created", headers(("Location" = String, description = "The path of the webhook"))),
        (status = 422, body = ErrorBody, description = "INVALID_COMMAND: there are 100 webhooks"),
        CommonErrors))]
pub async fn create(
    State(state): State<Arc<AppState>>,
    JsonBody(new): JsonBody<NewEndpoint>,
) -> Result<impl IntoResponse, ApiError> {
    check_new_url(&state, &new.url)?;
    let created = state.store.create_endpoint(new).await?;
    let location = state.location(format!("/api/v1/webhooks/{}", created.endpoint.endpoint_id));
    Ok((StatusCode::CREATED, [(LOCATION, location)], Json(EndpointWithSecret::from(created))))
}

/// All endpoints.
#[derive(Serialize, ToSchema)]
pub struct EndpointList {
    webhooks: Vec<Endpoint>,
}

/// Lists the endpoints, in the order of their creation.
#[utoipa::path(get, path = "/api/v1/webhooks", tag = "webhooks",
    operation_id = "listWebhooks", summary = "List webhooks",
    responses((status = 200, body = EndpointList, description = "All webhooks"), CommonErrors))]
pub async fn list(State(state): State<Arc<AppState>>) -> Result<Json<EndpointList>, ApiError> {
    Ok(Json(EndpointList { webhooks: state.store.endpoints().await? }))
}

/// Returns an endpoint.
#[utoipa::path(get, path = "/api/v1/webhooks/{endpoint_id}", tag = "webhooks",
    operation_id = "getWebhook", summary = "Get a webhook",
    params(("endpoint_id" = EndpointId, Path)),
    responses((status = 200, body = Endpoint, description = "The webhook"), EndpointErrors, CommonErrors))]
pub async fn get(
    State(state): State<Arc<AppState>>,
    EndpointPath(endpoint_id): EndpointPath,
) -> Result<Json<Endpoint>, ApiError> {
    Ok(Json(state.store.endpoint(endpoint_id).await?))
}

/// Updates an endpoint.
///
/// Absent fields stay as they are, and null removes a value. While `enabled` is false, messages wait.
#[utoipa::path(patch, path = "/api/v1/webhooks/{endpoint_id}", tag = "webhooks",
    operation_id = "updateWebhook", summary = "Update a webhook",
    params(("endpoint_id" = EndpointId, Path)), request_body = Option<EndpointPatch>,
    responses((status = 200, body = Endpoint, description = "The webhook"), EndpointErrors, CommonErrors))]
pub async fn update(
    State(state): State<Arc<AppState>>,
    EndpointPath(endpoint_id): EndpointPath,
    JsonBody(patch): JsonBody<EndpointPatch>,
) -> Result<Json<Endpoint>, ApiError> {
    if let Some(url) = &patch.url {
        check_new_url(&state, url)?;
    }
    Ok(Json(state.store.write(PatchEndpoint { endpoint_id, patch }).await?))
}

/// Deletes an endpoint with its messages.
#[utoipa::path(delete, path = "/api/v1/webhooks/{endpoint_id}", tag = "webhooks",
    operation_id = "deleteWebhook", summary = "Delete a webhook",
    params(("endpoint_id" = EndpointId, Path)),
    responses((status = 204, description = "Webhook deleted"), EndpointErrors, CommonErrors))]
pub async fn delete(
    State(state): State<Arc<AppState>>,
    EndpointPath(endpoint_id): EndpointPath,
    _: NoInput,
) -> Result<StatusCode, ApiError> {
    state.store.write(DeleteEndpoint(endpoint_id)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Switches an endpoint on, and sends what waits for another attempt now.
#[utoipa::path(post, path = "/api/v1/webhooks/{endpoint_id}/enable", tag = "webhooks",
    operation_id = "enableWebhook", summary = "Switch a webhook on",
    params(("endpoint_id" = EndpointId, Path)),
    responses((status = 200, body = Endpoint, description = "The webhook"), EndpointErrors, CommonErrors))]
pub async fn enable(
    State(state): State<Arc<AppState>>,
    EndpointPath(endpoint_id): EndpointPath,
    _: NoInput,
) -> Result<Json<Endpoint>, ApiError> {
    let patch = EndpointPatch { enabled: Some(true), ..EndpointPatch::default() };
    Ok(Json(state.store.write(PatchEndpoint { endpoint_id, patch }).await?))
}

/// Gives an endpoint another secret.
///
/// For 24 hours messages have two signatures, one by each secret.
#[utoipa::path(post, path = "/api/v1/webhooks/{endpoint_id}/rotate", tag = "webhooks",
    operation_id = "rotateWebhookSecret", summary = "Rotate the secret of a webhook",
    params(("endpoint_id" = EndpointId, Path)),
    responses((status = 200, body = EndpointWithSecret, description = "The webhook with its new secret"), EndpointErrors, CommonErrors))]
pub async fn rotate(
    State(state): State<Arc<AppState>>,
    EndpointPath(endpoint_id): EndpointPath,
    _: NoInput,
) -> Result<Json<EndpointWithSecret>, ApiError> {
    Ok(Json(state.store.write(RotateSecret(endpoint_id)).await?.into()))
}

/// A message that was queued.
#[derive(Serialize, ToSchema)]
pub struct QueuedMessage {
    /// The header `webhook-id` of the message.
    message_id: String,
}

/// Sends an endpoint a message of the type `webhook.test`.
#[utoipa::path(post, path = "/api/v1/webhooks/{endpoint_id}/test", tag = "webhooks",
    operation_id = "testWebhook", summary = "Test a webhook",
    params(("endpoint_id" = EndpointId, Path)),
    responses((status = 202, body = QueuedMessage, description = "Message queued"), EndpointErrors, CommonErrors))]
pub async fn test(
    State(state): State<Arc<AppState>>,
    EndpointPath(endpoint_id): EndpointPath,
    _: NoInput,
) -> Result<impl IntoResponse, ApiError> {
    let message_id = state.store.write(QueueTest { endpoint_id }).await?;
    Ok((StatusCode::ACCEPTED, Json(QueuedMessage { message_id })))
}

/// Which messages to list.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DeliveryParams {
    /// Only messages in this state.
    #[param(inline)]
    state: Option<DeliveryState>,
    /// Only messages made before this one: the `next_before` of the previous page.
    before: Option<String>,
    /// The maximum number of messages in the response; 1,000 by default.
    #[serde(default, deserialize_with = "whole_number::in_query")]
    #[param(value_type = Option<u64>, minimum = 1, maximum = 10_000)]
    limit: Option<u32>,
}

/// Lists the messages of an endpoint with what became of them, the newest first.
///
/// They are kept for seven days.
#[utoipa::path(get, path = "/api/v1/webhooks/{endpoint_id}/deliveries", tag = "webhooks",
    operation_id = "listDeliveries", summary = "List deliveries",
    params(("endpoint_id" = EndpointId, Path), DeliveryParams),
    responses((status = 200, body = DeliveryPage, description = "A page of messages"), EndpointErrors, CommonErrors))]
pub async fn list_deliveries(
    State(state): State<Arc<AppState>>,
    EndpointPath(endpoint_id): EndpointPath,
    Query(params): Query<DeliveryParams>,
) -> Result<Json<DeliveryPage>, ApiError> {
    let limit = page_limit(params.limit)?.into();
    let DeliveryParams { state: only, before, .. } = params;
    Ok(Json(state.store.deliveries(endpoint_id, only, before.as_deref(), limit).await?))
}

/// Returns a message of an endpoint with what became of it.
#[utoipa::path(get, path = "/api/v1/webhooks/{endpoint_id}/deliveries/{message_id}", tag = "webhooks",
    operation_id = "getDelivery", summary = "Get a delivery",
    params(("endpoint_id" = EndpointId, Path), ("message_id" = String, Path)),
    responses((status = 200, body = Delivery, description = "The message"), EndpointErrors, CommonErrors))]
pub async fn get_delivery(
    State(state): State<Arc<AppState>>,
    MessagePath(endpoint_id, message_id): MessagePath,
) -> Result<Json<Delivery>, ApiError> {
    Ok(Json(state.store.delivery(endpoint_id, &message_id).await?))
}

/// Sends a message again now, whatever has become of it.
#[utoipa::path(post, path = "/api/v1/webhooks/{endpoint_id}/deliveries/{message_id}/retry", tag = "webhooks",
    operation_id = "retryDelivery", summary = "Retry a delivery",
    params(("endpoint_id" = EndpointId, Path), ("message_id" = String, Path)),
    responses((status = 202, body = QueuedMessage, description = "Message queued"), EndpointErrors, CommonErrors))]
pub async fn retry(
    State(state): State<Arc<AppState>>,
    MessagePath(endpoint_id, message_id): MessagePath,
    _: NoInput,
) -> Result<impl IntoResponse, ApiError> {
    state.store.write(RetryDelivery { endpoint_id, message_id: message_id.clone() }).await?;
    Ok((StatusCode::ACCEPTED, Json(QueuedMessage { message_id })))
}

/// A span of time.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"since": "2026-11-22T22:00:00Z", "until": "2026-11-22T23:00:00Z"}))]
pub struct ReplayBody {
    /// The beginning of the span.
    since: Timestamp,
    /// The end of the span, which is not part of it.
    until: Timestamp,
}

/// How many messages are sent again.
#[derive(Serialize, ToSchema)]
pub struct Replayed {
    count: i64,
}

/// Sends the messages of a span again, those of each session in order.
///
/// Messages that wait for an attempt anyway are not counted. A message keeps its `webhook-id`.
#[utoipa::path(post, path = "/api/v1/webhooks/{endpoint_id}/replay", tag = "webhooks",
    operation_id = "replayDeliveries", summary = "Replay deliveries",
    params(("endpoint_id" = EndpointId, Path)), request_body = ReplayBody,
    responses((status = 202, body = Replayed, description = "Messages queued"), EndpointErrors, CommonErrors))]
pub async fn replay(
    State(state): State<Arc<AppState>>,
    EndpointPath(endpoint_id): EndpointPath,
    JsonBody(ReplayBody { since, until }): JsonBody<ReplayBody>,
) -> Result<impl IntoResponse, ApiError> {
    let count = state.store.replay(endpoint_id, since, until).await?;
    Ok((StatusCode::ACCEPTED, Json(Replayed { count })))
}

/// Error responses of a route that names an endpoint, in addition to [`CommonErrors`].
#[derive(utoipa::IntoResponses)]
#[expect(dead_code, reason = "describes responses in the OpenAPI document")]
pub enum EndpointErrors {
    #[response(status = 404, description = "WEBHOOK_NOT_FOUND or DELIVERY_NOT_FOUND")]
    NotFound(ErrorBody),
}
