//! The arguments of the commands about webhooks.

use clap::Args;
use rollcall::model::{EndpointId, Timestamp};
use serde_json::{Map, Value, json};

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

/// The arguments of `webhook update`.
#[derive(Args)]
pub struct Update {
    /// Which webhook.
    #[command(flatten)]
    pub webhook: Named,
    /// What becomes different.
    #[command(flatten)]
    pub changes: Changes,
}

/// What becomes different; at least one of these.
#[derive(Args)]
#[group(required = true, multiple = true)]
pub struct Changes {
    /// Where messages are sent from now on, also those that wait
    #[arg(long)]
    url: Option<String>,
    /// Only messages of this type, such as session.removed; may be given several times
    #[arg(long = "type", value_name = "TYPE")]
    types: Vec<String>,
    /// Messages of all types
    #[arg(long, conflicts_with = "types")]
    all_types: bool,
    /// Only messages of the sessions of this project
    #[arg(long, value_name = "PROJECT")]
    project: Option<String>,
    /// Messages of all sessions
    #[arg(long, conflicts_with = "project")]
    all_projects: bool,
}

impl Changes {
    /// The body of the PATCH, in which null stands for all.
    pub fn patch(self) -> Value {
        let Self { url, types, all_types, project, all_projects } = self;
        let mut patch = Map::new();
        if let Some(url) = url {
            patch.insert("url".to_owned(), json!(url));
        }
        if all_types || !types.is_empty() {
            patch.insert("types".to_owned(), if all_types { Value::Null } else { json!(types) });
        }
        if all_projects || project.is_some() {
            patch.insert("project_id".to_owned(), json!(project));
        }
        Value::Object(patch)
    }
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
