//! Places: which connections there are, and what each of them is at.
use crate::config::Config;
use crate::security::network;
use futures_util::task::AtomicWaker;
use std::collections::HashMap;
use std::future::poll_fn;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::Instant;

/// Files that the process needs besides connections from outside: those to stores, the log, pictures that are read.
const OTHER_FILES: usize = 128;

/// The time that connections have, and how many there may be.
pub(super) struct Limits {
    pub header: Duration,
    pub idle: Duration,
    /// Time of a whole request, with its answer.
    pub request: Duration,
    of_address: usize,
    in_all: usize,
    streams: usize,
}

pub(super) struct Connections {
    pub limits: Limits,
    config: Config,
    open: Mutex<Open>,
}

#[derive(Default)]
struct Open {
    /// Number of connections that have no stream open.
    count: usize,
    /// Number of those that have: they are counted apart, so that they keep nobody out who asks something.
    streams: usize,
    next_id: u64,
    by_address: HashMap<IpAddr, Vec<Arc<Connection>>>,
}

/// A connection, as all who deal with it know it.
pub(super) struct Connection {
    id: u64,
    address: IpAddr,
    state: Mutex<State>,
    is_taken_away: AtomicBool,
    /// `true` once its place is dropped. Answers may live a little longer.
    is_gone: AtomicBool,
    waker: AtomicWaker,
    pub connections: Arc<Connections>,
}

struct State {
    /// The end of the last request, or the beginning of the connection.
    waiting_since: Instant,
    /// The first byte of the head of a request that is not whole yet.
    head_since: Option<Instant>,
    /// Requests that are not fully answered, with their beginnings; of a stream, the time at which it last went on.
    requests: Vec<(u64, Instant)>,
    next_request: u64,
    /// Requests that are answered by streams.
    streams: Vec<u64>,
}

impl Connections {
    pub(super) fn new(config: &Config) -> Arc<Self> {
        let seconds = Duration::from_secs;
        let limits = Limits {
            header: seconds(config.header_timeout_seconds),
            idle: seconds(config.idle_timeout_seconds),
            request: seconds(config.request_timeout_seconds.saturating_add(config.response_timeout_seconds)),
            of_address: config.max_connections_per_address,
            in_all: in_all(config),
            streams: config.max_streams,
        };
        Arc::new(Self { limits, config: config.clone(), open: Mutex::default() })
    }

