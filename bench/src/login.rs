//! `hbs-bench login`: what signing in tells and costs others. (a) Whether an unknown user can be told from a wrong password
//! by the time that the answer takes; (b) how long reads take beside a storm of sign-ins.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use clap::Args;
use futures_util::future::try_join_all;
use futures_util::{TryStreamExt, stream};
use serde::de::IgnoredAny;
use serde_json::json;
use tokio::time::{MissedTickBehavior, interval, sleep};

use crate::api::Api;
use crate::error::{Context, Error, Result};
use crate::load::{Connection, address, get};
use crate::progress::Progress;
use crate::server::{Needs, OwnArgs, Server};
use crate::stats::{median, milliseconds, percentile};
use crate::table::Table;
use crate::verdict::Verdict;

/// The addresses in `X-Forwarded-For` are believed, so that each attempt can come from elsewhere. Limits
/// are off, as in all benches: what a storm costs before it is limited is the question.
const SETTINGS: &[(&str, &str)] = &[("HBS_TRUSTED_PROXIES", "127.0.0.1"), ("HBS_ACCESS_LOG", "off")];
const PATH: &str = "/v1/me";
const MOST_DIFFERENCE_PERCENT: f64 = 10.0;
const MOST_SLOWDOWN: f64 = 3.0;
const WARM_UP_PAIRS: u32 = 20;
/// Registrations under way at once.
const REGISTRATIONS: usize = 4;
const OK: u16 = 200;
const WRONG_CREDENTIALS: u16 = 401;
/// Statuses of answers to too many attempts, besides that of a wrong password.
const TOO_MANY: [u16; 2] = [429, 503];

#[derive(Debug, Args)]
pub struct LoginArgs {
    #[command(flatten)]
    pub options: LoginOptions,
    /// Fail if a figure is beyond its limit.
    #[arg(long)]
    strict: bool,
    #[command(flatten)]
    own: OwnArgs,
}

#[derive(Debug, Args)]
pub struct LoginOptions {
    /// Number of attempts for an unknown user, and as many with a wrong password, that are timed.
    #[arg(long, default_value_t = 300, value_parser = clap::value_parser!(u32).range(10..=10_000))]
    pub pairs: u32,
    /// Seconds for which reads are measured without, and again with the storm.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub seconds: u64,
    /// Reads a second.
    #[arg(long, default_value_t = 400, value_parser = clap::value_parser!(u32).range(10..=100_000))]
    pub reads: u32,
    /// Number of connections for the reads.
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub connections: u32,
    /// Number of clients that sign in without pause.
    #[arg(long, default_value_t = 32, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub clients: u32,
    /// Milliseconds for which a client of the storm waits when there are too many attempts.
    #[arg(long, default_value_t = 50)]
    pub pause_ms: u64,
}

pub async fn run(args: LoginArgs) -> Result<Verdict> {
    let figures = measure(&args.own, &args.options).await?;
    Ok(print_all(&figures, args.strict))
}

/// A figure that must not be larger than its limit.
pub struct Figure {
    name: &'static str,
    without: Duration,
    with: Duration,
    value: f64,
    most: f64,
}

impl Figure {
    fn holds(&self) -> bool {
        self.value <= self.most
    }
}

pub fn print_all(figures: &[Figure], strict: bool) -> Verdict {
    let mut table = Table::new(["sign-in", "one", "other", "figure", "at most", ""]);
    for figure in figures {
        table.row(&[
            figure.name.to_owned(),
            milliseconds(figure.without),
            milliseconds(figure.with),
            format!("{:.2}", figure.value),
            format!("{:.2}", figure.most),
            if figure.holds() { "ok" } else { "BEYOND ITS LIMIT" }.to_owned(),
        ]);
    }
    print!("{table}");
    Verdict::passed_if(!strict || figures.iter().all(Figure::holds))
}

