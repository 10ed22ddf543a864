//! Budgets that this process alone keeps: those for reads, and those for everything while Redis is away.
use super::{Decision, Key};
use arc_swap::ArcSwap;
use governor::clock::{Clock, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};
use std::num::NonZeroU32;
use std::sync::Arc;

/// Maximum number of callers at once. More are a flood: then all start over.
const CAPACITY: usize = 100_000;

type Limiter = RateLimiter<Key, DashMapStateStore<Key>, DefaultClock, StateInformationMiddleware>;

pub(super) struct Memory {
    quota: Quota,
    limiter: ArcSwap<Limiter>,
}

impl Memory {
    pub(super) fn new(per_minute: NonZeroU32) -> Self {
        let quota = Quota::per_minute(per_minute);
        Self { quota, limiter: ArcSwap::from_pointee(limiter(quota)) }
    }

    pub(super) fn check(&self, key: Key) -> Decision {
        let limiter = self.limiter.load();
        match limiter.check_key(&key) {
            Ok(state) => Decision::Pass { remaining: state.remaining_burst_capacity() },
            Err(until) => Decision::Refuse { retry_after: until.wait_time_from(limiter.clock().now()) },
        }
    }

    /// Lets go of those whose budget is whole again.
    pub(super) fn shed(&self) {
        let limiter = self.limiter.load();
        limiter.retain_recent();
        limiter.shrink_to_fit();
        if limiter.len() > CAPACITY {
            self.limiter.store(Arc::new(self::limiter(self.quota)));
        }
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.limiter.load().len()
    }
}

fn limiter(quota: Quota) -> Limiter {
    RateLimiter::dashmap(quota).with_middleware()
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn passes(memory: &Memory, key: Key) -> bool {
        matches!(memory.check(key), Decision::Pass { .. })
    }

    #[test]
    fn each_caller_has_a_budget() {
        let memory = Memory::new(NonZeroU32::new(3).expect("more than none"));
        let (ana, rui) = (Key::Caller(Uuid::now_v7()), Key::Caller(Uuid::now_v7()));
        for remaining in [2, 1, 0] {
            assert_eq!(memory.check(ana), Decision::Pass { remaining });
        }
        let Decision::Refuse { retry_after } = memory.check(ana) else { panic!("a fourth") };
        assert!((19..=20).contains(&retry_after.as_secs()), "{retry_after:?}");
        assert!(passes(&memory, rui), "another");
    }

    #[test]
    fn a_flood_of_callers_is_shed() {
        let memory = Memory::new(NonZeroU32::new(1).expect("more than none"));
        for _ in 0..=CAPACITY {
            assert!(passes(&memory, Key::Caller(Uuid::now_v7())));
        }
        memory.shed();
        assert_eq!(memory.len(), 0);
        let quick = Memory::new(NonZeroU32::MAX);
        assert!(passes(&quick, Key::Caller(Uuid::now_v7())));
        std::thread::sleep(std::time::Duration::from_millis(1));
        quick.shed();
        assert_eq!(quick.len(), 0, "whole again");
    }
}
