//! The model's requests as the engine takes them, and the engine's answers as the model has them.

use rollcall::engine::request::{Action as EngineAction, ContentRequest, Executed, Idempotency};
use rollcall::engine::request::{History, SubtreeHeight, WalkLimit};
use rollcall::error::Error;
use rollcall::model::command::{
    CreateNode, DeleteNode, DeleteProperty, LinkNode, RenameNode, UnlinkNode, UpdateProperty,
};
use rollcall::model::graph::{FlatNode, build_forest};
use rollcall::model::{
    Command as EngineCommand, ContentLimits, EntityTags, Precondition, SessionId,
};
use serde_json::json;

use crate::support::model::{Action, Command, Condition, NewNode, Outcome, Refusal, Request, Walk};

/// The bytes that every request is said to have been read from.
const SIZE: usize = 100;

/// A request for a session.
pub fn content_request(session_id: SessionId, request: &Request) -> ContentRequest {
    let Request { client, action, key, condition, walk } = request;
    let engine_action = engine_action(action);
    let idempotency =
        key.as_ref().map(|key| Idempotency::new(key, &engine_action, &data(action)).unwrap());
    let precondition = condition.and_then(precondition).map(Box::new);
    let client = client.clone();
    let mut request =
        ContentRequest::new(session_id, client, engine_action, precondition, idempotency, SIZE);
    request.walk = match *walk {
        Walk::Shared => WalkLimit::Shared,
        Walk::KnownHeight { revision, id, levels } => {
            WalkLimit::KnownHeight(SubtreeHeight { revision, node_id: id, levels })
        }
        Walk::Unlimited => WalkLimit::Unlimited,
    };
    request
}

/// An outcome of the engine.
pub fn outcome(outcome: Result<Executed, Error>) -> Outcome {
    outcome.map_err(|failure| Refusal {
        code: match failure {
            Error::TooLong => Refusal::TOO_LONG.to_owned(),
            _ => failure.code().to_owned(),
        },
        message: failure.to_string(),
    })
}

fn engine_action(action: &Action) -> EngineAction {
    match action {
        Action::Execute(command) => EngineAction::Execute(engine_command(command)),
        Action::Undo(scope) => EngineAction::Undo(*scope),
        Action::Redo(scope) => EngineAction::Redo(*scope),
        Action::Replace(nodes) => {
            let list: Vec<FlatNode> =
                nodes.iter().map(|node| serde_json::from_value(node.to_json()).unwrap()).collect();
            let forest = build_forest(list, &ContentLimits::default()).unwrap();
            EngineAction::Replace(forest.into(), History::Keep)
        }
    }
}

fn engine_command(command: &Command) -> EngineCommand {
    match command.clone() {
        Command::Create { id, parent, index, properties } => {
            EngineCommand::CreateNode(CreateNode {
                blueprint_type_id: Command::KIND.to_owned(),
                name: Command::NAME.to_owned(),
                parent_id: parent,
                node_id: Some(id),
                properties,
                index,
            })
        }
        Command::Delete(node_id) => EngineCommand::DeleteNode(DeleteNode { node_id }),
        Command::Link { child, parent, index } => {
            EngineCommand::LinkNode(LinkNode { parent_id: parent, child_id: child, index })
        }
        Command::Unlink(child_id) => EngineCommand::UnlinkNode(UnlinkNode { child_id }),
        Command::Rename(node_id, name) => EngineCommand::RenameNode(RenameNode { node_id, name }),
        Command::Update(node_id, property_id, value) => {
            EngineCommand::UpdateProperty(UpdateProperty { node_id, property_id, value })
        }
        Command::DeleteProperty(node_id, property_id) => {
            EngineCommand::DeleteProperty(DeleteProperty { node_id, property_id })
        }
        Command::Batch(commands) => {
            EngineCommand::Batch(commands.iter().map(engine_command).collect())
        }
    }
}

/// The JSON text that the action of a request with a key was read from.
fn data(action: &Action) -> String {
    match action {
        Action::Execute(command) => command.data().to_string(),
        Action::Replace(nodes) => {
            json!(nodes.iter().map(NewNode::to_json).collect::<Vec<_>>()).to_string()
        }
        Action::Undo(_) | Action::Redo(_) => "null".to_owned(),
    }
}

fn precondition(condition: Condition) -> Option<Precondition> {
    match condition {
        Condition::Match(revision) => Some(Precondition::at(revision)),
        Condition::NoneMatch(revision) => {
            let tags = EntityTags::parse(format!("W/\"{revision}\"").as_bytes()).unwrap();
            Precondition::new(None, Some(tags))
        }
    }
}
