//! The built service as a process of its own, and what it takes.

use tempfile::TempDir;

use super::service::Binary;

/// The service on a disk; /tmp may be in memory.
pub async fn start(settings: &[&str]) -> Binary {
    let folder = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let mut all = vec!["--cleanup-interval", "off", "--log-filter", "error"];
    all.extend(settings);
    Binary::start_in(folder, &all).await
}

/// Seconds of all cores that it has used so far.
pub fn cpu_seconds(server: &Binary) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", server.pid())).unwrap();
    // The name of the program, in brackets, may have blanks in it.
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    let ticks: f64 =
        [11, 12].map(|place: usize| fields[place].parse::<f64>().unwrap()).iter().sum();
    ticks / 100.0
}

/// The most memory that it has held, and what it holds, in MiB.
pub fn memory(server: &Binary) -> (u64, u64) {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.pid())).unwrap();
    let mib = |name: &str| {
        let line = status.lines().find(|line| line.starts_with(name)).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1024
    };
    (mib("VmHWM:"), mib("VmRSS:"))
}
