//! The content of a session: as a tree, as a flat list, node by node, and its replacement as a whole.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_TYPE, ETAG};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;
use tokio::task::spawn_blocking;
use utoipa::ToSchema;

use super::commands::{ChangeErrors, ChangeHeaders, content_request};
use super::conditional::{NotModified, ReadCondition, ReadHeaders, etag, not_modified};
use super::error::{ApiError, CommonErrors, ErrorBody, SessionErrors};
use super::extract::{NodePath, RawBody, SessionPath};
use super::graph_body;
use super::graph_json::Layout;
use crate::engine::request::{Action, ContentRequest, Executed, History};
use crate::error::Error;
use crate::json;
use crate::model::graph::{FlatNode, With, build_forest};
use crate::model::{ContentLimits, NodeId, SessionId};
use crate::state::AppState;
use crate::store::Graph;

/// A node with its descendants.
#[derive(Serialize, ToSchema)]
pub struct TreeNode {
    id: NodeId,
    blueprint_type_id: String,
    name: String,
    #[schema(value_type = Object)]
    properties: Value,
    #[schema(no_recursion)]
    children: Vec<TreeNode>,
}

/// The content of a session as a tree.
#[derive(Serialize, ToSchema)]
pub struct TreeBody {
    roots: Vec<TreeNode>,
    seq: i64,
    revision: i64,
}

/// A node without its children.
#[derive(Serialize, ToSchema)]
pub struct NodeBody {
    id: NodeId,
    parent_id: Option<NodeId>,
    blueprint_type_id: String,
    name: String,
    #[schema(value_type = Object)]
    properties: Box<RawValue>,
}

/// A node in a flat list.
#[derive(Serialize, ToSchema)]
pub struct FlatNodeBody {
    #[serde(flatten)]
    node: NodeBody,
    /// The index among its siblings, from 0.
    index: i64,
}

/// The content of a session as a flat list.
#[derive(Serialize, ToSchema)]
pub struct GraphBody {
    /// Siblings are adjacent and in order. A parent may come after its children.
    nodes: Vec<FlatNodeBody>,
    seq: i64,
    revision: i64,
}

/// The new content of a session. The nodes may be in any order.
#[derive(Deserialize, ToSchema)]
#[schema(example = json!({"nodes": [
    {"id": "0190a1b2-c3d4-7e5f-8a9b-000000000001", "blueprint_type_id": "list", "name": "Today"},
    {"id": "0190a1b2-c3d4-7e5f-8a9b-000000000002", "blueprint_type_id": "task",
     "name": "Buy milk", "parent_id": "0190a1b2-c3d4-7e5f-8a9b-000000000001"}
]}))]
pub struct NewGraph {
    nodes: Vec<FlatNode>,
    /// The client that replaces the content, for the history and for undo in the scope `client`.
    #[schema(min_length = 1, max_length = 128)]
    client_id: Option<String>,
    /// `keep`, by default, makes the replacement one undo step; after `restart` the history is empty.
    #[serde(default)]
    history: History,
    /// Returns the content along with the response.
    with: Option<With>,
}

/// The nodes of a [`NewGraph`] as unparsed JSON, by which a reused Idempotency-Key is recognised.
#[derive(Deserialize)]
struct RawNodes {
    nodes: Box<RawValue>,
}

/// Returns the content of a session as a tree.
///
/// The JSON is nested as deep as the tree. Clients whose parser limits the depth can get the flat list
/// instead.
#[utoipa::path(get, path = "/api/v1/sessions/{session_id}/graph/tree", tag = "content",
    operation_id = "getTree", summary = "Get the content as a tree",
    params(("session_id" = SessionId, Path), ReadHeaders),
    responses(
        (status = 200, body = TreeBody, description = "The content as a tree",
            headers(("ETag" = String, description = "The revision of the content, for If-Match and If-None-Match"))),
        NotModified, SessionErrors, CommonErrors
    ))]
pub async fn get_tree(
    State(state): State<Arc<AppState>>,
    SessionPath(session_id): SessionPath,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    read_graph(state, session_id, &headers, Layout::Tree).await
}

