//! `rollcall healthcheck`: whether a server on this machine is ready, for containers and scripts.

use std::io::{Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use clap::Args;
use serde_json::Value;

use super::output::print_line;
use super::own_address::own_address;

/// How long the connection, and then each part of the response, may take.
const TIMEOUT: Duration = Duration::from_secs(3);
/// The response has a head and one sentence.
const MAX_RESPONSE_BYTES: u64 = 64 * 1024;
/// The path that is asked for, unless the URL has one.
const PATH: &str = "/api/v1/ready";

/// Which server is asked.
#[derive(Args)]
#[command(after_help = "Examples:\n  \
    rollcall healthcheck\n  \
    rollcall healthcheck --url http://127.0.0.1:8080")]
pub struct Healthcheck {
    /// The server, such as http://127.0.0.1:5000 [default: the address that the settings of this environment
    /// say to listen on]
    #[arg(long, value_name = "URL")]
    url: Option<String>,
}

/// Asks the server whether it is ready. Fails with the reason if it is not.
pub fn run(arguments: Healthcheck) -> anyhow::Result<()> {
    let (authority, path) = match arguments.url {
        Some(url) => parse(&url)?,
        None => (own_address("--url")?, PATH.to_owned()),
    };
    let response = get(&authority, &path)
        .with_context(|| format!("not ready: cannot ask http://{authority}{path}"))?;
    let (head, body) = response.split_once("\r\n\r\n").unwrap_or((&response, ""));
    let status = head.split(' ').nth(1).unwrap_or_default();
    ensure!(
        status == "200",
        "not ready: http://{authority}{path} answers {status}{}",
        reason(body)
    );
    print_line("ready")
}

/// The host with its port, and the path.
fn parse(url: &str) -> anyhow::Result<(String, String)> {
    let Some(rest) = url.strip_prefix("http://") else {
        bail!("--url: '{url}' is not a URL such as http://127.0.0.1:5000");
    };
    let (host, path) = match rest.find('/') {
        Some(slash) if rest.len() > slash + 1 => rest.split_at(slash),
        _ => (rest.trim_end_matches('/'), PATH),
    };
    let has_port = host.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
    let authority = if has_port { host.to_owned() } else { format!("{host}:80") };
    Ok((authority, path.to_owned()))
}

/// The response to a GET, as text.
fn get(authority: &str, path: &str) -> anyhow::Result<String> {
    let mut last_error = None;
    for address in authority.to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, TIMEOUT) {
            Ok(stream) => return exchange(stream, authority, path),
            Err(cause) => last_error = Some(cause),
        }
    }
    match last_error {
        Some(cause) => Err(cause.into()),
        None => bail!("the name has no address"),
    }
}

fn exchange(mut stream: TcpStream, authority: &str, path: &str) -> anyhow::Result<String> {
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.set_write_timeout(Some(TIMEOUT))?;
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\n\r\n")?;
    let mut response = Vec::new();
    stream.take(MAX_RESPONSE_BYTES).read_to_end(&mut response).context("no answer in time")?;
    Ok(String::from_utf8_lossy(&response).into_owned())
}

/// The message of an error, behind a colon; empty if the body has none.
fn reason(body: &str) -> String {
    let body: Value = serde_json::from_str(body).unwrap_or_default();
    let message = body["error"]["message"].as_str();
    message.map(|message| format!(": {message}")).unwrap_or_default()
}
