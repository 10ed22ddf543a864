//! `hbs-bench create`: bookings through the API, beside the same statements in one call inside of
//! PostgreSQL, and then with the delivery of events running.

pub mod delivery;
pub mod hotel;
mod limit;

use std::time::Duration;

use clap::Args;

use crate::api::Api;
use crate::budget::Budget;
use crate::database::Database;
use crate::error::Result;
use crate::folder::Folder;
use crate::load::{Load, Measured, address};
use crate::progress::Progress;
use crate::server::{Needs, OwnArgs, OwnServer};
use crate::stats::{median, milliseconds, per_second};
use crate::table::Table;
use crate::verdict::Verdict;
use delivery::{Behind, Delivery};
use hotel::{BenchHotel, HORIZON_NIGHTS, NIGHTS, ROOM_TYPES, ROOMS_PER_TYPE};
use limit::Limit;

const LEAST_RATIO: f64 = 0.5;
const CREATED: u16 = 201;
const WARM_UP: Duration = Duration::from_secs(2);
const DELIVERY_PAUSED: &[(&str, &str)] = &[("HBS_AUDIT_DELIVERY", "off")];
const MAILING: &[(&str, &str)] = &[("HBS_MAIL_DELIVERY", "on")];

#[derive(Debug, Args)]
pub struct CreateArgs {
    #[command(flatten)]
    pub options: CreateOptions,
    /// Fail if the ratio is below the budget, or delivery falls behind.
    #[arg(long)]
    strict: bool,
    #[command(flatten)]
    own: OwnArgs,
}

#[derive(Debug, Args)]
pub struct CreateOptions {
    /// Number of rounds: both sides are measured in turn, each time in a new hotel.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..=100))]
    pub rounds: u16,
    /// Seconds for which each side is measured in a round.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=8))]
    pub seconds: u64,
    /// Seconds for which bookings are made with delivery and mail running; 0 leaves that out.
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u64).range(0..=600))]
    pub sustained: u64,
    /// Number of connections that are kept busy, to the server as to PostgreSQL.
    #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=200))]
    pub connections: u16,
}

pub async fn run(args: CreateArgs) -> Result<Verdict> {
    let Outcome { budget, delivery } = measure(&args.own, &args.options).await?;
    let verdicts = [budget.print(args.strict), delivery.print(args.strict)];
    Ok(Verdict::passed_if(verdicts.iter().all(|verdict| *verdict == Verdict::Passed)))
}

/// Result of all measurements.
pub struct Outcome {
    pub budget: Budget,
    pub delivery: Delivery,
}

/// Measurements with the delivery of events paused.
struct Round {
    hbs: Measured,
    /// Bookings per second of pgbench.
    limit: f64,
}

pub async fn measure(own: &OwnArgs, options: &CreateOptions) -> Result<Outcome> {
    let mut server = OwnServer::start(own, Needs { durable: true, settings: DELIVERY_PAUSED, ..Needs::default() }).await?;
    let database = Database::connect(server.database_url()).await?;
    print_setup(&database, options).await?;
    let rounds = measure_paused(&server, &database, options).await?;
    server.print_footprint();
    server.restart(&[]).await?;
    let delivering = measure_delivering(&server, &database, options).await?;
    let mailing = if options.sustained > 0 {
        server.restart(MAILING).await?;
        Some(measure_mailing(&server, &database, options).await?)
    } else {
        None
    };
    server.print_footprint();
    server.stop().await?;
    let budget = evaluate(rounds, &delivering, mailing.as_ref());
    Ok(Outcome { budget, delivery: delivering.delivery })
}

async fn print_setup(database: &Database, options: &CreateOptions) -> Result<()> {
    let fsync: String = database.value("SHOW fsync").await?;
    let synchronous_commit: String = database.value("SHOW synchronous_commit").await?;
    println!(
        "bookings of {NIGHTS} nights in hotels of {ROOM_TYPES} types with {ROOMS_PER_TYPE} rooms each and \
         {HORIZON_NIGHTS} nights; {} connections; fsync {fsync}, synchronous_commit {synchronous_commit}",
        options.connections
    );
    Ok(())
}

/// Measures both sides in turn, so that what else the machine does falls on both. Each time in a new
/// hotel: the faster side must not fill its hotel more.
async fn measure_paused(server: &OwnServer, database: &Database, options: &CreateOptions) -> Result<Vec<Round>> {
    let api = server.sign_in().await?;
    let folder = Folder::create()?;
    let limit = Limit { database, database_url: server.database_url(), folder: folder.path(), connections: options.connections };
    let sample = BenchHotel::build(&api).await?;
    book(&api, &sample, options, WARM_UP).await?;
    let mut rounds = Vec::new();
    let progress = Progress::new("create", usize::from(options.rounds));
    for _ in 0..options.rounds {
        let hotel = BenchHotel::build(&api).await?;
        settle(database).await?;
        let hbs = book(&api, &hotel, options, Duration::from_secs(options.seconds)).await?;
        let hotel = BenchHotel::build(&api).await?;
        limit.install(&hotel, &sample).await?;
        settle(database).await?;
        rounds.push(Round { hbs, limit: limit.run(&hotel, options.seconds).await? });
        progress.step();
    }
    progress.finish();
    Ok(rounds)
}

