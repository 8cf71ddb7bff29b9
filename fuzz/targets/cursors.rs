//! Any text as what stands in a path or a query: what is read is written as it was meant.

#![no_main]

use std::fmt::{Debug, Display};
use std::str::FromStr;

use libfuzzer_sys::fuzz_target;
use rollcall::session::{Hours, NodeId, Position, SessionId, Timestamp};
use rollcall::store::{Cursor, Order};

/// What was read is the same when it is written and read again.
fn comes_back<T>(text: &str)
where
    T: FromStr<Err: Debug + Display> + Display + PartialEq + Debug,
{
    match text.parse::<T>() {
        Ok(value) => assert_eq!(value.to_string().parse::<T>().unwrap(), value),
        Err(failure) => assert!(!failure.to_string().is_empty()),
    }
}

fuzz_target!(|text: &str| {
    comes_back::<Cursor>(text);
    comes_back::<SessionId>(text);
    comes_back::<NodeId>(text);
    comes_back::<Timestamp>(text);
    let _ = (text.parse::<Order>(), text.parse::<Hours>());
    let quoted = serde_json::to_string(text).unwrap();
    if let Ok(position) = serde_json::from_str::<Position>(&quoted) {
        assert_eq!(serde_json::to_string(&position).unwrap(), quoted);
    }
});
