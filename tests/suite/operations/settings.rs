//! Flags, environment variables and the settings file: precedence and errors.

use std::process::{Output, Stdio};

use reqwest::Method;
use serde_json::json;
use tempfile::TempDir;
use tokio::process::Command;

use crate::support::{Api, Binary, PATIENCE, http, rollcall};

/// A public key of Ed25519.
const PUBLIC_KEY: &str = "-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=
-----END PUBLIC KEY-----
";

async fn run(command: &mut Command) -> Output {
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).output().await.unwrap()
}

/// The body limit that the service runs with: it is in the sentence about a body that is too long.
async fn body_limit(api: &Api) -> u64 {
    let body = json!({"name": "x".repeat(3 << 20)});
    let (status, answer) = api.call(Method::POST, "/sessions", Some(body)).await;
    assert_eq!(status, 413);
    let message = answer["error"]["message"].as_str().unwrap();
    message.split(' ').find_map(|word| word.parse().ok()).unwrap()
}

#[tokio::test]
async fn flag_overrides_environment_and_environment_overrides_file() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("rollcall.toml");
    std::fs::write(&file, "body_limit = 3000\nclient_queue_size = 7\n").unwrap();
    let file = file.display().to_string();

    for (flag, environment, config, expected) in [
        (None, None, false, 2_097_152),
        (None, None, true, 3000),
        (None, Some("2000"), true, 2000),
        (Some("1000"), Some("2000"), true, 1000),
        (Some("1000"), None, false, 1000),
    ] {
        let mut command = rollcall();
        if let Some(value) = environment {
            command.env("ROLLCALL_BODY_LIMIT", value);
        }
        let mut settings = Vec::new();
        if let Some(value) = flag {
            settings.extend(["--body-limit", value]);
        }
        if config {
            settings.extend(["--config", &file]);
        }
        let server = Binary::launch(command, TempDir::new().unwrap(), &settings).await;
        assert_eq!(body_limit(&server.api()).await, expected);
    }
}

#[tokio::test]
async fn serve_command_takes_the_same_settings() {
    let folder = TempDir::new().unwrap();
    let mut command = rollcall();
    command.arg("serve").env("ROLLCALL_BODY_LIMIT", "2000");
    command.env("ROLLCALL_MAX_INACTIVE_HOURS", "0");
    let server = Binary::launch(command, folder, &["--cleanup-interval", "off"]).await;
    let api = server.api();
    assert_eq!(body_limit(&api).await, 2000);
    let id = api.create(json!({})).await;
    assert_eq!(api.get(&format!("/sessions/{id}/cleanup")).await["removable"], true);
}

#[tokio::test]
async fn every_setting_is_read_from_the_file() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("rollcall.toml");
    let database = folder.path().join("elsewhere.db");
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = listener.local_addr().unwrap();
    let secret = folder.path().join("secret");
    std::fs::write(&secret, "0123456789abcdef0123456789abcdef\n").unwrap();
    let public_key = folder.path().join("public.pem");
    std::fs::write(&public_key, PUBLIC_KEY).unwrap();
    std::fs::write(
        &file,
        format!(
            "listen = '{taken}'\ndatabase = {database:?}\nsynchronous = 'normal'\n\
             backup_dir = '/var/backups'\nbackup_keep = 3\n\
             max_inactive_hours = 1.5\ncleanup_interval = 'off'\nevent_retention = '8d'\n\
             tombstone_retention = '1h 30m'\nrestore_window = 'off'\nping_interval = '5s'\nping_timeout = '6s'\n\
             max_connections = 100\nmax_connections_per_address = 10\n\
             header_timeout = '1s'\nbody_timeout = '2s'\nidle_timeout = '3s'\n\
             public_url = 'https://board.example'\nallowed_hosts = 'board.example'\nallowed_origins = 'https://board.example'\n\
             admin_token_file = {secret:?}\njoin_key_file = {secret:?}\n\
             join_key_previous_file = {secret:?}\njoin_public_keys = {public_key:?}\n\
             insecure_no_auth = true\ntrusted_proxies = '10.0.0.0/8'\n\
             rate_limit_requests = 100\nrate_limit_messages = 'off'\n\
             client_queue_size = 10\nbody_limit = 1000\nwebhook_allow_private = true\nlog_format = 'json'\nlog_filter = 'debug'\n"
        ),
    )
    .unwrap();
    let output = run(rollcall().arg("--config").arg(&file)).await;
    // Everything was read: it fails only where somebody else listens.
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains(&format!("cannot listen on {taken} (--listen)")), "{text}");
    assert!(database.exists());
}

