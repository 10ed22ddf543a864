//! Turns at something scarce, fair by who asks (an address, a person): where many wait, each has a turn after the other,
//! however many of their requests wait.
use std::collections::{HashMap, VecDeque};
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::time::timeout;

/// A fixed number of turns, and the requests that wait for one.
pub struct Turns<K: Eq + Hash + Clone> {
    /// The most requests that wait: of one, and in all, so that a flood from everywhere takes no memory to speak of.
    most_of_one: usize,
    most: usize,
    patience: Duration,
    queue: Mutex<Queue<K>>,
}

/// The right to a turn, until it is dropped.
#[must_use]
pub struct Permit<K: Eq + Hash + Clone>(Arc<Turns<K>>);

struct Queue<K: Eq + Hash + Clone> {
    free: usize,
    waiting: usize,
    by_asker: HashMap<K, VecDeque<oneshot::Sender<Permit<K>>>>,
    /// Askers of whom a request waits, in the order of their turns.
    order: VecDeque<K>,
}

impl<K: Eq + Hash + Clone> Turns<K> {
    /// Turns for `at_once` requests; the others wait for `patience` at most, and no more of them than the two numbers say.
    pub fn new(at_once: usize, most_of_one: usize, most: usize, patience: Duration) -> Arc<Self> {
        let queue = Queue { free: at_once, waiting: 0, by_asker: HashMap::new(), order: VecDeque::new() };
        Arc::new(Self { most_of_one, most, patience, queue: Mutex::new(queue) })
    }

    /// A turn for a request. None if none came in time, or if too many wait already.
    pub async fn take(self: &Arc<Self>, from: K) -> Option<Permit<K>> {
        let turn = {
            let mut queue = self.queue();
            if queue.free > 0 {
                queue.free -= 1;
                return Some(Permit(Arc::clone(self)));
            }
            queue.join(from, self.most_of_one, self.most)?
        };
        timeout(self.patience, turn).await.ok()?.ok()
    }

    fn queue(&self) -> MutexGuard<'_, Queue<K>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[cfg(test)]
    pub fn free(&self) -> usize {
        self.queue().free
    }
}

impl<K: Eq + Hash + Clone> Queue<K> {
    fn join(&mut self, from: K, most_of_one: usize, most: usize) -> Option<oneshot::Receiver<Permit<K>>> {
        let of_asker = self.by_asker.entry(from.clone()).or_default();
        if of_asker.is_empty() {
            self.order.push_back(from);
        }
        // Those who gave up still stand here until their turn comes, or until their place is needed.
        if of_asker.len() >= most_of_one || self.waiting >= most {
            let before = of_asker.len();
            of_asker.retain(|waiting| !waiting.is_closed());
            self.waiting -= before - of_asker.len();
        }
        if of_asker.len() >= most_of_one || self.waiting >= most {
            return None;
        }
        let (sender, receiver) = oneshot::channel();
        of_asker.push_back(sender);
        self.waiting += 1;
        Some(receiver)
    }

    /// The request whose turn it is: the oldest of who has waited longest since their last turn.
    fn next(&mut self) -> Option<oneshot::Sender<Permit<K>>> {
        while let Some(asker) = self.order.pop_front() {
            let of_asker = self.by_asker.get_mut(&asker)?;
            let next = std::iter::from_fn(|| of_asker.pop_front()).inspect(|_| self.waiting -= 1).find(|one| !one.is_closed());
            if of_asker.is_empty() {
                self.by_asker.remove(&asker);
            } else {
                self.order.push_back(asker);
            }
            if next.is_some() {
                return next;
            }
        }
        None
    }
}

impl<K: Eq + Hash + Clone> Drop for Permit<K> {
    fn drop(&mut self) {
        let next = {
            let mut queue = self.0.queue();
            let next = queue.next();
            if next.is_none() {
                queue.free += 1;
            }
            next
        };
        if let Some(next) = next {
            // A turn that comes back, since nobody waits for it any more, goes to the next one by being dropped.
            drop(next.send(Permit(Arc::clone(&self.0))));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;

    const PATIENCE: Duration = Duration::from_secs(60);
    const MOST_OF_ONE: usize = 64;

    fn one_at_a_time(patience: Duration) -> Arc<Turns<u8>> {
        Turns::new(1, MOST_OF_ONE, 10_000, patience)
    }

    #[tokio::test]
    async fn addresses_take_turns_however_many_of_their_requests_wait() {
        let turns = one_at_a_time(PATIENCE);
        let held = turns.take(1).await.expect("the first");
        let mut storm: Vec<_> = (0..5).map(|_| Box::pin(turns.take(1))).collect();
        assert!(storm.iter_mut().all(|one| one.now_or_never().is_none()), "they wait");
        let mut honest = Box::pin(turns.take(2));
        assert!(honest.as_mut().now_or_never().is_none(), "so does somebody elsewhere");
        drop(held);
        let one = storm[0].as_mut().now_or_never().flatten().expect("who waited first");
        assert!(honest.as_mut().now_or_never().is_none());
        drop(one);
        assert!(storm[1].as_mut().now_or_never().is_none(), "the others of the address come after");
        drop(honest.as_mut().now_or_never().flatten().expect("the other address"));
        assert!(storm[1].as_mut().now_or_never().flatten().is_some());
    }

    #[tokio::test]
    async fn who_gives_up_is_passed_over_and_no_turn_is_lost() {
        let turns = one_at_a_time(PATIENCE);
        let held = turns.take(1).await.expect("the first");
        let mut gone = Box::pin(turns.take(1));
        let mut told = Box::pin(turns.take(2));
        assert!(gone.as_mut().now_or_never().is_none() && told.as_mut().now_or_never().is_none());
        drop(gone);
        drop(held);
        // It has its turn by now, and goes before it sees that.
        drop(told);
        assert_eq!(turns.free(), 1);
        assert!(turns.queue().by_asker.is_empty() && turns.queue().waiting == 0);
    }

    #[tokio::test]
    async fn a_flood_is_refused_at_once_and_patience_ends() {
        let turns = one_at_a_time(Duration::from_millis(1));
        let _held = turns.take(1).await.expect("the first");
        let mut flood: Vec<_> = (0..MOST_OF_ONE).map(|_| Box::pin(turns.take(1))).collect();
        assert!(flood.iter_mut().all(|one| one.now_or_never().is_none()));
        assert!(turns.take(1).now_or_never().expect("at once").is_none());
        assert!(turns.take(2).await.is_none(), "in time");
        flood.clear();
        assert!(turns.take(1).now_or_never().is_none(), "it waits where those who gave up stood");
    }
}
