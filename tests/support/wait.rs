//! Waiting for what must happen, instead of sleeping.

use std::future::Future;
use std::time::Duration;

/// Longer than anything that is waited for takes on a busy machine; only a failure lasts so long.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Asks until the condition holds.
pub async fn eventually<F: Future<Output = bool>>(what: &str, mut holds: impl FnMut() -> F) {
    let patient = async {
        while !holds().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, patient).await.unwrap_or_else(|_| panic!("never: {what}"));
}
