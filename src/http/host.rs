//! For which host a request is, and whether the service answers to that.

use axum::extract::Request;
use axum::http::header::HOST;
use axum::http::{HeaderMap, Uri, Version};

use super::error::ApiError;
use crate::error::Error;
use crate::model::excerpt;
use crate::net::hosts::{Host, Hosts};

/// The host that the request is for (RFC 9112 3.2). Only a request of HTTP/1.0, which no browser sends,
/// may have none.
pub fn target_host<'a>(
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
            Some(host.ok_or_else(|| invalid("The Host header is no host with or without a port."))?)
        }
    };
    // A target with a host of its own overrules the header.
    match uri.authority() {
        None => Ok(host),
        Some(authority) => {
            let host = Host::parse(authority.as_str());
            Ok(Some(host.ok_or_else(|| invalid("The request's target has no proper host."))?))
        }
    }
}

fn invalid(text: &str) -> Error {
    Error::InvalidRequest(text.to_owned())
}

/// The host of a request whose host was found to be right before.
pub fn checked_target_host<'a>(uri: &'a Uri, headers: &'a HeaderMap) -> Option<Host<'a>> {
    target_host(uri, headers, Version::HTTP_10).ok().flatten()
}

/// Refuses a request without a proper host, and one for a host that is not the service's.
pub fn reject_unknown_host(hosts: &Hosts, request: &Request) -> Option<ApiError> {
    match target_host(request.uri(), request.headers(), request.version()) {
        Ok(Some(host)) if !hosts.allow(host) => Some(ApiError(Error::Forbidden(format!(
            "This service does not answer to the name '{}'; --allowed-hosts says to which it does.",
            excerpt(host.name)
        )))),
        Ok(_) => None,
        Err(failure) => Some(ApiError(failure)),
    }
}
