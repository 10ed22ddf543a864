//! `hbs-bench screens`: the answers that draw a console, at a large hotel: the front desk of today, the chart of two weeks,
//! housekeeping, the search by name, and the news of each where nothing is new. Each as a browser gets it: compressed.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{Days, NaiveDate};
use clap::Args;
use futures_util::future::try_join_all;
use futures_util::{StreamExt, stream};
use reqwest::header;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::api::Api;
use crate::error::{Context, Error, Result};
use crate::hotel::{self, Created, Hotel, Property, RoomType};
use crate::progress::Progress;
use crate::server::{Needs, OwnArgs, Server};
use crate::stats::{milliseconds, percentile};
use crate::table::Table;
use crate::verdict::Verdict;

/// Number of connections that ask at a time.
const CONNECTIONS: usize = 2;
/// Number of clients that build the hotel and book.
const CLIENTS: usize = 16;
/// Number of room types of the hotel.
const TYPES: usize = 10;
/// Days over which arrivals are spread, and nights that are on sale.
const DAYS: u64 = 365;
const HORIZON: i64 = 400;
/// Nights of the chart.
const CHART_NIGHTS: u64 = 14;
const WARM_UP: usize = 5;
/// Most items of an action on several stays.
const ITEMS: usize = 100;

const FIRST_NAMES: [&str; 20] = [
    "Ana", "Bo", "Chloé", "Dário", "Eva", "Fátima", "Günter", "Hana", "Inês", "Jürgen", "Kofi", "Lúcia", "Maria", "Nuno", "Olga",
    "Pedro", "Rui", "Sofia", "Tomás", "Zoë",
];
const LAST_NAMES: [&str; 25] = [
    "Almeida", "Barros", "Costa", "Duarte", "Esteves", "Ferreira", "Gomes", "Horváth", "Ivanov", "Jansen", "Kowalski", "Lima",
    "Müller", "Novák", "Oliveira", "Pereira", "Quintas", "Rossi", "Santos", "Teixeira", "Ueda", "Vaz", "Weiß", "Ximenes",
    "Łukasz",
];

#[derive(Debug, Args)]
pub struct ScreensArgs {
    /// Number of rooms.
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u32).range(10..=10_000))]
    rooms: u32,
    /// Number of bookings, spread over a year.
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    bookings: u32,
    /// Seconds for which each answer is measured.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=3600))]
    seconds: u64,
    /// Fail if a budget is exceeded.
    #[arg(long)]
    strict: bool,
    #[command(flatten)]
    own: OwnArgs,
}

pub async fn run(args: ScreensArgs) -> Result<Verdict> {
    let server = Server::start(&args.own, Needs::default()).await?;
    let Filled { property, today } = fill(&server.api, args.rooms, args.bookings).await?;
    check_in_half(&server.api, &property).await?;
    let within = measure(&server.api, &property, today, Duration::from_secs(args.seconds)).await?;
    println!("{} rooms, {} bookings of 1 to 5 nights over {DAYS} days; {CONNECTIONS} connections", args.rooms, args.bookings);
    server.print_footprint();
    server.stop().await?;
    Ok(Verdict::passed_if(!args.strict || within))
}

/// A hotel with its bookings.
pub struct Filled {
    property: Property,
    today: NaiveDate,
}

/// Builds a hotel of so many rooms, and books it over a year.
pub async fn fill(api: &Api, rooms: u32, bookings: u32) -> Result<Filled> {
    let hotel = Hotel { room_types: types(rooms), max_nights: 30, max_advance_days: HORIZON, horizon_nights: HORIZON };
    let property = hotel::build(api, &hotel, "Large hotel", CLIENTS).await?;
    let Dates { business_date: today } =
        api.get(&format!("/properties/{}", property.id)).await.context("cannot read the hotel")?;
    book(api, &property, today, bookings).await?;
    Ok(Filled { property, today })
}

fn types(rooms: u32) -> BTreeMap<String, RoomType> {
    let rooms = usize::try_from(rooms).unwrap_or(usize::MAX);
    let of_type = |n: usize| {
        let count = rooms / TYPES + usize::from(n < rooms % TYPES);
        (format!("T{n:02}"), RoomType { rooms: count, max_adults: 2, max_children: 1, max_guests: 3 })
    };
    (0..TYPES).map(of_type).collect()
}

