//! Backups from the command line: making, listing, verifying, restoring and trying them, and the end of the quarantine.
use super::maintain::app;
use super::progress::Progress;
use super::serve::wait_for_signal;
use crate::app::App;
use crate::archive::Manifest;
use crate::config::{Config, required};
use crate::domains::backups::{self, Drilled, Finding, Trust};
use crate::domains::payments::Difference;
use crate::{Error, Result};
use clap::Subcommand;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(Subcommand)]
pub enum Backup {
    /// List the archives, by their manifests alone
    List,
    /// Read every byte of an archive, and compare it with its manifest
    Verify {
        /// File of the archive, or its name in the place of the archives
        file: PathBuf,
        /// Take it whoever has signed it: the public keys are lost
        #[arg(long)]
        unsigned: bool,
    },
    /// Restore the newest archive into stores that are there for it, and note that it was proven
    Drill {
        /// Address of a PostgreSQL, of a MongoDB and of a storage of files (file:///…), all of them empty; left out, those of the
        /// settings
        #[arg(long, num_args = 1..)]
        into: Vec<String>,
        /// Leave there what was restored, to look at it
        #[arg(long)]
        keep: bool,
    },
    /// Drill once a night, as the settings say, until it is stopped: for the machine that has the private key
    Watch,
}

pub async fn run(config: Config, command: Option<Backup>) -> Result<ExitCode> {
    match command {
        None => back_up(config).await,
        Some(Backup::List) => list(&config).await,
        Some(Backup::Verify { file, unsigned }) => verify(&config, &file, trust(unsigned)).await,
        Some(Backup::Drill { into, keep }) => drill(config, &into, keep).await,
        Some(Backup::Watch) => watch(config).await,
    }
}

/// What is asked of the signature of an archive.
fn trust(unsigned: bool) -> Trust {
    if unsigned { Trust::Anybody } else { Trust::Signed }
}

async fn back_up(config: Config) -> Result<ExitCode> {
    // The key that signs the archive is sealed with it.
    required("data_key", config.data_key.as_ref()).map_err(Error::internal)?;
    let app = app(config).await?;
    let missing = app.db.pending_migrations().await?;
    if missing > 0 {
        return Err(Error::internal(format!("the database lacks {missing} migrations; run `hbs migrate` first")));
    }
    let progress = Progress::default();
    let done = backups::back_up(&app, &|told| progress.hear(told)).await;
    progress.end();
    let backup = done?;
    let (name, size) = (backup.name.unwrap_or_default(), backup.size_bytes.unwrap_or_default());
    println!("made {name}: {size} bytes. It is unproven until `hbs backup drill` has restored it");
    Ok(ExitCode::SUCCESS)
}

async fn list(config: &Config) -> Result<ExitCode> {
    let all = backups::catalogue(config).await?;
    for manifest in &all {
        println!("{}", in_one_line(manifest));
    }
    println!("{} archives", all.len());
    Ok(ExitCode::SUCCESS)
}

fn in_one_line(manifest: &Manifest) -> String {
    let Manifest { name, taken_at, schema_version, contents, archive, .. } = manifest;
    let rows: i64 = contents.tables.values().sum();
    let size = archive.as_ref().map_or(0, |whole| whole.size);
    format!("{name}  of {taken_at}: {size} bytes, {rows} rows, {} files, schema {schema_version}", contents.files)
}

async fn verify(config: &Config, file: &Path, trust: Trust) -> Result<ExitCode> {
    let progress = Progress::default();
    let verified = backups::verify(config, file, trust, &|told| progress.hear(told)).await;
    progress.end();
    let manifest = verified?;
    println!("{}", in_one_line(&manifest));
    println!("{} members, all of them as they were written; {}", manifest.members.len(), signed_by(&manifest, trust));
    Ok(ExitCode::SUCCESS)
}

fn signed_by(manifest: &Manifest, trust: Trust) -> String {
    match (trust, &manifest.signature) {
        (Trust::Signed, Some(signature)) => format!("signed by {}", signature.kid),
        (Trust::Signed | Trust::Anybody, _) => "nobody asked who has signed it".into(),
    }
}

async fn drill(config: Config, into: &[String], keeps: bool) -> Result<ExitCode> {
    let app = app(config).await?;
    let progress = Progress::default();
    let drilled = backups::drill(&app, into, keeps, &|told| progress.hear(told)).await;
    progress.end();
    tell_of(&drilled?);
    Ok(ExitCode::SUCCESS)
}

fn tell_of(drilled: &Drilled) {
    println!("{}", in_one_line(&drilled.manifest));
    for Finding(finding) in &drilled.findings {
        println!("{finding}");
    }
    println!("proven: all of it was restored");
}

async fn watch(config: Config) -> Result<ExitCode> {
    if !backups::drills_by_itself(&config) {
        return Err(Error::internal(
            "drills need backup_identity_file, drill_database_url, drill_mongodb_url and drill_object_store_url",
        ));
    }
    let app = app(config).await?;
    println!("the newest archive is restored for proof once a night, at {} UTC", app.config.drill_at.format("%H:%M"));
    tokio::select! {
        () = wait_for_signal() => Ok(ExitCode::SUCCESS),
        never = drill_each_night(&app) => never,
    }
}

async fn drill_each_night(app: &App) -> Result<ExitCode> {
    let mut ticks = tokio::time::interval(backups::LOOKS);
    loop {
        ticks.tick().await;
        let progress = Progress::default();
        let drilled = backups::drill_due(app, &|told| progress.hear(told)).await;
        progress.end();
        match drilled {
            Ok(Some(drilled)) => tell_of(&drilled),
            Ok(None) => {}
            Err(error) => tracing::error!(?error, "no drill has proven the newest backup"),
        }
    }
}

pub async fn restore(config: Config, file: &Path, unsigned: bool) -> Result<ExitCode> {
    let app = app(config).await?;
    let progress = Progress::default();
    let restored = backups::restore(&app, file, trust(unsigned), &|told| progress.hear(told)).await;
    progress.end();
    println!("{}", in_one_line(&restored?));
    println!("restored. HBS is in quarantine: it can be read, and sends and changes nothing until `hbs resume`");
    Ok(ExitCode::SUCCESS)
}

pub async fn resume(config: Config) -> Result<ExitCode> {
    let app: App = app(config).await?;
    let resumed = backups::resume(&app).await?;
    for difference in &resumed.differences {
        println!("{}", in_words(difference));
    }
    println!("{} erasures of the list were done again", resumed.erasures);
    println!("{} archives that the database did not know were taken in", resumed.archives);
    println!("{} payments were not as the archive had them. The quarantine is over", resumed.differences.len());
    Ok(ExitCode::SUCCESS)
}

fn in_words(difference: &Difference) -> String {
    match difference {
        Difference::Settled { payment_id, before, after } => {
            format!("payment {payment_id}: {before} in the archive, and {after} now that its gateway was asked")
        }
        Difference::Unknown { provider, gateway_id, payment_id, status, captured, capturable } => format!(
            "payment {payment_id}: {status} at {provider} as {gateway_id}, {captured} captured, {capturable} held, and not in \
             HBS: it was made after the backup, so book anew what it was for, or refund it there"
        ),
    }
}
