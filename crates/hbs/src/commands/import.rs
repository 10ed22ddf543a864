//! `hbs import`: a spreadsheet from this machine into a hotel.
use super::maintain::app;
use crate::app::App;
use crate::config::Config;
use crate::domains::{bookings, rates, rooms};
use crate::outbox::Cause;
use crate::security::Scope;
use crate::sheets::{self, Column, ImportOptions, Outcome, Report, Row, Sheet, Step};
use crate::stores::postgres::Conn;
use crate::{Error, Result};
use clap::{Args, ValueEnum};
use diesel_async::AsyncConnection;
use indicatif::{ProgressBar, ProgressStyle};
use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use uuid::Uuid;

/// Maximum number of refused rows that are printed one by one.
const TOLD: usize = 50;

#[derive(Args)]
pub struct Import {
    /// Kind of thing that each row describes
    kind: Kind,
    /// CSV or XLSX; its first line names the columns as the template does
    file: PathBuf,
    /// The id of the hotel
    #[arg(long)]
    property: Uuid,
    /// Report what would happen, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Import the valid rows and leave out the others
    #[arg(long)]
    partial: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Kind {
    Rooms,
    Rates,
    Bookings,
}

impl Kind {
    fn columns(self) -> &'static [Column] {
        match self {
            Self::Rooms => rooms::import::COLUMNS,
            Self::Rates => rates::import::COLUMNS,
            Self::Bookings => bookings::import::COLUMNS,
        }
    }

    async fn run(self, app: &App, conn: &Conn, import: &sheets::Import<'_>, rows: Vec<Row>) -> Result<Report> {
        match self {
            Self::Rooms => rooms::import::import(conn, import, rows).await,
            Self::Rates => rates::import::import(conn, import, rows).await,
            Self::Bookings => bookings::import::import(app, conn, import, rows).await,
        }
    }
}

pub async fn run(config: Config, import: Import) -> Result<ExitCode> {
    let file = std::fs::read(&import.file).map_err(|error| Error::internal(format!("{}: {error}", import.file.display())))?;
    let sheet = Sheet::read(&file, import.kind.columns())?;
    let app = app(config).await?;
    let bar = Bar::new(sheet.rows.len());
    if let Err(error) = app.person_keys.fill().await {
        tracing::warn!(?error, "there are no keys for personal values: what events would say of people is not kept");
    }
    let keys = tokio::spawn(app.person_keys.clone().keep_filled());
    let report = in_one_transaction(&app, &import, sheet.rows, &bar).await;
    keys.abort();
    if let Err(error) = app.person_keys.give_back().await {
        tracing::debug!(?error, "keys that were not used are left over");
    }
    let report = report?;
    bar.bar.finish_and_clear();
    tell(&report);
    let is_done = report.refused == 0 || import.partial;
    Ok(if is_done { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn in_one_transaction(app: &App, import: &Import, rows: Vec<Row>, bar: &Bar) -> Result<Report> {
    let cause = Cause::system(app.clock.now()).sealing_with(&app.person_keys);
    let wanted = sheets::Import {
        scope: &Scope::All,
        property_id: import.property,
        options: ImportOptions { dry_run: import.dry_run, partial: import.partial },
        cause: &cause,
        progress: &|step| bar.show(step),
    };
    let mut conn = app.db.conn().await?;
    conn.transaction(async |conn| import.kind.run(app, conn, &wanted, rows).await).await
}

/// Progress display of an import: a bar on a terminal, a line for every tenth elsewhere.
struct Bar {
    bar: ProgressBar,
    rows: usize,
    is_terminal: bool,
    /// The line that was written last.
    told: Mutex<String>,
}

impl Bar {
    fn new(rows: usize) -> Self {
        let is_terminal = std::io::stderr().is_terminal();
        let bar = if is_terminal { ProgressBar::new(as_u64(rows)) } else { ProgressBar::hidden() };
        let bar = match ProgressStyle::with_template("{spinner} {bar:40} {pos}/{len} {msg} {elapsed}") {
            Ok(style) => bar.with_style(style),
            Err(_) => bar,
        };
        bar.enable_steady_tick(Duration::from_millis(100));
        Self { bar, rows, is_terminal, told: Mutex::default() }
    }

    fn show(&self, step: Step) {
        let (done, of, what) = match step {
            Step::Checked(rows) => (rows, self.rows, "rows checked"),
            Step::Written(rows, of) => (rows, of, "rows written"),
        };
        if self.is_terminal {
            self.bar.set_length(as_u64(of));
            self.bar.set_message(what);
            self.bar.set_position(as_u64(done));
            return;
        }
        let percent = (done * 10).checked_div(of).unwrap_or(10) * 10;
        let line = format!("{percent} % of {of} {what}");
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if *told != line {
            eprintln!("{line}");
            *told = line;
        }
    }
}

fn as_u64(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

fn tell(report: &Report) {
    let refused = report.items.iter().filter(|item| item.outcome == Outcome::Refused);
    for item in refused.take(TOLD) {
        for error in &item.errors {
            println!("row {}: {}{}", item.row, error.column.map_or(String::new(), |column| format!("{column} ")), error.detail);
        }
    }
    if report.refused > TOLD {
        println!("… and {} rows more", report.refused - TOLD);
    }
    let verb = if report.dry_run { "would be imported" } else { "imported" };
    println!("{} of {} rows {verb}, {} refused", report.imported, report.rows, report.refused);
}