#[derive(Deserialize)]
struct Dates {
    business_date: NaiveDate,
}

async fn book(api: &Api, property: &Property, today: NaiveDate, bookings: u32) -> Result<()> {
    let progress = Progress::new("bookings", usize::try_from(bookings).unwrap_or(0));
    let types: Vec<&String> = property.room_types.values().collect();
    let calls = (0..u64::from(bookings)).map(|n| {
        let room_type = types[usize::try_from(n).unwrap_or(0) % types.len()];
        let body = booking(&property.id, room_type, today, n);
        async move { api.post::<Created>("/bookings", &body).await }
    });
    let mut answers = stream::iter(calls).buffer_unordered(CLIENTS);
    while let Some(answer) = answers.next().await {
        answer.context("cannot book")?;
        progress.step();
    }
    progress.finish();
    Ok(())
}

#[derive(Deserialize)]
struct Desk {
    arrivals: Vec<Value>,
}

#[derive(Deserialize)]
struct Done {
    refused: usize,
}

/// Checks in every other guest of today, so that the desk has all lists.
async fn check_in_half(api: &Api, property: &Property) -> Result<()> {
    let desk: Desk = api.get(&format!("/front-desk?property_id={}", property.id)).await.context("cannot read the desk")?;
    let item = |row: &Value| json!({"booking_id": row["booking_id"], "stay_id": row["stay_id"]});
    let items: Vec<Value> = desk.arrivals.iter().step_by(2).map(item).collect();
    for items in items.chunks(ITEMS) {
        let body = json!({"property_id": property.id, "items": items});
        let Done { refused } = api.post("/bookings/bulk-check-in", &body).await.context("cannot check guests in")?;
        if refused > 0 {
            return Err(Error::new(format!("{refused} guests cannot be checked in")));
        }
    }
    Ok(())
}

fn booking(property_id: &str, room_type_id: &str, today: NaiveDate, n: u64) -> Value {
    // Prime to the number of days, so that every day has as many.
    let check_in = today + Days::new(n * 101 % DAYS);
    let check_out = check_in + Days::new(1 + n % 5);
    let phone = format!("+3519{:08}", n * 7919 % 100_000_000);
    json!({
        "property_id": property_id, "check_in": check_in, "check_out": check_out,
        "rooms": [{"room_type_id": room_type_id, "adults": 1 + n % 2}],
        "contact": {"full_name": name(n), "email": format!("guest{n}@example.com"), "phone": phone},
        "arrival_time": format!("{:02}:30", 12 + n % 10),
    })
}

