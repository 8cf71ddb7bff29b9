//! The parts of docs/sql.md, and those of Datasette's configuration that must be the same.

use std::collections::BTreeMap;

use crate::docs::markdown::read;

/// A column of a view as the page has it.
pub struct Column {
    pub name: String,
    pub kind: String,
    pub meaning: String,
}

/// A view as the page has it.
pub struct View {
    pub name: String,
    /// The first sentence below its heading.
    pub description: String,
    pub columns: Vec<Column>,
}

/// What the page says.
pub struct Page {
    /// Titles with their statements.
    pub questions: Vec<(String, String)>,
    pub views: Vec<View>,
    /// Names with what is in them.
    pub tables: Vec<(String, String)>,
}

impl Page {
    pub fn read() -> Self {
        let page = read("docs/sql.md");
        let chapter = |title: &str| {
            let (_, rest) = page.split_once(&format!("\n## {title}\n")).expect(title);
            rest.split("\n## ").next().unwrap().to_owned()
        };
        let sections = |text: &str| -> Vec<(String, String)> {
            let sections = text.split("\n### ").skip(1);
            sections
                .map(|section| section.split_once('\n').unwrap())
                .map(|(title, rest)| (title.to_owned(), rest.to_owned()))
                .collect()
        };
        let questions = sections(&chapter("Questions"));
        let questions = questions.into_iter().map(|(title, text)| {
            let (_, query) = text.split_once("```sql\n").expect("a statement");
            (title, query.split("\n```").next().unwrap().to_owned())
        });
        let views = sections(&chapter("Views")).into_iter().map(|(name, text)| {
            let description = text.split(". ").next().unwrap();
            let description = description.split(".\n").next().unwrap().trim().to_owned();
            let columns = rows(&text).into_iter().map(|cells| match &cells[..] {
                [name, kind, meaning] => {
                    Column { name: name.clone(), kind: kind.clone(), meaning: meaning.clone() }
                }
                cells => panic!("{name}: {cells:?}"),
            });
            let columns = columns.collect();
            View { name, description, columns }
        });
        let tables = rows(&chapter("Tables")).into_iter();
        let tables = tables.map(|cells| (cells[0].clone(), cells[1].clone()));
        Self { questions: questions.collect(), views: views.collect(), tables: tables.collect() }
    }
}

/// The rows of a table without its head; the first cell without its code marks.
fn rows(text: &str) -> Vec<Vec<String>> {
    let rows = text.lines().filter_map(|line| line.strip_prefix("| `"));
    rows.map(|row| {
        let row = row.strip_suffix(" |").unwrap().replacen('`', "", 1);
        row.split(" | ").map(str::to_owned).collect()
    })
    .collect()
}

/// The lines of Datasette's configuration below a key of the database, without their indentation.
fn datasette(key: &str) -> Vec<(usize, String)> {
    let file = read("contrib/datasette/datasette.yaml");
    let start = format!("    {key}:");
    let lines = file.lines().skip_while(|line| *line != start).skip(1);
    let indented = lines.map(|line| {
        let text = line.trim_start();
        (line.len() - text.len(), text.to_owned())
    });
    indented.take_while(|(indent, text)| *indent > 4 || text.is_empty()).collect()
}

/// Titles and statements of Datasette's queries.
pub fn questions_of_datasette() -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    for (indent, text) in datasette("queries") {
        if let (8, Some(title)) = (indent, text.strip_prefix("title: ")) {
            found.push((title.to_owned(), String::new()));
        } else if indent >= 10 {
            let query = &mut found.last_mut().expect("a title before its statement").1;
            if !query.is_empty() {
                query.push('\n');
            }
            query.push_str(&" ".repeat(indent - 10));
            query.push_str(&text);
        }
    }
    found
}

/// The descriptions of Datasette's tables and views, and of their columns.
pub fn tables_of_datasette() -> BTreeMap<String, (String, Vec<(String, String)>)> {
    let mut found: BTreeMap<String, (String, Vec<(String, String)>)> = BTreeMap::new();
    let mut name = String::new();
    for (indent, text) in datasette("tables") {
        let (key, value) = text.split_once(':').unwrap_or((&text, ""));
        let value = value.trim().to_owned();
        match (indent, key) {
            (6, _) => name = key.to_owned(),
            (8, "description") => found.entry(name.clone()).or_default().0 = value,
            (10, _) => found.entry(name.clone()).or_default().1.push((key.to_owned(), value)),
            _ => {}
        }
    }
    found
}
