//! The settings: flags override the environment, the environment overrides the TOML file, and what none of
//! them gives has its default.

mod check;
mod command_line;
mod credentials;
mod defaults;
mod effective;
mod environment;
mod file;
mod given;
mod reference;
mod settings;
mod values;

pub use command_line::{DatabaseArguments, ServeArguments};
pub use credentials::{CredentialFiles, Credentials};
pub use effective::{Config, GivenSetting, LogFormat, Source};
pub use environment::reject_unknown_variables;
pub use reference::{commented_file, tables};
