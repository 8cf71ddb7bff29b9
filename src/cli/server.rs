//! The REST API of a running server, as the commands use it.

use std::error::Error;
use std::io::{self, ErrorKind};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, bail};
use clap::Args;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Client, Method, RequestBuilder, Response, Url};
use serde_json::Value;

use super::failure::{ErrorResponse, Exit, Failure};
use super::output::print_line;
use super::own_address::own_address;
use super::table::escaped;

/// A token without a file; it is no flag, since everybody can see the flags of a process.
const TOKEN_VARIABLE: &str = "ROLLCALL_TOKEN";
/// How long a connection may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a response may take. A cleanup of very many sessions takes minutes.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(600);
/// The longest response that is read.
const MAX_RESPONSE_BYTES: usize = 64 * 1024 * 1024;

/// Which server is asked, and how its answer is printed.
#[derive(Args, Clone)]
pub struct ServerArguments {
    /// The server, such as https://rollcall.example.org [default: the address that the settings of this
    /// environment say to listen on, http://127.0.0.1:5000]
    #[arg(long, value_name = "URL", env = "ROLLCALL_SERVER", value_parser = parse_url)]
    #[arg(global = true, help_heading = "Server")]
    server: Option<Url>,
    /// A file with the token [default: the environment variable ROLLCALL_TOKEN has the token itself]
    #[arg(long, value_name = "FILE", global = true, help_heading = "Server")]
    token_file: Option<PathBuf>,
    /// Print the JSON of the server in place of a table
    #[arg(long, global = true, help_heading = "Output")]
    json: bool,
}

impl ServerArguments {
    /// The server that the arguments and the environment name. Nothing is sent yet.
    pub fn server(self) -> anyhow::Result<Server> {
        let base = match self.server {
            Some(url) => url,
            None => Url::parse(&format!("http://{}", own_address("--server")?))?,
        };
        let token = match &self.token_file {
            Some(file) => Some(
                std::fs::read_to_string(file)
                    .with_context(|| format!("cannot read the token in {}", file.display()))?,
            ),
            None => std::env::var(TOKEN_VARIABLE).ok().filter(|token| !token.is_empty()),
        };
        let has_token = token.is_some();
        let client = client(&base, token.as_deref())?;
        Ok(Server { client, base, has_token, json: self.json })
    }
}

fn parse_url(text: &str) -> Result<Url, String> {
    let shown = "is not a URL such as http://127.0.0.1:5000";
    match Url::parse(text) {
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => Ok(url),
        _ => Err(format!("'{text}' {shown}")),
    }
}

fn client(base: &Url, token: Option<&str>) -> anyhow::Result<Client> {
    // It fails if there is one already, which does as well.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut headers = HeaderMap::new();
    if let Some(token) = token {
        let value = HeaderValue::from_str(&format!("Bearer {}", token.trim()));
        let mut value = value.ok().context("the token has characters that no token has")?;
        value.set_sensitive(true);
        headers.insert(AUTHORIZATION, value);
    }
    let mut builder = Client::builder()
        .user_agent(concat!("rollcall/", env!("CARGO_PKG_VERSION")))
        .default_headers(headers)
        .redirect(Policy::none())
        .connect_timeout(CONNECT_TIMEOUT);
    if base.scheme() == "http" {
        // A machine without certificates can still ask a server that needs none.
        builder = builder.tls_certs_only([]);
    }
    let host = base.host_str().unwrap_or_default().trim_matches(['[', ']']);
    if host == "localhost" || host.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback()) {
        builder = builder.no_proxy();
    }
    builder.build().context("TLS can't be set up; are the certificates of authorities installed?")
}

/// A running server.
pub struct Server {
    client: Client,
    base: Url,
    has_token: bool,
    json: bool,
}

/// What a server has answered.
pub struct Answer {
    /// The body as it came; empty if there was none.
    pub text: String,
    /// The same, parsed.
    pub json: Value,
}

impl Server {
    /// Whether JSON is to be printed.
    pub fn wants_json(&self) -> bool {
        self.json
    }

    /// The answer to a GET. The path is below `/api/v1`.
    pub async fn get(&self, path: &[&str], query: &[(&str, String)]) -> anyhow::Result<Answer> {
        self.call(Method::GET, path, query, None).await
    }

