//! The metrics: what they count, how they are scraped, and what the documents and the shipped files say of them.

mod counts;
mod reference;
mod scrape;
