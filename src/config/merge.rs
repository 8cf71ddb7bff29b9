//! Merges the settings of one source into a [`Config`].

use super::effective::Config;
use super::settings::Settings;

impl Settings {
    /// Overwrites in `config` what this source gives.
    pub(super) fn apply(self, config: &mut Config) {
        if self.max_connections_per_address.is_some() {
            config.connections.loopback_is_limited = true;
        }
        set(&mut config.listen, self.listen);
        set(&mut config.metrics_listen, self.metrics_listen);
        set(&mut config.database, self.database);
        set(&mut config.synchronous, self.synchronous);
        set(&mut config.backup_dir, self.backup_dir.map(Some));
        set(&mut config.backup_keep, self.backup_keep);
        set(&mut config.max_inactive, self.max_inactive_hours);
        set(&mut config.cleanup_interval, self.cleanup_interval);
        set(&mut config.event_retention, self.event_retention);
        set(&mut config.tombstone_retention, self.tombstone_retention);
        set(&mut config.ping_interval, self.ping_interval);
        set(&mut config.ping_timeout, self.ping_timeout);
        set(&mut config.drain_timeout, self.drain_timeout);
        set(&mut config.connections.total, self.max_connections);
        set(&mut config.connections.per_address, self.max_connections_per_address);
        set(&mut config.read_timeouts.header, self.header_timeout);
        set(&mut config.read_timeouts.body, self.body_timeout);
        set(&mut config.read_timeouts.idle, self.idle_timeout);
        set(&mut config.client_queue_size, self.client_queue_size);
        set(&mut config.client_queue_bytes, self.client_queue_bytes);
        set(&mut config.body_limit, self.body_limit);
        set(&mut config.content.history, self.history_limit);
        set(&mut config.content.history_bytes, self.history_bytes);
        set(&mut config.content.nodes, self.max_nodes);
        set(&mut config.sessions.sessions, self.max_sessions);
        set(&mut config.sessions.restore_window, self.restore_window);
        set(&mut config.sessions.clients, self.max_clients);
        set(&mut config.sessions.joined, self.max_joined_sessions);
        set(&mut config.content.depth, self.max_depth);
        set(&mut config.content.name, self.max_name_bytes);
        set(&mut config.content.value, self.max_value_bytes);
        set(&mut config.content.properties, self.max_properties_bytes);
        set(&mut config.content.batch, self.max_batch);
        set(&mut config.content.staging_threshold, self.staging_threshold);
        set(&mut config.public_url, self.public_url);
        set(&mut config.allowed_hosts, self.allowed_hosts);
        set(&mut config.allowed_origins, self.allowed_origins);
        set(&mut config.trusted_proxies, self.trusted_proxies);
        set(&mut config.rate_limits.requests, self.rate_limit_requests);
        set(&mut config.rate_limits.messages, self.rate_limit_messages);
        set(&mut config.insecure_no_auth, self.insecure_no_auth);
        set(&mut config.credential_files.admin_token, self.admin_token_file.map(Some));
        set(&mut config.credential_files.join_key, self.join_key_file.map(Some));
        set(&mut config.credential_files.join_key_previous, self.join_key_previous_file.map(Some));
        set(&mut config.credential_files.join_public_keys, self.join_public_keys.map(Some));
        set(&mut config.webhook_allow_private, self.webhook_allow_private);
        set(&mut config.log_format, self.log_format);
        set(&mut config.access_log, self.access_log);
        set(&mut config.log_filter, self.log_filter);
    }
}

fn set<T: Into<U>, U>(target: &mut U, setting: Option<T>) {
    if let Some(value) = setting {
        *target = value.into();
    }
}
