//! What the messages say.

use crate::error::Error;
use crate::model::webhook::MessageType;
use crate::store::{Happening, NewMessage};

/// The types of the messages about something that has happened; none if there is no message about it.
fn types_of(happening: &Happening) -> &'static [MessageType] {
    use MessageType::*;
    match (happening.name.as_str(), happening.active_clients) {
        ("created", _) => &[SessionCreated],
        ("session-updated", _) => &[SessionUpdated],
        ("session-removed", _) => &[SessionRemoved],
        ("session-restored", _) => &[SessionRestored],
        ("session-connected", _) => &[ClientJoined],
        ("session-disconnected", Some(0)) => &[ClientLeft, SessionEmptied],
        ("session-disconnected", _) => &[ClientLeft],
        ("content", _) => &[ContentChanged],
        _ => &[],
    }
}

/// The messages about what has happened, in order.
pub fn messages(happenings: &[Happening]) -> Result<Vec<NewMessage>, Error> {
    let messages = happenings
        .iter()
        .flat_map(|happening| types_of(happening).iter().map(|kind| message(*kind, happening)));
    messages.collect()
}

fn message(kind: MessageType, happening: &Happening) -> Result<NewMessage, Error> {
    let Happening { session, project_id, at, seqs: (_, last_seq), .. } = happening;
    Ok(NewMessage {
        session: *session,
        project_id: project_id.clone(),
        kind,
        at: *at,
        body: body(kind, happening)?,
        last_seq: *last_seq,
        revision: happening.revision,
    })
}

/// `{"type", "timestamp", "data"}`. The data end with the payload of the event, as it is.
fn body(kind: MessageType, happening: &Happening) -> Result<String, Error> {
    let Happening { session_id, at, seqs: (first_seq, last_seq), .. } = happening;
    let project_id = serde_json::to_string(&happening.project_id)
        .map_err(|cause| Error::internal(cause.into()))?;
    let seqs = match kind {
        MessageType::ContentChanged => format!(r#""first_seq":{first_seq},"last_seq":{last_seq}"#),
        _ => format!(r#""seq":{last_seq}"#),
    };
    let payload = match kind {
        // Who the last client was, stands in the message before.
        MessageType::SessionEmptied => "}",
        _ => happening.payload.strip_prefix('{').unwrap_or("}"),
    };
    let comma = if payload == "}" { "" } else { "," };
    let kind = kind.as_str();
    Ok(format!(
        r#"{{"type":"{kind}","timestamp":"{at}","data":{{"session_id":"{session_id}","project_id":{project_id},{seqs}{comma}{payload}}}"#
    ))
}
