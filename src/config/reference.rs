//! All settings with what they mean: as a file to begin with, and as the tables of docs/settings.md.

use clap::Arg;

use super::file::toml_line;
use super::given::{arguments, name_of};

/// The longest line of a comment.
const WIDTH: usize = 100;

/// A settings file with every setting as a comment: what it means, and its default.
pub fn commented_file() -> String {
    let setting = |argument: &Arg| {
        let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
        format!("\n{}#{}\n", comment(&help), assignment(argument))
    };
    "# The settings of rollcall with their defaults. To change one, remove the # before it.\n"
        .to_owned()
        + &in_groups("", setting)
}

/// A Markdown table of the settings of each group.
pub fn tables() -> String {
    in_groups("\n| flag | default | meaning |\n| --- | --- | --- |\n", row)
}

fn row(argument: &Arg) -> String {
    let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
    let long = argument.get_long_help().map(ToString::to_string);
    let (short, words) = match help.split_once(" [default: ") {
        Some((short, words)) => (short, words.trim_end_matches(']').to_owned()),
        None => (help.as_str(), String::new()),
    };
    let default = match argument.get_default_values().first() {
        Some(default) => format!("`{}`", default.display()),
        None => words,
    };
    let more = long.as_deref().and_then(|long| long.split_once("\n\n"));
    let more = more.map(|(_, more)| format!(". {more}")).unwrap_or_default();
    format!("| `--{}` | {default} | {short}{more} |\n", name_of(argument).replace('_', "-"))
}

/// What is made of each setting, under the headings of the groups, each with this text below it.
fn in_groups(below: &str, part: impl Fn(&Arg) -> String) -> String {
    let settings = arguments();
    let mut text = String::new();
    let mut group = None;
    for argument in settings.get_arguments() {
        let heading = argument.get_help_heading();
        if heading != group {
            group = heading;
            text.push_str(&format!("\n## {}\n{below}", heading.unwrap_or_default()));
        }
        text.push_str(&part(argument));
    }
    text
}

/// The line that gives the setting its default, or something in its place.
fn assignment(argument: &Arg) -> String {
    let name = name_of(argument);
    match argument.get_default_values().first() {
        Some(default) => toml_line(name, &default.to_string_lossy()),
        None => {
            let names = argument.get_value_names().unwrap_or_default();
            toml_line(name, names.first().map_or("", |name| name.as_str()))
        }
    }
}

/// The text as lines of a comment.
fn comment(text: &str) -> String {
    let mut lines = String::new();
    let mut width = WIDTH;
    for word in text.split(' ') {
        if width + 1 + word.chars().count() > WIDTH {
            lines.push_str(if lines.is_empty() { "#" } else { "\n#" });
            width = 1;
        }
        lines.push(' ');
        lines.push_str(word);
        width += 1 + word.chars().count();
    }
    lines + "\n"
}
