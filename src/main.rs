//! The command line.

#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::await_holding_lock)]
#![deny(unsafe_code)]

use std::io::{ErrorKind, Write};
use std::process::ExitCode;

use anyhow::Context;
use rollcall::app::App;
use rollcall::config::{Command, CommandLine, Config, ServeArguments};
use rollcall::net::open_files;
use rollcall::{http, telemetry};
use tokio::signal::unix::{SignalKind, signal};

fn main() -> ExitCode {
    let CommandLine { command, serve: plain } = CommandLine::read();
    let outcome = match command {
        None => serve(plain),
        Some(Command::Serve(spelled_out)) => serve(*spelled_out),
        Some(Command::Openapi) => print_description(),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(cause) => {
            eprintln!("rollcall: {cause:#}");
            ExitCode::FAILURE
        }
    }
}

fn print_description() -> anyhow::Result<()> {
    let text = http::description().to_pretty_json().context("cannot write the description")?;
    match writeln!(std::io::stdout(), "{text}") {
        // Whoever reads has seen enough.
        Err(cause) if cause.kind() == ErrorKind::BrokenPipe => Ok(()),
        outcome => outcome.context("cannot write the description"),
    }
}

/// Lets the process have as many files open as there may be connections, or has fewer of those.
fn allow_connections(config: &mut Config) -> anyhow::Result<()> {
    let wanted = config.connections.in_all;
    let allowed = open_files::allow(wanted).context("cannot read how many files may be open")?;
    if allowed.connections < wanted {
        tracing::warn!(
            "only {} of {wanted} connections (--max-connections) can be open, since the system lets the \
             process have {} files open; raise that (ulimit -n, LimitNOFILE), or lower the setting",
            allowed.connections,
            allowed.files
        );
        config.connections.in_all = allowed.connections;
    }
    Ok(())
}

#[tokio::main]
async fn serve(arguments: ServeArguments) -> anyhow::Result<()> {
    let mut config = arguments.resolve()?;
    telemetry::start(&config)?;
    allow_connections(&mut config)?;
    let mut terminate = signal(SignalKind::terminate()).context("cannot wait for SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("cannot wait for SIGINT")?;
    let app = App::build(&config).await?;
    let addr = app.addresses()[0];
    // The service is there whether or not anybody reads this.
    let _ = writeln!(
        std::io::stdout(),
        "rollcall listens on http://{addr} with {}\n\
         try: curl -X POST http://{addr}/api/v1/sessions",
        config.database.display()
    );
    app.run(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
    .await
}
