//! `rollcall serve`: runs the server until a signal stops it.

use std::io::Write;
use std::sync::Arc;

use anyhow::Context;
use rollcall::app::{App, AppHandle};
use rollcall::config::{Config, ServeArguments};
use rollcall::net::open_files;
use rollcall::telemetry::LogFilter;
use rollcall::{config, telemetry};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::{hangup, systemd};

/// Raises the limit on open files to what `--max-connections` needs. If the system does not allow that,
/// lowers the maximum number of connections and logs a warning.
fn raise_open_file_limit(config: &mut Config) -> anyhow::Result<()> {
    let wanted = config.connections.total;
    let limit =
        open_files::raise_limit(wanted).context("cannot read or raise the limit on open files")?;
    if limit.connections < wanted {
        tracing::warn!(
            "only {} of {wanted} connections (--max-connections) can be open, since the system limits the \
             process to {} open files; raise the limit (ulimit -n, LimitNOFILE), or lower the setting",
            limit.connections,
            limit.files
        );
        config.connections.total = limit.connections;
    }
    Ok(())
}

/// Serves until a signal stops it, or an essential task fails.
#[tokio::main]
pub async fn run(arguments: ServeArguments) -> anyhow::Result<()> {
    config::reject_unknown_variables(std::env::vars_os())?;
    let mut config = arguments.clone().resolve()?;
    let log_filter = telemetry::start(&config)?;
    raise_open_file_limit(&mut config)?;
    let signals = Signals::watch()?;
    let app = App::build(&config, log_filter.clone()).await?;
    announce(&app, &config);
    tokio::spawn(systemd::report(app.handle()));
    tokio::spawn(reload_on_request(signals.reload, arguments, log_filter, app.handle()));
    app.run(signals.stop.cancelled_owned()).await
}

/// What signals ask for.
struct Signals {
    /// Cancelled at the first SIGTERM or SIGINT.
    stop: CancellationToken,
    /// Notified at a SIGHUP.
    reload: Arc<Notify>,
}

impl Signals {
    /// Watches signals from now on. A second SIGTERM or SIGINT exits at once, also during the start, with
    /// 128 plus the number of the signal as the status.
    fn watch() -> anyhow::Result<Self> {
        let mut terminate = signal(SignalKind::terminate()).context("cannot wait for SIGTERM")?;
        let mut interrupt = signal(SignalKind::interrupt()).context("cannot wait for SIGINT")?;
        let mut hangup = (!hangup::is_ignored())
            .then(|| signal(SignalKind::hangup()))
            .transpose()
            .context("cannot wait for SIGHUP")?;
        let (stop, reload) = (CancellationToken::new(), Arc::new(Notify::new()));
        let signals = Self { stop: stop.clone(), reload: reload.clone() };
        tokio::spawn(async move {
            loop {
                let signal = tokio::select! {
                    _ = terminate.recv() => SignalKind::terminate(),
                    _ = interrupt.recv() => SignalKind::interrupt(),
                    () = hangup::received(&mut hangup) => {
                        reload.notify_one();
                        continue;
                    }
                };
                if stop.is_cancelled() {
                    tracing::warn!("second signal: exiting at once");
                    std::process::exit(128 + signal.as_raw_value());
                }
                stop.cancel();
            }
        });
        Ok(signals)
    }
}

/// Reads the settings again whenever it is asked to. If they are wrong, all stays as it was.
async fn reload_on_request(
    request: Arc<Notify>,
    arguments: ServeArguments,
    log_filter: LogFilter,
    app: AppHandle,
) {
    loop {
        request.notified().await;
        match reload(arguments.clone(), &log_filter, &app) {
            Ok(()) => tracing::info!("settings reloaded"),
            Err(cause) => {
                let reason = format!("{cause:#}");
                tracing::error!(reason, "settings not reloaded; those from before stay");
            }
        }
    }
}

/// Applies what may change while the server runs. All other settings need a restart.
fn reload(
    arguments: ServeArguments,
    log_filter: &LogFilter,
    app: &AppHandle,
) -> anyhow::Result<()> {
    let config = arguments.resolve()?;
    log_filter.set(&config.log_filter)?;
    app.replace_credentials(config.credentials)
}

/// Prints where the server listens on standard output, and logs it. Logs a warning if it is open to everybody
/// and other machines can reach it.
fn announce(app: &App, config: &Config) {
    let (addresses, is_open) = (app.addresses(), app.is_open());
    let urls: Vec<String> = addresses.iter().map(|address| format!("http://{address}")).collect();
    let token = if is_open { "" } else { "-H 'Authorization: Bearer TOKEN' " };
    // A closed standard output must not stop the server.
    let _ = writeln!(
        std::io::stdout(),
        "rollcall listens on {} with {}\n\
         open {url} in a browser, or try: curl {token}-X POST {url}/api/v1/sessions",
        urls.join(" and "),
        config.database.display(),
        url = urls.first().map_or("", String::as_str)
    );
    let open = addresses.iter().find(|address| !address.ip().is_loopback());
    tracing::info!(
        version = env!("CARGO_PKG_VERSION"),
        database = %config.database.display(),
        addresses = urls.join(" "),
        access = match (is_open, open) {
            (false, _) => "tokens",
            (true, Some(_)) => "everybody",
            (true, None) => "this machine",
        },
        "started"
    );
    for address in app.metrics_addresses() {
        tracing::info!("serving metrics at http://{address}/metrics");
    }
    if is_open && let Some(open) = open {
        tracing::warn!(
            "other machines can reach {open}, and there are no tokens (--insecure-no-auth): anybody who reaches \
             it may do everything; make a token with `rollcall token create`, or listen on 127.0.0.1"
        );
    } else if is_open && let Some(public) = &config.public_url {
        tracing::warn!(
            "a proxy makes the server reachable at {} (--public-url), and there are no tokens: everybody whom the proxy \
             lets through may do everything; make a token with `rollcall token create`",
            public.of("/")
        );
    }
}