    /// The answer to a POST.
    pub async fn post(&self, path: &[&str], body: Option<&Value>) -> anyhow::Result<Answer> {
        self.call(Method::POST, path, &[], body).await
    }

    /// The answer to a PATCH.
    pub async fn patch(&self, path: &[&str], body: &Value) -> anyhow::Result<Answer> {
        self.call(Method::PATCH, path, &[], Some(body)).await
    }

    /// The answer to a DELETE.
    pub async fn delete(&self, path: &[&str]) -> anyhow::Result<Answer> {
        self.call(Method::DELETE, path, &[], None).await
    }

    /// The answer to a request with any method.
    pub async fn call(
        &self,
        method: Method,
        path: &[&str],
        query: &[(&str, String)],
        body: Option<&Value>,
    ) -> anyhow::Result<Answer> {
        let mut request = self.request(method, path, query).timeout(RESPONSE_TIMEOUT);
        if let Some(body) = body {
            request = request.body(body.to_string());
        }
        let response = self.send(request).await?;
        let text = read(response).await.context("the response broke off")?;
        let json = match text.as_str() {
            "" => Value::Null,
            text => serde_json::from_str(text).with_context(|| self.not_rollcall())?,
        };
        Ok(Answer { text, json })
    }

    /// A request that is not sent yet.
    pub fn request(
        &self,
        method: Method,
        path: &[&str],
        query: &[(&str, String)],
    ) -> RequestBuilder {
        let mut url = self.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(["api", "v1"]).extend(path);
        }
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        self.client.request(method, url)
    }

    /// The response, if it says that the request has succeeded. Else fails with the server's own words.
    pub async fn send(&self, request: RequestBuilder) -> anyhow::Result<Response> {
        let response = request.send().await.map_err(|cause| self.unreachable(&cause))?;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let body: Value = serde_json::from_str(&read(response).await?).unwrap_or_default();
        let error = &body["error"];
        let (Some(message), Some(code)) = (error["message"].as_str(), error["code"].as_str())
        else {
            bail!("{}: it answers {status}", self.not_rollcall());
        };
        let hint = match status.as_u16() {
            401 if !self.has_token => " Set ROLLCALL_TOKEN, or name a file with --token-file.",
            _ => "",
        };
        let (code, message) = (escaped(code), escaped(message));
        let response = ErrorResponse { status: status.as_u16(), code, message };
        Err(Failure::of_response(response, hint).into())
    }

    fn not_rollcall(&self) -> String {
        format!("{} is no rollcall server, or a proxy answers for it", self.base)
    }

    /// Why there is no response.
    fn unreachable(&self, cause: &reqwest::Error) -> Failure {
        let base = self.base.as_str().trim_end_matches('/');
        let mut last: &dyn Error = cause;
        while let Some(inner) = last.source() {
            last = inner;
        }
        let kind = last.downcast_ref::<io::Error>().map(io::Error::kind);
        let message = if kind == Some(ErrorKind::ConnectionRefused) {
            format!(
                "No server answers at {base}. Start one with `rollcall`, or name another with --server."
            )
        } else if cause.is_timeout() {
            format!("{base} does not answer in time.")
        } else {
            format!("{base} cannot be reached: {last}")
        };
        Failure::new(Exit::Failed, message)
    }

    /// Prints the answer: its JSON, or else the lines that are made of it.
    pub fn print(
        &self,
        answer: &Answer,
        lines: impl FnOnce(&Value) -> Vec<String>,
    ) -> anyhow::Result<()> {
        if self.json { print_line(&answer.text) } else { print_lines(&lines(&answer.json)) }
    }
}

/// Prints the lines, if there are any.
pub fn print_lines(lines: &[String]) -> anyhow::Result<()> {
    if lines.is_empty() { Ok(()) } else { print_line(&lines.join("\n")) }
}

/// The body as text.
async fn read(mut response: Response) -> anyhow::Result<String> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        body.extend_from_slice(&chunk);
        if body.len() > MAX_RESPONSE_BYTES {
            bail!("it has more than {MAX_RESPONSE_BYTES} bytes; ask for less with --limit");
        }
    }
    String::from_utf8(body).context("it is no UTF-8")
}
