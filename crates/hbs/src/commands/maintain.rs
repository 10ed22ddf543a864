//! Commands that do one thing and end.
use super::{checkpoints, logging, prepare};
use crate::app::App;
use crate::clock::Clock;
use crate::config::{Config, required};
use crate::domains::audit::CopiesState;
use crate::domains::authentication::{self, NewAccount};
use crate::domains::authorization::{self, SUPER_ADMIN};
use crate::domains::folios::LedgerFault;
use crate::domains::invoices::{InvoiceFault, VerifiedInvoices};
use crate::domains::{audit, folios, inventory, invoices};
use crate::outbox::Cause;
use crate::plain_text;
use crate::security::{KeyInfo, new_data_key};
use crate::server;
use crate::{Error, Result, seed};
use chrono::{DateTime, Utc};
use diesel_async::AsyncConnection;
use indicatif::{ProgressBar, ProgressStyle};
use std::io::{IsTerminal, Write};
use std::path::Path;
use std::process::ExitCode;

/// An app for a command that serves nobody: it needs no settings that only serving needs.
pub(super) async fn app(mut config: Config) -> Result<App> {
    logging::warnings()?;
    config.redis_url.get_or_insert_with(|| "redis://127.0.0.1:6379".into());
    config.mongodb_url.get_or_insert_with(|| "mongodb://127.0.0.1:27017".into());
    config.data_key.get_or_insert_with(new_data_key);
    App::new(config, None).await
}

pub async fn migrate(config: Config) -> Result<ExitCode> {
    let app = app(config).await?;
    let migrations = prepare(&app).await?;
    for version in &migrations {
        println!("ran migration {version}");
    }
    if migrations.is_empty() {
        println!("the databases are up to date");
    }
    Ok(ExitCode::SUCCESS)
}

pub async fn seed(config: Config, hotels: u32) -> Result<ExitCode> {
    if config.is_production() {
        return Err(Error::internal("demo data has known passwords and is refused in production"));
    }
    let app = app(config).await?;
    prepare(&app).await?;
    if seed::demo(&app).await? {
        println!("loaded the demo hotels");
    }
    if hotels > 0 {
        let bar = progress(hotels.into(), "hotels");
        let added = seed::hotels(&app, hotels, || bar.inc(1)).await?;
        bar.finish_and_clear();
        println!("{added} hotels added, {} were there already", hotels - added);
    }
    Ok(ExitCode::SUCCESS)
}

/// A bar on a terminal, nothing otherwise: the command's last line says it all.
fn progress(length: u64, what: &str) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template(&format!("{{bar:40}} {{pos}}/{{len}} {what} {{eta}}"));
    let bar = ProgressBar::new(length);
    if let Ok(style) = style { bar.with_style(style) } else { bar }
}

pub async fn create_admin(config: Config, email: String, password: String, full_name: String) -> Result<ExitCode> {
    if !(8..=256).contains(&password.chars().count()) {
        return Err(Error::internal("the password must have 8 to 256 characters"));
    }
    if let Some(weakness) = authentication::password_weakness(password.clone(), vec![email.clone(), full_name.clone()]).await? {
        return Err(Error::internal(format!("the password {weakness}")));
    }
    if !email.contains('@') {
        return Err(Error::internal(format!("{email:?} is not an e-mail address")));
    }
    let full_name = plain_text::line(&full_name).map_err(|unclean| Error::internal(format!("the name {unclean}")))?.into_owned();
    let app = app(config).await?;
    prepare(&app).await?;
    let cause = Cause::system(app.clock.now());
    let account = NewAccount { email, password, full_name, phone: None };
    let mut conn = app.db.conn().await?;
    conn.transaction(async |conn| {
        let user_id = authentication::create_account(&app, conn, &account, &cause).await?;
        authorization::assign_by_code(&app, conn, user_id, SUPER_ADMIN, None).await
    })
    .await?;
    println!("made {} a super administrator", account.email);
    Ok(ExitCode::SUCCESS)
}

pub fn print_openapi(config: &Config) -> Result<ExitCode> {
    let document = server::document(config).to_pretty_json().map_err(Error::internal)?;
    match writeln!(std::io::stdout(), "{document}") {
        // Whoever reads it has seen enough: `hbs openapi | head`.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(ExitCode::SUCCESS),
        Err(error) => Err(Error::internal(error)),
        Ok(()) => Ok(ExitCode::SUCCESS),
    }
}

/// Writes a key that is to sign access tokens, and tells the processes that serve.
pub async fn rotate_keys(config: Config, at_once: bool) -> Result<ExitCode> {
    required("data_key", config.data_key.as_ref()).map_err(Error::internal)?;
    let has_redis = config.redis_url.is_some();
    let app = app(config).await?;
    let key = app.security.rotate_keys(at_once, app.config.token_lifetime()).await?;
    println!("made {}, which signs from {}", key.kid, in_words(&key));
    if at_once {
        println!("all others verify no more: clients get new access tokens with their refresh tokens");
    }
    if !has_redis || app.security.tell_of_new_keys().await.is_err() {
        println!("Redis could not be told: running processes read the keys within 30 s");
    }
    Ok(ExitCode::SUCCESS)
}

