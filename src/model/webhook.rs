//! Webhooks: endpoints, the types of their messages, and what becomes of a message.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::id::EndpointId;
use super::patch::check_text;
use super::time::Timestamp;

mod schedule;
mod secret;

pub use schedule::Schedule;
pub use secret::Secret;

/// The maximum length of an endpoint's URL, in bytes.
pub const MAX_URL_BYTES: usize = 2048;

/// The type of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
pub enum MessageType {
    /// A session was created.
    #[serde(rename = "session.created")]
    SessionCreated,
    /// The metadata of a session was changed.
    #[serde(rename = "session.updated")]
    SessionUpdated,
    /// A session was removed, on request or by the cleanup.
    #[serde(rename = "session.removed")]
    SessionRemoved,
    /// A session that was removed is back.
    #[serde(rename = "session.restored")]
    SessionRestored,
    /// The last client of a session has left.
    #[serde(rename = "session.emptied")]
    SessionEmptied,
    /// A client has joined a session.
    #[serde(rename = "client.joined")]
    ClientJoined,
    /// A client has left a session, or its connection has ended.
    #[serde(rename = "client.left")]
    ClientLeft,
    /// The content of a session was changed, once or several times.
    #[serde(rename = "content.changed")]
    ContentChanged,
    /// A message that somebody asked for, to try the endpoint.
    #[serde(rename = "webhook.test")]
    Test,
}

impl MessageType {
    /// The name in messages and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SessionCreated => "session.created",
            Self::SessionUpdated => "session.updated",
            Self::SessionRemoved => "session.removed",
            Self::SessionRestored => "session.restored",
            Self::SessionEmptied => "session.emptied",
            Self::ClientJoined => "client.joined",
            Self::ClientLeft => "client.left",
            Self::ContentChanged => "content.changed",
            Self::Test => "webhook.test",
        }
    }
}

/// A new endpoint as a caller sends it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"url": "https://example.org/hooks", "types": ["session.removed"]}))]
pub struct NewEndpoint {
    /// Where messages are sent: an http or https URL, at most 2048 bytes.
    #[schema(max_length = 2048)]
    pub url: String,
    /// Which types of messages are sent; all by default. `webhook.test` is always sent.
    pub types: Option<Vec<MessageType>>,
    /// Only messages of the sessions of this project; of all sessions by default. At most 1024 bytes.
    #[schema(max_length = 1024)]
    pub project_id: Option<String>,
}

impl NewEndpoint {
    /// Fails with a sentence that names the first field that breaks a limit.
    pub fn check(&self) -> Result<(), String> {
        check_types(self.types.as_deref())?;
        check_text("project_id", self.project_id.as_deref())
    }
}

/// A patch of an endpoint. An absent field stays as it is; null removes the value.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"types": ["session.created", "session.removed"], "project_id": null}))]
pub struct EndpointPatch {
    /// The new URL. This field must not be null.
    #[serde(default, deserialize_with = "super::patch::deserialize_not_null")]
    #[schema(value_type = String, required = false, max_length = 2048)]
    pub url: Option<String>,
    /// The new types; null for all.
    #[serde(default, deserialize_with = "super::patch::deserialize_present")]
    #[schema(value_type = Option<Vec<MessageType>>)]
    pub types: Option<Option<Vec<MessageType>>>,
    /// The new project; null for all sessions.
    #[serde(default, deserialize_with = "super::patch::deserialize_present")]
    #[schema(value_type = Option<String>, max_length = 1024)]
    pub project_id: Option<Option<String>>,
    /// Whether messages are sent. While it is false they wait. This field must not be null.
    #[serde(default, deserialize_with = "super::patch::deserialize_not_null")]
    #[schema(value_type = bool, required = false)]
    pub enabled: Option<bool>,
}

impl EndpointPatch {
    /// Fails with a sentence that names the first field that breaks a limit.
    pub fn check(&self) -> Result<(), String> {
        check_types(self.types.as_ref().and_then(Option::as_deref))?;
        check_text("project_id", self.project_id.as_ref().and_then(Option::as_deref))
    }
}

fn check_types(types: Option<&[MessageType]>) -> Result<(), String> {
    match types {
        Some([]) => Err("types: the list is empty; leave it out for all types".to_owned()),
        Some(types) if types.len() > 100 => {
            Err(format!("types: {} types, but there are nine", types.len()))
        }
        _ => Ok(()),
    }
}

/// Why an endpoint is off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DisabledReason {
    /// Somebody asked for it.
    Request,
    /// It has answered 410 Gone.
    Gone,
    /// All attempts of five days have failed.
    Failing,
}

impl DisabledReason {
    /// The name in responses and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Gone => "gone",
            Self::Failing => "failing",
        }
    }
}

/// An endpoint, without its secret.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Endpoint {
    /// The id of the endpoint.
    pub endpoint_id: EndpointId,
    /// Where messages are sent.
    pub url: String,
    /// Which types of messages are sent; null for all.
    pub types: Option<Vec<MessageType>>,
    /// Only messages of the sessions of this project; null for all sessions.
    pub project_id: Option<String>,
    /// Whether messages are sent.
    pub enabled: bool,
    /// When the endpoint was created.
    pub created_at: Timestamp,
    /// Since when it is off; null if it is on.
    pub disabled_at: Option<Timestamp>,
    /// Why it is off; null if it is on.
    pub disabled_reason: Option<DisabledReason>,
    /// Since when all attempts have failed; null if the last one has not.
    pub failing_since: Option<Timestamp>,
    /// How many messages wait, up to 10,000.
    pub pending: i64,
}

/// What has become of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// It waits for its first or its next attempt.
    Pending,
    /// The receiver has answered 2xx.
    Delivered,
    /// All attempts have failed. It can be retried manually.
    Failed,
}

impl DeliveryState {
    /// The name in responses and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
        }
    }
}
