//! The codes of errors: what each means, and what a caller does about it. docs/errors.md has the same list.

use serde::Serialize;

/// What an error says to a program.
#[derive(Debug, Serialize)]
pub struct ErrorCode {
    /// The name, in SCREAMING_SNAKE_CASE. It never changes.
    #[serde(rename = "code")]
    pub name: &'static str,
    /// The status of the response over HTTP.
    pub status: u16,
    /// When it comes.
    pub when: &'static str,
    /// What the caller does about it.
    pub remedy: &'static str,
}

/// Defines the codes, and the list of all of them.
macro_rules! error_codes {
    ($($constant:ident = $name:literal, $status:literal, $when:literal, $remedy:literal;)*) => {
        $(
            #[doc = $when]
            pub(super) static $constant: ErrorCode =
                ErrorCode { name: $name, status: $status, when: $when, remedy: $remedy };
        )*
        /// All codes, ordered by their status.
        pub static ERROR_CODES: &[&ErrorCode] = &[$(&$constant),*];
    };
}

error_codes! {
    INVALID_REQUEST = "INVALID_REQUEST", 400,
        "The request cannot be read, has the wrong shape, or is larger than a limit of size. The message names the field.",
        "Correct the request.";
    UNAUTHORIZED = "UNAUTHORIZED", 401,
        "There is no token, or it is not valid.",
        "Send another token.";
    FORBIDDEN = "FORBIDDEN", 403,
        "The token does not allow this: `details.needs` says what would. Or the server does not answer to the name in \
         `Host` (`--allowed-hosts`), or the origin of the web page is not allowed (`--allowed-origins`).",
        "Use a token that allows it, or change the setting.";
    SESSION_NOT_FOUND = "SESSION_NOT_FOUND", 404,
        "There never was such a session, or it was removed long ago (`--tombstone-retention`). To a token of another \
         project no session exists.",
        "Create the session, or give it up.";
    NODE_NOT_FOUND = "NODE_NOT_FOUND", 404,
        "The session has no such node.",
        "Read the content again.";
    CLIENT_NOT_FOUND = "CLIENT_NOT_FOUND", 404,
        "The session has no such client.",
        "List the clients again.";
    TOKEN_NOT_FOUND = "TOKEN_NOT_FOUND", 404,
        "There is no service token with this id.",
        "List the tokens again.";
    WEBHOOK_NOT_FOUND = "WEBHOOK_NOT_FOUND", 404,
        "There is no webhook with this id.",
        "List the webhooks again.";
    DELIVERY_NOT_FOUND = "DELIVERY_NOT_FOUND", 404,
        "The webhook has no message with this id, or it is older than seven days.",
        "List the deliveries again.";
    NOT_FOUND = "NOT_FOUND", 404,
        "There is no such route.",
        "Correct the path: `/api/v1/openapi.json` lists the routes.";
    METHOD_NOT_ALLOWED = "METHOD_NOT_ALLOWED", 405,
        "The route does not have this method.",
        "Use one that the header `Allow` names.";
    REQUEST_TIMEOUT = "REQUEST_TIMEOUT", 408,
        "The next piece of the body did not come within `--body-timeout`. The connection is closed.",
        "Send the request again.";
    SESSION_EXISTS = "SESSION_EXISTS", 409,
        "The id of the new session is that of another one, which exists or was removed.",
        "Use the session that exists, or another id.";
    UNDO_CONFLICT = "UNDO_CONFLICT", 409,
        "Others have changed the same since, so an undo or redo no longer fits. `details` has `command_id` and \
         `conflicts`: which node, and why.",
        "Notify the user. The same request would fail again.";
    IDEMPOTENCY_KEY_REUSED = "IDEMPOTENCY_KEY_REUSED", 409,
        "The `Idempotency-Key` was used for another request.",
        "Use a new key.";
    NOTHING_TO_UNDO = "NOTHING_TO_UNDO", 409,
        "There is no step to undo in this scope.",
        "Nothing: all is undone.";
    NOTHING_TO_REDO = "NOTHING_TO_REDO", 409,
        "There is no step to redo in this scope.",
        "Nothing: all is redone.";
    SESSION_REMOVED = "SESSION_REMOVED", 410,
        "The session was removed. `details` has `session_id`, `removed_at`, `reason` (`deleted` or `idle`) and \
         `restorable_until`.",
        "Restore the session until then, or give it up.";
    REVISION_MISMATCH = "REVISION_MISMATCH", 412,
        "The content is not at the revision of `If-Match`, or is at that of `If-None-Match`. `details.revision` has the \
         current one.",
        "Read the content again, and decide again.";
    PRECONDITION_FAILED = "PRECONDITION_FAILED", 412,
        "`If-Match` has a tag, and the resource has none.",
        "Leave `If-Match` out.";
    PAYLOAD_TOO_LARGE = "PAYLOAD_TOO_LARGE", 413,
        "The body or the frame is larger than `--body-limit`.",
        "Send less at a time.";
    UNSUPPORTED_ENCODING = "INVALID_REQUEST", 415,
        "The body has a `Content-Encoding`.",
        "Send the body as it is.";
    INVALID_COMMAND = "INVALID_COMMAND", 422,
        "The command is well-formed, but not possible now: a cycle, a missing parent, or more of something than is \
         allowed. In the last case `details` has `limit` and `setting`.",
        "Read the content again, or send less.";
    UNSUPPORTED_WEBSOCKET_VERSION = "INVALID_REQUEST", 426,
        "The client asks for another version of WebSocket than 13.",
        "Use the version in `Sec-WebSocket-Version` of the response.";
    RATE_LIMITED = "RATE_LIMITED", 429,
        "The token, or the address without one, has sent too much in a second (`--rate-limit-requests`, \
         `--rate-limit-messages`) or too many invalid tokens. Or the address has too many connections \
         (`--max-connections-per-address`).",
        "Send it again after `Retry-After`, or `details.retry_after_ms`.";
    INTERNAL_ERROR = "INTERNAL_ERROR", 500,
        "The server failed. Its log has the cause under the id of the request.",
        "Send it again with the same idempotency key: it may have been done.";
    UNAVAILABLE = "UNAVAILABLE", 503,
        "The server is shutting down, the disk refuses writes, another program keeps the file locked, too many reads \
         wait, clients of the last run are still to be disconnected, or there are too many connections \
         (`--max-connections`). Nothing was changed.",
        "Send it again after `Retry-After`.";
}
