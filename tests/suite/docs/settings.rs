//! docs/settings.md has the settings of the program.

use std::collections::BTreeMap;
use std::process::Command;

use super::markdown::{examples_of_toml, read};
use crate::support::binary;

/// The flags of the tables, with their defaults.
fn documented() -> BTreeMap<String, String> {
    let page = read("docs/settings.md");
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `--"));
    rows.map(|row| {
        let (flag, rest) = row.split_once("` | ").unwrap();
        (flag.to_owned(), rest.split(" | ").next().unwrap().trim_matches('`').to_owned())
    })
    .collect()
}

/// The flags of `rollcall --help`, each with its text.
fn printed() -> BTreeMap<String, String> {
    let output = Command::new(binary()).arg("--help").env("COLUMNS", "1000").output().unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    let mut flags: BTreeMap<String, String> = BTreeMap::new();
    for option in help.split("\n      --").skip(1) {
        let (flag, text) = option.split_once([' ', '\n', '[']).unwrap();
        flags.insert(flag.to_owned(), text.split_whitespace().collect::<Vec<_>>().join(" "));
    }
    flags
}

#[test]
fn settings_page_lists_every_setting_with_its_default() {
    let mut printed = printed();
    printed.remove("config").expect("the flag that names the file");
    let documented = documented();
    assert_eq!(
        documented.keys().collect::<Vec<_>>(),
        printed.keys().filter(|flag| *flag != "help" && *flag != "version").collect::<Vec<_>>()
    );
    for (flag, default) in documented {
        let text = &printed[&flag];
        let variable = format!("ROLLCALL_{}", flag.replace('-', "_").to_uppercase());
        assert!(text.contains(&format!("[env: {variable}")), "{flag}: {text}");
        assert!(text.contains(&format!("[default: {default}]")), "{flag}: {default}: {text}");
    }
}

#[test]
fn settings_page_has_the_tables_of_the_program() {
    let output = Command::new(binary()).args(["config", "reference"]).output().unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    let page = read("docs/settings.md");
    let groups = printed.split("\n## ").skip(1);
    let mut tables = 0;
    for group in groups {
        let (heading, table) = group.split_once("\n\n").unwrap();
        let section = page.split("\n## ").find(|section| section.lines().next() == Some(heading));
        let section = section.unwrap_or_else(|| panic!("the page has no heading {heading}"));
        assert!(
            section.contains(table.trim_end()),
            "the page has another table than `rollcall config reference` prints:\n{table}"
        );
        tables += 1;
    }
    assert_eq!(page.matches("| flag | default |").count(), tables);
}

#[test]
fn toml_examples_of_the_documents_name_settings() {
    let printed = printed();
    for page in ["docs/deploy.md", "docs/settings.md"] {
        let examples = examples_of_toml(&read(page));
        assert!(!examples.is_empty(), "{page}");
        for line in examples.lines() {
            let flag = line.split(" = ").next().unwrap().replace('_', "-");
            assert!(printed.contains_key(&flag), "{page}: {line}");
        }
    }
}
