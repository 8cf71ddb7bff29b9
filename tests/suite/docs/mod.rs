//! The documents: their commands run, their outputs are what comes, and their links lead somewhere.

mod examples;
mod layers;
mod links;
pub mod markdown;
mod settings;
mod shell;
