//! How a group of metrics is defined and registered.

use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Metric, Registry};

/// Defines a group of metrics. The name of a field is the name of its metric, and its doc comment is the help
/// text. A value is given where the default of the type does not do.
macro_rules! metrics {
    (
        $(#[doc = $about:literal])+
        pub struct $group:ident {
            $($(#[doc = $help:literal])+ $name:ident: $type:ty $(= $value:expr)?,)*
        }
    ) => {
        $(#[doc = $about])+
        pub struct $group {
            $($(#[doc = $help])+ pub $name: $type,)*
        }

        impl $group {
            /// Adds the metrics to the registry.
            pub(super) fn register(registry: &mut prometheus_client::registry::Registry) -> Self {
                $(
                    let $name: $type = $crate::metrics::define::value!($($value)?);
                    let help = concat!($($help),+);
                    let $name =
                        $crate::metrics::define::register(registry, stringify!($name), help, $name);
                )*
                Self { $($name),* }
            }
        }
    };
}
pub(super) use metrics;

/// The given value, or the default.
macro_rules! value {
    () => {
        Default::default()
    };
    ($value:expr) => {
        $value
    };
}
pub(super) use value;

/// Adds a metric to the registry, and returns a handle on it. The format itself adds `_total` to the names of
/// counters, and a full stop to help texts.
pub(super) fn register<M: Metric + Clone>(
    registry: &mut Registry,
    name: &str,
    help: &str,
    metric: M,
) -> M {
    let name = name.strip_suffix("_total").unwrap_or(name);
    registry.register(name, help.trim().trim_end_matches('.'), metric.clone());
    metric
}

/// Seconds of requests and deliveries.
pub(super) fn latency() -> Histogram {
    Histogram::new([
        0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0,
    ])
}

/// Seconds of commits and waits within the server.
pub(super) fn wait() -> Histogram {
    Histogram::new([0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.25, 1.0])
}

/// Seconds of what takes minutes to hours.
pub(super) fn lifetime() -> Histogram {
    Histogram::new([1.0, 10.0, 60.0, 300.0, 900.0, 3600.0, 14_400.0, 86_400.0])
}

/// Seconds of maintenance.
pub(super) fn run() -> Histogram {
    Histogram::new([0.001, 0.01, 0.1, 0.5, 1.0, 5.0, 30.0, 120.0])
}

/// How many: 1, 2, 4 … 1024.
pub(super) fn count() -> Histogram {
    Histogram::new((0..=10).map(|power| f64::from(1 << power)))
}
