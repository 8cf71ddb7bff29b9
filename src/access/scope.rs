//! What a service token allows, and what a call needs.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a service token allows. Each scope includes those before it.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    ToSchema,
    clap::ValueEnum,
)]
#[serde(rename_all = "lowercase")]
pub enum TokenScope {
    /// Read sessions, their content and their events.
    Read,
    /// Also create, change, join and delete sessions, and make join tokens.
    Write,
    /// Also run the cleanup, manage tokens and webhooks, and kick clients.
    Admin,
}

impl TokenScope {
    /// The name on the wire and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Admin => "admin",
        }
    }
}

impl fmt::Display for TokenScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for TokenScope {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let all = [Self::Read, Self::Write, Self::Admin];
        let found = all.into_iter().find(|scope| scope.as_str() == text);
        found.ok_or_else(|| format!("'{text}' is not one of read, write, admin"))
    }
}

/// What a call needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// Nothing: everybody may call it.
    Nothing,
    /// To read: any token.
    Read,
    /// To join a session as a client: a join token, or the scope `write`.
    Join,
    /// To change the content of a session: the role `editor`, or the scope `write`.
    Edit,
    /// The scope `write`.
    Write,
    /// The scope `admin`.
    Admin,
}

impl Need {
    /// The scope of a service token that is enough; None if no token is needed.
    pub fn scope(self) -> Option<TokenScope> {
        match self {
            Self::Nothing => None,
            Self::Read => Some(TokenScope::Read),
            Self::Join | Self::Edit | Self::Write => Some(TokenScope::Write),
            Self::Admin => Some(TokenScope::Admin),
        }
    }
}