pub async fn measure(own: &OwnArgs, options: &LoginOptions) -> Result<Vec<Figure>> {
    let server = Server::start(own, Needs { settings: SETTINGS, ..Needs::default() }).await?;
    let figures = vec![measure_timing(&server.api, options).await?, measure_storm(&server.api, options).await?];
    server.print_footprint();
    server.stop().await?;
    Ok(figures)
}

/// (a) One attempt per account, so that no lock-out shortens an answer.
async fn measure_timing(api: &Api, options: &LoginOptions) -> Result<Figure> {
    let attempts = WARM_UP_PAIRS + options.pairs;
    register(api, attempts).await?;
    let mut connection = Connection::open(address(api.url()).await?).await?;
    let (mut unknown, mut wrong) = (Vec::new(), Vec::new());
    let progress = Progress::new("login timing", usize::try_from(attempts).unwrap_or(usize::MAX));
    for number in 0..attempts {
        // Each comes first as often as the other.
        let kinds = if number % 2 == 0 { [true, false] } else { [false, true] };
        for is_known in kinds {
            let login = if is_known { known(number) } else { stranger(number) };
            let request = login_request(&login, "Wrong password 1234", number * 2 + u32::from(is_known));
            let sent = Instant::now();
            let status = connection.exchange(&request).await?.status;
            let took = sent.elapsed();
            if status != WRONG_CREDENTIALS {
                return Err(Error::new(format!("a wrong sign-in was answered with {status}")));
            }
            if number >= WARM_UP_PAIRS {
                if is_known { &mut wrong } else { &mut unknown }.push(took.as_secs_f64());
            }
        }
        progress.step();
    }
    progress.finish();
    let (unknown, wrong) = (median(unknown), median(wrong));
    Ok(Figure {
        name: "unknown user, wrong password: medians differ by %",
        without: Duration::from_secs_f64(unknown),
        with: Duration::from_secs_f64(wrong),
        value: (unknown - wrong).abs() / wrong * 100.0,
        most: MOST_DIFFERENCE_PERCENT,
    })
}

async fn register(api: &Api, accounts: u32) -> Result<()> {
    let progress = Progress::new("accounts", usize::try_from(accounts).unwrap_or(usize::MAX));
    stream::iter((0..accounts).map(Ok))
        .try_for_each_concurrent(REGISTRATIONS, async |number| {
            let body = json!({"email": known(number), "password": format!("Bench-{number}-correct-horse-battery"), "full_name": "Bench"});
            api.post::<IgnoredAny>("/auth/register", &body).await.context("cannot register an account")?;
            progress.step();
            Ok::<_, Error>(())
        })
        .await?;
    progress.finish();
    Ok(())
}

fn known(number: u32) -> String {
    format!("person-{number:05}@bench.test")
}

/// Returns a login that belongs to nobody and has a name as long.
fn stranger(number: u32) -> String {
    format!("nobody-{number:05}@bench.test")
}

