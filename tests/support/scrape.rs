//! The metrics as Prometheus reads them.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

use super::http;

/// One scrape, in the text format of Prometheus.
pub struct Scrape(pub String);

/// What a scrape says of a metric besides its values.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Family {
    pub kind: String,
    pub help: String,
    /// Without that of the buckets of histograms.
    pub labels: BTreeSet<String>,
}

impl Scrape {
    pub async fn of(addr: SocketAddr) -> Self {
        let response = http().get(format!("http://{addr}/metrics")).send().await.unwrap();
        assert_eq!(response.status(), 200);
        Self(response.text().await.unwrap())
    }

    /// The value of a series such as `rollcall_joins_total{transport="websocket"}`.
    pub fn value(&self, series: &str) -> f64 {
        let mut lines = self.0.lines();
        let value = lines.find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
        value.unwrap_or_else(|| panic!("no {series} in\n{}", self.0)).parse().unwrap()
    }

    /// All metrics by their names.
    pub fn families(&self) -> BTreeMap<String, Family> {
        let mut families: BTreeMap<String, Family> = BTreeMap::new();
        let mut name = String::new();
        for line in self.0.lines() {
            if let Some(help) = line.strip_prefix("# HELP ") {
                let (of, help) = help.split_once(' ').unwrap();
                of.clone_into(&mut name);
                families.entry(name.clone()).or_default().help = help.to_owned();
            } else if let Some(kind) = line.strip_prefix("# TYPE ") {
                kind.split_once(' ')
                    .unwrap()
                    .1
                    .clone_into(&mut families.get_mut(&name).unwrap().kind);
            } else if let Some((_, labels)) = line.split_once('{') {
                let labels = labels.rsplit_once('}').unwrap().0.split("\",");
                let labels = labels.map(|label| label.split_once('=').unwrap().0.to_owned());
                let family = families.get_mut(&name).unwrap();
                family.labels.extend(labels.filter(|label| label != "le"));
            }
        }
        families
    }
}
