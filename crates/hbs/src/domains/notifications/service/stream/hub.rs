//! The streams of this process, and how far it has read the record.
use super::told::{To, Told};
use crate::domains::notifications::error::NotificationError;
use crate::{Error, Result};
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{Notify, mpsc};
use uuid::Uuid;

/// Batches of events that wait for a client at most. One that is slower is let go, and begins anew.
const WAITING: usize = 64;
/// Streams that a person may have open at each process.
const OF_PERSON: usize = 12;

/// Events that were read together.
pub type Batch = Arc<[Told]>;

#[derive(Default)]
pub struct Hub {
    state: Mutex<State>,
    /// Rung when there is something to read.
    pub bell: Notify,
}

#[derive(Default)]
struct State {
    /// Position up to which events have been passed on; none before the first look.
    position: Option<i64>,
    next_id: u64,
    listeners: HashMap<u64, Listener>,
    of_person: HashMap<Uuid, usize>,
}

struct Listener {
    user_id: Uuid,
    is_staff: Arc<AtomicBool>,
    is_slow: Arc<AtomicBool>,
    batches: mpsc::Sender<Batch>,
}

/// A place of a stream at the hub, until it is dropped.
pub struct Subscription {
    hub: Arc<Hub>,
    id: u64,
    user_id: Uuid,
    /// Position up to which events are not among the batches.
    pub from: i64,
    pub batches: mpsc::Receiver<Batch>,
    is_staff: Arc<AtomicBool>,
    is_slow: Arc<AtomicBool>,
}

impl Hub {
    /// A place for a stream of a person, who holds permissions or none. Events after its position come to it from now on.
    pub fn subscribe(self: &Arc<Self>, user_id: Uuid, is_staff: bool) -> Result<Subscription> {
        let mut state = self.state();
        let from = state.position.ok_or_else(|| Error::unavailable("The event stream is not ready yet."))?;
        let open = state.of_person.entry(user_id).or_default();
        if *open >= OF_PERSON {
            return Err(NotificationError::TooManyStreams(OF_PERSON).into());
        }
        *open += 1;
        let id = state.next_id;
        state.next_id += 1;
        let (sender, batches) = mpsc::channel(WAITING);
        let (is_staff, is_slow) = (Arc::new(AtomicBool::new(is_staff)), Arc::<AtomicBool>::default());
        let listener = Listener { user_id, is_staff: is_staff.clone(), is_slow: is_slow.clone(), batches: sender };
        state.listeners.insert(id, listener);
        metrics::gauge!("hbs_event_streams").increment(1.0);
        Ok(Subscription { hub: Arc::clone(self), id, user_id, from, batches, is_staff, is_slow })
    }

    /// Position up to which events have been passed on.
    pub fn position(&self) -> Option<i64> {
        self.state().position
    }

    /// Begins at a position.
    pub fn begin(&self, position: i64) {
        self.state().position = Some(position);
    }

    /// Passes over all events up to a position while there is nobody to tell. False, if there is somebody, or it has not begun.
    pub fn pass_over(&self, position: i64) -> bool {
        let mut state = self.state();
        let is_alone = state.listeners.is_empty() && state.position.is_some();
        if is_alone {
            state.position = Some(position);
        }
        is_alone
    }

    /// Returns `true` if somebody is told.
    pub fn has_listeners(&self) -> bool {
        !self.state().listeners.is_empty()
    }

    /// Passes events on to those whom they may concern, and notes how far that is.
    pub fn pass_on(&self, told: Vec<Told>, position: i64) {
        let batch: Batch = told.into();
        let people: Vec<Uuid> =
            batch.iter().filter_map(|told| if let To::Person(id) = told.to { Some(id) } else { None }).collect();
        let concerns_staff = people.len() < batch.len();
        let mut state = self.state();
        state.position = Some(position);
        state.listeners.retain(|_, listener| {
            let concerns = concerns_staff && listener.is_staff.load(Ordering::Relaxed) || people.contains(&listener.user_id);
            if !concerns {
                return true;
            }
            // Gone by itself, or too slow: either way it hears no more.
            let is_passed_on = listener.batches.try_send(Arc::clone(&batch)).is_ok();
            if !is_passed_on {
                listener.is_slow.store(true, Ordering::Release);
            }
            is_passed_on
        });
    }

