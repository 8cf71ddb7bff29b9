//! Running the service: settings, the file, the disk, signals, clocks and restarts.

mod checkpoints;
mod clocks;
mod command_line;
mod crash;
mod damaged_rows;
mod database_file;
mod database_lock;
mod disk_full;
mod drain;
mod healthcheck;
mod log;
mod manual_content;
mod manual_sql;
mod query_plans;
mod readiness;
mod restart;
mod settings;
mod settings_report;
mod signals;
mod supervision;
mod systemd;
mod views;
mod write_batches;
mod writer_cache;
