//! The cutoff of the cleanup, exact to the microsecond. Callers cannot set the clock, so this test
//! calls the store, where the time is a parameter.

use std::sync::Arc;

use rollcall::clock::Clock;
use rollcall::engine::limits::Limits as StoreLimits;
use rollcall::model::{ContentLimits, Event, Hours, NewSession, SessionId, Timestamp};
use rollcall::store::{CreateSession, Publish, Store, Synchronous};
use rollcall::supervisor::Supervisor;
use tempfile::TempDir;

use crate::support::{set_last_activity, sql};

struct Nobody;

impl Publish for Nobody {
    fn publish_created(&self, _: Vec<SessionId>) {}

    fn publish(&self, _: Vec<Event>) {}

    fn publish_from_log(&self, _: SessionId, _: i64) {}
}

fn hours(number: f64) -> Hours {
    number.try_into().unwrap()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

const LAST_ACTIVITY: &str = "2024-01-15T10:30:00.123456+00:00";
const ONE_HOUR_LATER: &str = "2024-01-15T11:30:00.123456+00:00";
const AND_ONE_MICROSECOND: &str = "2024-01-15T11:30:00.123457+00:00";

/// When a session with a limit of one hour is removed, with either kind of limit.
async fn goes_one_microsecond_past_the_hour(own: Option<Hours>, service: Hours) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("test.db");
    let (store, writer) = Store::open(
        &path,
        Synchronous::Full,
        StoreLimits::default(),
        Arc::new(Nobody),
        Clock::default(),
        Supervisor::default(),
        Arc::default(),
    )
    .await
    .unwrap();
    let new = NewSession { idle_timeout_hours: own, ..NewSession::default() };
    let id = store
        .write(CreateSession::new(new, &ContentLimits::default()).unwrap())
        .await
        .unwrap()
        .session_id;
    set_last_activity(&mut sql(path).await, &id.to_string(), LAST_ACTIVITY).await;

    let nothing = Vec::<SessionId>::new();
    let (then, past) = (at(ONE_HOUR_LATER), at(AND_ONE_MICROSECOND));
    assert_eq!(store.idle(service, then).await.unwrap(), nothing);
    assert_eq!(store.cleanup(service, then).await.unwrap(), nothing);
    let answer = store.removability(id, service, then).await.unwrap();
    assert!(!answer.removable);
    assert_eq!(answer.removable_at, Some(then));

    assert!(store.removability(id, service, past).await.unwrap().removable);
    assert_eq!(store.idle(service, past).await.unwrap(), [id]);
    assert_eq!(store.cleanup(service, past).await.unwrap(), [id]);
    writer.finish().await;
}

#[tokio::test]
async fn service_limit_is_exact_to_the_microsecond() {
    goes_one_microsecond_past_the_hour(None, hours(1.0)).await;
}

#[tokio::test]
async fn session_timeout_is_exact_to_the_microsecond() {
    goes_one_microsecond_past_the_hour(Some(hours(1.0)), hours(0.0)).await;
    goes_one_microsecond_past_the_hour(Some(hours(1.0)), hours(24.0)).await;
}
