//! `hbs-bench replay`: plays the reservations of a real hotel through the API and compares what HBS
//! then reports with what the file alone gives.

mod books;
mod figures;
mod file;
mod peak;
mod play;
mod report;
mod reservation;
mod schedule;

use std::path::PathBuf;
use std::time::Instant;

use clap::Args;
use uuid::Uuid;

use crate::api::Api;
use crate::database::Database;
use crate::error::{Context, Error, Result};
use crate::hotel::{Property, build};
use crate::server::{Needs, Server, ServerArgs};
use crate::verdict::Verdict;
use figures::{Months, figures_of_file, figures_of_report};
use file::{Rows, read_file};
use peak::hotel_for;
use play::{Play, Played, set_clock};
use schedule::{Day, Pace, schedule};

#[derive(Debug, Args)]
pub struct ReplayArgs {
    /// A file with the columns of the "hotel booking demand" data set, CSV or gzipped CSV.
    file: PathBuf,
    /// Number of requests that are under way at once.
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=1000))]
    clients: u16,
    /// Plays the first ROWS rows only.
    #[arg(long, value_name = "ROWS")]
    limit: Option<usize>,
    /// Writes the rows that the model does not hold to this file, with the reasons.
    #[arg(long, value_name = "FILE")]
    rejects: Option<PathBuf>,
    /// Closes every date by a night audit, and checks the books: guests leave and do not come on the days that were booked.
    #[arg(long)]
    close_dates: bool,
    #[command(flatten)]
    server: ServerArgs,
}

pub async fn run(args: ReplayArgs) -> Result<Verdict> {
    let rows = read_file(&args.file, args.limit)?;
    report::print_rows(&rows);
    if let Some(path) = &args.rejects {
        report::write_rejects(path, &rows.rejects)?;
    }
    if rows.reservations.is_empty() {
        return Err(Error::new("the file has no reservation that can be played"));
    }
    let server = args.server.open(Needs { durable: false, settings: &[("HBS_TEST_CLOCK", "on")], ..Needs::default() }).await?;
    let pace = if args.close_dates { Pace::Audited } else { Pace::AsRecorded };
    let verdict = replay(&server, &rows, usize::from(args.clients), pace).await?;
    server.print_footprint();
    server.stop().await?;
    Ok(verdict)
}

async fn replay(server: &Server, rows: &Rows, clients: usize, pace: Pace) -> Result<Verdict> {
    let days = schedule(&rows.reservations, pace);
    let Replayed { property, played, reported } = play(&server.api, rows, &days, clients, pace).await?;
    report::print_played(&played);
    let of_file = figures_of_file(&rows.reservations);
    let differing = report::compare(&of_file, &reported);
    let (mut violations, mut is_tied) = (0, true);
    if let Some(own) = &server.own {
        let database = Database::connect(own.database_url()).await?;
        violations = database.check().await?;
        if pace == Pace::Audited {
            is_tied = books::check(&database, &property, &of_file).await?;
        }
    }
    Ok(Verdict::passed_if(played.failures.is_empty() && differing == 0 && violations == 0 && is_tied))
}

/// A replay that is over.
struct Replayed {
    property: Property,
    played: Played,
    reported: Months,
}

async fn play(api: &Api, rows: &Rows, days: &[Day], clients: usize, pace: Pace) -> Result<Replayed> {
    let hotel = hotel_for(&rows.reservations, days);
    report::print_hotel(&hotel);
    let run = Uuid::now_v7().to_string();
    if let Some(first) = days.first() {
        // Before the property exists, so that its nights begin on the first day of the replay.
        set_clock(api, first.date).await?;
    }
    let property = build(api, &hotel, &format!("Replay {run}"), clients).await?;
    let began = Instant::now();
    let play = Play { api, property: &property, reservations: &rows.reservations, clients, run: &run, pace };
    let played = play.play(days).await?;
    println!("replayed in {:.1} s: {} days with events, {} clients", began.elapsed().as_secs_f64(), days.len(), clients);
    let report = api
        .get(&format!("/reports/stays?property_id={}&group=arrival_month", property.id))
        .await
        .context("cannot read the report")?;
    Ok(Replayed { property, played, reported: figures_of_report(report)? })
}
