//! The parts of a Markdown page that can be checked.

use std::path::{Path, PathBuf};

/// A file of the repository.
pub fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// The text of a file of the repository.
pub fn read(name: &str) -> String {
    std::fs::read_to_string(path(name)).unwrap_or_else(|cause| panic!("{name}: {cause}"))
}

/// Commands for a shell, and the output that the page shows for them: empty where it shows none.
pub struct Example {
    pub commands: String,
    pub output: String,
}

/// Each block of kind `sh` with the block of kind `text` that follows it before the next one.
pub fn examples(page: &str) -> Vec<Example> {
    let mut examples: Vec<Example> = Vec::new();
    for (kind, text) in blocks(page) {
        match kind {
            "sh" => examples.push(Example { commands: text, output: String::new() }),
            "text" => examples.last_mut().expect("commands before their output").output = text,
            _ => {}
        }
    }
    examples
}

/// The lines of all blocks of kind `toml`.
pub fn examples_of_toml(page: &str) -> String {
    let blocks = blocks(page).into_iter().filter(|(kind, _)| *kind == "toml");
    blocks.map(|(_, text)| text).collect::<Vec<_>>().join("\n")
}

/// The fenced blocks as kind and text.
pub fn blocks(page: &str) -> Vec<(&str, String)> {
    let mut found = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        if let Some(kind) = line.strip_prefix("```") {
            let text: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
            found.push((kind, text.join("\n")));
        }
    }
    found
}

/// The commands of the first indented block, without their comments.
pub fn indented_commands(page: &str) -> Vec<String> {
    let is_blank = |line: &&str| line.is_empty();
    let indented = page.lines().skip_while(|line| !line.starts_with("    "));
    indented
        .take_while(|line| !is_blank(line))
        .map(|line| line.split('#').next().unwrap().trim().to_owned())
        .collect()
}

/// The targets of the links, outside of fenced blocks.
pub fn links(page: &str) -> Vec<String> {
    prose(page)
        .flat_map(|line| line.split("](").skip(1).filter_map(|rest| rest.split(')').next()))
        .map(str::to_owned)
        .collect()
}

/// The anchors of the headings, as code hosts make them: a repeated one gets `-1`, `-2`, … at its end.
pub fn anchors(page: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for line in prose(page).filter(|line| line.starts_with('#')) {
        let title = line.trim_start_matches('#').trim().to_lowercase();
        let kept = title.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
        let anchor: String = kept.map(|c| if c == ' ' { '-' } else { c }).collect();
        let is_same = |other: &&String| {
            let rest = other.strip_prefix(&anchor);
            rest.is_some_and(|rest| {
                rest.is_empty() || rest[1..].parse::<u32>().is_ok() && rest.starts_with('-')
            })
        };
        match found.iter().filter(is_same).count() {
            0 => found.push(anchor),
            repeated => found.push(format!("{anchor}-{repeated}")),
        }
    }
    found
}

/// The lines outside of fenced blocks.
fn prose(page: &str) -> impl Iterator<Item = &str> {
    let mut is_fenced = false;
    page.lines().filter(move |line| {
        let is_fence = line.starts_with("```");
        is_fenced ^= is_fence;
        !is_fenced && !is_fence
    })
}
