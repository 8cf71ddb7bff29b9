//! Who may do what, and how often.

use std::path::PathBuf;

use clap::Args;
use serde::Deserialize;

use crate::config::defaults::{ShowDefault, defaults};
use crate::config::effective::Config;
use crate::config::values::{OptionalRate, set};
use crate::net::TrustedProxies;

/// The settings of this group. A doc comment is the help text of the flag.
#[derive(Clone, Args, Deserialize)]
#[command(next_help_heading = "Access")]
pub(super) struct Access {
    /// A file with a service token of the scope admin [default: none]
    ///
    /// It has at least 32 visible ASCII characters. The environment variable ROLLCALL_ADMIN_TOKEN can have the
    /// token itself.
    #[arg(long, value_name = "FILE", env = "ROLLCALL_ADMIN_TOKEN_FILE")]
    admin_token_file: Option<PathBuf>,
    /// Proxies whose X-Forwarded-For counts: addresses or networks, with commas [default: none]
    ///
    /// It says the address of the client. Without them all clients of a proxy have its address. A network is
    /// written as 10.0.0.0/8.
    #[arg(long, value_name = "NETWORKS", env = "ROLLCALL_TRUSTED_PROXIES")]
    trusted_proxies: Option<TrustedProxies>,
    /// HTTP requests that one token, or one address without a token, may send in a second, or off
    ///
    /// What is more gets 429 RATE_LIMITED with Retry-After. /health and /ready do not count.
    #[arg(
        long,
        value_name = "COUNT|off",
        env = "ROLLCALL_RATE_LIMIT_REQUESTS",
        allow_hyphen_values = true,
        show_default = OptionalRate(defaults().rate_limits.requests)
    )]
    rate_limit_requests: Option<OptionalRate>,
    /// Messages of live connections that one token or address may send in a second, or off
    ///
    /// What is more gets an error.
    #[arg(
        long,
        value_name = "COUNT|off",
        env = "ROLLCALL_RATE_LIMIT_MESSAGES",
        allow_hyphen_values = true,
        show_default = OptionalRate(defaults().rate_limits.messages)
    )]
    rate_limit_messages: Option<OptionalRate>,
    /// Lets other machines reach a server without tokens, so that anybody may do everything
    #[arg(
        long,
        value_name = "true|false",
        env = "ROLLCALL_INSECURE_NO_AUTH",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "true",
        hide_possible_values = true,
        show_default = defaults().insecure_no_auth
    )]
    insecure_no_auth: Option<bool>,
    /// A file with the key of join tokens (HS256) [default: a random key in the database]
    ///
    /// It has at least 32 bytes. The environment variable ROLLCALL_JOIN_KEY can have the key itself.
    #[arg(long, value_name = "FILE", env = "ROLLCALL_JOIN_KEY_FILE")]
    join_key_file: Option<PathBuf>,
    /// A file with the key before that one [default: none]
    ///
    /// Its tokens stay valid while clients get new ones.
    #[arg(long, value_name = "FILE", env = "ROLLCALL_JOIN_KEY_PREVIOUS_FILE")]
    join_key_previous_file: Option<PathBuf>,
    /// A file with public keys of applications that sign join tokens (ES256, EdDSA) [default: none]
    ///
    /// It has PEM blocks, or a JWK set.
    #[arg(long, value_name = "FILE", env = "ROLLCALL_JOIN_PUBLIC_KEYS")]
    join_public_keys: Option<PathBuf>,
}

impl Access {
    /// Overwrites in `config` what this source gives.
    pub(super) fn apply(self, config: &mut Config) {
        set(&mut config.credential_files.admin_token, self.admin_token_file.map(Some));
        set(&mut config.trusted_proxies, self.trusted_proxies);
        set(&mut config.rate_limits.requests, self.rate_limit_requests);
        set(&mut config.rate_limits.messages, self.rate_limit_messages);
        set(&mut config.insecure_no_auth, self.insecure_no_auth);
        set(&mut config.credential_files.join_key, self.join_key_file.map(Some));
        set(&mut config.credential_files.join_key_previous, self.join_key_previous_file.map(Some));
        set(&mut config.credential_files.join_public_keys, self.join_public_keys.map(Some));
    }
}
