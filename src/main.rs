//! The command line.

#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::await_holding_lock)]
#![deny(unsafe_code)]

use std::io::{ErrorKind, Write};
use std::net::SocketAddr;
use std::process::ExitCode;

use anyhow::Context;
use rollcall::app::App;
use rollcall::config::{Command, CommandLine, Config, ServeArguments};
use rollcall::net::open_files;
use rollcall::{config, http, telemetry};
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

mod hangup;

fn main() -> ExitCode {
    let CommandLine { command, serve: plain } = CommandLine::read();
    let outcome = match command {
        None => serve(plain),
        Some(Command::Serve(spelled_out)) => serve(*spelled_out),
        Some(Command::Openapi) => print_openapi(),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(cause) => {
            eprintln!("rollcall: {cause:#}");
            ExitCode::FAILURE
        }
    }
}

fn print_openapi() -> anyhow::Result<()> {
    let text =
        serde_json::to_string_pretty(http::openapi()).context("cannot write the description")?;
    match writeln!(std::io::stdout(), "{text}") {
        // Whoever reads has seen enough.
        Err(cause) if cause.kind() == ErrorKind::BrokenPipe => Ok(()),
        outcome => outcome.context("cannot write the description"),
    }
}

/// Lets the process have as many files open as there may be connections, or has fewer of those.
fn allow_connections(config: &mut Config) -> anyhow::Result<()> {
    let wanted = config.connections.total;
    let allowed =
        open_files::raise_limit(wanted).context("cannot read how many files may be open")?;
    if allowed.connections < wanted {
        tracing::warn!(
            "only {} of {wanted} connections (--max-connections) can be open, since the system lets the \
             process have {} files open; raise that (ulimit -n, LimitNOFILE), or lower the setting",
            allowed.connections,
            allowed.files
        );
        config.connections.total = allowed.connections;
    }
    Ok(())
}

#[tokio::main]
async fn serve(arguments: ServeArguments) -> anyhow::Result<()> {
    config::reject_unknown_variables(std::env::vars_os())?;
    let mut config = arguments.resolve()?;
    telemetry::start(&config)?;
    allow_connections(&mut config)?;
    let stop = stop_on_signals()?;
    let app = App::build(&config).await?;
    announce(app.addresses(), &config);
    app.run(stop.cancelled_owned()).await
}

/// Cancels the token with the first SIGTERM, SIGINT or SIGHUP. A second SIGTERM or SIGINT ends the
/// process at once, be it stopping or starting still, with the status that a shell gives for the signal.
/// A second SIGHUP does not: when a terminal is closed, its shell and the system may each send one.
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
                tracing::warn!("a second signal: ends at once");
                std::process::exit(128 + signal.as_raw_value());
            }
            first.cancel();
        }
    });
    Ok(stop)
}

/// Says where the service is, on standard output, and in the log if others can reach it.
fn announce(addresses: &[SocketAddr], config: &Config) {
    let urls: Vec<String> = addresses.iter().map(|address| format!("http://{address}")).collect();
    // The service is there whether or not anybody reads this.
    let _ = writeln!(
        std::io::stdout(),
        "rollcall listens on {} with {}\n\
         try: curl -X POST {}/api/v1/sessions",
        urls.join(" and "),
        config.database.display(),
        urls.first().map_or("", String::as_str)
    );
    if let Some(open) = addresses.iter().find(|address| !address.ip().is_loopback()) {
        tracing::warn!(
            "other machines can reach {open}, and there is no authentication: who reaches it may do \
             everything; put a proxy with TLS and authentication in front, or listen on 127.0.0.1"
        );
    }
}
