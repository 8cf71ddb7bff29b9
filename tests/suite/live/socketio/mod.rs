//! Socket.IO and Engine.IO.

mod disconnects;
mod engineio;
mod malformed;
mod packets;
mod polling;
mod requests;
