//! What rollcall costs beside its raw limit: each figure stands next to that of plain SQLite (or
//! of a plain channel) doing the same work on the same schema, in the same run. `cargo bench`
//! prints a table of ratios at the end; `cargo bench -- NAME …` runs only those named. `waits`, `pace` and
//! `webhooks` load the built service from outside: what others wait for, when listeners get a change, and
//! what joins cost while webhooks are sent.
//!
//! No harness of a library: these are closed loops of many callers, where the rate of the whole
//! is the figure, not the time of one call.

mod cleanup;
mod fanout;
mod million;
mod outside;
mod pace;
mod reads;
#[allow(dead_code, unused_imports)]
#[path = "../../tests/support/mod.rs"]
mod service;
mod size;
mod support;
mod waits;
mod webhooks;
mod writer;

use support::Row;

type Bench = fn() -> Vec<Row>;

fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with('-')).collect();
    let benches: [(&str, Bench); 8] = [
        ("writer", writer::run),
        ("fanout", fanout::run),
        ("size", size::run),
        ("reads", reads::run),
        ("cleanup", cleanup::run),
        ("waits", waits::run),
        ("pace", pace::run),
        ("webhooks", webhooks::run),
    ];
    let mut rows = Vec::new();
    for (name, bench) in benches {
        if wanted.is_empty() || wanted.iter().any(|w| w == name) {
            eprintln!("{name} …");
            rows.extend(bench());
        }
    }
    println!("\n| work | rollcall | limit | ratio |\n| --- | --- | --- | --- |");
    for Row { work, measured, limit, ratio } in rows {
        println!("| {work} | {measured} | {limit} | {ratio} |");
    }
}