pub async fn list_keys(config: Config) -> Result<ExitCode> {
    let app = app(config).await?;
    for key in app.security.list_keys().await? {
        println!("{}  signs from {}", key.kid, in_words(&key));
    }
    Ok(ExitCode::SUCCESS)
}

fn in_words(key: &KeyInfo) -> String {
    let to_second = |instant: DateTime<Utc>| instant.format("%Y-%m-%d %H:%M:%S UTC").to_string();
    let coming = if key.signs_from > Clock::real_now() { " (not yet)" } else { "" };
    let until = key.verifies_until.map(|until| format!(", verifies until {}", to_second(until)));
    format!("{}{coming}{}", to_second(key.signs_from), until.unwrap_or_default())
}

pub async fn verify_audit(config: Config, against: Option<&Path>) -> Result<ExitCode> {
    let app = app(config).await?;
    let verified = audit::verify_all(&app, |stream| {
        match stream.first_broken_seq {
            Some(seq) => println!("{}: broken at entry {seq}", stream.stream_id),
            None if stream.pruned_seq > 0 => {
                println!("{}: {} entries from {}, intact", stream.stream_id, stream.entries, stream.pruned_seq + 1);
            }
            None => println!("{}: {} entries, intact", stream.stream_id, stream.entries),
        }
        for difference in stream.in_words() {
            println!("{}: {difference}", stream.stream_id);
        }
    })
    .await?;
    let astray = audit::astray(&app, &verified).await?;
    let broken = verified.iter().filter(|stream| stream.first_broken_seq.is_some()).count();
    println!("{} chains, {broken} broken", verified.len());
    let copies = audit::overall(&verified, astray);
    match (copies, astray) {
        (CopiesState::Same, _) => println!("the copies in MongoDB are the same"),
        (CopiesState::Different, Some(astray)) => {
            println!("the copies in MongoDB differ; {astray} entries there are of no property");
        }
        (CopiesState::Different, None) => println!("the copies in MongoDB differ"),
        (CopiesState::Unavailable, _) => println!("MongoDB is away: its copies were not compared"),
    }
    let is_as_kept = checkpoints::verify(&app, against).await?;
    let is_whole = broken == 0 && copies == CopiesState::Same && is_as_kept;
    Ok(if is_whole { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

pub async fn verify_inventory(config: Config, repair: bool) -> Result<ExitCode> {
    let app = app(config).await?;
    let mismatches = inventory::verify(&app).await?;
    for mismatch in &mismatches {
        println!("{}", in_one_line(mismatch));
    }
    println!("{} nights differ", mismatches.len());
    if !repair || mismatches.is_empty() {
        return Ok(if mismatches.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE });
    }
    let repaired = inventory::repair(&app).await?;
    let left = inventory::verify(&app).await?;
    println!("{repaired} nights repaired, {} left: there more is sold than there are rooms", left.len());
    Ok(if left.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

pub async fn verify_ledger(config: Config) -> Result<ExitCode> {
    let app = app(config).await?;
    let verified = folios::verify(&app).await?;
    for fault in &verified.faults {
        match fault {
            LedgerFault::Line { property_id, line_id, fault } => println!("property {property_id}, line {line_id}: {fault}"),
            LedgerFault::Event { stream_id, seq } => {
                println!("stream {stream_id}, event {seq}: it tells of lines, and is not what it was when it was numbered");
            }
            LedgerFault::Day { property_id, business_date, ledger } => {
                println!("property {property_id}, {business_date}: the ledger {ledger} is not what its lines say");
            }
        }
    }
    let folios::Verified { lines, unrecorded, closed_dates, faults } = &verified;
    println!(
        "{lines} lines, {unrecorded} of them from before events told of lines; {closed_dates} closed dates; {} faults",
        faults.len()
    );
    let VerifiedInvoices { documents, faults: of_invoices } = invoices::verify(&app).await?;
    for InvoiceFault { property_id, kind, name, fault } in &of_invoices {
        println!("property {property_id}, {kind} {name}: {fault}");
    }
    println!("{documents} invoices and other numbered documents; {} faults in their chains", of_invoices.len());
    Ok(if faults.is_empty() && of_invoices.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn in_one_line(mismatch: &inventory::Mismatch) -> String {
    let inventory::Mismatch { property_id, room_type_id, night, sold, stays, capacity, rooms, allotted, set_aside } = mismatch;
    format!(
        "property {property_id}, room type {room_type_id}, {night}: {sold} counted as sold, {stays} stays; \
         {allotted} counted as allotted, {set_aside} set aside; capacity {capacity}, {rooms} rooms not blocked"
    )
}