/// Settles the database, so that no round pays for the writes of the one before, and both sides get plans for tables as
/// they are.
async fn settle(database: &Database) -> Result<()> {
    database.execute("ANALYZE").await?;
    database.execute("CHECKPOINT").await
}

async fn book(api: &Api, hotel: &BenchHotel, options: &CreateOptions, duration: Duration) -> Result<Measured> {
    let load =
        Load { address: address(api.url()).await?, connections: usize::from(options.connections), duration, expected: CREATED };
    let bearer = api.bearer().await?;
    let hotel = hotel.clone();
    load.run(move || hotel.booking(&bearer)).await
}

struct Delivering {
    hbs: Measured,
    delivery: Delivery,
}

async fn measure_delivering(server: &OwnServer, database: &Database, options: &CreateOptions) -> Result<Delivering> {
    let waiting = delivery::pending(database).await?;
    let caught_up = delivery::drain(database).await?.all;
    println!(
        "{waiting} events had waited; they were delivered in {:.1} s ({:.0}/s)",
        caught_up.as_secs_f64(),
        per_second(usize::try_from(waiting).unwrap_or_default(), caught_up)
    );
    let api = server.sign_in().await?;
    let hotel = BenchHotel::build(&api).await?;
    delivery::drain(database).await?;
    settle(database).await?;
    let mut behind = Behind::default();
    let hbs = tokio::select! {
        hbs = book(&api, &hotel, options, Duration::from_secs(options.seconds)) => hbs?,
        Err(error) = delivery::watch(database, &mut behind) => return Err(error),
    };
    let drained = delivery::drain(database).await?;
    Ok(Delivering { hbs, delivery: Delivery { behind, drained } })
}

struct Mailing {
    hbs: Measured,
    /// The most mails that waited at the end of a hotel's turn.
    worst: i64,
    drained_in: Duration,
}

impl Mailing {
    /// Bookings per second, the time counted in that the last mails and events took after the last booking.
    fn per_second(&self) -> f64 {
        per_second(self.hbs.latencies.len(), self.hbs.elapsed + self.drained_in)
    }
}

/// Books in one hotel after the other, so that none is full, with delivery and mail running.
async fn measure_mailing(server: &OwnServer, database: &Database, options: &CreateOptions) -> Result<Mailing> {
    let api = server.sign_in().await?;
    // Mails of the rounds before are no part of it.
    delivery::drain(database).await?;
    delivery::drain_mail(database).await?;
    let turns = options.sustained.div_ceil(options.seconds);
    let mut hotels = Vec::new();
    for _ in 0..turns {
        hotels.push(BenchHotel::build(&api).await?);
    }
    delivery::drain(database).await?;
    settle(database).await?;
    let (mut rounds, mut worst) = (Vec::new(), 0);
    for hotel in &hotels {
        rounds.push(book(&api, hotel, options, Duration::from_secs(options.seconds)).await?);
        worst = worst.max(delivery::waiting_mails(database).await?);
    }
    let drained_in = delivery::drain(database).await?.all + delivery::drain_mail(database).await?;
    Ok(Mailing { hbs: Measured::together(rounds), worst, drained_in })
}

fn evaluate(rounds: Vec<Round>, delivering: &Delivering, mailing: Option<&Mailing>) -> Budget {
    let ratios = rounds.iter().map(|round| round.hbs.per_second() / round.limit).collect();
    let limit = median(rounds.iter().map(|round| round.limit).collect());
    let paused = Measured::together(rounds.into_iter().map(|round| round.hbs));
    print_figures(&paused, limit, delivering);
    if let Some(mailing) = mailing {
        print_mailing(&paused, mailing);
    }
    Budget { name: "create booking", figure: paused.per_second(), limit, ratio: median(ratios), least: LEAST_RATIO }
}

fn print_figures(paused: &Measured, limit: f64, delivering: &Delivering) {
    let mut table = Table::new(["bookings", "per second", "p50", "p99"]);
    for (name, side) in [("HBS, delivery paused", paused), ("HBS, delivery running", &delivering.hbs)] {
        table.row(&[
            name.to_owned(),
            format!("{:.0}", side.per_second()),
            milliseconds(side.percentile(50)),
            milliseconds(side.percentile(99)),
        ]);
    }
    table.row(&["PostgreSQL alone".to_owned(), format!("{limit:.0}"), String::new(), String::new()]);
    print!("{table}");
}

fn print_mailing(paused: &Measured, mailing: &Mailing) {
    println!(
        "with delivery and mail for {:.0} s: {:.0} bookings per second, the last mail counted in ({:.2} of those with both paused); \
         at most {} mails waited, nothing left {:.1} s after the last booking",
        mailing.hbs.elapsed.as_secs_f64(),
        mailing.per_second(),
        mailing.per_second() / paused.per_second(),
        mailing.worst,
        mailing.drained_in.as_secs_f64()
    );
}
