//! Commands for checkpoints of the record.
use super::maintain::app;
use crate::app::App;
use crate::config::{Config, required};
use crate::domains::checkpoints::{self, Checkpoint};
use crate::{Error, Result};
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

/// Prints the newest checkpoint as a line of JSON, or adds it to a file if it is not there yet.
pub async fn tell(config: Config, to: Option<&Path>) -> Result<ExitCode> {
    let app = app(config).await?;
    let Some(newest) = checkpoints::newest(&app).await? else {
        return Err(Error::internal("there is no checkpoint yet: a process that serves makes them"));
    };
    let line = serde_json::to_string(&newest).map_err(Error::internal)?;
    let Some(path) = to else {
        println!("{line}");
        return Ok(ExitCode::SUCCESS);
    };
    let number = newest.statement.number;
    if path.exists() && read(path)?.iter().any(|kept| kept.digest == newest.digest) {
        println!("{} has checkpoint {number} already", path.display());
        return Ok(ExitCode::SUCCESS);
    }
    let mut file = OpenOptions::new().create(true).append(true).open(path).map_err(|error| cannot(path, &error))?;
    writeln!(file, "{line}").and_then(|()| file.sync_all()).map_err(|error| cannot(path, &error))?;
    println!("added checkpoint {number} to {}", path.display());
    Ok(ExitCode::SUCCESS)
}

/// Makes a key that signs checkpoints from now on.
pub async fn rotate_key(config: Config) -> Result<ExitCode> {
    required("data_key", config.data_key.as_ref()).map_err(Error::internal)?;
    let app = app(config).await?;
    println!("made {}, which signs checkpoints from now on", checkpoints::rotate_key(&app).await?);
    Ok(ExitCode::SUCCESS)
}

/// Verifies what was kept of removed events and, where a file is named, compares its checkpoints with the record. Returns
/// `true` if nothing is wrong.
pub async fn verify(app: &App, against: Option<&Path>) -> Result<bool> {
    let (kept, wrong) = checkpoints::verify_kept(app).await?;
    if let Some((stream_id, seq)) = wrong {
        println!("{stream_id}: entry {seq}, kept for the ledger, is not what it was");
    }
    println!("{kept} entries kept for the ledger, {}", if wrong.is_some() { "one of them changed" } else { "intact" });
    let Some(path) = against else { return Ok(wrong.is_none()) };
    let compared = read(path)?;
    let differences = checkpoints::compare(app, &compared).await?;
    for difference in &differences {
        println!("{difference}");
    }
    println!("{} checkpoints of {}, {} differences", compared.len(), path.display(), differences.len());
    Ok(wrong.is_none() && differences.is_empty())
}

/// Reads the checkpoints of a file: one after the other, each over as many lines as it likes.
fn read(path: &Path) -> Result<Vec<Checkpoint>> {
    let text = fs::read_to_string(path).map_err(|error| cannot(path, &error))?;
    let read: serde_json::Result<Vec<Checkpoint>> = serde_json::Deserializer::from_str(&text).into_iter().collect();
    match read {
        Ok(checkpoints) if checkpoints.is_empty() => Err(Error::internal(format!("{}: there is no checkpoint", path.display()))),
        Ok(checkpoints) => Ok(checkpoints),
        Err(error) => {
            Err(Error::internal(format!("{}: not checkpoints as `hbs audit checkpoint` writes them: {error}", path.display())))
        }
    }
}

fn cannot(path: &Path, error: &std::io::Error) -> Error {
    Error::internal(format!("{}: {error}", path.display()))
}
