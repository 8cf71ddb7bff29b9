//! The page for people at `/`, and the API reference at `/docs`. Their files are part of the program,
//! compressed by `build.rs`. A program that asks for `/` learns where the API is.

use std::io::Read;
use std::sync::Arc;

use axum::extract::Path;
use axum::http::header::{
    ACCEPT, ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY,
    CONTENT_TYPE, ETAG, IF_NONE_MATCH, REFERRER_POLICY, VARY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use axum::{Json, Router};
use flate2::read::GzDecoder;
use serde_json::json;

use super::error::ApiError;
use crate::error::Error;
use crate::state::AppState;

/// One file of the page.
struct PageFile {
    /// Its path within `ui/`.
    path: &'static str,
    gzip: &'static [u8],
}

// VERSION, a hash of all files, and FILES.
include!(concat!(env!("OUT_DIR"), "/page_files.rs"));

const INDEX: &str = "index.html";
const REFERENCE: &str = "docs.html";

/// The page takes nothing from elsewhere, and no other page may frame it. The images in `data:` are those
/// of the stylesheet of the API reference.
const CONTENT_SECURITY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
     img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

/// The folder with the files is named by their hash, so what was fetched from it stays true.
const IMMUTABLE: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

/// The routes of the page. They are not part of the OpenAPI document.
pub fn router() -> Router<Arc<AppState>> {
    Router::new()
        .route("/", get(index))
        .route("/docs", get(reference))
        .route("/ui/{version}/{*path}", get(file))
}

async fn index(headers: HeaderMap) -> Response {
    if accepts(&headers, &ACCEPT, "text/html") {
        return document(&headers, INDEX);
    }
    let body = json!({
        "name": env!("CARGO_PKG_NAME"),
        "version": env!("CARGO_PKG_VERSION"),
        "api": "/api/v1",
        "openapi": "/api/v1/openapi.json",
        "docs": "/docs"
    });
    ([(VARY, "accept, origin")], Json(body)).into_response()
}

/// The API reference, or without the feature `docs` the document that it shows.
async fn reference(headers: HeaderMap) -> Response {
    if find(REFERENCE).is_none() {
        return Redirect::temporary("api/v1/openapi.json").into_response();
    }
    document(&headers, REFERENCE)
}

async fn file(headers: HeaderMap, Path((version, path)): Path<(String, String)>) -> Response {
    if version != VERSION {
        return not_found();
    }
    let mut response = send(&headers, &path);
    if response.status().is_success() {
        response.headers_mut().insert(CACHE_CONTROL, IMMUTABLE);
    }
    response
}

/// A document, which names the folder of all other files. It is revalidated before each use.
fn document(headers: &HeaderMap, path: &str) -> Response {
    // Weak, since it is the same for the compressed file and the plain one.
    let tag = format!("W/\"{VERSION}\"");
    if accepts(headers, &IF_NONE_MATCH, &tag) {
        return (StatusCode::NOT_MODIFIED, [(ETAG, tag)]).into_response();
    }
    ([(ETAG, tag)], send(headers, path)).into_response()
}

fn send(headers: &HeaderMap, path: &str) -> Response {
    let Some(file) = find(path) else { return not_found() };
    let mut response = if accepts(headers, &ACCEPT_ENCODING, "gzip") {
        ([(CONTENT_ENCODING, "gzip")], file.gzip).into_response()
    } else {
        match decompress(file) {
            Ok(content) => content.into_response(),
            Err(failure) => return ApiError(failure).into_response(),
        }
    };
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type(path)));
    headers.insert(CONTENT_SECURITY_POLICY, CONTENT_SECURITY);
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(VARY, HeaderValue::from_static("accept, accept-encoding, origin"));
    response
}

fn find(path: &str) -> Option<&'static PageFile> {
    FILES.iter().find(|file| file.path == path)
}

fn decompress(file: &PageFile) -> Result<Vec<u8>, Error> {
    let mut content = Vec::new();
    GzDecoder::new(file.gzip)
        .read_to_end(&mut content)
        .map_err(|cause| Error::internal(cause.into()))?;
    Ok(content)
}

fn not_found() -> Response {
    ApiError(Error::RouteNotFound).into_response()
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit_once('.') {
        Some((_, "html")) => "text/html; charset=utf-8",
        Some((_, "js")) => "text/javascript; charset=utf-8",
        Some((_, "css")) => "text/css; charset=utf-8",
        Some((_, "svg")) => "image/svg+xml",
        _ => "application/octet-stream",
    }
}

/// Whether a header that is a list has this item, and does not refuse it by a weight of 0.
fn accepts(headers: &HeaderMap, name: &HeaderName, item: &str) -> bool {
    let lines = headers.get_all(name).iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(',')).any(|entry| {
        let (value, parameters) = entry.split_once(';').unwrap_or((entry, ""));
        let weight = parameters.trim().strip_prefix("q=").map(|weight| weight.parse::<f32>());
        value.trim().eq_ignore_ascii_case(item) && weight != Some(Ok(0.0))
    })
}
