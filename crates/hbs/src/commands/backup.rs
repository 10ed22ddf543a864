//! Backups from the command line: making, listing, verifying, restoring and trying them, and the end of the quarantine.
use super::maintain::{app, progress_of_bytes};
use crate::app::App;
use crate::archive::Manifest;
use crate::config::Config;
use crate::domains::backups::{self, Finding};
use crate::{Error, Result};
use clap::Subcommand;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(Subcommand)]
pub enum Backup {
    /// List the archives, by their manifests alone
    List,
    /// Read every byte of an archive, and compare it with its manifest
    Verify { file: PathBuf },
    /// Restore the newest archive into stores that are there for it, and note that it was proven
    Drill {
        /// Address of a PostgreSQL, of a MongoDB and of a storage of files (file:///…), all of them empty
        #[arg(long, required = true, num_args = 1..)]
        into: Vec<String>,
        /// Leave there what was restored, to look at it
        #[arg(long)]
        keep: bool,
    },
}

pub async fn run(config: Config, command: Option<Backup>) -> Result<ExitCode> {
    match command {
        None => back_up(config).await,
        Some(Backup::List) => list(&config),
        Some(Backup::Verify { file }) => verify(&config, &file).await,
        Some(Backup::Drill { into, keep }) => drill(config, &into, keep).await,
    }
}

async fn back_up(config: Config) -> Result<ExitCode> {
    let app = app(config).await?;
    let missing = app.db.pending_migrations().await?;
    if missing > 0 {
        return Err(Error::internal(format!("the database lacks {missing} migrations; run `hbs migrate` first")));
    }
    let bar = progress_of_bytes();
    let done = backups::back_up(&app, &|bytes| bar.inc(bytes)).await;
    bar.finish_and_clear();
    let backup = done?;
    let (name, size) = (backup.name.unwrap_or_default(), backup.size_bytes.unwrap_or_default());
    println!("made {name}: {size} bytes. It is unproven until `hbs backup drill` has restored it");
    Ok(ExitCode::SUCCESS)
}

fn list(config: &Config) -> Result<ExitCode> {
    let all = backups::catalogue(config)?;
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

async fn verify(config: &Config, file: &Path) -> Result<ExitCode> {
    let bar = progress_of_bytes();
    let verified = backups::verify(config, file, &|bytes| bar.inc(bytes)).await;
    bar.finish_and_clear();
    let manifest = verified?;
    println!("{}", in_one_line(&manifest));
    println!("{} members, all of them as they were written", manifest.members.len());
    Ok(ExitCode::SUCCESS)
}

async fn drill(config: Config, into: &[String], keeps: bool) -> Result<ExitCode> {
    let app = app(config).await?;
    let bar = progress_of_bytes();
    let drilled = backups::drill(&app, into, keeps, &|bytes| bar.inc(bytes)).await;
    bar.finish_and_clear();
    let (manifest, findings) = drilled?;
    println!("{}", in_one_line(&manifest));
    for Finding(finding) in findings {
        println!("{finding}");
    }
    println!("proven: all of it was restored");
    Ok(ExitCode::SUCCESS)
}

pub async fn restore(config: Config, file: &Path) -> Result<ExitCode> {
    let app = app(config).await?;
    let bar = progress_of_bytes();
    let restored = backups::restore(&app, file, &|bytes| bar.inc(bytes)).await;
    bar.finish_and_clear();
    println!("{}", in_one_line(&restored?));
    println!("restored. HBS is in quarantine: it can be read, and sends and changes nothing until `hbs resume`");
    Ok(ExitCode::SUCCESS)
}

pub async fn resume(config: Config) -> Result<ExitCode> {
    let app: App = app(config).await?;
    let resumed = backups::resume(&app).await?;
    for (id, status) in &resumed.payments {
        println!("payment {id}: the gateway knew more, now {status}");
    }
    println!("{} payments were not as the archive had them. The quarantine is over", resumed.payments.len());
    Ok(ExitCode::SUCCESS)
}
