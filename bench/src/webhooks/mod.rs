//! `hbs-bench webhooks`: how long after they happened events reach a webhook and a reader of the feed, while bookings are made at
//! a steady pace; and whether many webhooks are told later where one of them is dead and one is slow.

mod lags;
mod receiver;

use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use clap::Args;
use futures_util::future::try_join_all;
use serde::Deserialize;
use serde_json::json;
use tokio::time::{interval, sleep};

use crate::api::Api;
use crate::create::delivery;
use crate::create::hotel::BenchHotel;
use crate::database::Database;
use crate::error::{Context, Error, Result};
use crate::hotel::Created;
use crate::load::{Connection, address};
use crate::progress::Progress;
use crate::server::{Needs, OwnArgs, OwnServer};
use crate::stats::{milliseconds, per_second, percentile};
use crate::table::Table;
use crate::verdict::Verdict;
use lags::{Lags, Message};
use receiver::{Receiver, lock};

/// Webhooks may lead to this program.
const SETTINGS: &[(&str, &str)] = &[("HBS_OUTGOING_UNGUARDED", "on")];
/// Number of connections over which bookings are made.
const CONNECTIONS: u32 = 16;
const CREATED: u16 = 201;
/// Time for which bookings are made before those that count: plans of PostgreSQL for empty tables tell nothing.
const WARM_UP: Duration = Duration::from_secs(2);
/// Most bookings for which the hotel surely has room.
const MOST_BOOKINGS: u64 = 24_000;
/// Part of the pace that must be kept for the figures to count.
const LEAST_PACE: f64 = 0.95;
/// Longest time for 99 of 100 first attempts.
const ATTEMPT_BUDGET: Duration = Duration::from_secs(2);
/// Longest time after which a reader of the feed has 99 of 100 events.
const FEED_BUDGET: Duration = Duration::from_secs(1);
/// Percentage by which others may be told later beside a dead and a slow webhook.
const MOST_DELAY_PERCENT: u32 = 20;
/// Difference of two runs that tells nothing.
const NOISE: Duration = Duration::from_millis(100);
/// Webhooks besides those that are healthy: the one of the steady pace, the dead and the slow one.
const OTHERS: u32 = 3;
/// Number of bookings of which all webhooks are told, without and again with the dead and the slow one.
const TOLD: usize = 5;
/// Time in which whatever was to be told has been told.
const LIMIT: Duration = Duration::from_secs(300);
const POLL: Duration = Duration::from_millis(20);

#[derive(Debug, Args)]
pub struct WebhooksArgs {
    /// Bookings a second.
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=2000))]
    per_second: u32,
    /// Seconds for which bookings are made.
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=600))]
    seconds: u64,
    /// Number of webhooks: if there are more than 3, it is also measured what a dead and a slow one among them cost the others.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1000))]
    endpoints: u32,
    /// Fail if a budget is exceeded.
    #[arg(long)]
    strict: bool,
    #[command(flatten)]
    own: OwnArgs,
}

pub async fn run(args: WebhooksArgs) -> Result<Verdict> {
    if u64::from(args.per_second) * (args.seconds + WARM_UP.as_secs()) > MOST_BOOKINGS {
        return Err(Error::new(format!("the hotel has room for {MOST_BOOKINGS} bookings: make fewer a second, or stop earlier")));
    }
    let server = OwnServer::start(&args.own, Needs { durable: true, settings: SETTINGS, ..Needs::default() }).await?;
    let bench = Bench { api: server.sign_in().await?, database: Database::connect(server.database_url()).await? };
    let pace = bench.keep_pace(args.per_second, Duration::from_secs(args.seconds)).await?;
    let mut holds = pace.print(args.per_second);
    if args.endpoints > OTHERS {
        let told = bench.tell_many(args.endpoints - OTHERS).await?;
        holds &= told.print(args.endpoints - OTHERS);
    }
    drop(bench);
    server.print_footprint();
    server.stop().await?;
    Ok(Verdict::passed_if(!args.strict || holds))
}

struct Bench {
    api: Api,
    database: Database,
}

#[derive(Deserialize)]
struct Page {
    items: Vec<Message>,
    next_after: i64,
}

