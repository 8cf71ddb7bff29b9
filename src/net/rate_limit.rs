//! How often one caller may do something.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter as Governor};

use super::connection_limits::address_group;
use crate::error::Error;

/// The most callers that are distinguished. Those beyond share one limit, so that an attacker with many
/// addresses can't fill the memory.
const MAX_CALLERS: usize = 65_536;
/// The shortest time between two searches for callers that can be forgotten.
const PRUNE_INTERVAL: Duration = Duration::from_secs(1);

/// How many invalid tokens of one address are answered at once; after them, one a second.
const FAILURE_BURST: NonZeroU32 = match NonZeroU32::new(20) {
    Some(burst) => burst,
    None => NonZeroU32::MIN,
};

/// Whose share is used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Caller {
    /// The holder of a token, by a part of its hash.
    Token(u64),
    /// An IPv4 address, or a /64 network of IPv6.
    Address(IpAddr),
    /// All callers beyond `MAX_CALLERS`.
    Others,
}

impl Caller {
    /// The caller at an address.
    pub fn at(address: IpAddr) -> Self {
        Self::Address(address_group(address))
    }
}

/// The rate limits of the settings: how many of each there may be in a second. None for no limit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RateLimitSettings {
    /// HTTP requests.
    pub requests: Option<NonZeroU32>,
    /// Messages of live connections.
    pub messages: Option<NonZeroU32>,
}

/// The rate limits of a server.
pub struct RateLimits {
    /// HTTP requests; None for no limit.
    pub requests: Option<RateLimiter>,
    /// Messages of live connections; None for no limit.
    pub messages: Option<RateLimiter>,
    /// Tokens that are not valid.
    pub failures: RateLimiter,
}

impl RateLimits {
    /// The limits that the settings say.
    pub fn new(settings: RateLimitSettings) -> Self {
        let limiter = |what, setting, rate: Option<NonZeroU32>| {
            rate.map(|rate| RateLimiter::new(what, setting, rate, rate))
        };
        Self {
            requests: limiter("requests", "--rate-limit-requests", settings.requests),
            messages: limiter("messages", "--rate-limit-messages", settings.messages),
            failures: RateLimiter::new(
                "invalid tokens",
                "from one address",
                NonZeroU32::MIN,
                FAILURE_BURST,
            ),
        }
    }
}

/// A limit that each caller has for itself.
pub struct RateLimiter {
    governor: DefaultKeyedRateLimiter<Caller>,
    /// What is limited, such as `requests`.
    what: &'static str,
    /// The flag of the setting, or what else the limit comes from.
    setting: &'static str,
    pruned: Mutex<Instant>,
}

impl RateLimiter {
    /// Allows `burst` at once, and `per_second` of them on average.
    pub fn new(
        what: &'static str,
        setting: &'static str,
        per_second: NonZeroU32,
        burst: NonZeroU32,
    ) -> Self {
        let quota = Quota::per_second(per_second).allow_burst(burst);
        Self {
            governor: Governor::hashmap(quota),
            what,
            setting,
            pruned: Mutex::new(Instant::now()),
        }
    }

    /// Counts one. Fails with `RATE_LIMITED` if the caller has used up its share.
    pub fn check(&self, caller: Caller) -> Result<(), Error> {
        let caller = if self.has_room() { caller } else { Caller::Others };
        self.governor.check_key(&caller).map_err(|not_until| {
            let wait = not_until.wait_time_from(DefaultClock::default().now());
            Error::RateExceeded {
                message: format!("Too many {} ({}). Wait, then retry.", self.what, self.setting),
                retry_after: wait,
            }
        })
    }

    /// Whether another caller can be distinguished.
    fn has_room(&self) -> bool {
        if self.governor.len() < MAX_CALLERS {
            return true;
        }
        {
            let mut pruned = self.pruned.lock().unwrap_or_else(PoisonError::into_inner);
            if pruned.elapsed() < PRUNE_INTERVAL {
                return false;
            }
            *pruned = Instant::now();
        }
        self.governor.retain_recent();
        self.governor.len() < MAX_CALLERS
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn each_caller_has_its_own_share() {
        let two = NonZeroU32::new(2).unwrap();
        let limiter = RateLimiter::new("tests", "--tests", NonZeroU32::MIN, two);
        let address = |text: &str| Caller::at(text.parse().unwrap());
        for caller in [Caller::Token(1), Caller::Token(2), address("192.0.2.1"), address("::1")] {
            assert!(limiter.check(caller).is_ok() && limiter.check(caller).is_ok());
            let is_limited = |failure| match failure {
                Error::RateExceeded { retry_after, .. } => retry_after <= Duration::from_secs(1),
                _ => false,
            };
            assert!(limiter.check(caller).is_err_and(is_limited), "{caller:?}");
        }
        // One host has a whole network of IPv6 to itself.
        assert!(limiter.check(address("2001:db8::1")).is_ok());
        assert!(limiter.check(address("2001:db8::2")).is_ok());
        assert!(limiter.check(address("2001:db8::3")).is_err());
    }

    #[test]
    fn callers_beyond_the_bound_share_one_limit() {
        let many = NonZeroU32::new(3).unwrap();
        let limiter = RateLimiter::new("tests", "--tests", NonZeroU32::MIN, many);
        for token in 0..MAX_CALLERS as u64 {
            // Three at once, so that none of them can be forgotten within the next second.
            (0..3).for_each(|_| drop(limiter.check(Caller::Token(token))));
        }
        let refused = (0..100).filter(|n| limiter.check(Caller::Token(1_000_000 + n)).is_err());
        assert!(refused.count() >= 90);
        assert!(limiter.governor.len() <= MAX_CALLERS + 1);
    }
}
