//! How connections come in, and which web pages may call.

pub mod origins;
pub mod stream;