impl Bench {
    /// Makes bookings at a steady pace, with one webhook and one reader of the feed.
    async fn keep_pace(&self, per_second: u32, duration: Duration) -> Result<Pace> {
        let hotel = BenchHotel::build(&self.api).await?;
        let receiver = Receiver::start().await?;
        self.hook(&hotel, &receiver.quick(0), &[]).await?;
        self.warm_up(&hotel, &receiver, per_second).await?;
        let after: i64 = self.database.value("SELECT coalesce(max(position), 0) FROM outbox").await?;
        let feed = Mutex::new(Lags::default());
        let bookings = async {
            let booked = book(&self.api, &hotel, per_second, duration).await?;
            let made = booked.latencies.len();
            until("the webhook was not told of all bookings", || receiver.lags().bookings() >= made).await?;
            until("the feed did not have all bookings", || lock(&feed).bookings() >= made).await?;
            Ok::<_, Error>(booked)
        };
        let booked = tokio::select! {
            booked = bookings => booked?,
            Err(error) = self.follow(&hotel, after, &feed) => return Err(error),
        };
        let (attempts, feed) = (receiver.lags().take(), lock(&feed).take());
        Ok(Pace { booked, attempts, feed })
    }

    /// Makes a webhook of a hotel.
    async fn hook(&self, hotel: &BenchHotel, url: &str, kinds: &[&str]) -> Result<()> {
        let body = json!({"property_id": hotel.property_id, "url": url, "kinds": kinds});
        self.api.post::<Created>("/webhooks", &body).await.context("cannot make a webhook")?;
        Ok(())
    }

    /// Makes bookings that do not count, and waits until the webhook has been told of them.
    async fn warm_up(&self, hotel: &BenchHotel, receiver: &Receiver, per_second: u32) -> Result<()> {
        let made = book(&self.api, hotel, per_second, WARM_UP).await?.latencies.len();
        until("the webhook was not told of the first bookings", || receiver.lags().bookings() >= made).await?;
        self.settle().await?;
        receiver.lags().take();
        Ok(())
    }

    /// Waits until nothing of what was done before is left to do.
    async fn settle(&self) -> Result<()> {
        delivery::drain(&self.database).await?;
        self.database.execute("ANALYZE").await
    }

    /// Reads the feed of a hotel, waiting for what comes, until it is dropped.
    async fn follow(&self, hotel: &BenchHotel, mut after: i64, lags: &Mutex<Lags>) -> Result<()> {
        loop {
            let path = format!("/events?property_id={}&after={after}&limit=200&wait=20", hotel.property_id);
            let Page { items, next_after } = self.api.get(&path).await.context("cannot read the feed")?;
            let mut lags = lock(lags);
            for message in &items {
                lags.note(0, message);
            }
            after = next_after;
        }
    }

    /// Tells many webhooks of bookings, and then once more beside a dead and a slow one.
    async fn tell_many(&self, webhooks: u32) -> Result<Told> {
        let hotel = BenchHotel::build(&self.api).await?;
        let receiver = Receiver::start().await?;
        let progress = Progress::new("webhooks", usize::try_from(webhooks).unwrap_or(usize::MAX));
        for number in 0..webhooks {
            self.hook(&hotel, &receiver.quick(number), &["booking.created"]).await?;
            progress.step();
        }
        progress.finish();
        let alone = self.tell(&hotel, &receiver, webhooks).await?;
        for url in [format!("http://{}/dead", nobody()?), receiver.slow()] {
            self.hook(&hotel, &url, &["booking.created"]).await?;
        }
        let beside = self.tell(&hotel, &receiver, webhooks).await?;
        Ok(Told { alone, beside })
    }

    /// Makes bookings, each when all webhooks have been told of the one before.
    async fn tell(&self, hotel: &BenchHotel, receiver: &Receiver, webhooks: u32) -> Result<Vec<Duration>> {
        self.settle().await?;
        let (mut seller, bearer) = (Connection::open(address(self.api.url()).await?).await?, self.api.bearer().await?);
        for number in 1..=TOLD {
            sell(&mut seller, hotel, &bearer).await?;
            let all = number * usize::try_from(webhooks).unwrap_or(usize::MAX);
            until("the webhooks were not told of a booking", || receiver.lags().bookings() >= all).await?;
        }
        Ok(receiver.lags().take())
    }
}

/// Returns an address at which nobody listens.
fn nobody() -> Result<SocketAddr> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).context("cannot find a free port")?;
    listener.local_addr().context("cannot find a free port")
}

async fn until(otherwise: &str, mut is_so: impl FnMut() -> bool) -> Result<()> {
    let began = Instant::now();
    while !is_so() {
        if began.elapsed() > LIMIT {
            return Err(Error::new(format!("{otherwise} within {} s", LIMIT.as_secs())));
        }
        sleep(POLL).await;
    }
    Ok(())
}

/// Bookings that were made at a pace.
struct Booked {
    /// How long each took, sorted.
    latencies: Vec<Duration>,
    elapsed: Duration,
}