    /// Ends all streams: the process is about to end.
    pub fn close(&self) {
        let mut state = self.state();
        state.position = None;
        state.listeners.clear();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Subscription {
    /// Notes whether the person holds permissions: of hotels, only those are told.
    pub fn set_staff(&self, is_staff: bool) {
        self.is_staff.store(is_staff, Ordering::Relaxed);
    }

    /// Returns `true` if it was let go because it was too slow.
    pub fn is_slow(&self) -> bool {
        self.is_slow.load(Ordering::Acquire)
    }

    /// Position up to which events have been passed on by now.
    pub fn position(&self) -> Option<i64> {
        self.hub.position()
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        let mut state = self.hub.state();
        state.listeners.remove(&self.id);
        if let Some(open) = state.of_person.get_mut(&self.user_id) {
            *open -= 1;
            if *open == 0 {
                state.of_person.remove(&self.user_id);
            }
        }
        metrics::gauge!("hbs_event_streams").decrement(1.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(position: i64, to: To) -> Told {
        Told { position, to, text: String::new() }
    }

    #[test]
    fn sse_gap_events_go_to_those_whom_they_may_concern() {
        let hub = Arc::new(Hub::default());
        let (ana, eva, hotel) = (Uuid::from_u128(1), Uuid::from_u128(2), Uuid::from_u128(3));
        assert!(hub.subscribe(ana, false).is_err(), "nothing was read yet");
        hub.begin(7);
        let (mut guest, mut staff) = (hub.subscribe(ana, false).expect("a place"), hub.subscribe(eva, true).expect("a place"));
        hub.pass_on(vec![told(8, To::Person(ana))], 8);
        hub.pass_on(vec![told(9, To::Holders("rooms:read", hotel))], 9);
        let positions = |subscription: &mut Subscription| {
            let mut all = Vec::new();
            while let Ok(batch) = subscription.batches.try_recv() {
                all.extend(batch.iter().map(|told| told.position));
            }
            all
        };
        assert_eq!((guest.from, positions(&mut guest), positions(&mut staff)), (7, vec![8], vec![9]));
        assert_eq!(hub.subscribe(ana, false).expect("a place").from, 9);
    }

    #[test]
    fn nothing_is_passed_over_while_somebody_listens() {
        let hub = Arc::new(Hub::default());
        assert!(!hub.pass_over(3) && hub.position().is_none(), "nothing was read yet");
        hub.begin(7);
        assert!(!hub.has_listeners() && hub.pass_over(9));
        let subscription = hub.subscribe(Uuid::from_u128(1), false).expect("a place");
        assert!(hub.has_listeners() && !hub.pass_over(12));
        assert_eq!((subscription.from, hub.position()), (9, Some(9)));
        drop(subscription);
        assert!(hub.pass_over(12));
        assert_eq!(hub.position(), Some(12));
    }

    #[test]
    fn who_is_too_slow_is_let_go_and_who_has_too_many_gets_none() {
        let hub = Arc::new(Hub::default());
        let ana = Uuid::from_u128(1);
        hub.begin(0);
        let slow = hub.subscribe(ana, false).expect("a place");
        for position in 1..=WAITING {
            hub.pass_on(vec![told(1, To::Person(ana))], i64::try_from(position).expect("a number"));
        }
        assert!(!slow.is_slow());
        hub.pass_on(vec![told(1, To::Person(ana))], 100);
        assert!(slow.is_slow());
        let more: Vec<_> = (1..OF_PERSON).map(|_| hub.subscribe(ana, false).expect("a place")).collect();
        assert!(hub.subscribe(ana, false).is_err());
        drop((slow, more));
        drop(hub.subscribe(ana, false).expect("a place again"));
        assert!(hub.state().of_person.is_empty());
        hub.close();
        assert!(hub.subscribe(ana, false).is_err(), "the process is about to end");
    }
}
