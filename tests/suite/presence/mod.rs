//! Who is in which session, and what clients publish about themselves.

mod concurrent_joins;
pub mod mass_departures;
mod membership;
mod presence_data;
mod property;
