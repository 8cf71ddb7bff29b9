//! Any text as a frame of the plain WebSocket: a request, or an error that says what is wrong.

#![no_main]

use libfuzzer_sys::fuzz_target;
use rollcall::live::request::{Envelope, Request};
use rollcall::session::ContentLimits;

fuzz_target!(|text: &str| {
    let Ok(envelope) = serde_json::from_str::<Envelope>(text) else { return };
    let failure = match Request::parse(&envelope.name, text, &ContentLimits::default()) {
        Ok(request) => return drop(format!("{request:?}")),
        Err(failure) => failure,
    };
    assert_eq!(failure.code(), "INVALID_REQUEST", "{failure}");
    assert!(failure.to_string().len() < 2_000, "{failure}");
});