fn name(n: u64) -> String {
    let of = |names: &[&'static str], n: u64| names[usize::try_from(n).unwrap_or(0) % names.len()];
    format!("{} {} {}", of(&FIRST_NAMES, n), of(&LAST_NAMES, n / 20), of(&LAST_NAMES, n / 500))
}

/// An answer that is measured.
struct Screen {
    name: &'static str,
    paths: Vec<String>,
    /// Longest time for 95 of 100.
    budget: Duration,
    /// Most bytes, compressed.
    bytes: usize,
}

#[derive(Deserialize)]
struct WithMark {
    sync: String,
}

async fn screens(api: &Api, property: &Property, today: NaiveDate) -> Result<Vec<Screen>> {
    let hotel = &property.id;
    let to = today + Days::new(CHART_NIGHTS);
    let lists = [
        ("front desk", format!("/front-desk?property_id={hotel}")),
        ("chart of 14 nights", format!("/calendar?property_id={hotel}&from={today}&to={to}")),
        ("housekeeping", format!("/housekeeping?property_id={hotel}")),
        ("bookings, 200 of them", format!("/bookings?property_id={hotel}&limit=200")),
    ];
    let mut screens = Vec::new();
    for (name, path) in &lists {
        screens.push(Screen { name, paths: vec![path.clone()], budget: Duration::from_millis(100), bytes: 60_000 });
    }
    let named = |list: &str| (0..50).map(|n| format!("/{list}?property_id={hotel}&q={}", query(n))).collect();
    for (name, list) in [("search by name", "search"), ("bookings by name", "bookings")] {
        screens.push(Screen { name, paths: named(list), budget: Duration::from_millis(100), bytes: 60_000 });
    }
    for ((_, path), name) in lists.iter().zip(["desk: no news", "chart: no news", "housekeeping: no news", "bookings: no news"]) {
        let WithMark { sync } = api.get(path).await.context("cannot read a screen")?;
        let paths = vec![format!("{path}&updated_since={sync}")];
        screens.push(Screen { name, paths, budget: Duration::from_millis(2), bytes: 1_000 });
    }
    Ok(screens)
}

/// Words that somebody types: without accents, the last name first.
fn query(n: u64) -> String {
    let name = name(n * 37).to_lowercase();
    let words: Vec<&str> = name.split(' ').filter(|word| word.is_ascii()).take(2).collect();
    words.into_iter().rev().collect::<Vec<_>>().join("+")
}

async fn measure(api: &Api, property: &Property, today: NaiveDate, duration: Duration) -> Result<bool> {
    let screens = screens(api, property, today).await?;
    let progress = Progress::new("screens", screens.len());
    let mut table = Table::new(["answer", "p50", "p95", "budget", "bytes", "budget", ""]);
    let mut within = true;
    for screen in &screens {
        let (mut latencies, bytes) = load(api, &screen.paths, duration).await?;
        latencies.sort_unstable();
        let holds = percentile(&latencies, 95) < screen.budget && bytes < screen.bytes;
        within &= holds;
        table.row(&[
            screen.name.to_owned(),
            milliseconds(percentile(&latencies, 50)),
            milliseconds(percentile(&latencies, 95)),
            format!("< {}", milliseconds(screen.budget)),
            bytes.to_string(),
            format!("< {}", screen.bytes),
            if holds { "ok" } else { "OVER BUDGET" }.to_owned(),
        ]);
        progress.step();
    }
    progress.finish();
    print!("{table}");
    Ok(within)
}

/// Asks over some connections for a while. Returns the latencies, and the bytes of the largest body.
async fn load(api: &Api, paths: &[String], duration: Duration) -> Result<(Vec<Duration>, usize)> {
    let bearer = api.bearer().await.context("cannot sign in")?;
    let urls: Arc<[String]> = paths.iter().map(|path| format!("{}/v1{path}", api.url())).collect();
    let clients = (0..CONNECTIONS).map(|first| tokio::spawn(ask(Arc::clone(&urls), Arc::clone(&bearer), first, duration)));
    let (mut latencies, mut largest) = (Vec::new(), 0);
    for asked in try_join_all(clients).await.context("a client failed")? {
        let (own, bytes) = asked?;
        latencies.extend(own);
        largest = largest.max(bytes);
    }
    Ok((latencies, largest))
}

async fn ask(urls: Arc<[String]>, bearer: Arc<str>, first: usize, duration: Duration) -> Result<(Vec<Duration>, usize)> {
    let client = reqwest::Client::builder().no_proxy().build().context("cannot make an HTTP client")?;
    let (mut latencies, mut largest) = (Vec::new(), 0);
    let mut until = Instant::now() + duration;
    for n in 0.. {
        let url = &urls[(first + n) % urls.len()];
        let sent = Instant::now();
        if sent >= until {
            break;
        }
        let request = client.get(url).bearer_auth(&bearer).header(header::ACCEPT_ENCODING, "gzip");
        let answer = request.send().await.context("cannot ask")?;
        if !answer.status().is_success() {
            return Err(Error::new(format!("{url}: {}", answer.status())));
        }
        let bytes = answer.bytes().await.context("cannot read an answer")?.len();
        if n < WARM_UP {
            until = Instant::now() + duration;
            continue;
        }
        latencies.push(sent.elapsed());
        largest = largest.max(bytes);
    }
    Ok((latencies, largest))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn rooms_are_shared_out_and_names_differ() {
        assert_eq!(types(1003).values().map(|kind| kind.rooms).sum::<usize>(), 1003);
        assert_eq!((0..10_000).map(name).collect::<BTreeSet<_>>().len(), 10_000);
        assert!((0..50).map(query).all(|query| query.is_ascii() && !query.is_empty()));
    }
}
