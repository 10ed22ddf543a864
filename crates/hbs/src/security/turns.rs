//! Turns at something scarce, fair by address: where many wait, each address has its turn after the other, however
//! many of its requests wait.
use std::collections::{HashMap, VecDeque};
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::time::timeout;

/// The most requests of one address that wait. More than that are no people who share it.
const MAX_OF_ADDRESS: usize = 64;
/// The most requests that wait in all, so that a flood from everywhere takes no memory to speak of.
const MAX_WAITING: usize = 10_000;

/// A fixed number of turns, and the requests that wait for one.
pub struct Turns {
    patience: Duration,
    queue: Mutex<Queue>,
}

/// The right to a turn, until it is dropped.
#[must_use]
pub struct Permit(Arc<Turns>);

struct Queue {
    free: usize,
    waiting: usize,
    by_address: HashMap<Option<IpAddr>, VecDeque<oneshot::Sender<Permit>>>,
    /// The addresses of which somebody waits, in the order of their turns.
    order: VecDeque<Option<IpAddr>>,
}

impl Turns {
    /// Turns for `at_once` requests; the others wait for `patience` at most.
    pub fn new(at_once: usize, patience: Duration) -> Arc<Self> {
        let queue = Queue { free: at_once, waiting: 0, by_address: HashMap::new(), order: VecDeque::new() };
        Arc::new(Self { patience, queue: Mutex::new(queue) })
    }

    /// A turn for a request from an address. None if none came in time, or if too many wait already.
    pub async fn take(self: &Arc<Self>, from: Option<IpAddr>) -> Option<Permit> {
        let turn = {
            let mut queue = self.queue();
            if queue.free > 0 {
                queue.free -= 1;
                return Some(Permit(Arc::clone(self)));
            }
            queue.join(from.map(network))?
        };
        timeout(self.patience, turn).await.ok()?.ok()
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[cfg(test)]
    pub(super) fn free(&self) -> usize {
        self.queue().free
    }
}

impl Queue {
    fn join(&mut self, from: Option<IpAddr>) -> Option<oneshot::Receiver<Permit>> {
        let of_address = self.by_address.entry(from).or_default();
        if of_address.is_empty() {
            self.order.push_back(from);
        }
        // Those who gave up still stand here until their turn comes, or until their place is needed.
        if of_address.len() >= MAX_OF_ADDRESS || self.waiting >= MAX_WAITING {
            let before = of_address.len();
            of_address.retain(|waiting| !waiting.is_closed());
            self.waiting -= before - of_address.len();
        }
        if of_address.len() >= MAX_OF_ADDRESS || self.waiting >= MAX_WAITING {
            return None;
        }
        let (sender, receiver) = oneshot::channel();
        of_address.push_back(sender);
        self.waiting += 1;
        Some(receiver)
    }

    /// The request whose turn it is: the oldest of the address that has waited longest since its last turn.
    fn next(&mut self) -> Option<oneshot::Sender<Permit>> {
        while let Some(address) = self.order.pop_front() {
            let of_address = self.by_address.get_mut(&address)?;
            let next = std::iter::from_fn(|| of_address.pop_front()).inspect(|_| self.waiting -= 1).find(|one| !one.is_closed());
            if of_address.is_empty() {
                self.by_address.remove(&address);
            } else {
                self.order.push_back(address);
            }
            if next.is_some() {
                return next;
            }
        }
        None
    }
}

impl Drop for Permit {
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

/// The address or, of IPv6, the /64 that one customer of a provider has.
pub fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() >> 64 << 64)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;

    const PATIENCE: Duration = Duration::from_secs(60);

    fn address(last: u8) -> Option<IpAddr> {
        Some(IpAddr::from([192, 0, 2, last]))
    }

    #[tokio::test]
    async fn addresses_take_turns_however_many_of_their_requests_wait() {
        let turns = Turns::new(1, PATIENCE);
        let held = turns.take(address(1)).await.expect("the first");
        let mut storm: Vec<_> = (0..5).map(|_| Box::pin(turns.take(address(1)))).collect();
        assert!(storm.iter_mut().all(|one| one.now_or_never().is_none()), "they wait");
        let mut honest = Box::pin(turns.take(address(2)));
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
        let turns = Turns::new(1, PATIENCE);
        let held = turns.take(address(1)).await.expect("the first");
        let mut gone = Box::pin(turns.take(address(1)));
        let mut told = Box::pin(turns.take(address(2)));
        assert!(gone.as_mut().now_or_never().is_none() && told.as_mut().now_or_never().is_none());
        drop(gone);
        drop(held);
        // It has its turn by now, and goes before it sees that.
        drop(told);
        assert_eq!(turns.free(), 1);
        assert!(turns.queue().by_address.is_empty() && turns.queue().waiting == 0);
    }

    #[tokio::test]
    async fn a_flood_is_refused_at_once_and_patience_ends() {
        let turns = Turns::new(1, Duration::from_millis(1));
        let _held = turns.take(address(1)).await.expect("the first");
        let mut flood: Vec<_> = (0..MAX_OF_ADDRESS).map(|_| Box::pin(turns.take(address(1)))).collect();
        assert!(flood.iter_mut().all(|one| one.now_or_never().is_none()));
        assert!(turns.take(address(1)).now_or_never().expect("at once").is_none());
        assert!(turns.take(address(2)).await.is_none(), "in time");
        flood.clear();
        assert!(turns.take(address(1)).now_or_never().is_none(), "it waits where those who gave up stood");
    }

    #[test]
    fn neighbours_of_one_network_are_one_address() {
        let of = |text: &str| network(text.parse().expect("an address")).to_string();
        assert_eq!(of("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
        assert_eq!(of("2001:db8:1:3::1"), "2001:db8:1:3::");
        assert_eq!(of("192.0.2.7"), "192.0.2.7");
        assert_eq!(of("::ffff:192.0.2.7"), "192.0.2.7");
    }
}
