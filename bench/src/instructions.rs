//! `hbs-bench instructions`: instructions that the server executes for a request, as callgrind counts them. Other than
//! times they do not depend on what else the machine does, so they can be compared with those of another day.

use clap::Args;

use crate::api::Api;
use crate::create::hotel::{BenchHotel, NIGHTS};
use crate::error::{Error, Result};
use crate::load::{Connection, address, get, get_public};
use crate::progress::Progress;
use crate::server::{Needs, OwnArgs, OwnServer};
use crate::table::Table;
use crate::verdict::Verdict;

/// Figures that later work is compared with: name and instructions, one line each.
const BASELINE: &str = include_str!("../instructions.tsv");
/// The access log is written, and requests are counted against a budget that nobody spends.
const SETTINGS: &[(&str, &str)] = &[
    ("HBS_RATE_LIMITS", "on"),
    ("HBS_RATE_LIMIT_READS_PER_MINUTE", "4000000000"),
    ("HBS_RATE_LIMIT_WRITES_PER_MINUTE", "4000000000"),
    ("HBS_RATE_LIMIT_SEARCH_PER_MINUTE", "4000000000"),
    ("HBS_AUDIT_DELIVERY", "off"),
];
const NEEDS: Needs = Needs { durable: false, settings: SETTINGS, counts_instructions: true };
const WARM_UP: usize = 200;

#[derive(Debug, Args)]
pub struct InstructionsArgs {
    /// Number of requests of each kind that are counted.
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    requests: u32,
    #[command(flatten)]
    own: OwnArgs,
}

/// A kind of request: its name, its successful status, and a maker of requests for a bearer token.
type Kind<'a> = (&'static str, u16, Box<dyn Fn(&str) -> Vec<u8> + 'a>);

pub async fn run(args: InstructionsArgs) -> Result<Verdict> {
    let server = OwnServer::start(&args.own, NEEDS).await?;
    let api = server.sign_in().await?;
    let hotel = BenchHotel::build(&api).await?;
    let kinds = kinds(&hotel);
    let progress = Progress::new("instructions", kinds.len());
    let mut table = Table::new(["request", "instructions", "baseline", "ratio"]);
    for (name, status, make) in kinds {
        send(&api, WARM_UP, status, &make).await?;
        server.instructions().await?;
        send(&api, usize::try_from(args.requests).unwrap_or(usize::MAX), status, &make).await?;
        let each = server.instructions().await? / u64::from(args.requests);
        let (baseline, ratio) = match baseline(name) {
            Some(baseline) => (baseline.to_string(), format!("{:.2}", ratio(each, baseline))),
            None => ("none".to_owned(), String::new()),
        };
        table.row(&[name.to_owned(), each.to_string(), baseline, ratio]);
        progress.step();
    }
    progress.finish();
    print!("{table}");
    server.stop().await?;
    Ok(Verdict::Passed)
}

fn kinds(hotel: &BenchHotel) -> Vec<Kind<'_>> {
    let stay = format!(
        "property_id={}&check_in={}&check_out={}&adults=2",
        hotel.property_id,
        hotel.first_day,
        hotel.first_day + chrono::TimeDelta::days(NIGHTS)
    );
    let (types, search) = (format!("/v1/room-types?property_id={}", hotel.property_id), format!("/v1/availability?{stay}"));
    vec![
        ("read", 200, Box::new(|bearer: &str| get("/v1/me", bearer))),
        ("room types", 200, Box::new(move |_: &str| get_public(&types))),
        ("search", 200, Box::new(move |_: &str| get_public(&search))),
        ("quote", 200, Box::new(|_: &str| hotel.quote())),
        ("create", 201, Box::new(|bearer: &str| hotel.booking(bearer))),
    ]
}

/// Sends requests one after the other over one connection.
async fn send(api: &Api, requests: usize, expected: u16, make: &dyn Fn(&str) -> Vec<u8>) -> Result<()> {
    let mut connection = Connection::open(address(api.url()).await?).await?;
    let bearer = api.bearer().await?;
    for _ in 0..requests {
        let answer = connection.exchange(&make(&bearer)).await?;
        if answer.status != expected {
            let body = String::from_utf8_lossy(answer.body);
            return Err(Error::new(format!("the server answered {} instead of {expected}: {body}", answer.status)));
        }
    }
    Ok(())
}

fn baseline(name: &str) -> Option<u64> {
    let figure = |line: &str| line.split_once('\t').filter(|(kind, _)| *kind == name).and_then(|(_, figure)| figure.parse().ok());
    BASELINE.lines().find_map(figure)
}

#[expect(clippy::as_conversions, reason = "a ratio of two counts needs no more digits than an f64 has")]
fn ratio(count: u64, baseline: u64) -> f64 {
    count as f64 / baseline as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_baseline_has_a_figure() {
        assert!(BASELINE.lines().all(|line| line.split_once('\t').is_some_and(|(_, figure)| figure.parse::<u64>().is_ok())));
    }
}
