//! docs/sql.md: its views and columns are those of the schema, its questions get true answers, and Datasette
//! has the same.

mod page;
mod scene;

use rusqlite::Connection;
use rusqlite::types::Value as Column;
use serde_json::{Value, json};

use page::{Page, questions_of_datasette, tables_of_datasette};
use scene::Scene;

/// What every value of a column of this type is, as a condition on the column; none for another type.
fn condition(kind: &str, column: &str) -> Option<String> {
    let condition = match kind {
        "text" | "integer" | "real" => format!("typeof({column}) = '{kind}'"),
        "boolean" => format!("{column} in (0, 1)"),
        "json" => format!("json_valid({column}) and typeof({column}) = 'text'"),
        "time" => format!("{column} glob '????-??-??T??:??:??.??????+00:00'"),
        _ => return None,
    };
    Some(condition)
}

/// The names that a query returns.
fn names(database: &Connection, query: &str) -> Vec<String> {
    let mut statement = database.prepare(query).unwrap();
    let names = statement.query_map([], |row| row.get(0)).unwrap();
    names.map(Result::unwrap).collect()
}

#[tokio::test]
async fn sql_page_has_every_view_and_column_of_the_schema() {
    let scene = Scene::new().await;
    let database = scene.database();
    let page = Page::read();
    let public = "name not like 'internal\\_%' escape '\\' and name not like '\\_%' escape '\\'
                  and name not like 'sqlite\\_%' escape '\\'";
    let of_type = |kind| {
        format!("select name from sqlite_schema where type = '{kind}' and {public} order by name")
    };
    let views = names(&database, &of_type("view"));
    assert!(views.len() > 8, "{views:?}");
    let mut documented: Vec<&str> = page.views.iter().map(|view| &*view.name).collect();
    documented.sort_unstable();
    assert_eq!(documented, views);
    let mut tables: Vec<&str> = page.tables.iter().map(|(name, _)| &**name).collect();
    tables.sort_unstable();
    assert_eq!(tables, names(&database, &of_type("table")));
    for view in &page.views {
        let name = &view.name;
        let columns: Vec<&str> = view.columns.iter().map(|column| &*column.name).collect();
        let query = format!("select name from pragma_table_info('{name}')");
        assert_eq!(columns, names(&database, &query), "{name}");
        for column in &view.columns {
            let quoted = format!("\"{}\"", column.name);
            let condition = condition(&column.kind, &quoted)
                .unwrap_or_else(|| panic!("{name}.{quoted} has the type {}", column.kind));
            let query = format!(
                "select count({quoted}), count(*), sum({quoted} is not null and not ({condition}))
                 from {name}"
            );
            let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
            let (values, rows, wrong): (i64, i64, i64) =
                database.query_row(&query, [], read).unwrap();
            assert_eq!(wrong, 0, "{name}.{quoted} is not always {}", column.kind);
            assert!(values > 0, "no row of {name} has {quoted}, so this tests nothing");
            let may_be_null = column.meaning.contains("null");
            assert!(
                may_be_null || values == rows,
                "{name}.{quoted} is null, and the page does not say when"
            );
        }
    }
}

/// The rows that a question of the page gets, as objects.
fn answer(scene: &Scene, database: &Connection, query: &str) -> Vec<Value> {
    let mut statement = database.prepare(query).unwrap();
    for index in 1..=statement.parameter_count() {
        let name = statement.parameter_name(index).unwrap().to_owned();
        statement.raw_bind_parameter(index, scene.parameter(&name)).unwrap();
    }
    let columns: Vec<String> = statement.column_names().into_iter().map(str::to_owned).collect();
    let mut rows = statement.raw_query();
    let mut found = Vec::new();
    while let Some(row) = rows.next().unwrap() {
        let value = |index| match row.get(index).unwrap() {
            Column::Null => Value::Null,
            Column::Integer(number) => number.into(),
            Column::Real(number) => number.into(),
            Column::Text(text) => text.into(),
            Column::Blob(_) => panic!("{query} returns bytes"),
        };
        found.push(
            columns.iter().enumerate().map(|(index, name)| (name.clone(), value(index))).collect(),
        );
    }
    found
}

#[tokio::test]
async fn sql_page_answers_its_questions() {
    let scene = Scene::new().await;
    let database = scene.database();
    let questions = Page::read().questions;
    assert!(questions.len() >= 12, "{}", questions.len());
    for (title, query) in questions {
        let rows = answer(&scene, &database, &scene.dated(&query));
        let (columns, expected) = scene.expected(&title);
        let shown: Vec<Value> = rows
            .iter()
            .map(|row| columns.iter().map(|column| row[*column].clone()).collect())
            .collect();
        assert_eq!(json!(shown), expected, "{title}");
    }
}

#[test]
fn datasette_has_the_questions_and_descriptions_of_the_sql_page() {
    let page = Page::read();
    assert_eq!(questions_of_datasette(), page.questions);
    let tables = tables_of_datasette();
    for view in &page.views {
        let (description, columns) = &tables[&view.name];
        assert_eq!(description, &view.description.replace('`', ""), "{}", view.name);
        let documented: Vec<(String, String)> = view
            .columns
            .iter()
            .map(|column| (column.name.clone(), column.meaning.replace('`', "")))
            .collect();
        assert_eq!(columns, &documented, "{}", view.name);
    }
}
