//! Where messages may be sent.
//!
//! The server can reach what the caller who has registered an endpoint may not: its own machine, its network,
//! the metadata of its cloud. So only public addresses are dialled, unless the operator allows others.

use std::net::{IpAddr, SocketAddr};

use reqwest::Url;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::model::excerpt;
use crate::model::webhook::MAX_URL_BYTES;
use crate::net::public_address::is_public;

/// Parses the URL of an endpoint, and checks all of it that can be checked without asking for its name.
pub fn check_url(text: &str, allows_private: bool) -> Result<Url, String> {
    if text.len() > MAX_URL_BYTES {
        return Err(format!("{} bytes, but at most {MAX_URL_BYTES} are allowed", text.len()));
    }
    let shown = excerpt(text);
    let url = Url::parse(text).map_err(|cause| format!("'{shown}' is not a URL: {cause}"))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(format!("'{shown}' is neither an http nor an https URL"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("a user name and a password are not allowed; messages are signed".to_owned());
    }
    if url.fragment().is_some() {
        return Err(format!("'{shown}' has a fragment, which is never sent"));
    }
    match address(&url) {
        Some(address) if !allows_private && !is_public(address) => Err(not_public(address)),
        _ => Ok(url),
    }
}

/// The address that stands in a URL; None if there is a name.
fn address(url: &Url) -> Option<IpAddr> {
    let host = url.host_str()?;
    host.trim_start_matches('[').trim_end_matches(']').parse().ok()
}

fn not_public(address: IpAddr) -> String {
    format!("the address {address} is not public (--webhook-allow-private)")
}

/// Resolves names to public addresses. The client dials what this returns and asks for no name again, so the
/// address that was checked is the one that is dialled.
pub struct PublicResolver {
    pub allows_private: bool,
}

impl Resolve for PublicResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let allows_private = self.allows_private;
        Box::pin(async move {
            let found: Vec<SocketAddr> =
                tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            let is_allowed = |found: &SocketAddr| allows_private || is_public(found.ip());
            // One of several would do, but a name that has a private one is not meant for us.
            match found.iter().find(|found| !is_allowed(found)) {
                Some(private) => Err(not_public(private.ip()).into()),
                None => Ok(Box::new(found.into_iter()) as Addrs),
            }
        })
    }
}
