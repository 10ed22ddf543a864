//! `hbs-bench read`: an authenticated read that needs no store, beside a bare handler that returns the
//! same bytes.

pub mod bare;

use std::fs;
use std::time::Duration;

use clap::Args;

use crate::api::Api;
use crate::budget::Budget;
use crate::error::{Context, Error, Result};
use crate::folder::Folder;
use crate::load::{Connection, Load, Measured, address, get};
use crate::progress::Progress;
use crate::server::{Needs, OwnArgs, Server, ServerArgs};
use crate::stats::{median, milliseconds};
use crate::table::Table;
use crate::verdict::Verdict;

const PATH: &str = "/v1/me";
const LEAST_RATIO: f64 = 0.6;
const OK: u16 = 200;
/// Settings of the server: each request is counted, and none refused.
const SETTINGS: &[(&str, &str)] = &[("HBS_RATE_LIMITS", "on"), ("HBS_RATE_LIMIT_READS_PER_MINUTE", "4000000000")];
pub const NEEDS: Needs = Needs { durable: false, settings: SETTINGS, counts_instructions: false };
const WARM_UP: Duration = Duration::from_secs(1);

#[derive(Debug, Args)]
pub struct ReadArgs {
    #[command(flatten)]
    pub options: ReadOptions,
    /// Fail if the ratio is below the budget.
    #[arg(long)]
    strict: bool,
    #[command(flatten)]
    server: ServerArgs,
}

#[derive(Debug, Args)]
pub struct ReadOptions {
    /// Number of rounds, in which both sides are measured in turn.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub rounds: u16,
    /// Seconds for which each side is measured in a round.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub seconds: u64,
    /// Number of connections that are kept busy.
    #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub connections: u16,
}

pub async fn run(args: ReadArgs) -> Result<Verdict> {
    let server = args.server.open(NEEDS).await?;
    let budget = measure(&server, &args.options).await?;
    server.stop().await?;
    Ok(budget.print(args.strict))
}

/// Measures with a server of its own.
pub async fn measure_own(own: &OwnArgs, options: &ReadOptions) -> Result<Budget> {
    let server = Server::start(own, NEEDS).await?;
    let budget = measure(&server, options).await?;
    server.stop().await?;
    Ok(budget)
}

async fn measure(server: &Server, options: &ReadOptions) -> Result<Budget> {
    let subject = Subject { name: "authenticated read", path: PATH, least: LEAST_RATIO };
    // A fresh token for each round, since it expires by real time.
    beside_bare(server, options, &subject, async || Ok(get(PATH, &server.api.bearer().await?))).await
}

/// A read that is measured.
pub struct Subject {
    pub name: &'static str,
    /// The path, without a query.
    pub path: &'static str,
    /// The least ratio to the bare handler that is fast enough.
    pub least: f64,
}

/// Measures both sides in turn, so that what else the machine does falls on both. `request` makes the bytes that go to both in a
/// round.
pub async fn beside_bare(
    server: &Server,
    options: &ReadOptions,
    subject: &Subject,
    request: impl AsyncFn() -> Result<Vec<u8>>,
) -> Result<Budget> {
    let folder = Folder::create()?;
    let body_file = folder.path().join("body");
    let bytes = body(&server.api, subject.path, &request().await?).await?;
    fs::write(&body_file, bytes).context("cannot write the body")?;
    let (_bare, bare_url) = bare::spawn(subject.path, &body_file).await?;
    let side = |address, duration| Load { address, connections: usize::from(options.connections), duration, expected: OK };
    let hbs = address(server.api.url()).await?;
    let bare = address(&bare_url).await?;
    let mut rounds = Vec::new();
    let progress = Progress::new(subject.name, usize::from(options.rounds) + 1);
    for round in 0..=options.rounds {
        let duration = if round == 0 { WARM_UP } else { Duration::from_secs(options.seconds) };
        let request = request().await?;
        let pair = (run_side(side(hbs, duration), &request).await?, run_side(side(bare, duration), &request).await?);
        if round > 0 {
            rounds.push(pair);
        }
        progress.step();
    }
    progress.finish();
    server.print_footprint();
    Ok(evaluate(subject, rounds))
}

async fn run_side(load: Load, request: &[u8]) -> Result<Measured> {
    let request = request.to_vec();
    load.run(move || request.clone()).await
}

/// The body that the server answers with, twice the same.
async fn body(api: &Api, path: &str, request: &[u8]) -> Result<Vec<u8>> {
    let mut connection = Connection::open(address(api.url()).await?).await?;
    let first = connection.exchange(request).await?.body.to_vec();
    let second = connection.exchange(request).await?;
    if second.status != OK || second.body != first {
        return Err(Error::new(format!("{path} does not answer {OK} with the same bytes each time")));
    }
    Ok(first)
}

fn evaluate(subject: &Subject, rounds: Vec<(Measured, Measured)>) -> Budget {
    let ratios = rounds.iter().map(|(hbs, bare)| hbs.per_second() / bare.per_second()).collect();
    let (hbs, bare): (Vec<_>, Vec<_>) = rounds.into_iter().unzip();
    let (hbs, bare) = (Measured::together(hbs), Measured::together(bare));
    print_latencies(subject.path, &hbs, &bare);
    Budget { name: subject.name, figure: hbs.per_second(), limit: bare.per_second(), ratio: median(ratios), least: subject.least }
}

fn print_latencies(path: &'static str, hbs: &Measured, bare: &Measured) {
    let mut table = Table::new([path, "requests", "p50", "p99"]);
    for (name, side) in [("HBS", hbs), ("bare handler", bare)] {
        table.row(&[
            name.to_owned(),
            side.latencies.len().to_string(),
            milliseconds(side.percentile(50)),
            milliseconds(side.percentile(99)),
        ]);
    }
    print!("{table}");
}
