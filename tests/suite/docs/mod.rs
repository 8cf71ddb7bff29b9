//! The documents: their commands run, their outputs are what comes, and their links lead somewhere.

mod errors;
mod examples;
mod frames;
mod layers;
mod links;
pub mod markdown;
mod pages;
mod reference;
mod security;
mod settings;
mod shell;
mod sql;
