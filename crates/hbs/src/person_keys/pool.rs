//! The keys at hand: stored already, and nothing was sealed with them.
use super::PersonKey;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// Number of keys that there should be at hand: more than a process uses in a second, and 50 bytes each.
const FULL: usize = 1024;
/// Number from which on more are stored.
const LOW: usize = FULL / 2;

#[derive(Default)]
pub struct Pool {
    keys: Mutex<Vec<PersonKey>>,
    low: Notify,
}

impl Pool {
    pub fn take(&self) -> Option<PersonKey> {
        let mut keys = self.keys();
        let (key, left) = (keys.pop(), keys.len());
        drop(keys);
        if left < LOW {
            self.low.notify_one();
        }
        tell_of_size(left);
        match &key {
            Some(_) => metrics::counter!("hbs_person_keys_used_total").increment(1),
            None => metrics::counter!("hbs_person_keys_missing_total").increment(1),
        }
        key
    }

    /// Waits until there are few keys left.
    pub async fn is_low(&self) {
        self.low.notified().await;
    }

    pub fn lacks(&self) -> bool {
        self.keys().len() < FULL
    }

    pub fn put(&self, new: Vec<PersonKey>) {
        let mut keys = self.keys();
        keys.extend(new);
        tell_of_size(keys.len());
    }

    /// Takes all keys without using them.
    pub fn drain(&self) -> Vec<PersonKey> {
        std::mem::take(&mut *self.keys())
    }

    fn keys(&self) -> MutexGuard<'_, Vec<PersonKey>> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn tell_of_size(keys: usize) {
    metrics::gauge!("hbs_person_keys_ready").set(u32::try_from(keys).unwrap_or(u32::MAX));
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn each_key_is_taken_once() {
        let pool = Pool::default();
        assert!(pool.take().is_none() && pool.lacks());
        pool.put((0..FULL).map(|_| PersonKey::random()).collect());
        assert!(!pool.lacks());
        let taken: BTreeSet<_> = std::iter::from_fn(|| pool.take()).map(|key| key.id()).collect();
        assert_eq!(taken.len(), FULL);
        pool.put(vec![PersonKey::random()]);
        assert_eq!((pool.drain().len(), pool.drain().len()), (1, 0));
    }
}
