//! The host that a request is for, and whether this server answers requests for it.

use axum::extract::Request;
use axum::http::header::HOST;
use axum::http::{HeaderMap, Uri, Version};

use super::error::ApiError;
use crate::error::Error;
use crate::model::excerpt;
use crate::net::hosts::{Host, Hosts};

/// The host that the request is for (RFC 9112, section 3.2). None only for a request of HTTP/1.0 without a
/// host, which no browser sends. Fails with `INVALID_REQUEST` if the host is missing, ambiguous or malformed.
fn target_host<'a>(
    uri: &'a Uri,
    headers: &'a HeaderMap,
    version: Version,
) -> Result<Option<Host<'a>>, Error> {
    let mut values = headers.get_all(HOST).iter();
    let host = match (values.next(), values.next()) {
        (None, _) if version < Version::HTTP_11 => None,
        (None, _) => return Err(invalid("The request has no Host header.")),
        (Some(_), Some(_)) => return Err(invalid("The request has more than one Host header.")),
        (Some(value), None) => {
            let host = value.to_str().ok().and_then(Host::parse);
            Some(
                host.ok_or_else(|| {
                    invalid("The Host header is not a host with an optional port.")
                })?,
            )
        }
    };
    // A host in the request's target overrides the header.
    match uri.authority() {
        None => Ok(host),
        Some(authority) => {
            let host = Host::parse(authority.as_str());
            Ok(Some(host.ok_or_else(|| invalid("The request's target has a malformed host."))?))
        }
    }
}

fn invalid(text: &str) -> Error {
    Error::InvalidRequest(text.to_owned())
}

/// The host of a request that [`reject_unknown_host`] has let pass.
pub fn checked_target_host<'a>(uri: &'a Uri, headers: &'a HeaderMap) -> Option<Host<'a>> {
    target_host(uri, headers, Version::HTTP_10).ok().flatten()
}

/// The response to a request without a well-formed host (400), or for a host that is not allowed (403). None
/// if the request may go on.
pub fn reject_unknown_host(hosts: &Hosts, request: &Request) -> Option<ApiError> {
    match target_host(request.uri(), request.headers(), request.version()) {
        Ok(Some(host)) if !hosts.allow(host) => Some(ApiError(Error::Forbidden(format!(
            "Requests for the host '{}' are not allowed; add it to --allowed-hosts.",
            excerpt(host.name)
        )))),
        Ok(_) => None,
        Err(failure) => Some(ApiError(failure)),
    }
}
