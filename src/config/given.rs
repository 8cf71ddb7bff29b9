//! What each setting was given, and where.

use std::collections::BTreeMap;

use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Args, Command};

use super::effective::{GivenSetting, Source};
use super::settings::Settings;

/// All settings as clap knows them, in the order of `--help`.
pub(super) fn arguments() -> Command {
    Settings::augment_args(Command::new("rollcall"))
}

/// The name of a setting: its key in the TOML file.
pub(super) fn name_of(argument: &Arg) -> &str {
    argument.get_id().as_str()
}

/// Each setting as flags and the environment give it. Takes what is only a default out of `matches`, so that
/// it does not override the TOML file.
pub(super) fn take(matches: &mut ArgMatches) -> Vec<GivenSetting> {
    arguments().get_arguments().map(|argument| take_one(argument, matches)).collect()
}

fn take_one(argument: &Arg, matches: &mut ArgMatches) -> GivenSetting {
    let name = name_of(argument);
    let source = match matches.value_source(name) {
        Some(ValueSource::CommandLine) => Source::Flag,
        Some(ValueSource::EnvVariable) => Source::Environment,
        _ => Source::Default,
    };
    let value = matches.get_raw(name).and_then(|mut values| values.next());
    let value = value.map(|value| value.to_string_lossy().into_owned());
    if source == Source::Default {
        // Fails only for a name that clap does not know.
        let _ = matches.try_clear_id(name);
    }
    GivenSetting {
        name: name.to_owned(),
        value,
        source,
        group: argument.get_help_heading().unwrap_or_default().to_owned(),
        help: help_of(argument),
    }
}

/// The help text without what it says of the default.
pub(super) fn help_of(argument: &Arg) -> String {
    let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
    help.split(" [default:").next().unwrap_or_default().to_owned()
}

/// Puts what the file gives in the place of defaults.
pub(super) fn add_file(given: &mut [GivenSetting], values: &BTreeMap<String, String>) {
    for setting in given.iter_mut().filter(|setting| setting.source == Source::Default) {
        if let Some(value) = values.get(&setting.name) {
            setting.value = Some(value.clone());
            setting.source = Source::File;
        }
    }
}
