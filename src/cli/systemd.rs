//! How systemd is notified of the state of the server (sd_notify(3), `Type=notify`). Without systemd nothing is sent.

use std::time::Duration;

use rollcall::app::AppHandle;
use sd_notify::NotifyState;
use tokio::task::spawn_blocking;
use tokio::time::interval;

/// The longest time between two reports of the number of clients.
const STATUS_INTERVAL: Duration = Duration::from_secs(5);

/// Reports that the server is ready, then how many clients it has and that it is alive, until it stops.
///
/// Alive means that the writer answers. A disk that refuses writes is no reason to restart the server, which
/// then still serves reads.
pub async fn report(app: AppHandle) {
    if std::env::var_os("NOTIFY_SOCKET").is_none() {
        return;
    }
    notify("READY=1".to_owned()).await;
    let watchdog = sd_notify::watchdog_enabled();
    // Three times within the time after which systemd takes the server for dead.
    let mut ticks =
        interval(watchdog.map_or(STATUS_INTERVAL, |limit| limit / 3).min(STATUS_INTERVAL));
    loop {
        let is_stopping = tokio::select! {
            () = app.stopping() => true,
            _ = ticks.tick() => false,
        };
        if is_stopping {
            break;
        }
        notify(format!("STATUS={} clients", app.clients())).await;
        if watchdog.is_some() {
            tokio::select! {
                () = app.stopping() => break,
                () = app.writer_answers() => notify("WATCHDOG=1".to_owned()).await,
            }
        }
    }
    notify("STOPPING=1".to_owned()).await;
}

/// Sends a message. It is sent on a thread of its own, since systemd may be slow to take it.
async fn notify(state: String) {
    let sent = spawn_blocking(move || sd_notify::notify(&[NotifyState::Custom(&state)])).await;
    if let Ok(Err(cause)) = sent {
        tracing::warn!(%cause, "systemd can't be notified");
    }
}
