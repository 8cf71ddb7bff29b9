//! HTTP requests.

use std::sync::Arc;
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;

use super::define::{latency, metrics};
use super::labelled::Labelled;

/// The method and route of a request. Neither has values that a client can make up.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct RouteLabels {
    method: &'static str,
    route: Arc<str>,
}

/// What a request was, and how it ended.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct RequestLabels {
    method: &'static str,
    route: Arc<str>,
    status: u16,
}

metrics! {
    /// HTTP requests.
    pub struct HttpMetrics {
        /// Requests that were answered; `route` is `none` where no route has the path.
        http_requests_total: Family<RequestLabels, Counter>,
        /// How long the head of the response to a request took; a long poll waits for an event.
        http_request_duration_seconds: Family<RouteLabels, Histogram, fn() -> Histogram> =
            Family::new_with_constructor(latency),
        /// Requests that were refused because their host or their origin is not allowed.
        origin_refused_total: Labelled<Counter, 1> =
            Labelled::new(["kind"], [["host"], ["origin"]]),
        /// Requests and live messages that were refused because their token is missing or not valid, or does not
        /// allow them.
        auth_failures_total: Labelled<Counter, 1> =
            Labelled::new(["kind"], [["token"], ["permission"]]),
        /// What was refused because a limit was reached: connections of the server, or of one address; requests
        /// and live messages of one caller.
        rate_limited_total: Labelled<Counter, 1> = Labelled::new(
            ["kind"],
            [["connections"], ["address_connections"], ["requests"], ["messages"]],
        ),
    }
}

impl HttpMetrics {
    /// Counts a refusal by its code, if it is one for the caller's token or rate. `what` is `requests` or
    /// `messages`.
    pub fn observe_refusal(&self, code: &str, what: &'static str) {
        match code {
            "UNAUTHORIZED" => self.auth_failures_total.with(["token"]).inc(),
            "FORBIDDEN" => self.auth_failures_total.with(["permission"]).inc(),
            "RATE_LIMITED" => self.rate_limited_total.with([what]).inc(),
            _ => return,
        };
    }

    /// Begins to count requests of a route that are answered by `status`.
    pub fn declare(&self, method: &str, route: &str, status: u16) {
        let (method, route) = (method_label(method), Arc::from(route));
        let request = RequestLabels { method, route, status };
        let _ = self.http_requests_total.get_or_create(&request);
        let RequestLabels { method, route, .. } = request;
        let _ = self.http_request_duration_seconds.get_or_create(&RouteLabels { method, route });
    }

    /// Counts a request. `route` is the pattern of its path.
    pub fn observe(&self, method: &str, route: &str, status: u16, duration: Duration) {
        let (method, route) = (method_label(method), Arc::from(route));
        let request = RequestLabels { method, route, status };
        self.http_requests_total.get_or_create(&request).inc();
        let RequestLabels { method, route, .. } = request;
        self.http_request_duration_seconds
            .get_or_create(&RouteLabels { method, route })
            .observe(duration.as_secs_f64());
    }
}

/// A client may send any word as the method, and each would be a series.
fn method_label(method: &str) -> &'static str {
    const KNOWN: [&str; 7] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];
    KNOWN.into_iter().find(|known| *known == method).unwrap_or("other")
}
