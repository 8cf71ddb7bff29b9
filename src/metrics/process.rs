//! The process, as every exporter shows it: the names are those of Prometheus' own client libraries. Read from
//! `/proc` for each scrape; on a system without it there are no such metrics.

use std::fmt;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use rlimit::Resource;

/// The metrics of the process.
#[derive(Debug)]
pub struct ProcessMetrics;

/// What `/proc` says of the process.
struct Process {
    cpu_seconds: f64,
    start_seconds: f64,
    threads: u64,
    virtual_bytes: u64,
    resident_bytes: u64,
    open_files: u64,
}

impl Process {
    fn read() -> Option<Self> {
        let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
        // The second field is the name of the program in parentheses, and may have spaces.
        let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
        // proc_pid_stat(5) counts from 1; the first field here is the third.
        let field = |number: usize| fields.get(number - 3)?.parse::<u64>().ok();
        let ticks = rustix::param::clock_ticks_per_second() as f64;
        let boot = std::fs::read_to_string("/proc/stat").ok()?;
        let boot = boot.lines().find_map(|line| line.strip_prefix("btime "))?;
        Some(Self {
            cpu_seconds: (field(14)? + field(15)?) as f64 / ticks,
            start_seconds: boot.trim().parse::<f64>().ok()? + field(22)? as f64 / ticks,
            threads: field(20)?,
            virtual_bytes: field(23)?,
            resident_bytes: field(24)? * rustix::param::page_size() as u64,
            open_files: std::fs::read_dir("/proc/self/fd").ok()?.count() as u64,
        })
    }
}

impl Collector for ProcessMetrics {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let Some(process) = Process::read() else { return Ok(()) };
        let mut write = |name: &str, help: &str, metric: &dyn EncodeMetric| {
            let encoder = encoder.encode_descriptor(name, help, None, metric.metric_type())?;
            metric.encode(encoder)
        };
        let cpu = ConstCounter::new(process.cpu_seconds);
        write("process_cpu_seconds", "Processor time in all, of user and system.", &cpu)?;
        let start = ConstGauge::new(process.start_seconds);
        write("process_start_time_seconds", "When the process was started, since 1970.", &start)?;
        let threads = gauge(process.threads);
        write("process_threads", "Threads of the process.", &threads)?;
        let memory = gauge(process.virtual_bytes);
        write("process_virtual_memory_bytes", "Virtual memory of the process.", &memory)?;
        let memory = gauge(process.resident_bytes);
        write("process_resident_memory_bytes", "Resident memory of the process.", &memory)?;
        let files = gauge(process.open_files);
        write("process_open_fds", "Open files of the process.", &files)?;
        let limit = gauge(Resource::NOFILE.get_soft().unwrap_or(0));
        write("process_max_fds", "The limit on open files of the process.", &limit)
    }
}

fn gauge(value: u64) -> ConstGauge<i64> {
    ConstGauge::new(i64::try_from(value).unwrap_or(i64::MAX))
}
