//! What every HTTP request and response must be.

mod conditional_requests;
mod hosts;
mod invalid_input;
mod openapi;
mod origins;
mod page_bytes;
mod request_shape;
