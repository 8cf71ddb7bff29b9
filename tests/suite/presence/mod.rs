//! Who is in which session, and what clients publish about themselves.

mod concurrent_joins;
mod mass_departures;
mod membership;
mod presence_data;
mod property;
