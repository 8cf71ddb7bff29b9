//! One attempt to send one message.

use std::sync::Arc;
use std::time::{Duration, Instant};

use reqwest::header::{CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Client, Response};

use super::target::{PublicResolver, check_url};
use crate::model::{Timestamp, excerpt};
use crate::store::Due;

/// How much of a response is read, so that its connection can be used again. What it says does not count.
const MAX_RESPONSE_BYTES: usize = 64 * 1024;
/// How long that may take.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(1);
/// Connections to one receiver that are kept, and for how long.
const MAX_IDLE_CONNECTIONS: usize = 8;
const IDLE_TIMEOUT: Duration = Duration::from_secs(30);

/// Why there may be no client, and what to do about it.
const NO_TLS: &str = "TLS can't be set up, most likely since this machine has no certificates of authorities; \
                      install ca-certificates, then restart the server";

/// Sends messages.
#[derive(Clone)]
pub struct Sender {
    /// None where TLS can't be set up: the server runs all the same, and the messages wait.
    client: Option<Client>,
    allows_private: bool,
}

/// What the receiver has answered.
pub struct Answer {
    /// The HTTP status; None if there was no response.
    pub status: Option<u16>,
    /// What was wrong; None if nothing was.
    pub error: Option<String>,
    /// For how long the receiver wants no other attempt.
    pub retry_after: Option<Duration>,
    /// How long it took.
    pub duration: Duration,
}

impl Sender {
    /// A sender each of whose attempts ends after `timeout`. Without the certificates of authorities, as in a
    /// container that has none, the log says so and every attempt fails.
    pub fn new(timeout: Duration, allows_private: bool) -> Self {
        // It fails if there is one already, which does as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .user_agent(concat!("rollcall/", env!("CARGO_PKG_VERSION")))
            .dns_resolver(Arc::new(PublicResolver { allows_private }))
            .redirect(Policy::none())
            .no_proxy()
            .retry(reqwest::retry::never())
            .timeout(timeout)
            .pool_max_idle_per_host(MAX_IDLE_CONNECTIONS)
            .pool_idle_timeout(IDLE_TIMEOUT)
            .build();
        if let Err(cause) = &client {
            tracing::warn!(reason = describe(cause), "no webhook can be sent: {NO_TLS}");
        }
        Self { client: client.ok(), allows_private }
    }

    /// Sends a message, signed as of `now`.
    pub async fn send(&self, due: &Due, now: Timestamp) -> Answer {
        let started = Instant::now();
        let outcome = self.try_send(due, now).await;
        let duration = started.elapsed();
        match outcome {
            Ok(response) => {
                let status = response.status();
                let retry_after = retry_after(response.headers(), now);
                discard(response).await;
                let error = (!status.is_success()).then(|| match status.is_redirection() {
                    true => format!("{status}: redirects are not followed"),
                    false => status.to_string(),
                });
                Answer { status: Some(status.as_u16()), error, retry_after, duration }
            }
            Err(error) => Answer { status: None, error: Some(error), retry_after: None, duration },
        }
    }

    async fn try_send(&self, due: &Due, now: Timestamp) -> Result<Response, String> {
        // It was checked when the endpoint was registered, maybe by a server with other settings.
        let url = check_url(&due.url, self.allows_private)?;
        if due.secrets.is_empty() {
            return Err("the secret of the webhook can't be read; rotate it".to_owned());
        }
        let timestamp = now.as_micros() / 1_000_000;
        let sign = |secret: &crate::model::webhook::Secret| {
            secret.sign(&due.message_id, timestamp, &due.body)
        };
        let signatures: Vec<String> = due.secrets.iter().map(sign).collect();
        let client = self.client.as_ref().ok_or(NO_TLS)?;
        let request = client
            .post(url)
            .header(CONTENT_TYPE, "application/json")
            .header("webhook-id", &due.message_id)
            .header("webhook-timestamp", timestamp)
            .header("webhook-signature", signatures.join(" "))
            .body(due.body.clone());
        request.send().await.map_err(|cause| describe(&cause))
    }
}

/// The last cause of a failure, which says what was wrong; what is around it is the same for all.
fn describe(cause: &reqwest::Error) -> String {
    if cause.is_timeout() {
        return "no response in time".to_owned();
    }
    let mut text = cause.to_string();
    let mut source = std::error::Error::source(cause);
    while let Some(inner) = source {
        text = inner.to_string();
        source = inner.source();
    }
    excerpt(&text)
}

/// Reads a response that does not matter, as far as it is short.
async fn discard(mut response: Response) {
    let read = async {
        let mut size = 0;
        while let Ok(Some(chunk)) = response.chunk().await {
            size += chunk.len();
            if size > MAX_RESPONSE_BYTES {
                break;
            }
        }
    };
    let _ = tokio::time::timeout(RESPONSE_TIMEOUT, read).await;
}

/// The header `Retry-After`: seconds, or a date.
fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = chrono::DateTime::parse_from_rfc2822(text).ok()?;
    let micros = date.timestamp_micros().saturating_sub(now.as_micros());
    Some(Duration::from_micros(u64::try_from(micros).unwrap_or_default()))
}
