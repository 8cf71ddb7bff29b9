//! The TOML file with settings, and what is wrong in it.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use anyhow::{Context, anyhow};
use clap::Command;
use serde::Deserialize;
use toml::Spanned;
use toml::de::{DeTable, DeValue, Deserializer};

use super::given::{arguments, name_of};
use super::settings::Settings;

/// What a file gives.
pub(super) struct SettingsFile {
    /// The settings.
    pub(super) settings: Settings,
    /// The values as flags take them, by the names of the settings.
    pub(super) values: BTreeMap<String, String>,
}

/// Something that is wrong in a file.
#[derive(Debug)]
pub struct Mistake {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong, and what is right.
    pub message: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

/// Reads a file. Fails with all that is wrong in it.
pub(super) fn read(path: &Path) -> anyhow::Result<SettingsFile> {
    let text = read_text(path)?;
    parse(&text).map_err(|mistakes| {
        let mistakes: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
        anyhow!("the settings in {} are wrong: {}", path.display(), mistakes.join("; "))
    })
}

pub(super) fn read_text(path: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(path)
        .with_context(|| format!("cannot read the settings in {}", path.display()))
}

/// Parses the text of a file. Each key is looked at on its own, so that all mistakes are found at once.
pub(super) fn parse(text: &str) -> Result<SettingsFile, Vec<Mistake>> {
    let known = arguments();
    let (table, failures) = DeTable::parse_recoverable(text);
    let mut mistakes: Vec<Mistake> = failures
        .iter()
        .map(|failure| {
            let start = failure.span().map_or(0, |span| span.start);
            let line = line_of(text, start);
            let content = text.lines().nth(line - 1).unwrap_or_default();
            Mistake { line, message: format!("'{content}' is no TOML: {}", failure.message()) }
        })
        .collect();
    let mut values = BTreeMap::new();
    if mistakes.is_empty() {
        for (key, value) in table.get_ref() {
            let name = key.get_ref();
            match check(&known, name, key, value) {
                Ok(()) => {
                    values.insert(name.to_string(), as_flag(value.get_ref()));
                }
                Err(message) => {
                    mistakes.push(Mistake { line: line_of(text, key.span().start), message });
                }
            }
        }
    }
    if mistakes.is_empty() {
        match Settings::deserialize(Deserializer::from(table)) {
            Ok(settings) => return Ok(SettingsFile { settings, values }),
            // Not reached: each key was taken alone.
            Err(failure) => {
                mistakes.push(Mistake { line: 1, message: failure.message().to_owned() });
            }
        }
    }
    mistakes.sort_by_key(|mistake| mistake.line);
    Err(mistakes)
}

/// Checks one key. Fails with a sentence that says what is right.
fn check(
    known: &Command,
    name: &str,
    key: &Spanned<std::borrow::Cow<'_, str>>,
    value: &Spanned<DeValue<'_>>,
) -> Result<(), String> {
    let Some(argument) = known.get_arguments().find(|argument| name_of(argument) == name) else {
        let nearest = known
            .get_arguments()
            .map(name_of)
            .min_by_key(|known| strsim::damerau_levenshtein(name, known))
            .unwrap_or_default();
        return Err(match value.get_ref() {
            DeValue::Table(_) => format!("{name} is a table, and settings are in none; remove it"),
            _ => format!("there is no setting {name}; the nearest one is {nearest}"),
        });
    };
    let entry = DeTable::from_iter([(key.clone(), value.clone())]);
    let entry = Deserializer::from(Spanned::new(0..0, entry));
    Settings::deserialize(entry).map(drop).map_err(|failure| {
        let example = argument
            .get_default_values()
            .first()
            .map(|default| format!(", such as {}", toml_line(name, &default.to_string_lossy())));
        format!("{name}: {}{}", failure.message(), example.unwrap_or_default())
    })
}

/// A value as one would write it in the flag.
fn as_flag(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(text) => text.to_string(),
        DeValue::Integer(number) => number.to_string(),
        DeValue::Float(number) => number.to_string(),
        DeValue::Boolean(value) => value.to_string(),
        other => other.type_str().to_owned(),
    }
}

/// The line of a file that gives a setting this value.
pub(super) fn toml_line(name: &str, value: &str) -> String {
    match value.parse::<i64>().is_ok() || value.parse::<bool>().is_ok() {
        true => format!("{name} = {value}"),
        false => format!("{name} = {}", toml::Value::from(value)),
    }
}

/// The line, from 1, of a place in a text.
fn line_of(text: &str, place: usize) -> usize {
    text.bytes().take(place).filter(|byte| *byte == b'\n').count() + 1
}
