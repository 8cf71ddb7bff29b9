//! `rollcall sessions watch`: what happens, as it happens.

use std::collections::VecDeque;
use std::time::Duration;

use clap::Args;
use rollcall::model::SessionId;
use serde_json::Value;
use tokio::time::{Instant, sleep_until, timeout};

use super::event_stream::{EventStream, Next};
use super::output::{is_screen, print_line, say};
use super::screen::{draw, rows};
use super::server::Server;
use super::session_view::{overview, overview_lines, table};
use super::table::{escaped, text, time};

/// The shortest time between two drawings.
const DRAW_INTERVAL: Duration = Duration::from_millis(250);
/// How long the server may take to say what there is to draw.
const READ_TIMEOUT: Duration = Duration::from_secs(5);
/// Events that are kept for a screen.
const MAX_KEPT_EVENTS: usize = 200;
/// How much of a value is printed in a line for people.
const MAX_VALUE_CHARS: usize = 100;

/// The arguments of `sessions watch`.
#[derive(Args)]
pub struct Watch {
    /// The id of the session [default: all sessions]
    id: Option<SessionId>,
    /// Begin after the event with this number, 0 for all that are kept [default: now]
    #[arg(long, value_name = "SEQ", requires = "id")]
    since: Option<u32>,
}

/// Prints what happens until the session is removed, or somebody interrupts it.
pub async fn run(server: &Server, arguments: Watch) -> anyhow::Result<()> {
    tokio::select! {
        outcome = watch(server, arguments) => outcome,
        // As a shell says it of a program that was interrupted.
        _ = tokio::signal::ctrl_c() => std::process::exit(130),
    }
}

async fn watch(server: &Server, Watch { id, since }: Watch) -> anyhow::Result<()> {
    let mut stream = EventStream::open(server, id, since.map(Into::into)).await?;
    let mut view = (!server.wants_json() && is_screen()).then(|| View::new(id));
    if view.is_none() {
        let what = id.map_or("all sessions".to_owned(), |id| format!("session {id}"));
        say(format!("Watching {what}; Ctrl-C ends it."));
    }
    let (mut draw_at, mut is_drawn) = (Instant::now(), view.is_none());
    loop {
        let next = tokio::select! {
            next = stream.next() => next?,
            () = sleep_until(draw_at), if !is_drawn => {
                if let Some(view) = &mut view {
                    view.draw(server).await?;
                }
                (draw_at, is_drawn) = (Instant::now() + DRAW_INTERVAL, true);
                continue;
            }
        };
        let Next::Frame(line, frame) = next else {
            say("The server is away; trying again.");
            if !stream.come_back().await? {
                say("The session was removed meanwhile.");
                return Ok(());
            }
            say("The server is back.");
            is_drawn = view.is_none();
            continue;
        };
        match &mut view {
            Some(view) => {
                view.add(line_of(&frame, id.is_some()));
                is_drawn = false;
            }
            None if server.wants_json() => print_line(&line)?,
            None => print_line(&line_of(&frame, id.is_some()))?,
        }
        match frame["type"].as_str() {
            Some("gap") => stream.skip_gap().await?,
            Some("session-removed") if id.is_some() => {
                if let Some(view) = &mut view {
                    view.draw(server).await?;
                }
                return Ok(());
            }
            _ => {}
        }
    }
}

/// A frame for people, in one line: without what is null, and without the id of the session if there is only
/// one. Other ids come last, since they say the least.
fn line_of(frame: &Value, is_one_session: bool) -> String {
    let session = &frame["session"];
    let (at, mut fields) = match frame.as_object() {
        Some(fields) if session.is_null() => {
            let hidden = ["type", "timestamp", if is_one_session { "session_id" } else { "" }];
            let fields = fields.iter().map(|(name, value)| (name.as_str(), value));
            (&frame["timestamp"], fields.filter(|(name, _)| !hidden.contains(name)).collect())
        }
        _ => {
            let names = ["active_clients", "node_count", "seq", "name", "session_id"];
            (&session["last_activity"], names.map(|name| (name, &session[name])).to_vec())
        }
    };
    fields.retain(|(_, value)| !value.is_null());
    fields.sort_by_key(|(name, _)| name.ends_with("_id"));
    let fields: Vec<String> = fields.iter().map(|(name, value)| field(name, value)).collect();
    let line = format!("{:20}  {:20}  {}", time(at), text(&frame["type"]), fields.join(" "));
    line.trim_end().to_owned()
}

/// A field in a line; a string without quotes, unless it has blanks.
fn field(name: &str, value: &Value) -> String {
    let text = match value {
        Value::String(text) if !text.is_empty() && !text.contains(char::is_whitespace) => {
            text.clone()
        }
        value => value.to_string(),
    };
    match text.char_indices().nth(MAX_VALUE_CHARS) {
        Some((end, _)) => format!("{name}={}…", escaped(&text[..end])),
        None => format!("{name}={}", escaped(&text)),
    }
}

/// What a terminal shows: all sessions, or one with its last events. It is read anew for each drawing, so it is
/// always what the server says.
struct View {
    session: Option<SessionId>,
    top: Vec<String>,
    events: VecDeque<String>,
}

impl View {
    fn new(session: Option<SessionId>) -> Self {
        Self { session, top: Vec::new(), events: VecDeque::new() }
    }

    fn add(&mut self, line: String) {
        if self.session.is_none() {
            return;
        }
        if self.events.len() == MAX_KEPT_EVENTS {
            self.events.pop_front();
        }
        self.events.push_back(line);
    }

    /// Draws what the server says now, or what it said last if it is away.
    async fn draw(&mut self, server: &Server) -> anyhow::Result<()> {
        let (rows, order) = (rows(), "-last_activity".to_owned());
        let limit = rows.clamp(1, 1000).to_string();
        let read = async {
            anyhow::Ok(match self.session {
                Some(id) => overview_lines(&overview(server, id).await?.json),
                None => {
                    let query = [("order", order), ("limit", limit)];
                    table(&server.get(&["sessions"], &query).await?.json["sessions"]).lines()
                }
            })
        };
        let top = timeout(READ_TIMEOUT, read).await;
        // A failure is noticed by the stream as well, which knows what to do.
        if let Ok(Ok(top)) = top {
            self.top = top;
        }
        let mut lines = self.top.clone();
        if !self.events.is_empty() {
            lines.push(String::new());
            let room = rows.saturating_sub(lines.len()).max(1);
            lines.extend(self.events.range(self.events.len().saturating_sub(room)..).cloned());
        }
        draw(&lines)
    }
}
