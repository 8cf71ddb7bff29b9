//! Links between the documents.

use super::markdown::{anchors, links, path, read};

const PAGES: [&str; 5] =
    ["README.md", "ARCHITECTURE.md", "CHANGELOG.md", "CONTRIBUTING.md", "llms.txt"];

#[test]
fn relative_links_of_the_documents_lead_to_files_and_headings() {
    let mut pages: Vec<String> = PAGES.map(str::to_owned).to_vec();
    for entry in std::fs::read_dir(path("docs")).unwrap() {
        pages.push(format!("docs/{}", entry.unwrap().file_name().to_str().unwrap()));
    }
    for page in pages.iter().filter(|page| path(page).is_file()) {
        for link in links(&read(page)).iter().filter(|link| !link.contains("://")) {
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = match file {
                "" => path(page),
                _ => path(page).parent().unwrap().join(file),
            };
            assert!(target.exists(), "{page}: {link}: there is no such file");
            if !anchor.is_empty() {
                let target = std::fs::read_to_string(target).unwrap();
                let known = anchors(&target);
                assert!(known.iter().any(|known| known == anchor), "{page}: {link}: {known:?}");
            }
        }
    }
}

#[test]
fn files_of_contrib_that_the_deployment_page_names_exist() {
    let page = read("docs/deploy.md");
    let names: Vec<&str> = page
        .split(|c: char| c.is_whitespace() || "`()[]".contains(c))
        .filter(|word| word.starts_with("contrib/"))
        .collect();
    assert!(names.len() > 5, "{names:?}");
    for name in names {
        assert!(path(name.trim_end_matches(',')).exists(), "{name}");
    }
}

#[test]
fn paths_that_contributing_names_exist() {
    const FOLDERS: [&str; 7] =
        ["src/", "tests/", "docs/", "migrations/", "benches/", ".ci/", ".sqlx/"];
    let page = read("CONTRIBUTING.md");
    let quoted = page.split('`').skip(1).step_by(2).filter_map(|code| code.split(' ').next());
    for name in quoted.filter(|name| FOLDERS.iter().any(|folder| name.starts_with(folder))) {
        assert!(path(name.trim_end_matches(',')).exists(), "{name}");
    }
}
