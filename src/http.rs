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

mod cleanup;
mod commands;
mod conditional;
mod error;
mod events;
mod extract;
mod graph;
mod graph_body;
mod graph_json;
mod health;
mod host;
mod middleware;
mod openapi;
mod origin;
mod request_log;
mod sessions;
mod socketio;
pub mod upgrade;
mod websocket;

use error::ApiError;
use middleware::Middleware;
use openapi::ApiDoc;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Every route there is, each with its description and its whole path: one below another would be
/// a path that is taken apart with every request.
fn routes() -> OpenApiRouter<Arc<AppState>> {
    OpenApiRouter::with_openapi(ApiDoc::openapi())
        .routes(routes!(health::health))
        .routes(routes!(health::readiness))
        .routes(routes!(get_openapi))
        .routes(routes!(sessions::create, sessions::list))
        .routes(routes!(sessions::get, sessions::update, sessions::delete))
        .routes(routes!(sessions::info))
        .routes(routes!(sessions::touch))
        .routes(routes!(sessions::list_clients))
        .routes(routes!(cleanup::clean_up))
        .routes(routes!(cleanup::cleanup_status))
        .routes(routes!(commands::execute))
        .routes(routes!(commands::execute_in_session, commands::list))
        .routes(routes!(commands::undo))
        .routes(routes!(commands::redo))
        .routes(routes!(graph::get_graph, graph::replace_graph))
        .routes(routes!(graph::get_tree))
        .routes(routes!(graph::get_node))
        .routes(routes!(events::list))
        .routes(routes!(websocket::connect))
}

/// The OpenAPI document.
pub fn openapi() -> &'static Value {
    openapi::document()
}

/// This document.
#[utoipa::path(get, path = "/api/v1/openapi.json", tag = "service",
    operation_id = "getOpenapi", summary = "Get the OpenAPI document",
    responses((status = 200, body = Object, description = "OpenAPI 3.1"), error::CommonErrors))]
async fn get_openapi() -> Json<&'static Value> {
    Json(openapi())
}

/// How a connection is answered that is not let in.
pub fn error_response(failure: Error) -> Response {
    ApiError(failure).into_response()
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
        .fallback(|| async { ApiError(Error::RouteNotFound) })
        .method_not_allowed_fallback(|| async { ApiError(Error::MethodNotAllowed) })
        .layer(from_fn_with_state(Middleware::new(state.clone()), middleware::handle))
        .with_state(state)
}
