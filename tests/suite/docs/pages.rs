//! Every page is in the navigation of the site and in llms.txt, in the same order and by the same name.

use super::markdown::{path, read};

/// The names and files of pages, such as `Ideas` and `docs/ideas.md`, from lines of this form.
fn pages<'a>(text: &'a str, begin: &str, between: &str, end: &str) -> Vec<(&'a str, &'a str)> {
    let rows = text.lines().filter_map(|line| {
        let (name, rest) = line.trim().strip_prefix(begin)?.split_once(between)?;
        Some((name, rest.split_once(end)?.0))
    });
    rows.filter(|(_, file)| file.ends_with(".md")).collect()
}

#[test]
fn navigation_and_index_have_every_page() {
    let (site, index) = (read("zensical.toml"), read("llms.txt"));
    let navigation = pages(&site, "{ \"", "\" = \"", "\"");
    // Beside the first page, which the index itself stands for.
    assert_eq!(navigation[1..], pages(&index, "- [", "](", "): "));

    let mut listed: Vec<&str> =
        navigation.iter().filter_map(|(_, file)| file.strip_prefix("docs/")).collect();
    listed.sort_unstable();
    let mut files: Vec<String> = std::fs::read_dir(path("docs"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".md"))
        .collect();
    files.sort_unstable();
    assert_eq!(listed, files);
}
