//! A metric with labels whose values are known from the beginning.

use std::fmt;

use prometheus_client::encoding::{EncodeMetric, MetricEncoder};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::TypedMetric;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;

/// The labels of one series, as name and value.
type Labels<const N: usize> = [(&'static str, &'static str); N];

/// One metric for each value of its `N` labels. All of them exist from the beginning, so that a rate can be
/// computed before the first of them has counted anything.
#[derive(Clone)]
pub struct Labelled<M, const N: usize> {
    names: [&'static str; N],
    family: Family<Labels<N>, M, fn() -> M>,
    /// All that exist from the beginning.
    all: Vec<M>,
}

impl<M: Clone + Default, const N: usize> Labelled<M, N> {
    /// Labels of these names, with these values.
    pub(super) fn new(
        names: [&'static str; N],
        values: impl IntoIterator<Item = [&'static str; N]>,
    ) -> Self {
        Self::made_by(M::default, names, values)
    }
}

impl<const N: usize> Labelled<Histogram, N> {
    /// As [`Labelled::new`], for histograms, which `constructor` makes.
    pub(super) fn histograms(
        constructor: fn() -> Histogram,
        names: [&'static str; N],
        values: impl IntoIterator<Item = [&'static str; N]>,
    ) -> Self {
        Self::made_by(constructor, names, values)
    }
}

impl<M: Clone, const N: usize> Labelled<M, N> {
    fn made_by(
        constructor: fn() -> M,
        names: [&'static str; N],
        values: impl IntoIterator<Item = [&'static str; N]>,
    ) -> Self {
        let family = Family::new_with_constructor(constructor);
        let labelled = Self { names, family, all: Vec::new() };
        let all = values.into_iter().map(|values| labelled.with(values)).collect();
        Self { all, ..labelled }
    }

    /// The metric with these values of the labels, in the order of their names.
    pub fn with(&self, values: [&'static str; N]) -> M {
        let labels = std::array::from_fn(|place| (self.names[place], values[place]));
        self.family.get_or_create_owned(&labels)
    }
}

impl<const N: usize> Labelled<Counter, N> {
    /// What all of them have counted.
    pub fn sum(&self) -> u64 {
        self.all.iter().map(|counter| counter.get()).sum()
    }
}

impl<const N: usize> Labelled<Gauge, N> {
    /// The sum of all of them.
    pub fn sum(&self) -> i64 {
        self.all.iter().map(|gauge| gauge.get()).sum()
    }
}

impl<M, const N: usize> fmt::Debug for Labelled<M, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Labelled").field("names", &self.names).finish_non_exhaustive()
    }
}

impl<M: EncodeMetric + TypedMetric + Clone, const N: usize> EncodeMetric for Labelled<M, N> {
    fn encode(&self, encoder: MetricEncoder<'_>) -> Result<(), fmt::Error> {
        self.family.encode(encoder)
    }

    fn metric_type(&self) -> MetricType {
        self.family.metric_type()
    }

    fn is_empty(&self) -> bool {
        self.family.is_empty()
    }
}
