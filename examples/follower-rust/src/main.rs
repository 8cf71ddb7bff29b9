//! Follows a session from Rust: keeps its tree, and comes back after a lost connection.
//!
//!     cargo run -- http://localhost:5000 SESSION_ID

mod tree;

use std::time::Duration;

use anyhow::{Context, Result, bail};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{connect_async_with_config, tungstenite::Message};

use tree::Tree;

/// What a follower knows of its session, over all of its connections.
#[derive(Default)]
struct Follower {
    session_id: String,
    tree: Tree,
    /// The last event that the tree has, and the epoch that its number belongs to.
    position: Option<(u64, Value)>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let (Some(server), Some(session_id)) = (arguments.next(), arguments.next()) else {
        bail!("usage: follower SERVER SESSION_ID");
    };
    let url = format!("{}/api/v1/ws", server.replacen("http", "ws", 1));
    let mut follower = Follower { session_id, ..Follower::default() };
    loop {
        let config = WebSocketConfig::default().max_message_size(None).max_frame_size(None);
        match connect_async_with_config(&url, Some(config), true).await {
            Ok((socket, _)) => follower.follow(socket).await?,
            Err(failure) => eprintln!("not connected: {failure}"),
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

impl Follower {
    /// Applies what comes until the connection ends. Fails only with what will not get better.
    async fn follow<S>(&mut self, mut socket: S) -> Result<()>
    where
        S: StreamExt<Item = Result<Message, tokio_tungstenite::tungstenite::Error>>
            + SinkExt<Message>
            + Unpin,
    {
        let _ = socket.send(self.join()).await;
        while let Some(Ok(message)) = socket.next().await {
            let Message::Text(text) = message else { continue };
            let frame: Value = serde_json::from_str(&text)?;
            match frame["type"].as_str() {
                Some("error") => bail!("{}: {}", frame["code"], frame["message"]),
                Some("joined") => self.joined(&frame)?,
                Some("gap") => {
                    // The missed events are no longer kept.
                    self.position = None;
                    let _ = socket.send(self.join()).await;
                }
                _ if frame["timestamp"].is_string() => self.event(&frame),
                _ => {}
            }
        }
        eprintln!("lost");
        Ok(())
    }

    fn join(&self) -> Message {
        let mut request = json!({"type": "join_session", "session_id": self.session_id});
        match &self.position {
            None => request["with"] = "graph".into(),
            Some((seq, epoch)) => {
                request["since"] = (*seq).into();
                request["epoch"] = epoch.clone();
            }
        }
        Message::text(request.to_string())
    }

    fn joined(&mut self, frame: &Value) -> Result<()> {
        if self.position.is_some() {
            return Ok(());
        }
        let nodes = frame["graph"]["nodes"].as_array();
        let nodes = nodes.context("this graph is so large that it is to be read over REST")?;
        self.tree = Tree::load(nodes);
        println!("joined, with {} nodes", nodes.len());
        let seq = frame["seq"].as_u64().context("joined has a seq")?;
        self.position = Some((seq, frame["epoch"].clone()));
        Ok(())
    }

    fn event(&mut self, event: &Value) {
        let (Some(seq), Some((last, _))) = (event["seq"].as_u64(), &mut self.position) else {
            return;
        };
        if seq <= *last {
            return;
        }
        *last = seq;
        self.tree.apply(event);
        if let Some(kind @ ("command-executed" | "undo" | "redo")) = event["type"].as_str() {
            println!("{kind} {seq}\n{}", self.tree);
        }
    }
}
