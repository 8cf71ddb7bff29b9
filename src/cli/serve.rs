//! `rollcall serve`: runs the server until a signal stops it.

use std::io::Write;

use anyhow::Context;
use rollcall::app::App;
use rollcall::config::{Config, ServeArguments};
use rollcall::net::open_files;
use rollcall::{config, telemetry};
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use super::hangup;

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
    let mut config = arguments.resolve()?;
    telemetry::start(&config)?;
    raise_open_file_limit(&mut config)?;
    let stop = stop_on_signals()?;
    let app = App::build(&config).await?;
    announce(&app, &config);
    app.run(stop.cancelled_owned()).await
}

/// A token that is cancelled at the first SIGTERM, SIGINT or SIGHUP.
///
/// A second SIGTERM or SIGINT exits at once, also during the start, with 128 plus the number of the
/// signal as the status. A second SIGHUP does not: when a terminal is closed, both its shell and the
/// system may send one.
fn stop_on_signals() -> anyhow::Result<CancellationToken> {
    let mut terminate = signal(SignalKind::terminate()).context("cannot wait for SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("cannot wait for SIGINT")?;
    let mut hangup = (!hangup::is_ignored())
        .then(|| signal(SignalKind::hangup()))
        .transpose()
        .context("cannot wait for SIGHUP")?;
    let stop = CancellationToken::new();
    let first = stop.clone();
    tokio::spawn(async move {
        loop {
            let signal = tokio::select! {
                _ = terminate.recv() => SignalKind::terminate(),
                _ = interrupt.recv() => SignalKind::interrupt(),
                () = hangup::received(&mut hangup) => {
                    first.cancel();
                    continue;
                }
            };
            if first.is_cancelled() {
                tracing::warn!("second signal: exiting at once");
                std::process::exit(128 + signal.as_raw_value());
            }
            first.cancel();
        }
    });
    Ok(stop)
}

/// Prints where the server listens on standard output. Logs a warning if other machines can reach it.
fn announce(app: &App, config: &Config) {
    let addresses = app.addresses();
    let urls: Vec<String> = addresses.iter().map(|address| format!("http://{address}")).collect();
    // A closed standard output must not stop the server.
    let _ = writeln!(
        std::io::stdout(),
        "rollcall listens on {} with {}\n\
         try: curl -X POST {}/api/v1/sessions",
        urls.join(" and "),
        config.database.display(),
        urls.first().map_or("", String::as_str)
    );
    for address in app.metrics_addresses() {
        tracing::info!("serving metrics at http://{address}/metrics");
    }
    if let Some(open) = addresses.iter().find(|address| !address.ip().is_loopback()) {
        tracing::warn!(
            "other machines can reach {open}, and there is no authentication: anybody who reaches it may do \
             everything; put a proxy with TLS and authentication in front, or listen on 127.0.0.1"
        );
    }
}
