//! Whether changes can be written, and how that is found out again after one could not.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::error::Error;

/// How long after a failure, and after each probe that fails, it is tried whether writes work again.
pub(in crate::store) const PROBE_INTERVAL: Duration = Duration::from_secs(1);

/// Why the file does not take changes, if it does not: the failure of a change after which no probe has
/// succeeded. Smaller changes may happen to fit meanwhile.
#[derive(Default)]
pub(in crate::store) struct Health(Mutex<Option<Error>>);

impl Health {
    /// Fails with the reason while changes can't be written.
    pub fn check(&self) -> Result<(), Error> {
        let failure = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match failure.as_ref() {
            None => Ok(()),
            Some(damage) if damage.is_damage() => Err(Error::Unavailable(
                "The database file is damaged. Stop the server and restore a backup.".to_owned(),
            )),
            Some(Error::Internal(_)) => Err(Error::Unavailable(
                "A change has failed in the server, whose log has the cause, and none has been \
                 written since."
                    .to_owned(),
            )),
            Some(outage) => Err(outage.clone()),
        }
    }

    /// Remembers a failure; answers whether it may pass. Damage does not, whatever fails after it.
    pub(in crate::store) fn fail(&self, failure: &Error) -> bool {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.as_ref().is_some_and(Error::is_damage) {
            return false;
        }
        *known = Some(failure.clone());
        !failure.is_damage()
    }

    /// A probe has succeeded.
    pub(in crate::store) fn recover(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}
