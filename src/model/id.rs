//! Ids of sessions, nodes, commands and endpoints: hyphenated UUIDs. Those that the server generates are version 7.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::ToSchema;
use uuid::Uuid;

use super::excerpt::excerpt;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ToSchema)]
        #[schema(value_type = Uuid, example = "0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b")]
        pub struct $name(Uuid);

        impl $name {
            /// A new id, which sorts after all earlier ones.
            #[expect(clippy::new_without_default, reason = "every call returns another id")]
            pub fn new() -> Self {
                Self(Uuid::now_v7())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.0.as_hyphenated().encode_lower(&mut Uuid::encode_buffer()))
            }
        }

        impl FromStr for $name {
            type Err = String;

            fn from_str(text: &str) -> Result<Self, String> {
                parse(text).map(Self)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let mut buffer = Uuid::encode_buffer();
                serializer.serialize_str(self.0.as_hyphenated().encode_lower(&mut buffer))
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = Cow::<str>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

id! {
    /// The id of a session.
    SessionId
}
id! {
    /// The id of a node, unique within its session.
    NodeId
}
id! {
    /// The id of a command, unique within its session.
    CommandId
}
id! {
    /// The id of an endpoint of webhooks.
    EndpointId
}

/// Parses a hyphenated UUID. The other forms that the uuid crate reads (braces, URNs, digits without hyphens)
/// are rejected, so that each resource has one address.
fn parse(text: &str) -> Result<Uuid, String> {
    match Uuid::try_parse(text) {
        Ok(uuid) if text.len() == uuid::fmt::Hyphenated::LENGTH => Ok(uuid),
        _ => Err(format!("'{}' is not a UUID", excerpt(text))),
    }
}
