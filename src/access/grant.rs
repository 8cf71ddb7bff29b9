//! What one caller may do.

use std::slice;
use std::sync::Arc;

use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::join_token::{JoinGrant, JoinReach, JoinRole};
use super::registry::ServiceToken;
use super::scope::{Need, TokenScope};
use crate::error::Error;
use crate::model::{SessionId, Timestamp};

/// What one caller may do. Cheap to clone.
#[derive(Clone)]
pub enum Grant {
    /// Everything: there are no tokens.
    Open,
    /// What a service token allows.
    Service(Arc<ServiceToken>),
    /// What a join token allows.
    Join(Arc<JoinGrant>),
}

/// The sessions that a grant is for.
#[derive(Debug, Clone, Copy)]
pub enum Reach<'a> {
    /// All of them, and the server as a whole.
    All,
    /// Those of these projects.
    Projects(&'a [String]),
    /// These only.
    Sessions(&'a [SessionId]),
}

impl Grant {
    /// Fails with `FORBIDDEN` unless the grant allows what `need` says.
    pub fn check(&self, need: Need) -> Result<(), Error> {
        let Some(scope) = need.scope() else { return Ok(()) };
        match self {
            Self::Open => Ok(()),
            Self::Service(token) if token.scope >= scope => Ok(()),
            Self::Service(token) => Err(Error::NotAllowed {
                message: format!(
                    "The token has the scope '{}', and this needs '{scope}'.",
                    token.scope
                ),
                needs: scope.as_str(),
            }),
            Self::Join(join) => match (need, join.role) {
                (Need::Nothing | Need::Read | Need::Join, _) => Ok(()),
                (Need::Edit, JoinRole::Editor) => Ok(()),
                (Need::Edit, JoinRole::Viewer) => Err(Error::NotAllowed {
                    message: "The join token has the role 'viewer', and this needs 'editor'."
                        .to_owned(),
                    needs: "editor",
                }),
                (Need::Write | Need::Admin, _) => Err(Error::NotAllowed {
                    message: format!(
                        "A join token does not allow this; it needs a service token with the scope \
                         '{scope}'."
                    ),
                    needs: scope.as_str(),
                }),
            },
        }
    }

    /// The sessions that the grant is for.
    pub fn reach(&self) -> Reach<'_> {
        match self {
            Self::Open => Reach::All,
            Self::Service(token) => match &token.project_id {
                None => Reach::All,
                Some(project) => Reach::Projects(slice::from_ref(project)),
            },
            Self::Join(join) => match &join.reach {
                JoinReach::Sessions(sessions) => Reach::Sessions(sessions),
                JoinReach::Projects(projects) => Reach::Projects(projects),
            },
        }
    }

    /// Fails with `FORBIDDEN` if the grant is only for some sessions, and not for the server as a whole.
    pub fn check_whole_server(&self, need: Need) -> Result<(), Error> {
        match self.reach() {
            Reach::All => Ok(()),
            _ => Err(Error::NotAllowed {
                message: "This is about all sessions, and the token is only for some of them."
                    .to_owned(),
                needs: need.scope().unwrap_or(TokenScope::Read).as_str(),
            }),
        }
    }

    /// Fails with `FORBIDDEN` if a session of this project would not be one of those that the grant is for.
    pub fn check_project(&self, project_id: Option<&str>) -> Result<(), Error> {
        match self.reach() {
            Reach::All => Ok(()),
            Reach::Projects(projects)
                if project_id.is_some_and(|id| projects.iter().any(|known| known == id)) =>
            {
                Ok(())
            }
            _ => Err(Error::NotAllowed {
                message: "The token is for another project.".to_owned(),
                needs: "project",
            }),
        }
    }

    /// The only project of a service token that is restricted to one.
    pub fn only_project(&self) -> Option<&str> {
        match self {
            Self::Service(token) => token.project_id.as_deref(),
            Self::Open | Self::Join(_) => None,
        }
    }

    /// The name of the service token, for the log; None for other grants.
    pub fn token_name(&self) -> Option<&str> {
        match self {
            Self::Service(token) => Some(&token.name),
            Self::Open | Self::Join(_) => None,
        }
    }

    /// When the grant ends; None for never.
    pub fn expires_at(&self) -> Option<Timestamp> {
        match self {
            Self::Open => None,
            Self::Service(token) => token.expires_at,
            Self::Join(join) => Some(join.expires_at),
        }
    }

    /// A number that distinguishes tokens; None if there is none.
    pub fn key(&self) -> Option<u64> {
        match self {
            Self::Open => None,
            Self::Service(token) => Some(token.key()),
            Self::Join(join) => Some(join.key),
        }
    }

    /// Whether the grant has ended: its token was revoked, or has expired.
    pub fn has_ended(&self, now: Timestamp) -> bool {
        let is_revoked = match self {
            Self::Service(token) => token.ended().is_cancelled(),
            Self::Open | Self::Join(_) => false,
        };
        is_revoked || self.expires_at().is_some_and(|end| end <= now)
    }

    /// Cancelled when the grant is revoked; None if it can't be. A token of its own for each caller, since all
    /// who wait for one token share a lock.
    pub fn revocation(&self) -> Option<CancellationToken> {
        match self {
            Self::Service(token) => Some(token.ended().child_token()),
            Self::Open | Self::Join(_) => None,
        }
    }

    /// Who the caller is, as its token says; None if the caller may say so itself.
    pub fn user(&self) -> Option<&Value> {
        match self {
            Self::Join(join) => join.user.as_ref(),
            Self::Open | Self::Service(_) => None,
        }
    }
}
