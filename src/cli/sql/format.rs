//! Results as a table, as JSON or as CSV. They are written as they come: a table takes the widths of its columns
//! from its first rows.

use std::io::Write;

use csv::{Terminator, WriterBuilder};
use rollcall::store::Cell;
use serde_json::Value;
use unicode_width::UnicodeWidthStr;

use crate::cli::table::{Column, escaped, line};

/// How results are printed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Aligned columns.
    Table,
    /// An array of objects.
    Json,
    /// Comma-separated values (RFC 4180).
    Csv,
}

/// How many rows a table waits for to know its widths.
const MEASURED_ROWS: usize = 500;
/// How many bytes of them it keeps.
const MEASURED_BYTES: usize = 1024 * 1024;

/// Prints one result.
pub struct Printer<W: Write> {
    format: Format,
    /// Whether a table has an empty line before it.
    is_next: bool,
    out: W,
    rows: u64,
    /// The first rows of a table, the names of the columns among them.
    measured: Vec<Vec<String>>,
    measured_bytes: usize,
    /// A table's columns, once their widths are known.
    columns: Option<Vec<Column>>,
}

impl<W: Write> Printer<W> {
    /// For one result.
    pub fn new(format: Format, is_next: bool, out: W) -> Self {
        let (measured, columns) = (Vec::new(), None);
        Self { format, is_next, out, rows: 0, measured, measured_bytes: 0, columns }
    }

    /// Prints a row.
    pub fn row(&mut self, columns: &[String], cells: Vec<Cell>) -> anyhow::Result<()> {
        self.rows += 1;
        match self.format {
            Format::Table => self.table_row(columns, cells)?,
            Format::Json => {
                let begin = if self.rows == 1 { "[" } else { ",\n" };
                // In the order of the columns, which a map would sort.
                let names = columns.iter().map(|name| Value::from(name.as_str()));
                let fields = names.zip(cells).map(|(name, cell)| format!("{name}:{}", json(cell)));
                write!(self.out, "{begin}{{{}}}", fields.collect::<Vec<_>>().join(","))?;
            }
            Format::Csv => {
                if self.rows == 1 {
                    csv_line(&mut self.out, columns.iter().cloned())?;
                }
                csv_line(&mut self.out, cells.into_iter().map(text))?;
            }
        }
        Ok(())
    }

    /// Prints what is left. The result is incomplete if the statement has failed.
    pub fn end(mut self, is_complete: bool) -> anyhow::Result<()> {
        match self.format {
            Format::Table => self.flush_measured()?,
            Format::Json if self.rows > 0 => writeln!(self.out, "]")?,
            Format::Json if is_complete => writeln!(self.out, "[]")?,
            Format::Json | Format::Csv => {}
        }
        Ok(self.out.flush()?)
    }

    fn table_row(&mut self, columns: &[String], cells: Vec<Cell>) -> anyhow::Result<()> {
        let cells: Vec<String> = cells.into_iter().map(|cell| escaped(&text(cell))).collect();
        if let Some(columns) = &self.columns {
            return Ok(writeln!(self.out, "{}", line(&cells, columns))?);
        }
        if self.measured.is_empty() {
            self.measured.push(columns.iter().map(|name| escaped(name)).collect());
        }
        self.measured_bytes += cells.iter().map(String::len).sum::<usize>();
        self.measured.push(cells);
        if self.measured.len() > MEASURED_ROWS || self.measured_bytes > MEASURED_BYTES {
            self.flush_measured()?;
        }
        Ok(())
    }

    fn flush_measured(&mut self) -> anyhow::Result<()> {
        let rows = std::mem::take(&mut self.measured);
        let Some(head) = rows.first() else { return Ok(()) };
        let width = |at: usize| rows.iter().map(|row| row[at].width()).max().unwrap_or(0);
        let columns: Vec<Column> = (0..head.len()).map(|at| (width(at), false)).collect();
        if self.is_next {
            writeln!(self.out)?;
        }
        let rule: Vec<String> = columns.iter().map(|(width, _)| "-".repeat(*width)).collect();
        for cells in [head, &rule].into_iter().chain(&rows[1..]) {
            writeln!(self.out, "{}", line(cells, &columns))?;
        }
        self.columns = Some(columns);
        Ok(())
    }
}

fn csv_line(out: &mut impl Write, cells: impl Iterator<Item = String>) -> anyhow::Result<()> {
    let mut line = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(Vec::new());
    line.write_record(cells.map(String::into_bytes))?;
    Ok(out.write_all(&line.into_inner()?)?)
}

/// A cell as text; NULL is empty.
fn text(cell: Cell) -> String {
    match cell {
        Cell::Null => String::new(),
        Cell::Integer(number) => number.to_string(),
        Cell::Real(number) => format!("{number:?}"),
        Cell::Text(text) => text,
        Cell::Blob(bytes) => hexadecimal(&bytes),
    }
}

fn json(cell: Cell) -> Value {
    match cell {
        Cell::Null => Value::Null,
        Cell::Integer(number) => number.into(),
        Cell::Real(number) => number.into(),
        Cell::Text(text) => text.into(),
        Cell::Blob(bytes) => hexadecimal(&bytes).into(),
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