async fn book(api: &Api, hotel: &BenchHotel, per_second: u32, duration: Duration) -> Result<Booked> {
    let (address, bearer) = (address(api.url()).await?, api.bearer().await?);
    let every = Duration::from_secs(1) * CONNECTIONS / per_second;
    let began = Instant::now();
    let sellers = (0..CONNECTIONS).map(|seller| {
        let (hotel, bearer) = (hotel.clone(), Arc::clone(&bearer));
        tokio::spawn(async move {
            // Not all at the same moment.
            sleep(every * seller / CONNECTIONS).await;
            sell_until(address, &hotel, &bearer, every, began + duration).await
        })
    });
    let mut latencies = Vec::new();
    for own in try_join_all(sellers).await.context("a seller failed")? {
        latencies.extend(own?);
    }
    latencies.sort_unstable();
    Ok(Booked { latencies, elapsed: began.elapsed() })
}

/// Sells at a pace. What a slow answer delays is sold at once after it.
async fn sell_until(
    address: SocketAddr,
    hotel: &BenchHotel,
    bearer: &str,
    every: Duration,
    until: Instant,
) -> Result<Vec<Duration>> {
    let mut connection = Connection::open(address).await?;
    let mut ticks = interval(every);
    let mut latencies = Vec::new();
    loop {
        ticks.tick().await;
        let sent = Instant::now();
        if sent >= until {
            return Ok(latencies);
        }
        sell(&mut connection, hotel, bearer).await?;
        latencies.push(sent.elapsed());
    }
}

async fn sell(connection: &mut Connection, hotel: &BenchHotel, bearer: &str) -> Result<()> {
    let answer = connection.exchange(&hotel.booking(bearer)).await?;
    if answer.status == CREATED {
        return Ok(());
    }
    Err(Error::new(format!("a booking was answered with {}: {}", answer.status, String::from_utf8_lossy(answer.body))))
}

/// Figures of bookings at a steady pace.
struct Pace {
    booked: Booked,
    /// Times from events to their first attempts.
    attempts: Vec<Duration>,
    /// Times from events to their pages of the feed.
    feed: Vec<Duration>,
}

impl Pace {
    /// Prints the figures. Returns `true` if the pace was kept, and each is within its budget.
    fn print(&self, asked: u32) -> bool {
        let Self { booked, attempts, feed } = self;
        let rate = per_second(booked.latencies.len(), booked.elapsed);
        let keeps_pace = rate >= f64::from(asked) * LEAST_PACE;
        let mut table = Table::new(["", "number", "p50", "p99", "longest", "budget", ""]);
        let mut holds = keeps_pace;
        for (name, times, budget) in [
            ("bookings", &booked.latencies, None),
            ("first attempts of the webhook", attempts, Some(ATTEMPT_BUDGET)),
            ("events in the feed", feed, Some(FEED_BUDGET)),
        ] {
            holds &= row(&mut table, name, times, budget);
        }
        print!("{table}");
        let word = if keeps_pace { "" } else { ": TOO FEW for the figures to count" };
        println!("{rate:.0} bookings a second, {asked} were asked for{word}; attempts and feed are counted from the event on");
        holds
    }
}

/// Figures of many webhooks.
struct Told {
    alone: Vec<Duration>,
    /// The same beside a dead and a slow one.
    beside: Vec<Duration>,
}

impl Told {
    /// Prints the figures. Returns `true` if the dead and the slow one delay nobody.
    fn print(&self, webhooks: u32) -> bool {
        let Self { alone, beside } = self;
        let without = percentile(alone, 99);
        let most = (without * (100 + MOST_DELAY_PERCENT) / 100).max(without + NOISE);
        let title = format!("first attempts of {webhooks} webhooks");
        let mut table = Table::new([title.as_str(), "number", "p50", "p99", "longest", "budget", ""]);
        row(&mut table, "alone", alone, None);
        let holds = row(&mut table, "beside a dead and a slow one", beside, Some(most));
        print!("{table}");
        holds
    }
}

/// Adds a line of figures. Returns `true` if 99 of 100 times are within the budget.
fn row(table: &mut Table, name: &str, times: &[Duration], budget: Option<Duration>) -> bool {
    let holds = budget.is_none_or(|budget| percentile(times, 99) < budget);
    table.row(&[
        name.to_owned(),
        times.len().to_string(),
        milliseconds(percentile(times, 50)),
        milliseconds(percentile(times, 99)),
        milliseconds(percentile(times, 100)),
        budget.map(|budget| format!("< {}", milliseconds(budget))).unwrap_or_default(),
        if holds { "ok" } else { "OVER BUDGET" }.to_owned(),
    ]);
    holds
}
