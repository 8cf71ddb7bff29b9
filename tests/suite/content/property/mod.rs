//! Random commands, undos, redos and restarts by several clients, compared with a plain model and
//! with a follower that reads only events.

use std::cell::RefCell;

use proptest::test_runner::{Config, TestRunner};

use crate::support::{Server, cases};

mod act;
mod run;

use act::acts;
use run::Run;

fn run_all(default_cases: u32, own_scope: bool, limit: usize, more: &[&str]) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let limit_text = limit.to_string();
    let mut settings = vec![
        "--cleanup-interval",
        "off",
        "--synchronous",
        "normal",
        "--history-limit",
        &limit_text,
    ];
    settings.extend(more);
    let server = RefCell::new(runtime.block_on(Server::with(&settings)));
    let config = Config {
        cases: cases(default_cases),
        failure_persistence: None,
        max_shrink_iters: 300,
        ..Config::default()
    };
    let outcome = TestRunner::new(config).run(&acts(own_scope), |acts| {
        let mut server = server.borrow_mut();
        runtime.block_on(async {
            let mut run = Run::new(&mut server, limit).await;
            for act in &acts {
                run.take(act).await;
            }
            run.there_and_back().await;
        });
        Ok(())
    });
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
}

#[test]
fn undo_in_order_restores_exactly_the_previous_tree() {
    run_all(12, false, 1_000, &[]);
}

#[test]
fn undo_in_client_scope_never_overwrites_the_work_of_others() {
    run_all(25, true, 1_000, &[]);
}

#[test]
fn history_at_its_limit_forgets_the_oldest_steps() {
    run_all(7, true, 4, &[]);
}

#[test]
fn staged_changes_have_the_effects_of_direct_ones() {
    run_all(7, true, 20, &["--staging-threshold", "1"]);
}
