//! Commands that do one thing and end.
use super::{logging, prepare};
use crate::app::App;
use crate::config::Config;
use crate::domains::authentication::{self, NewAccount};
use crate::domains::authorization::{self, SUPER_ADMIN};
use crate::domains::{audit, inventory};
use crate::http::openapi;
use crate::outbox::Cause;
use crate::security::new_key_pem;
use crate::{Error, Result, seed};
use diesel_async::AsyncConnection;
use indicatif::{ProgressBar, ProgressStyle};
use std::io::{IsTerminal, Write};
use std::process::ExitCode;

/// An app for a command that serves nobody: it needs no settings that only serving needs.
async fn app(mut config: Config) -> Result<App> {
    logging::warnings()?;
    config.redis_url.get_or_insert_with(|| "redis://127.0.0.1:6379".into());
    config.mongodb_url.get_or_insert_with(|| "mongodb://127.0.0.1:27017".into());
    if config.jwt_key.is_none() {
        config.jwt_key = Some(new_key_pem()?);
    }
    App::new(config, None).await
}

pub async fn migrate(config: Config) -> Result<ExitCode> {
    let app = app(config).await?;
    let migrations = prepare(&app).await?;
    for version in &migrations {
        println!("ran migration {version}");
    }
    if migrations.is_empty() {
        println!("the database is up to date");
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
    if password.chars().count() < 8 {
        return Err(Error::internal("the password must have at least 8 characters"));
    }
    if !email.contains('@') {
        return Err(Error::internal(format!("{email:?} is not an e-mail address")));
    }
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
    let document = openapi::document(config).to_pretty_json().map_err(Error::internal)?;
    match writeln!(std::io::stdout(), "{document}") {
        // Whoever reads it has seen enough: `hbs openapi | head`.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(ExitCode::SUCCESS),
        Err(error) => Err(Error::internal(error)),
        Ok(()) => Ok(ExitCode::SUCCESS),
    }
}

pub async fn verify_audit(config: Config) -> Result<ExitCode> {
    let app = app(config).await?;
    let mut broken = 0;
    let verified = audit::verify_all(&app, |stream| match stream.first_broken_seq {
        Some(seq) => {
            broken += 1;
            println!("{}: broken at entry {seq}", stream.stream_id);
        }
        None => println!("{}: {} entries, intact", stream.stream_id, stream.entries),
    })
    .await?;
    println!("{} chains, {broken} broken", verified.len());
    Ok(if broken == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

pub async fn verify_inventory(config: Config) -> Result<ExitCode> {
    let app = app(config).await?;
    let mismatches = inventory::verify(&app).await?;
    for mismatch in &mismatches {
        let inventory::Mismatch { property_id, room_type_id, night, sold, stays } = mismatch;
        println!("property {property_id}, room type {room_type_id}, {night}: {sold} counted as sold, {stays} stays");
    }
    println!("{} nights differ", mismatches.len());
    Ok(if mismatches.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