#[tokio::test]
async fn invalid_setting_is_a_start_error_that_names_it() {
    for (flag, value) in [
        ("--listen", "nowhere"),
        ("--listen", "127.0.0.1:99999"),
        ("--synchronous", "maybe"),
        ("--max-inactive-hours", "-1"),
        ("--max-inactive-hours", "NaN"),
        ("--max-inactive-hours", "1e300"),
        ("--max-inactive-hours", "a day"),
        ("--cleanup-interval", "never"),
        ("--cleanup-interval", "0s"),
        ("--backup-keep", "0"),
        ("--event-retention", "7"),
        ("--tombstone-retention", "-7d"),
        ("--restore-window", "soon"),
        ("--ping-interval", "20"),
        ("--ping-interval", "0s"),
        ("--ping-timeout", "soon"),
        ("--ping-timeout", "200 years"),
        ("--client-queue-size", "0"),
        ("--client-queue-size", "many"),
        ("--listen", "localhost"),
        ("--listen", "http://localhost:5000"),
        ("--max-connections", "0"),
        ("--max-connections-per-address", "-1"),
        ("--header-timeout", "0s"),
        ("--body-timeout", "30"),
        ("--idle-timeout", "never"),
        ("--allowed-hosts", "board.example:5000"),
        ("--allowed-hosts", "https://board.example"),
        ("--public-url", "board.example"),
        ("--public-url", "https://board.example/?a"),
        ("--allowed-origins", "board.example"),
        ("--trusted-proxies", "proxy.example"),
        ("--rate-limit-requests", "0"),
        ("--rate-limit-messages", "many"),
        ("--insecure-no-auth", "perhaps"),
        ("--admin-token-file", "/no/such/file"),
        ("--join-key-file", "/no/such/file"),
        ("--join-key-previous-file", "/no/such/file"),
        ("--join-public-keys", "/no/such/file"),
        ("--body-limit", "-1"),
        ("--body-limit", "1e300"),
        ("--log-format", "xml"),
        ("--log-filter", "rollcall=loud"),
        ("--config", "/no/such/file.toml"),
    ] {
        let folder = TempDir::new().unwrap();
        let database = folder.path().join("test.db");
        let as_flag =
            run(rollcall().args([format!("{flag}={value}"), "--database".into()]).arg(&database))
                .await;
        let name = format!("ROLLCALL_{}", flag[2..].replace('-', "_").to_uppercase());
        let as_words = run(rollcall().args([flag, value]).arg("--database").arg(&database)).await;
        let as_variable = run(rollcall().env(&name, value).arg("--database").arg(&database)).await;
        for output in [as_flag, as_words, as_variable.clone()] {
            let text = String::from_utf8(output.stderr).unwrap();
            assert!(!output.status.success(), "{flag} {value}");
            let named = if flag == "--config" { value } else { flag };
            assert!(text.contains(named), "{flag} {value}: {text}");
            assert!(text.contains(value), "{flag} {value}: {text}");
            assert!(!text.contains("panicked"), "{flag} {value}: {text}");
        }
        let text = String::from_utf8(as_variable.stderr).unwrap();
        let checked_later =
            ["--log-filter", "--config"].contains(&flag) || value == "/no/such/file";
        assert!(checked_later || text.contains(&name), "{name}={value}: {text}");
        assert!(!database.exists(), "{flag} {value} has made a database");
    }
}

