//! `hbs-bench holds`: sells while thousands of holds end within a minute, and compares with selling while none does.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use chrono::Days;
use clap::Args;
use futures_util::{StreamExt, stream};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};
use tokio::time::sleep;
use uuid::Uuid;

use crate::api::{Api, CallError};
use crate::database::{Database, print_check};
use crate::dates::future_date;
use crate::error::{Error, Result};
use crate::hotel::{Created, Hotel, Property, RoomType, build};
use crate::progress::Progress;
use crate::server::{Needs, OwnArgs, Server};
use crate::stats::{milliseconds, per_second, percentile};
use crate::table::Table;
use crate::verdict::Verdict;

const NIGHTS: u64 = 60;
/// Factor by which rooms exceed holds, so that waiting is measured and not refusals.
const SPARE: usize = 4;
const CLIENTS: usize = 32;
/// Number of clients that sell one after the other.
const SELLERS: usize = 4;
const MINUTE: Duration = Duration::from_secs(60);

#[derive(Debug, Args)]
pub struct HoldsArgs {
    /// Number of holds that end at once.
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    holds: u32,
    /// Seconds for which sales are measured while no hold ends.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=600))]
    seconds: u64,
    #[command(flatten)]
    own: OwnArgs,
}

pub async fn run(args: HoldsArgs) -> Result<Verdict> {
    let server = Server::start(&args.own, Needs { durable: true, ..Needs::default() }).await?;
    let Some(own) = &server.own else { return Err(Error::new("the holds are looked for in a database of the command's own")) };
    let database = Database::connect(own.database_url()).await?;
    let rooms = usize::try_from(args.holds).unwrap_or(usize::MAX).div_ceil(usize::try_from(NIGHTS).unwrap_or(1)) * SPARE;
    let property = build(&server.api, &hotel(rooms), "Holds", CLIENTS).await?;
    hold(&server.api, &property, args.holds).await?;

    let sales = Sales { api: &server.api, property: &property };
    let quiet = sales.until(async || Ok(false), Duration::from_secs(args.seconds)).await?;
    let began = Instant::now();
    let overdue = database.end_holds().await?;
    let busy = sales.until(async || Ok(database.holds().await? == 0), 5 * MINUTE).await?;
    let took = began.elapsed();

    let mut table = Table::new(["sales", "per second", "median", "99 %", "longest"]);
    for (name, sold) in [("no hold ends", &quiet), ("holds end", &busy)] {
        table.row(&sold.row(name));
    }
    print!("{table}");
    println!(
        "{overdue} holds ended in {:.1} s, {:.0}/s",
        took.as_secs_f64(),
        per_second(usize::try_from(overdue).unwrap_or(0), took)
    );
    let left = database.holds().await?;
    print_check("no hold outlives its time by a minute", left + i64::from(took > MINUTE + Duration::from_secs(15)));
    let refused = i64::try_from(quiet.refused + busy.refused).unwrap_or(i64::MAX);
    print_check("no sale was refused", refused);
    let violations = refused + left + database.check().await?;
    drop(database);
    server.stop().await?;
    Ok(Verdict::passed_if(violations == 0))
}

fn hotel(rooms: usize) -> Hotel {
    let room_type = RoomType { rooms, max_adults: 2, max_children: 0, max_guests: 2 };
    Hotel { room_types: BTreeMap::from([("D".to_owned(), room_type)]), max_nights: 5, max_advance_days: 90, horizon_nights: 90 }
}

/// Makes the holds, which last for an hour.
async fn hold(api: &Api, property: &Property, holds: u32) -> Result<()> {
    let progress = Progress::new("holds", usize::try_from(holds).unwrap_or(usize::MAX));
    let made: Vec<Result<Created, CallError>> = stream::iter(0..holds)
        .map(|n| {
            let mut request = stay(property, u64::from(n) % NIGHTS);
            request["hold_minutes"] = json!(60);
            let progress = &progress;
            async move {
                let made = api.post_once("/bookings", &request, &Uuid::now_v7().to_string()).await;
                progress.step();
                made
            }
        })
        .buffer_unordered(CLIENTS)
        .collect()
        .await;
    progress.finish();
    match made.into_iter().find_map(Result::err) {
        Some(error) => Err(Error::new(format!("cannot hold a room: {error}"))),
        None => Ok(()),
    }
}

/// A request for one night.
fn stay(property: &Property, day: u64) -> Value {
    let check_in = future_date(day);
    json!({
        "property_id": property.id,
        "check_in": check_in,
        "check_out": check_in + Days::new(1),
        "rooms": [{"room_type_id": property.room_types["D"], "adults": 1}],
        "contact": {"full_name": "Guest of the bench", "email": "guest@bench.test"},
    })
}

struct Sales<'a> {
    api: &'a Api,
    property: &'a Property,
}

struct Sold {
    /// Duration of each sale, in order.
    took: Vec<Duration>,
    refused: usize,
    elapsed: Duration,
}

impl Sales<'_> {
    /// Sells until something is true, at most for so long.
    async fn until(&self, mut is_over: impl AsyncFnMut() -> Result<bool>, most: Duration) -> Result<Sold> {
        let began = Instant::now();
        let over = tokio::sync::watch::channel(false);
        let sellers = futures_util::future::join_all((0..SELLERS).map(|seller| self.sell(seller, over.1.clone())));
        let watch = async {
            while began.elapsed() < most && !is_over().await? {
                sleep(Duration::from_millis(100)).await;
            }
            over.0.send_replace(true);
            Ok::<_, Error>(())
        };
        let (sold, watched) = tokio::join!(sellers, watch);
        watched?;
        let refused = sold.iter().map(|(_, refused)| refused).sum();
        let mut took: Vec<Duration> = sold.into_iter().flat_map(|(took, _)| took).collect();
        took.sort_unstable();
        Ok(Sold { took, refused, elapsed: began.elapsed() })
    }

    async fn sell(&self, seller: usize, over: tokio::sync::watch::Receiver<bool>) -> (Vec<Duration>, usize) {
        let mut random = StdRng::seed_from_u64(u64::try_from(seller).unwrap_or(0));
        let (mut took, mut refused) = (Vec::new(), 0);
        while !*over.borrow() {
            let request = stay(self.property, random.random_range(0..NIGHTS));
            let began = Instant::now();
            match self.api.post_once::<Created>("/bookings", &request, &Uuid::now_v7().to_string()).await {
                Ok(_) => took.push(began.elapsed()),
                Err(error) => {
                    eprintln!("refused: {error}");
                    refused += 1;
                }
            }
            // As people do: not all the time.
            sleep(Duration::from_millis(10)).await;
        }
        (took, refused)
    }
}

impl Sold {
    fn row(&self, name: &str) -> [String; 5] {
        let rate = per_second(self.took.len(), self.elapsed);
        let at = |percent| milliseconds(percentile(&self.took, percent));
        [name.to_owned(), format!("{rate:.0}"), at(50), at(99), at(100)]
    }
}