    /// A place for a connection from an address; another one may have to go for it. None if all of them are at work.
    pub(super) fn enter(self: &Arc<Self>, peer: IpAddr) -> Option<Place> {
        let (peer, now) = (peer.to_canonical(), Instant::now());
        let address = network(peer);
        let mut open = self.open();
        // A proxy brings everybody's.
        let is_full = !self.config.trusts_proxy(peer) && open.of(address).len() >= self.limits.of_address;
        if is_full && !open.make_room_at(address) || open.count >= self.limits.in_all && !open.make_room() {
            metrics::counter!("hbs_connections_closed_total", "reason" => "refused").increment(1);
            return None;
        }
        let state =
            State { waiting_since: now, head_since: Some(now), requests: Vec::new(), next_request: 0, streams: Vec::new() };
        let connection = Arc::new(Connection {
            id: open.next_id,
            address,
            state: Mutex::new(state),
            is_taken_away: AtomicBool::new(false),
            is_gone: AtomicBool::new(false),
            waker: AtomicWaker::new(),
            connections: Arc::clone(self),
        });
        open.next_id += 1;
        open.count += 1;
        open.by_address.entry(address).or_default().push(Arc::clone(&connection));
        Some(Place(connection))
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Number of connections in all: that of the settings, and no more than the process may have files.
fn in_all(config: &Config) -> usize {
    let files = max_files().map(|files| files.saturating_sub(config.database_pool_size + OTHER_FILES).max(1));
    match files.filter(|files| *files < config.max_connections) {
        Some(files) => {
            tracing::warn!(
                max_connections = files,
                "the limit on open files (ulimit -n) allows fewer connections than the settings"
            );
            files
        }
        None => config.max_connections,
    }
}

/// The number of files that this process may have open, where the system tells.
pub fn max_files() -> Option<usize> {
    let limits = std::fs::read_to_string("/proc/self/limits").ok()?;
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().next()?.parse().ok()
}

impl Open {
    fn of(&self, address: IpAddr) -> &[Arc<Connection>] {
        self.by_address.get(&address).map(Vec::as_slice).unwrap_or_default()
    }

    /// Takes the place away from the connection of an address that has waited longest for a request.
    fn make_room_at(&mut self, address: IpAddr) -> bool {
        let longest = longest_waiting(self.of(address).iter());
        self.take_away(longest)
    }

    fn make_room(&mut self) -> bool {
        let longest = longest_waiting(self.by_address.values().flatten());
        self.take_away(longest)
    }

    fn take_away(&mut self, connection: Option<Arc<Connection>>) -> bool {
        let Some(connection) = connection else { return false };
        metrics::counter!("hbs_connections_closed_total", "reason" => "made_room").increment(1);
        self.remove(&connection);
        connection.is_taken_away.store(true, Ordering::Release);
        connection.waker.wake();
        true
    }

    /// Counts a connection among those with a stream, if there may be one more.
    fn set_apart(&mut self, connection: &Connection, most: usize) -> bool {
        if self.streams >= most {
            return false;
        }
        self.remove(connection);
        self.streams += 1;
        true
    }

    /// Counts a connection among the others again: its last stream is over.
    fn put_back(&mut self, connection: &Arc<Connection>) {
        self.streams -= 1;
        self.count += 1;
        self.by_address.entry(connection.address).or_default().push(Arc::clone(connection));
    }

    fn remove(&mut self, connection: &Connection) {
        let Some(of_address) = self.by_address.get_mut(&connection.address) else { return };
        let Some(at) = of_address.iter().position(|other| other.id == connection.id) else { return };
        of_address.swap_remove(at);
        self.count -= 1;
        if of_address.is_empty() {
            self.by_address.remove(&connection.address);
        }
    }
}

fn longest_waiting<'a>(connections: impl Iterator<Item = &'a Arc<Connection>>) -> Option<Arc<Connection>> {
    let waiting = connections.filter_map(|connection| Some((connection.state().waiting_since()?, connection)));
    waiting.min_by_key(|(since, _)| *since).map(|(_, connection)| Arc::clone(connection))
}

impl State {
    /// The time since which the connection has no request, if it has none.
    fn waiting_since(&self) -> Option<Instant> {
        self.requests.is_empty().then_some(self.waiting_since)
    }

    fn ends_at(&self, limits: &Limits) -> Instant {
        let streams = |id: &u64| self.streams.contains(id);
        let end = |(id, since): &(u64, Instant)| *since + if streams(id) { limits.idle } else { limits.request };
        if let Some(first) = self.requests.iter().map(end).min() {
            return first;
        }
        let idle = self.waiting_since + limits.idle;
        self.head_since.map_or(idle, |since| idle.min(since + limits.header))
    }
}

impl Connection {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that bytes have come. Where nothing is asked, they are the head of the next request.
    pub(super) fn heard(&self) {
        let mut state = self.state();
        if state.requests.is_empty() && state.head_since.is_none() {
            state.head_since = Some(Instant::now());
        }
    }

    /// Notes that the connection begins anew to wait: the handshake is over.
    pub(super) fn begin(&self) {
        let (mut state, now) = (self.state(), Instant::now());
        (state.waiting_since, state.head_since) = (now, Some(now));
    }

    /// The latest time at which the connection has to have got on.
    pub(super) fn ends_at(&self) -> Instant {
        self.state().ends_at(&self.connections.limits)
    }