/// An attempt from an address of its own.
fn login_request(login: &str, password: &str, from: u32) -> Vec<u8> {
    let body = json!({"login": login, "password": password}).to_string();
    let [_, b, c, d] = from.to_be_bytes();
    format!(
        "POST /v1/auth/login HTTP/1.1\r\nHost: bench\r\nX-Forwarded-For: 198.{b}.{c}.{d}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// (b) The same reads twice: with nothing beside them, and with the storm.
async fn measure_storm(api: &Api, options: &LoginOptions) -> Result<Figure> {
    let address = address(api.url()).await?;
    let request: Arc<[u8]> = get(PATH, &api.bearer().await?).into();
    let progress = Progress::new("login storm", 2);
    // The first second makes connections and fills caches.
    read(address, &request, options, Duration::from_secs(1)).await?;
    let calm = read(address, &request, options, Duration::from_secs(options.seconds)).await?;
    progress.step();
    let attempts = Arc::new(Attempts::default());
    let storm = (0..options.clients).map(|client| {
        let (attempts, pause) = (Arc::clone(&attempts), Duration::from_millis(options.pause_ms));
        tokio::spawn(async move { rage(address, client, pause, &attempts).await })
    });
    let storm: Vec<_> = storm.collect();
    let stormy = read(address, &request, options, Duration::from_secs(options.seconds)).await?;
    let failed = storm.iter().filter(|client| client.is_finished()).count();
    storm.iter().for_each(tokio::task::JoinHandle::abort);
    progress.finish();
    if failed > 0 {
        return Err(Error::new(format!("{failed} clients of the storm got an answer that is none of those foreseen")));
    }
    println!(
        "storm of {} clients: {} passwords refused, {} attempts told that there are too many, in {} s",
        options.clients,
        attempts.hashed.load(Ordering::Relaxed),
        attempts.turned_away.load(Ordering::Relaxed),
        options.seconds
    );
    let (without, with) = (percentile(&calm, 99), percentile(&stormy, 99));
    let mut table = Table::new([PATH, "reads", "p50", "p99"]);
    for (name, side) in [("alone", &calm), ("beside the storm", &stormy)] {
        table.row(&[
            name.to_owned(),
            side.len().to_string(),
            milliseconds(percentile(side, 50)),
            milliseconds(percentile(side, 99)),
        ]);
    }
    print!("{table}");
    let value = with.as_secs_f64() / without.as_secs_f64();
    Ok(Figure { name: "p99 of reads alone, beside a login storm: times", without, with, value, most: MOST_SLOWDOWN })
}

#[derive(Default)]
struct Attempts {
    hashed: AtomicU32,
    turned_away: AtomicU32,
}

/// Signs in with wrong passwords until it is stopped. Returns only if something is wrong.
async fn rage(address: SocketAddr, client: u32, pause: Duration, attempts: &Attempts) -> Result<()> {
    let mut connection = Connection::open(address).await?;
    for number in 0u32.. {
        let from = (client + 1) * 0x0002_0000 + number;
        let status = connection.exchange(&login_request(&stranger(from), "Wrong password 1234", from)).await?.status;
        if status == WRONG_CREDENTIALS {
            attempts.hashed.fetch_add(1, Ordering::Relaxed);
        } else if TOO_MANY.contains(&status) {
            attempts.turned_away.fetch_add(1, Ordering::Relaxed);
            sleep(pause).await;
        } else {
            return Err(Error::new(format!("an attempt was answered with {status}")));
        }
    }
    Ok(())
}

/// Reads at a steady pace and returns how long each took, sorted.
async fn read(address: SocketAddr, request: &Arc<[u8]>, options: &LoginOptions, duration: Duration) -> Result<Vec<Duration>> {
    let until = Instant::now() + duration;
    let every = Duration::from_secs(1) * options.connections / options.reads;
    let connections = options.connections;
    let clients = (0..connections).map(|client| {
        let request = Arc::clone(request);
        tokio::spawn(async move {
            // Not all at the same moment.
            sleep(every * client / connections).await;
            reader(address, &request, every, until).await
        })
    });
    let results = try_join_all(clients).await.context("a client failed")?;
    let mut all = Vec::new();
    for result in results {
        all.extend(result?);
    }
    all.sort_unstable();
    Ok(all)
}

async fn reader(address: SocketAddr, request: &[u8], every: Duration, until: Instant) -> Result<Vec<Duration>> {
    let mut connection = Connection::open(address).await?;
    let mut ticks = interval(every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut latencies = Vec::new();
    while Instant::now() < until {
        ticks.tick().await;
        let sent = Instant::now();
        let status = connection.exchange(request).await?.status;
        if status != OK {
            return Err(Error::new(format!("a read was answered with {status}")));
        }
        latencies.push(sent.elapsed());
    }
    Ok(latencies)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_and_unknown_attempts_look_alike() {
        let request = |login: String, from| String::from_utf8(login_request(&login, "x", from)).expect("text");
        let (one, other) = (request(known(7), 1), request(stranger(7), 1));
        assert_eq!(one.len(), other.len());
        assert!(one.contains("X-Forwarded-For: 198.0.0.1\r\n"), "{one}");
        assert_ne!(request(known(7), 1), request(known(7), 2));
    }
}
