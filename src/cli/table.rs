//! Tables: aligned columns without borders, alike on a terminal and in a pipe.

use serde_json::Value;
use unicode_width::UnicodeWidthStr;

use super::output::has_color;

/// Rows under a head. A column of numbers is aligned to the right.
pub struct Table {
    head: Vec<&'static str>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table without rows.
    pub fn new<const N: usize>(head: [&'static str; N]) -> Self {
        Self { head: head.to_vec(), rows: Vec::new() }
    }

    /// Adds a row, which has a cell for each column.
    pub fn add(&mut self, cells: impl Into<Vec<String>>) {
        self.rows.push(cells.into());
    }

    /// The lines, the head first.
    pub fn lines(&self) -> Vec<String> {
        let head: Vec<String> = self.head.iter().map(|name| (*name).to_owned()).collect();
        let columns: Vec<Column> = (0..head.len()).map(|at| self.column(at)).collect();
        let mut lines = vec![line(&head, &columns)];
        if has_color() {
            lines[0] = format!("\x1b[1m{}\x1b[0m", lines[0]);
        }
        lines.extend(self.rows.iter().map(|row| line(row, &columns)));
        lines
    }

    fn column(&self, at: usize) -> Column {
        let cells = || self.rows.iter().filter_map(|row| row.get(at));
        let widest = cells().map(|cell| cell.width()).max().unwrap_or(0);
        let mut known = cells().filter(|cell| *cell != "-").peekable();
        let has_numbers = known.peek().is_some() && known.all(|cell| cell.parse::<f64>().is_ok());
        (widest.max(self.head[at].width()), has_numbers)
    }
}

/// The lines of a list of names with their values.
pub fn fields(fields: &[(&str, String)]) -> Vec<String> {
    let columns =
        [(fields.iter().map(|(name, _)| name.width()).max().unwrap_or(0), false), (0, false)];
    fields
        .iter()
        .map(|(name, value)| line(&[(*name).to_owned(), value.clone()], &columns))
        .collect()
}

/// The width of a column, and whether it has numbers.
pub type Column = (usize, bool);

/// Cells in their columns, as one line.
pub fn line(cells: &[String], columns: &[Column]) -> String {
    let padded = cells.iter().zip(columns).map(|(cell, (width, is_number))| {
        let blanks = " ".repeat(width.saturating_sub(cell.width()));
        if *is_number { blanks + cell } else { cell.clone() + &blanks }
    });
    padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
}

/// A value of the server as a cell. Control characters, which could move the cursor, are escaped.
pub fn text(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::String(text) => escaped(text),
        Value::Array(values) => values.iter().map(text).collect::<Vec<_>>().join(","),
        Value::Number(_) | Value::Object(_) => escaped(&value.to_string()),
    }
}

/// A time of the server to the second: `2026-11-22T22:30:46Z`.
pub fn time(value: &Value) -> String {
    match value.as_str().and_then(|text| text.get(..19)) {
        Some(seconds) => escaped(seconds) + "Z",
        None => text(value),
    }
}

/// The text without control characters.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() { out.extend(c.escape_default()) } else { out.push(c) }
    }
    out
}
