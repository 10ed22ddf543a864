//! `hbs-bench search`: searches of one hotel, of a city, and of a year, in a database with many hotels.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use clap::Args;
use futures_util::{StreamExt, stream};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Value, json};

use crate::api::Api;
use crate::dates::future_date;
use crate::error::{Context, Error, Result};
use crate::hotel::CURRENCY;
use crate::load::{Load, Measured, address, get_public};
use crate::progress::Progress;
use crate::server::{Needs, OwnArgs, OwnServer};
use crate::stats::milliseconds;
use crate::table::Table;
use crate::verdict::Verdict;

const OK: u16 = 200;
const WARM_UP: Duration = Duration::from_secs(2);
/// City into which `hbs seed` puts the first 200 hotels.
const CITY: &str = "Lisbon";
/// Number of connections of a further measurement, which has no budget.
const MANY_CONNECTIONS: usize = 32;
/// Number of days over which arrivals are spread.
const DAYS: u64 = 330;
/// Number of offers that are added at once.
const WRITERS: usize = 16;

#[derive(Debug, Args)]
pub struct SearchArgs {
    #[command(flatten)]
    pub options: SearchOptions,
    /// Fail if a budget is exceeded.
    #[arg(long)]
    strict: bool,
    #[command(flatten)]
    own: OwnArgs,
}

#[derive(Debug, Args)]
pub struct SearchOptions {
    /// Number of hotels; the first 200 are in one city.
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub hotels: u32,
    /// Number of offers that everybody gets, of each hotel in the city that is searched.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(0..=100))]
    pub offers: u32,
    /// Seconds for which each search is measured.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub seconds: u64,
}

pub async fn run(args: SearchArgs) -> Result<Verdict> {
    let within = measure(&args.own, &args.options).await?;
    Ok(Verdict::passed_if(!args.strict || within))
}

/// Measures and prints each kind of search; returns `true` if all budgets hold.
pub async fn measure(own: &OwnArgs, options: &SearchOptions) -> Result<bool> {
    let server = OwnServer::start(own, Needs::default()).await?;
    eprintln!("loading {} hotels", options.hotels);
    let began = Instant::now();
    server.seed(options.hotels).await?;
    println!("{} hotels loaded in {:.1} s", options.hotels, began.elapsed().as_secs_f64());
    let hotels = hotels_of_the_city(&server).await?;
    let api = server.sign_in().await?;
    add_offers(&api, &hotels, options.offers).await?;
    let at = address(api.url()).await?;
    let mut table = Table::new(["search", "connections", "requests/s", "p50", "p95", "p99", "budget", ""]);
    let mut within = true;
    let progress = Progress::new("search", Kind::ALL.len() * 2);
    for kind in Kind::ALL {
        for connections in [kind.connections(), MANY_CONNECTIONS] {
            let load = |duration| Load { address: at, connections, duration, expected: OK };
            let requests = Requests::new(kind, &hotels);
            load(WARM_UP).run(requests.clone().maker()).await?;
            let measured = load(Duration::from_secs(options.seconds)).run(requests.maker()).await?;
            let budget = (connections != MANY_CONNECTIONS).then(|| kind.budget());
            within &= budget.is_none_or(|budget| measured.percentile(99) < budget);
            table.row(&row(kind, connections, &measured, budget));
            progress.step();
        }
    }
    progress.finish();
    println!("{} hotels in {CITY}, {} offers each; dates and hotel differ per request", hotels.len(), options.offers);
    print!("{table}");
    server.print_footprint();
    server.stop().await?;
    Ok(within)
}

fn row(kind: Kind, connections: usize, measured: &Measured, budget: Option<Duration>) -> [String; 8] {
    let verdict = match budget {
        None => "",
        Some(budget) if measured.percentile(99) < budget => "ok",
        Some(_) => "OVER BUDGET",
    };
    [
        kind.name().to_owned(),
        connections.to_string(),
        format!("{:.0}", measured.per_second()),
        milliseconds(measured.percentile(50)),
        milliseconds(measured.percentile(95)),
        milliseconds(measured.percentile(99)),
        budget.map_or(String::new(), |budget| format!("p99 < {}", milliseconds(budget))),
        verdict.to_owned(),
    ]
}

#[derive(Deserialize)]
struct Properties {
    items: Vec<PropertyId>,
}

#[derive(Deserialize)]
struct PropertyId {
    id: String,
}

async fn hotels_of_the_city(server: &OwnServer) -> Result<Vec<String>> {
    let found: Properties = server.sign_in().await?.get(&format!("/properties?city={CITY}&limit=200")).await?;
    let ids: Vec<String> = found.items.into_iter().map(|property| property.id).collect();
    if ids.is_empty() { Err(Error::new(format!("there is no hotel in {CITY}"))) } else { Ok(ids) }
}

