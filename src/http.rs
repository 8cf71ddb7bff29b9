//! The REST door: one table of routes, a file for each resource, and its own description.

use std::sync::Arc;

use axum::http::HeaderName;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use axum::{Json, Router};
use serde_json::Value;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::error::Error;
use crate::live::socketio::SocketIo;
use crate::state::AppState;

mod around;
mod cleanup;
mod commands;
mod conditional;
mod events;
mod failure;
mod graph;
mod graph_body;
mod graph_json;
mod health;
mod host;
mod input;
mod live;
mod log;
mod openapi;
mod origin;
mod sessions;
mod socketio;
pub mod upgrade;

use around::Around;
use failure::Failure;
use openapi::Description;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Every route there is, each with its description and its whole path: one below another would be
/// a path that is taken apart with every request.
fn routes() -> OpenApiRouter<Arc<AppState>> {
    OpenApiRouter::with_openapi(Description::openapi())
        .routes(routes!(health::health))
        .routes(routes!(health::ready))
        .routes(routes!(describe))
        .routes(routes!(sessions::create, sessions::list))
        .routes(routes!(sessions::read, sessions::patch, sessions::remove))
        .routes(routes!(sessions::info))
        .routes(routes!(sessions::touch))
        .routes(routes!(sessions::clients))
        .routes(routes!(cleanup::clean_up))
        .routes(routes!(cleanup::explain))
        .routes(routes!(commands::execute))
        .routes(routes!(commands::execute_in, commands::history))
        .routes(routes!(commands::undo))
        .routes(routes!(commands::redo))
        .routes(routes!(graph::flat, graph::replace))
        .routes(routes!(graph::tree))
        .routes(routes!(graph::node))
        .routes(routes!(events::read))
        .routes(routes!(live::websocket))
}

/// The OpenAPI document.
pub fn description() -> &'static Value {
    openapi::document()
}

/// This document.
#[utoipa::path(get, path = "/api/v1/openapi.json", tag = "service",
    operation_id = "getOpenapi", summary = "Get the OpenAPI document",
    responses((status = 200, body = Object, description = "OpenAPI 3.1"), failure::AnyFailure))]
async fn describe() -> Json<&'static Value> {
    Json(description())
}

/// How a connection is answered that is not let in.
pub fn refuse(failure: Error) -> Response {
    Failure(failure).into_response()
}

/// The whole door.
pub fn router(state: Arc<AppState>) -> Router {
    let (router, _) = routes().split_for_parts();
    // Its protocol is described elsewhere.
    let socketio = any(socketio::serve).with_state(SocketIo::new(state.clone()));
    let slash = format!("{}/", socketio::PATH);
    let socketio = Router::new().route(socketio::PATH, socketio.clone()).route(&slash, socketio);
    router
        .merge(socketio)
        .fallback(|| async { Failure(Error::RouteNotFound) })
        .method_not_allowed_fallback(|| async { Failure(Error::MethodNotAllowed) })
        .layer(from_fn_with_state(Around::new(state.clone()), around::serve))
        .with_state(state)
}
