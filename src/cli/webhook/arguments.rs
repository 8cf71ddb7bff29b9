//! What the commands about webhooks are told.

use clap::Args;
use rollcall::model::{EndpointId, Timestamp};

/// Which webhook is meant.
#[derive(Args)]
pub struct Named {
    /// The id of the webhook, which `webhook list` prints
    pub id: EndpointId,
}

/// The arguments of `webhook create`.
#[derive(Args)]
pub struct Create {
    /// Where messages are sent
    pub url: String,
    /// Only messages of this type, such as session.removed; may be given several times
    #[arg(long = "type", value_name = "TYPE")]
    pub types: Vec<String>,
    /// Only messages of the sessions of this project
    #[arg(long, value_name = "PROJECT")]
    pub project: Option<String>,
}

/// The arguments of `webhook deliveries`.
#[derive(Args)]
pub struct Deliveries {
    /// Which webhook.
    #[command(flatten)]
    pub webhook: Named,
    /// Only messages in this state
    #[arg(long, value_parser = ["pending", "delivered", "failed"])]
    pub state: Option<String>,
    /// At most so many messages, from 1 to 10000
    #[arg(long, value_name = "COUNT", default_value_t = 1000)]
    pub limit: u32,
    /// Go on after the page that ended with this message
    #[arg(long, value_name = "MESSAGE")]
    pub before: Option<String>,
}

/// The arguments of `webhook replay`.
#[derive(Args)]
pub struct Replay {
    /// Which webhook.
    #[command(flatten)]
    pub webhook: Named,
    /// The beginning of the span, such as 2026-11-22T22:00:00Z
    #[arg(long, value_name = "TIME")]
    pub since: Timestamp,
    /// The end of the span [default: now]
    #[arg(long, value_name = "TIME")]
    pub until: Option<Timestamp>,
}
