//! The modules import in one direction: as the table in ARCHITECTURE.md has them, from above to below.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

const ARCHITECTURE: &str = include_str!("../../../ARCHITECTURE.md");

/// A module by its path within the crate, such as `["store", "writer"]`.
type Module = Vec<String>;

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))
}

/// All modules of the library and of the program that are not for tests alone, with their sources.
fn sources() -> BTreeMap<Module, String> {
    let mut found = BTreeMap::new();
    let mut folders = vec![root().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let module = path.strip_prefix(root()).unwrap().with_extension("");
            let module: Module =
                module.iter().map(|part| part.to_str().unwrap().to_owned()).collect();
            if !module.contains(&"tests".to_owned()) {
                found.insert(module, code_of(&fs::read_to_string(&path).unwrap()));
            }
        }
    }
    let lib = found.remove(&vec!["lib".to_owned()]).unwrap();
    let main = found.remove(&vec!["main".to_owned()]).unwrap();
    found.insert(Vec::new(), lib + &main);
    // One that is compiled for tests alone is declared in no code.
    let is_declared = |module: &Module| match module.split_last() {
        Some((name, parent)) => found[parent].contains(&format!("mod {name};")),
        None => true,
    };
    found
        .iter()
        .filter(|(module, _)| is_declared(module))
        .map(|(m, c)| (m.clone(), c.clone()))
        .collect()
}

/// A source without comments, strings and what is compiled for tests alone.
fn code_of(source: &str) -> String {
    let mut code = String::new();
    let mut is_test = false;
    for line in source.lines() {
        let line = line.split("//").next().unwrap_or_default();
        if line.trim() == "#[cfg(test)]" {
            is_test = true;
        } else if is_test {
            // A module within the file is at its end; one in a file of its own is one line.
            if line.trim_end().ends_with('{') {
                break;
            }
            is_test = !(line.trim_end().ends_with(';') || line.trim().is_empty());
        } else {
            // How far something is visible is no import.
            code.push_str(&line.replace("(in crate::", "(in "));
            code.push('\n');
        }
    }
    code
}

/// The paths that a source names: those of its `use` and those within expressions.
fn paths_of(code: &str) -> Vec<String> {
    let mut paths = Vec::new();
    let mut rest = code;
    let mut without_uses = String::new();
    while let Some(start) = find_use(rest) {
        without_uses.push_str(&rest[..start]);
        let end = start + rest[start..].find(';').expect("an end of the use");
        expand("", rest[start + 4..end].trim(), &mut paths);
        rest = &rest[end..];
    }
    without_uses.push_str(rest);
    let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    for word in without_uses.split(|c: char| !is_part(c)) {
        if word.starts_with("crate::") || word.starts_with("super::") {
            paths.push(word.to_owned());
        }
    }
    paths
}

/// Where the next `use` begins, at the beginning of a line or behind `pub` and its scope.
fn find_use(code: &str) -> Option<usize> {
    let is_begin = |at: usize| {
        let before = code[..at].rsplit('\n').next().unwrap_or_default().trim();
        before.is_empty() || (before.starts_with("pub") && !before.contains('{'))
    };
    code.match_indices("use ").map(|(at, _)| at).find(|at| is_begin(*at))
}

/// Takes a tree such as `a::{b, c::d}` apart.
fn expand(prefix: &str, tree: &str, paths: &mut Vec<String>) {
    let Some(open) = tree.find('{') else {
        let path = tree.split(" as ").next().unwrap_or_default().trim();
        paths.push(format!("{prefix}{path}"));
        return;
    };
    let prefix = format!("{prefix}{}", tree[..open].trim());
    let inner = &tree[open + 1..tree.rfind('}').expect("a closing brace")];
    let (mut depth, mut begin) = (0, 0);
    for (at, c) in inner.char_indices().chain([(inner.len(), ',')]) {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                let item = inner[begin..at].trim();
                if !item.is_empty() {
                    expand(&prefix, item, paths);
                }
                begin = at + 1;
            }
            _ => {}
        }
    }
}

/// The module that a path within `module` leads to; None if it leaves the crate.
fn target(path: &str, module: &Module, sources: &BTreeMap<Module, String>) -> Option<Module> {
    let parts: Vec<String> = path.split("::").map(str::to_owned).collect();
    let mut found: Module = match parts.first().map(String::as_str)? {
        "crate" | "rollcall" => parts[1..].to_vec(),
        "self" => [module.as_slice(), &parts[1..]].concat(),
        "super" => {
            let up = parts.iter().take_while(|part| *part == "super").count();
            [&module[..module.len().checked_sub(up)?], &parts[up..]].concat()
        }
        first => {
            let child = [module.as_slice(), &[first.to_owned()]].concat();
            if !sources.contains_key(&child) {
                return None;
            }
            [module.as_slice(), &parts].concat()
        }
    };
    while !sources.contains_key(&found) {
        found.pop();
    }
    Some(found)
}

/// Who imports from whom.
fn imports(sources: &BTreeMap<Module, String>) -> BTreeMap<Module, BTreeSet<Module>> {
    let imports = sources.iter().map(|(module, code)| {
        let targets = paths_of(code).into_iter().filter_map(|path| target(&path, module, sources));
        // The root only says which modules there are.
        let targets = targets.filter(|target| target != module && !target.is_empty());
        (module.clone(), targets.collect())
    });
    imports.collect()
}

/// The modules of the table, from above to below.
fn table() -> Vec<Module> {
    let rows = ARCHITECTURE.lines().skip_while(|line| !line.starts_with("| module |")).skip(2);
    let rows = rows.take_while(|line| line.starts_with('|'));
    let names = rows.flat_map(|row| {
        let cell = row.split('|').nth(1).expect("a first cell");
        cell.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>()
    });
    names.map(|name| name.split("::").map(str::to_owned).collect()).collect()
}

/// Which row a module belongs to: the one with the longest path that leads to it.
fn row_of(module: &Module, table: &[Module]) -> usize {
    let rows = table.iter().enumerate().filter(|(_, row)| module.starts_with(row));
    let row = rows.max_by_key(|(_, row)| row.len());
    row.unwrap_or_else(|| panic!("ARCHITECTURE.md has no row for {}", module.join("::"))).0
}

#[test]
fn modules_import_only_from_modules_below_them() {
    let (sources, table) = (sources(), table());
    assert!(table.len() > 20, "the table of modules was not found");
    for row in &table {
        assert!(sources.contains_key(row), "there is no module {}", row.join("::"));
    }
    for (module, targets) in imports(&sources) {
        if module.is_empty() {
            continue;
        }
        for target in targets {
            let (from, to) = (row_of(&module, &table), row_of(&target, &table));
            assert!(
                from <= to,
                "{} imports from {}, which stands above it",
                module.join("::"),
                target.join("::")
            );
        }
    }
}

#[test]
fn modules_import_in_no_circle() {
    let mut left = imports(&sources());
    // A module that imports from none of those left is in no circle.
    loop {
        let free: Vec<Module> =
            left.iter().filter(|(_, to)| to.is_empty()).map(|(module, _)| module.clone()).collect();
        if free.is_empty() {
            break;
        }
        for module in free {
            left.remove(&module);
            for targets in left.values_mut() {
                targets.remove(&module);
            }
        }
    }
    // A module that none of those left imports only leads to a circle.
    loop {
        let used: BTreeSet<Module> = left.values().flatten().cloned().collect();
        let before = left.len();
        left.retain(|module, _| used.contains(module));
        if left.len() == before {
            break;
        }
    }
    assert!(left.is_empty(), "these import from each other: {left:#?}");
}