    /// Returns `true` if another has the place now; the task is woken when it comes to that.
    pub(super) fn is_taken_away(&self, cx: &Context<'_>) -> bool {
        self.waker.register(cx.waker());
        self.is_taken_away.load(Ordering::Acquire)
    }

    /// Notes a request, until what is returned is dropped.
    pub(super) fn request(self: &Arc<Self>) -> OpenRequest {
        let mut state = self.state();
        let id = state.next_request;
        state.next_request += 1;
        state.head_since = None;
        state.requests.push((id, Instant::now()));
        OpenRequest { id, connection: Arc::clone(self) }
    }
}

/// A request that is not fully read and answered.
pub(super) struct OpenRequest {
    id: u64,
    connection: Arc<Connection>,
}

impl OpenRequest {
    /// Notes that the answer is a stream, which lasts for as long as it goes on: it has the time of a connection that waits, anew
    /// with each thing that it tells. False if there are as many as there may be.
    pub(super) fn streams(&self) -> bool {
        let mut open = self.connection.connections.open();
        let mut state = self.connection.state();
        let is_first = state.streams.is_empty();
        if is_first && !open.set_apart(&self.connection, self.connection.connections.limits.streams) {
            return false;
        }
        state.streams.push(self.id);
        state.go_on(self.id);
        true
    }

    /// Notes that a stream has told something.
    pub(super) fn goes_on(&self) {
        self.connection.state().go_on(self.id);
    }
}

impl State {
    fn go_on(&mut self, id: u64) {
        if let Some((_, since)) = self.requests.iter_mut().find(|(request, _)| *request == id) {
            *since = Instant::now();
        }
    }
}

impl Drop for OpenRequest {
    fn drop(&mut self) {
        let is_stream = {
            let mut state = self.connection.state();
            state.requests.retain(|(id, _)| *id != self.id);
            if state.requests.is_empty() {
                (state.waiting_since, state.head_since) = (Instant::now(), None);
            }
            state.streams.contains(&self.id)
        };
        // Only then: all connections share that lock, and whoever has both takes it first.
        if is_stream {
            let mut open = self.connection.connections.open();
            let mut state = self.connection.state();
            state.streams.retain(|id| *id != self.id);
            if state.streams.is_empty() && !self.connection.is_gone.load(Ordering::Acquire) {
                open.put_back(&self.connection);
            }
        }
    }
}

/// The place of a connection, until it is dropped.
pub(super) struct Place(Arc<Connection>);

impl Place {
    pub(super) fn connection(&self) -> Arc<Connection> {
        Arc::clone(&self.0)
    }

    pub(super) async fn taken_away(&self) {
        poll_fn(|cx| if self.0.is_taken_away(cx) { Poll::Ready(()) } else { Poll::Pending }).await;
    }
}

impl std::ops::Deref for Place {
    type Target = Connection;
    fn deref(&self) -> &Connection {
        &self.0
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.0.connections.open();
        self.0.is_gone.store(true, Ordering::Release);
        if !self.0.state().streams.is_empty() {
            open.streams -= 1;
        }
        open.remove(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn connections(change: impl FnOnce(&mut Config)) -> Arc<Connections> {
        let mut config = Config::defaults().expect("defaults");
        (config.max_connections, config.max_connections_per_address) = (4, 2);
        change(&mut config);
        Connections::new(&config)
    }

    fn address(last: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, last])
    }

    /// Lets time pass for a connection.
    fn pass(place: &Place, seconds: u64) {
        let (mut state, time) = (place.state(), Duration::from_secs(seconds));
        state.waiting_since -= time;
        state.head_since = state.head_since.map(|since| since - time);
    }

    fn is_gone(place: &Place) -> bool {
        place.is_taken_away(&Context::from_waker(std::task::Waker::noop()))
    }