/// Adds offers to hotels, all of which each search has to choose from.
async fn add_offers(api: &Api, hotels: &[String], count: u32) -> Result<()> {
    let progress = Progress::new("offers", hotels.len());
    let adding = hotels.iter().map(|hotel| async move {
        for n in 0..count {
            api.post::<IgnoredAny>("/offers", &offer(hotel, n)).await.context("cannot add an offer")?;
        }
        Ok::<(), Error>(())
    });
    let mut added = stream::iter(adding).buffer_unordered(WRITERS);
    while let Some(answer) = added.next().await {
        answer?;
        progress.step();
    }
    progress.finish();
    Ok(())
}

/// The offer of a number: each kind in turn, half of them combinable.
fn offer(hotel: &str, n: u32) -> Value {
    let money = |units: u32| json!({"amount": format!("{units}.00"), "currency": CURRENCY});
    let mut body = match n % 5 {
        0 => json!({"kind": "percent", "percent": (n % 7 + 1).to_string()}),
        1 => json!({"kind": "amount_per_night", "amount": money(n % 7 + 1)}),
        2 => json!({"kind": "amount_per_stay", "amount": money(n % 7 + 5)}),
        3 => json!({"kind": "fixed_price", "amount": money(n + 60)}),
        _ => {
            json!({"kind": "free_nights", "stay_nights": 3, "pay_nights": 2, "free_nights": "cheapest", "min_nights": n % 7 + 2})
        }
    };
    (body["property_id"], body["name"], body["access"]) = (json!(hotel), json!(format!("Offer {n}")), json!("automatic"));
    body["is_combinable"] = json!(n.is_multiple_of(2));
    body
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    /// Three nights at one hotel: all room types and plans.
    Hotel,
    /// Three nights at all hotels of a city.
    City,
    /// Three nights from each of 365 days on, at one hotel.
    Year,
}

impl Kind {
    const ALL: [Self; 3] = [Self::Hotel, Self::City, Self::Year];

    fn name(self) -> &'static str {
        match self {
            Self::Hotel => "one hotel, 3 nights",
            Self::City => "all hotels of a city, 3 nights",
            Self::Year => "calendar of 365 days, 3 nights",
        }
    }

    fn connections(self) -> usize {
        match self {
            Self::Hotel => 8,
            Self::City | Self::Year => 2,
        }
    }

    fn budget(self) -> Duration {
        Duration::from_millis(match self {
            Self::Hotel => 5,
            Self::City => 50,
            Self::Year => 10,
        })
    }
}

/// Requests, each unlike the one before, but the same in every run.
#[derive(Clone)]
struct Requests {
    kind: Kind,
    hotels: Arc<[String]>,
    sent: Arc<AtomicU64>,
}

impl Requests {
    fn new(kind: Kind, hotels: &[String]) -> Self {
        Self { kind, hotels: hotels.into(), sent: Arc::default() }
    }

    fn maker(self) -> impl Fn() -> Vec<u8> + Clone + Send + 'static {
        move || get_public(&self.path(self.sent.fetch_add(1, Ordering::Relaxed)))
    }

    fn path(&self, number: u64) -> String {
        let random = scattered(number);
        let count = u64::try_from(self.hotels.len()).unwrap_or(1);
        let hotel = &self.hotels[usize::try_from(random % count).unwrap_or(0)];
        let day = scattered(random) % DAYS;
        let (check_in, check_out) = (future_date(day), future_date(day + 3));
        match self.kind {
            Kind::Hotel => {
                format!("/v1/availability?property_id={hotel}&check_in={check_in}&check_out={check_out}&adults=2")
            }
            Kind::City => {
                format!("/v1/availability/hotels?city={CITY}&check_in={check_in}&check_out={check_out}&adults=2")
            }
            Kind::Year => {
                // From a day of the next month on, within what is on sale.
                let from = future_date(day % 30);
                format!("/v1/availability/calendar?property_id={hotel}&from={from}&days=365&nights=3&adults=2")
            }
        }
    }
}

/// Scatters numbers: one number for another, without order (SplitMix64).
fn scattered(number: u64) -> u64 {
    let mut mixed = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn requests_differ_and_are_the_same_in_every_run() {
        let hotels = ["a".to_owned(), "b".to_owned(), "c".to_owned()];
        for kind in Kind::ALL {
            let paths = || (0..200).map(|number| Requests::new(kind, &hotels).path(number)).collect::<Vec<_>>();
            assert_eq!(paths(), paths());
            assert!(BTreeSet::from_iter(paths()).len() > 60, "{kind:?}");
        }
    }
}