#[tokio::test]
async fn unknown_rollcall_variable_is_a_start_error_with_the_nearest_name() {
    for (name, nearest) in [
        ("ROLLCALL_PING_TIMOUT", "ROLLCALL_PING_TIMEOUT"),
        ("ROLLCALL_LISTEN_ADDRESS", "ROLLCALL_LISTEN"),
        ("ROLLCALL_DATABSE", "ROLLCALL_DATABASE"),
        ("ROLLCALL_LOG_FILTr", "ROLLCALL_LOG_FILTER"),
        ("ROLLCALL_PORT", "ROLLCALL_"),
        ("ROLLCALL_", "ROLLCALL_"),
    ] {
        let folder = TempDir::new().unwrap();
        let database = folder.path().join("test.db");
        let output = run(rollcall().env(name, "1s").arg("--database").arg(&database)).await;
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{name}: {text}");
        assert!(text.contains(&format!("{name};")) && text.contains(nearest), "{name}: {text}");
        assert!(!database.exists(), "{name} has made a database");
    }
}

#[tokio::test]
async fn foreign_environment_variables_are_ignored() {
    let mut command = rollcall();
    // Kubernetes sets these for a service named rollcall, and another program may have that name as well.
    for (name, value) in [
        ("ROLLCALL_SERVICE_HOST", "10.0.0.1"),
        ("ROLLCALL_SERVICE_PORT", "5000"),
        ("ROLLCALL_SERVICE_PORT_HTTP", "5000"),
        ("ROLLCALL_PORT", "tcp://10.0.0.1:5000"),
        ("ROLLCALL_PORT_5000_TCP", "tcp://10.0.0.1:5000"),
        ("ROLLCALL_PORT_5000_TCP_ADDR", "10.0.0.1"),
        ("ROLLCALLER", "1"),
        ("MY_ROLLCALL_LOG_FILTER", "1"),
    ] {
        command.env(name, value);
    }
    let server = Binary::launch(command, TempDir::new().unwrap(), &[]).await;
    assert_eq!(server.api().get("/health").await, json!({"status": "ok"}));
}

#[tokio::test]
async fn invalid_line_of_the_settings_file_is_named() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("rollcall.toml");
    for (line, named) in [
        ("ping_interval = '20'", "ping_interval"),
        ("ping_interval = 20", "ping_interval"),
        ("max_inactive_hours = -1", "max_inactive_hours"),
        ("max_inactive_hours = nan", "max_inactive_hours"),
        ("client_queue_size = -1", "client_queue_size"),
        ("cleanup_interval = 'sometimes'", "cleanup_interval"),
        ("pong_interval = '20s'", "pong_interval"),
        ("listen = 'x'", "listen"),
        ("listen =", "listen"),
    ] {
        std::fs::write(&file, line).unwrap();
        let output = run(rollcall().arg("--config").arg(&file)).await;
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{line}");
        assert!(text.contains(named), "{line}: {text}");
        assert!(text.contains(&file.display().to_string()), "{line}: {text}");
    }
}

#[tokio::test]
async fn start_line_names_the_address_and_a_first_request() {
    let server = Binary::start(&["--cleanup-interval", "off"]).await;
    // The harness reads the address from the first line, so the start is half of the test.
    assert_eq!(server.api().get("/health").await, json!({"status": "ok"}));
    assert!(server.database().exists());
}

#[tokio::test]
async fn closed_standard_output_is_no_failure() {
    let mut openapi = rollcall().arg("openapi").stderr(Stdio::piped()).spawn().unwrap();
    drop(openapi.stdout.take());
    let output = openapi.wait_with_output().await.unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success() && text.is_empty(), "{text}");

    let folder = TempDir::new().unwrap();
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut serve = rollcall();
    serve.args(["--listen", &free.to_string(), "--database"]).arg(folder.path().join("test.db"));
    let mut serve = serve.stderr(Stdio::null()).spawn().unwrap();
    drop(serve.stdout.take());
    let url = format!("http://{free}/api/v1/health");
    let given_up = std::time::Instant::now() + PATIENCE;
    while http().get(&url).send().await.is_err() {
        assert_eq!(serve.try_wait().unwrap(), None, "it has ended");
        assert!(std::time::Instant::now() < given_up, "it never answers");
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
}