    #[test]
    fn who_waits_longest_makes_room_and_who_works_does_not() {
        let all = connections(|_| ());
        let first = all.enter(address(1)).expect("a place");
        let working = first.connection().request();
        let second = all.enter(address(1)).expect("a place");
        let third = all.enter(address(1)).expect("the place of the one that waits");
        assert!(!is_gone(&first) && is_gone(&second) && !is_gone(&third));
        let _third_works = third.connection().request();
        assert!(all.enter(address(1)).is_none(), "both are at work");
        drop(working);
        let _fourth = all.enter(address(1)).expect("the first has nothing to do any more");
        assert!(is_gone(&first));
        let _others: Vec<_> = [2, 3].map(|last| all.enter(address(last)).expect("a place elsewhere")).into();
        assert_eq!(all.open().count, 4);
        let _fifth = all.enter(address(4)).expect("the place of another address");
        assert_eq!(all.open().count, 4);
        drop((first, second));
        assert_eq!(all.open().count, 4, "what was taken away is not counted twice");
    }

    #[test]
    fn proxies_bring_everybody() {
        let all = connections(|config| config.trusted_proxies = vec!["192.0.2.1".parse().expect("an address")]);
        let places: Vec<_> = (0..4).map(|_| all.enter(address(1)).expect("a place")).collect();
        assert!(places.iter().all(|place| !is_gone(place)));
        drop(places);
        let open = all.open();
        assert_eq!((open.count, open.by_address.len()), (0, 0));
    }

    #[test]
    fn time_is_bounded_whatever_a_connection_is_at() {
        let all = connections(|config| {
            (config.header_timeout_seconds, config.idle_timeout_seconds) = (10, 75);
            (config.request_timeout_seconds, config.response_timeout_seconds) = (30, 300);
        });
        let place = all.enter(address(1)).expect("a place");
        let left = |place: &Place| (place.ends_at() - Instant::now() + Duration::from_millis(500)).as_secs();
        assert_eq!(left(&place), 10, "for the head of the first request");
        pass(&place, 4);
        place.heard();
        assert_eq!(left(&place), 6, "whatever comes meanwhile");
        let request = place.connection().request();
        assert_eq!(left(&place), 330);
        drop(request);
        assert_eq!(left(&place), 75, "until the next request");
        pass(&place, 70);
        assert_eq!(left(&place), 5);
        place.heard();
        assert_eq!(left(&place), 5, "its head must come before that, too");
        let requests = [place.connection().request(), place.connection().request()];
        drop(requests);
        place.heard();
        assert_eq!(left(&place), 10);
    }

    #[test]
    fn streams_are_counted_apart_and_last_for_as_long_as_they_go_on() {
        let all = connections(|config| (config.idle_timeout_seconds, config.max_streams) = (75, 1));
        let place = all.enter(address(1)).expect("a place");
        let request = place.connection().request();
        assert!(request.streams());
        let counts = || {
            let open = all.open();
            (open.count, open.streams)
        };
        assert_eq!(counts(), (0, 1));
        let left = |place: &Place| (place.ends_at() - Instant::now() + Duration::from_millis(500)).as_secs();
        place.state().requests[0].1 -= Duration::from_secs(70);
        assert_eq!(left(&place), 5);
        request.goes_on();
        assert_eq!(left(&place), 75);

        let others: Vec<_> = (0..2).map(|_| all.enter(address(1)).expect("a place beside the stream")).collect();
        assert!(!is_gone(&place) && others.iter().all(|other| !is_gone(other)));
        let second = others[0].connection().request();
        assert!(!second.streams(), "there may be one");
        drop(request);
        assert_eq!(counts(), (3, 0));
        assert!(second.streams());
        drop((others, second, place));
        let open = all.open();
        assert_eq!((open.count, open.streams, open.by_address.len()), (0, 0, 0));
    }

    #[test]
    fn the_system_tells_how_many_files_there_may_be() {
        assert!(max_files().expect("Linux") > 0);
    }
}
