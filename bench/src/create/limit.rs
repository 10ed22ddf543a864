//! The limit of a booking: the statements of the server in one function inside of PostgreSQL, called by
//! pgbench.

use std::fs;
use std::path::{Path, PathBuf};

use hbs_devstack::Options;
use tokio::process::Command;

use crate::create::hotel::{BenchHotel, NIGHTS};
use crate::database::Database;
use crate::error::{Context, Error, Result};

/// The function. Names in braces are filled in.
const FUNCTION: &str = include_str!("limit.sql");
/// SQL for the user of one sample booking, as text for the function.
const SAMPLE_USER: &str = "SELECT min(created_by::text) FROM bookings WHERE property_id = '{sample}'";
const SAMPLE_EVENTS: &str = "
    SELECT string_agg(format('(%L, %L, %L::jsonb)', kind, entity, changes), ', ') FROM outbox
    WHERE booking_id = (SELECT id FROM bookings WHERE property_id = '{sample}' ORDER BY id LIMIT 1)";
const SAMPLE_ANSWER: &str = "
    SELECT quote_literal(body) FROM idempotency_keys
    WHERE location = (
        SELECT '/v1/bookings/' || id FROM bookings WHERE property_id = '{sample}' ORDER BY id LIMIT 1)";
const SCRIPT_NAME: &str = "create.sql";
/// Threads of pgbench: it is light, and shares the cores with PostgreSQL.
const THREADS: &str = "2";

pub struct Limit<'a> {
    pub database: &'a Database,
    pub database_url: &'a str,
    pub folder: &'a Path,
    pub connections: u16,
}

impl Limit<'_> {
    /// Makes the function for one hotel. It writes the events and the answer of a booking that the
    /// server made in the hotel `sample`.
    pub async fn install(&self, hotel: &BenchHotel, sample: &BenchHotel) -> Result<()> {
        let room_types: Vec<_> = hotel.room_types.iter().map(|id| format!("'{id}'")).collect();
        let of_sample = |query: &str| query.replace("{sample}", &sample.property_id);
        let user_id: String = self.database.value(&of_sample(SAMPLE_USER)).await?;
        let events: String = self.database.value(&of_sample(SAMPLE_EVENTS)).await?;
        let answer: String = self.database.value(&of_sample(SAMPLE_ANSWER)).await?;
        let function = FUNCTION
            .replace("{property_id}", &hotel.property_id)
            .replace("{room_types}", &room_types.join(", "))
            .replace("{first_day}", &hotel.first_day.to_string())
            .replace("{nights}", &NIGHTS.to_string())
            .replace("{user_id}", &user_id)
            .replace("{events}", &events)
            .replace("{answer}", &answer);
        self.database.execute(&function).await
    }

    /// Books for some seconds; returns bookings per second.
    pub async fn run(&self, hotel: &BenchHotel, seconds: u64) -> Result<f64> {
        let script = self.folder.join(SCRIPT_NAME);
        fs::write(&script, script_text(hotel)).context(format!("cannot write {}", script.display()))?;
        let output = Command::new(find_pgbench()?)
            .args(["--no-vacuum", "--protocol=prepared", "--jobs", THREADS])
            .args(["--client", &self.connections.to_string(), "--time", &seconds.to_string()])
            .arg("--file")
            .arg(&script)
            .arg(self.database_url)
            .kill_on_drop(true)
            .output()
            .await
            .context("cannot run pgbench")?;
        let said = String::from_utf8_lossy(&output.stdout);
        match transactions_per_second(&said) {
            Some(rate) if output.status.success() => Ok(rate),
            _ => Err(Error::new(format!("pgbench failed:\n{said}{}", String::from_utf8_lossy(&output.stderr)))),
        }
    }
}

fn script_text(hotel: &BenchHotel) -> String {
    format!(
        "\\set day random(0, {})\n\\set type random(1, {})\nSELECT bench_create_booking(:day, :type);\n",
        BenchHotel::last_day(),
        hotel.room_types.len()
    )
}

fn find_pgbench() -> Result<PathBuf> {
    let folders = Options::throw_away().search_path;
    let found = folders.iter().map(|folder| folder.join("pgbench")).find(|path| path.is_file());
    found.context("pgbench was not found: install Debian's package `postgresql` or `postgresql-contrib`")
}

fn transactions_per_second(said: &str) -> Option<f64> {
    let line = said.lines().find_map(|line| line.strip_prefix("tps = "))?;
    line.split(' ').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_is_read_from_the_report_of_pgbench() {
        let said = "latency average = 1.000 ms\ntps = 2741.123456 (without initial connection time)\n";
        assert_eq!(transactions_per_second(said), Some(2741.123456));
        assert_eq!(transactions_per_second("pgbench: error"), None);
    }
}
