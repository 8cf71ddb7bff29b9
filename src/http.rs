//! The HTTP API: the routes, their handlers (a module for each resource), the middleware and the OpenAPI
//! document.

use std::sync::{Arc, LazyLock};

use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use axum::{Json, Router};
use serde_json::Value;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::error::Error;
use crate::live::socketio::SocketIo;
use crate::state::AppState;

mod access;
mod admin;
mod cleanup;
mod clients;
mod commands;
mod conditional;
mod cookie;
mod counted_body;
mod error;
mod events;
mod extract;
mod graph;
mod graph_body;
mod graph_json;
mod health;
mod host;
mod join_tokens;
mod login;
mod metrics;
mod middleware;
mod openapi;
mod origin;
mod page;
mod request_id;
mod request_log;
mod restore;
mod sessions;
mod settings;
mod socketio;
mod tokens;
mod upgrade;
mod webhooks;
mod websocket;

use error::ApiError;
use middleware::Middleware;
use openapi::ApiDoc;

/// Every route of the REST API, with its OpenAPI description. The paths are absolute, since nested routers
/// would split the path of every request.
fn routes() -> OpenApiRouter<Arc<AppState>> {
    OpenApiRouter::with_openapi(ApiDoc::openapi())
        .routes(routes!(health::health))
        .routes(routes!(health::readiness))
        .routes(routes!(get_openapi))
        .routes(routes!(sessions::create, sessions::list))
        .routes(routes!(sessions::get, sessions::update, sessions::delete))
        .routes(routes!(sessions::info))
        .routes(routes!(sessions::touch))
        .routes(routes!(restore::restore))
        .routes(routes!(clients::list_clients))
        .routes(routes!(clients::kick))
        .routes(routes!(clients::send_message))
        .routes(routes!(cleanup::cleanup_policy, cleanup::clean_up))
        .routes(routes!(cleanup::cleanup_status))
        .routes(routes!(commands::execute))
        .routes(routes!(commands::execute_in_session, commands::list))
        .routes(routes!(commands::undo))
        .routes(routes!(commands::redo))
        .routes(routes!(graph::get_graph, graph::replace_graph))
        .routes(routes!(graph::get_tree))
        .routes(routes!(graph::get_node))
        .routes(routes!(events::list))
        .routes(routes!(events::follow_sessions))
        .routes(routes!(login::log_in))
        .routes(routes!(login::log_out))
        .routes(routes!(join_tokens::create))
        .routes(routes!(tokens::create, tokens::list))
        .routes(routes!(tokens::revoke))
        .routes(routes!(admin::back_up))
        .routes(routes!(settings::list))
        .routes(routes!(settings::set_log_filter))
        .routes(routes!(webhooks::create, webhooks::list))
        .routes(routes!(webhooks::get, webhooks::update, webhooks::delete))
        .routes(routes!(webhooks::enable))
        .routes(routes!(webhooks::rotate))
        .routes(routes!(webhooks::test))
        .routes(routes!(webhooks::list_deliveries))
        .routes(routes!(webhooks::get_delivery))
        .routes(routes!(webhooks::retry))
        .routes(routes!(webhooks::replay))
        .routes(routes!(websocket::connect))
}

/// The OpenAPI document, as JSON. It is built once.
pub fn openapi() -> &'static Value {
    static DOCUMENT: LazyLock<Value> =
        LazyLock::new(|| openapi::document(&routes().into_openapi()));
    &DOCUMENT
}

/// Returns this document.
#[utoipa::path(get, path = "/api/v1/openapi.json", tag = "service",
    operation_id = "getOpenapi", summary = "Get the OpenAPI document",
    responses((status = 200, body = Object, description = "The OpenAPI 3.1 document"), error::CommonErrors))]
async fn get_openapi() -> Json<&'static Value> {
    Json(openapi())
}

/// The response for an error that occurs outside of a handler, such as too many connections.
pub fn error_response(failure: Error) -> Response {
    ApiError(failure).into_response()
}

/// The router of the address that serves the metrics alone.
pub fn metrics_router(state: Arc<AppState>) -> Router {
    Router::new()
        .route(metrics::PATH, get(metrics::scrape))
        .fallback(|| async { ApiError(Error::RouteNotFound) })
        .method_not_allowed_fallback(|| async { ApiError(Error::MethodNotAllowed) })
        .with_state(state)
}

/// The router of the whole HTTP API, with middleware and fallbacks.
pub fn router(state: Arc<AppState>) -> Router {
    let (router, document) = routes().split_for_parts();
    metrics::declare_routes(&state.metrics.http, &document);
    // Not part of the OpenAPI document: Engine.IO has a specification of its own.
    let socketio = any(socketio::serve).with_state(SocketIo::new(state.clone()));
    let slash = format!("{}/", socketio::PATH);
    let socketio = Router::new().route(socketio::PATH, socketio.clone()).route(&slash, socketio);
    router
        .merge(socketio)
        // Not under /api/v1: Prometheus asks for this path unless another one is configured.
        .route(metrics::PATH, get(metrics::scrape))
        .merge(page::router())
        .fallback(|| async { ApiError(Error::RouteNotFound) })
        .method_not_allowed_fallback(|| async { ApiError(Error::MethodNotAllowed) })
        .layer(from_fn_with_state(Middleware::new(state.clone()), middleware::handle))
        .with_state(state)
}
