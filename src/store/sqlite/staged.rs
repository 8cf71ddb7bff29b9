//! Changes of very many nodes, staged in the background so that nobody waits long for them.
//!
//! In one transaction such a change would hold the writer for seconds. So it is simulated on a copy of
//! its session in memory. What came of that is written into the file in chunks, under a generation that
//! belongs to no session yet (`internal_orphaned_content`), and one small transaction switches the session to it.
//! Other changes of the session's content wait meanwhile; joins and leaves go on.

use crate::engine::request::{ContentRequest, Executed, WalkLimit};
use crate::error::Error;
use crate::memory;
use crate::store::handle::{Store, run_blocking};

mod activation;
mod chunks;
mod needs_staging;
mod simulation;
mod subtree_height;

use activation::Activate;
use chunks::{Begin, Release};
use simulation::simulate;

/// How often a change is staged before it is done in one transaction after all. What others had under
/// way when it began may change the content in the meantime.
const MAX_ATTEMPTS: u32 = 3;

/// Stages a change and commits it; the answer comes after its commit.
pub(in crate::store) async fn stage_and_commit(
    store: Store,
    request: ContentRequest,
) -> Result<Executed, Error> {
    // The caller may go away in the middle; a task of its own goes on.
    let task = tokio::spawn(async move {
        let _guard = store.staging.acquire(request.session_id).await;
        let store = store.clone();
        run_blocking(move || async move {
            let outcome = run(&store, request).await;
            memory::give_back();
            outcome
        })
        .await
    });
    task.await?
}

async fn run(store: &Store, mut request: ContentRequest) -> Result<Executed, Error> {
    // The move of a large subtree is a small change, once its height is known.
    for _ in 0..MAX_ATTEMPTS {
        let Some(height) = subtree_height::of_moved(store, &request).await? else { break };
        request.walk = WalkLimit::KnownHeight(height);
        match store.submit_content(request).await {
            Ok(outcome) => return outcome,
            Err(refused) => request = *refused,
        }
    }
    request.walk = WalkLimit::Unlimited;
    for _ in 0..MAX_ATTEMPTS {
        let Some((content, change)) = simulate(store, &request).await? else { break };
        let session_id = request.session_id;
        let target = store.write_chunk(Begin(session_id)).await?;
        let outcome = match chunks::write(store, session_id, target, content).await {
            Ok(()) => {
                let (request, generation) = (request.clone(), target.generation);
                store.write(Activate { request, generation, change }).await
            }
            Err(failure) => Err(failure),
        };
        // If even this can't be written, the next start does it.
        if let Err(failure) = store.write_chunk(Release(target)).await {
            failure.log();
        }
        match outcome {
            Err(Error::RevisionMismatch { actual, .. }) if request.may_run_at(actual) => {}
            outcome => return outcome,
        }
    }
    store.submit_content(request).await.unwrap_or(Err(Error::TooLong))
}
