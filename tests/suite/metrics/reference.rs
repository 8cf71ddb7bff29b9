//! docs/metrics.md has the metrics of the server, and the shipped files use no others.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::docs::markdown::read;
use crate::support::{Family, Scrape, Server};

/// The metrics of the tables.
fn documented() -> BTreeMap<String, Family> {
    let page = read("docs/metrics.md");
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `")?.strip_suffix(" |"));
    rows.map(|row| {
        let (name, rest) = row.split_once("` | ").unwrap();
        let mut cells = rest.split('|').map(str::trim);
        let kind = cells.next().unwrap().to_owned();
        let labels =
            cells.next().unwrap().split('`').skip(1).step_by(2).map(str::to_owned).collect();
        let help = format!("{}.", cells.next().unwrap());
        (name.to_owned(), Family { kind, help, labels })
    })
    .collect()
}

#[tokio::test]
async fn metrics_page_lists_every_metric_with_its_type_labels_and_meaning() {
    let server = Server::start().await;
    let (documented, found) = (documented(), Scrape::of(server.addr).await.families());
    let names = |families: &BTreeMap<String, Family>| families.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&documented), names(&found));
    for (name, family) in found {
        assert_eq!(documented[&name], family, "{name}");
    }
}

/// The names of metrics in a text, without the ends that histograms add.
fn metric_names(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    let ours = words.filter(|word| word.starts_with("rollcall_") || word.starts_with("process_"));
    let base = |name: &str| {
        let ends = ["_bucket", "_sum", "_count"].into_iter();
        ends.filter_map(|end| name.strip_suffix(end)).next().unwrap_or(name).to_owned()
    };
    ours.map(base).collect()
}

#[test]
fn shipped_alerts_and_dashboard_use_documented_metrics() {
    let documented = documented();
    for file in [
        "contrib/prometheus/alerts.yml",
        "contrib/prometheus/alerts.test.yml",
        "contrib/grafana/rollcall.json",
    ] {
        let used = metric_names(&read(file));
        assert!(!used.is_empty(), "{file}");
        for name in used {
            assert!(documented.contains_key(&name), "{file}: {name}");
        }
    }
}

#[test]
fn dashboard_has_its_variables_and_rows() {
    let dashboard: Value = serde_json::from_str(&read("contrib/grafana/rollcall.json")).unwrap();
    let variables = dashboard["templating"]["list"].as_array().unwrap();
    let names: Vec<&str> = variables.iter().map(|it| it["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["datasource", "job", "instance"]);
    let panels = dashboard["panels"].as_array().unwrap();
    let rows: Vec<&str> = panels
        .iter()
        .filter(|panel| panel["type"] == "row")
        .map(|row| row["title"].as_str().unwrap())
        .collect();
    assert_eq!(rows, ["Overview", "Transports", "Commands", "Writer", "Storage", "Webhooks"]);
    let ids: BTreeSet<u64> = panels.iter().map(|panel| panel["id"].as_u64().unwrap()).collect();
    assert_eq!(ids.len(), panels.len(), "each panel has an id of its own");
}
