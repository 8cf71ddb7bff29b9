//! The secrets that the server is started with. They are read from files or from the environment, and never
//! given as flags: every user of the machine can list the flags of a process.

use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use crate::access::{AdminToken, JoinKey, PublicKeys};

/// The variable with an admin token.
const ADMIN_TOKEN: &str = "ROLLCALL_ADMIN_TOKEN";
/// The variable with the key of join tokens.
const JOIN_KEY: &str = "ROLLCALL_JOIN_KEY";

/// Environment variables that no flag stands for.
pub(super) const VARIABLES_WITHOUT_FLAG: [&str; 2] = [ADMIN_TOKEN, JOIN_KEY];

/// The files with secrets.
#[derive(Debug, Clone, Default)]
pub struct CredentialFiles {
    /// The file with an admin token.
    pub admin_token: Option<PathBuf>,
    /// The file with the key by which join tokens are signed.
    pub join_key: Option<PathBuf>,
    /// The file with the key before that one.
    pub join_key_previous: Option<PathBuf>,
    /// The file with public keys of applications.
    pub join_public_keys: Option<PathBuf>,
}

/// The secrets that the server is started with.
#[derive(Clone, Default)]
pub struct Credentials {
    /// A service token with the scope `admin`.
    pub admin_token: Option<AdminToken>,
    /// The key by which join tokens are signed.
    pub join_key: Option<JoinKey>,
    /// The key before that one, whose tokens are still valid.
    pub join_key_previous: Option<JoinKey>,
    /// The keys by which applications sign join tokens.
    pub join_public_keys: PublicKeys,
}

/// Shows none of them.
impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").finish_non_exhaustive()
    }
}

impl Credentials {
    /// Whether there is no token and no key.
    pub fn are_none(&self) -> bool {
        self.admin_token.is_none()
            && self.join_key.is_none()
            && self.join_key_previous.is_none()
            && self.join_public_keys.is_empty()
    }

    /// Reads the files and the environment. Fails with the name of the flag or the variable that is wrong;
    /// what is in it is not shown.
    pub(super) fn read(files: &CredentialFiles) -> anyhow::Result<Self> {
        let admin = secret(&files.admin_token, "--admin-token-file", Some(ADMIN_TOKEN))?;
        let join_key = secret(&files.join_key, "--join-key-file", Some(JOIN_KEY))?;
        let previous = secret(&files.join_key_previous, "--join-key-previous-file", None)?;
        let public = secret(&files.join_public_keys, "--join-public-keys", None)?;
        Ok(Self {
            admin_token: parse(admin, AdminToken::parse)?,
            join_key: parse(join_key, |text| JoinKey::parse(text.as_bytes()))?,
            join_key_previous: parse(previous, |text| JoinKey::parse(text.as_bytes()))?,
            join_public_keys: parse(public, PublicKeys::parse)?.unwrap_or_default(),
        })
    }
}

/// A secret as text.
struct Secret {
    text: String,
    /// The flag or the variable that it comes from.
    source: String,
}

/// Reads a secret from a file or from a variable; None if neither is given. Fails if both are.
fn secret(
    file: &Option<PathBuf>,
    flag: &str,
    variable: Option<&'static str>,
) -> anyhow::Result<Option<Secret>> {
    let set = variable.and_then(|name| Some((name, std::env::var_os(name)?)));
    match (file, set) {
        (None, None) => Ok(None),
        (Some(path), None) => read_file(path, flag).map(Some),
        (None, Some((name, value))) => from_variable(name, value).map(Some),
        (Some(_), Some((name, _))) => bail!("both {flag} and {name} are given; give one of them"),
    }
}

fn read_file(path: &Path, flag: &str) -> anyhow::Result<Secret> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("cannot read {} ({flag})", path.display()))?;
    Ok(Secret { text, source: format!("{} ({flag})", path.display()) })
}

fn from_variable(name: &str, value: OsString) -> anyhow::Result<Secret> {
    // The value must not be in the error.
    let text = value.into_string().ok().with_context(|| format!("{name} is not UTF-8"))?;
    Ok(Secret { text, source: name.to_owned() })
}

fn parse<T>(
    secret: Option<Secret>,
    parse: impl Fn(&str) -> Result<T, String>,
) -> anyhow::Result<Option<T>> {
    let parsed = secret.map(|Secret { text, source }| {
        parse(&text).map_err(|cause| anyhow::anyhow!("{source}: {cause}"))
    });
    parsed.transpose()
}