/// Returns the content of a session as a flat list.
///
/// The list can be sent back as it is to replace the content of a session.
#[utoipa::path(get, path = "/api/v1/sessions/{session_id}/graph", tag = "content",
    operation_id = "getGraph", summary = "Get the content as a flat list",
    params(("session_id" = SessionId, Path), ReadHeaders),
    responses(
        (status = 200, body = GraphBody, description = "The content as a flat list",
            headers(("ETag" = String, description = "The revision of the content, for If-Match and If-None-Match"))),
        NotModified, SessionErrors, CommonErrors
    ))]
pub async fn get_graph(
    State(state): State<Arc<AppState>>,
    SessionPath(session_id): SessionPath,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    read_graph(state, session_id, &headers, Layout::Flat).await
}

async fn read_graph(
    state: Arc<AppState>,
    session_id: SessionId,
    headers: &HeaderMap,
    layout: Layout,
) -> Result<Response, ApiError> {
    let condition = ReadCondition::from_headers(headers)?;
    let is_known = move |revision| condition.is_not_modified(revision);
    let (revision, body) = match state.store.graph(session_id, is_known).await? {
        Graph::Known(revision) => return Ok(not_modified(revision)),
        Graph::Small(head, nodes) => {
            (head.revision, graph_body::small(&head, &nodes, layout).into())
        }
        Graph::Large(reader) => {
            (reader.head.revision, graph_body::large(state.clone(), reader, layout))
        }
    };
    let headers = [(CONTENT_TYPE, "application/json".to_owned()), (ETAG, etag(revision))];
    Ok((headers, body).into_response())
}

/// Replaces the whole content of a session.
///
/// The replacement is one undo step, or empties the history. Siblings are ordered by `index`; those without one come last, in the
/// order of the list.
#[utoipa::path(put, path = "/api/v1/sessions/{session_id}/graph", tag = "content",
    operation_id = "replaceGraph", summary = "Replace the content",
    params(("session_id" = SessionId, Path), ChangeHeaders), request_body = NewGraph,
    responses((status = 200, body = Executed, description = "Content replaced and committed"), ChangeErrors, CommonErrors))]
pub async fn replace_graph(
    State(state): State<Arc<AppState>>,
    SessionPath(session_id): SessionPath,
    headers: HeaderMap,
    RawBody(bytes): RawBody,
) -> Result<Json<Executed>, ApiError> {
    let limits = state.limits.content;
    // Parsing a long list takes long, and must not block a thread of the runtime.
    let parsing = spawn_blocking(move || parse_replacement(&headers, session_id, &bytes, &limits));
    let content = parsing.await.map_err(Error::from)??;
    Ok(Json(state.store.change_content(content).await?))
}

fn parse_replacement(
    headers: &HeaderMap,
    session_id: SessionId,
    body: &[u8],
    limits: &ContentLimits,
) -> Result<ContentRequest, Error> {
    let NewGraph { nodes, client_id, history, with } = json::parse(body)?;
    let action = Action::Replace(build_forest(nodes, limits)?.into(), history);
    let RawNodes { nodes } = json::parse(body)?;
    content_request(headers, session_id, client_id, action, (nodes.get(), with))
}

/// Returns one node, without its children.
#[utoipa::path(get, path = "/api/v1/sessions/{session_id}/graph/nodes/{node_id}", tag = "content",
    operation_id = "getNode", summary = "Get a node",
    params(("session_id" = SessionId, Path), ("node_id" = NodeId, Path)),
    responses(
        (status = 200, body = NodeBody, description = "The node"),
        (status = 404, body = ErrorBody, description = "SESSION_NOT_FOUND or NODE_NOT_FOUND"),
        (status = 410, body = ErrorBody, description = "SESSION_REMOVED: the details have the time and the reason"),
        CommonErrors
    ))]
pub async fn get_node(
    State(state): State<Arc<AppState>>,
    NodePath(session_id, node_id): NodePath,
) -> Result<Json<NodeBody>, ApiError> {
    let row = state.store.node(session_id, node_id).await?;
    Ok(Json(NodeBody {
        id: row.node_id,
        parent_id: row.parent_id,
        blueprint_type_id: row.blueprint_type_id,
        name: row.name,
        properties: row.properties,
    }))
}
