//! Random lives of sessions and clients, compared with a small model.

use proptest::prelude::*;
use proptest::test_runner::Config;

use crate::support::cases;

mod modelled;
mod step;
mod world;

use step::{Step, step};
use world::World;

async fn live(steps: Vec<Step>) {
    let mut world = World::new().await;
    for step in steps {
        world.take(step).await;
        world.check().await;
        world.check_received_events().await;
    }
}

proptest! {
    #![proptest_config(Config {
        cases: cases(3),
        max_shrink_iters: 40,
        failure_persistence: None,
        ..Config::default()
    })]

    #[test]
    fn random_joins_and_drops_match_the_model(
        steps in prop::collection::vec(step(), 60..90)
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(live(steps));
    }
}
