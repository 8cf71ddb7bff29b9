//! Where the time comes from.

mod source;
mod steady;

pub use source::Clock;
pub use steady::SteadyClock;
