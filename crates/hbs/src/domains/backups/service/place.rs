//! The place of archives, and the keys, as the settings name them.
use super::super::error::BackupError;
use crate::archive::{self, Identity, Manifest, Recipient};
use crate::config::{Config, required};
use crate::{Error, Result};
use std::path::PathBuf;

/// Place of the archives, and the key that they are encrypted to.
pub struct Place {
    pub folder: PathBuf,
    pub recipient: Recipient,
}

pub fn of(config: &Config) -> Result<Place> {
    let recipient = config.backup_recipient.as_deref().and_then(Recipient::parse);
    match (folder(config), recipient) {
        (Some(folder), Some(recipient)) => Ok(Place { folder, recipient }),
        _ => Err(BackupError::NotSetUp.into()),
    }
}

fn folder(config: &Config) -> Option<PathBuf> {
    config.backup_url.as_deref()?.strip_prefix("file://").map(PathBuf::from)
}

/// The private key.
pub fn identity(config: &Config) -> Result<Identity> {
    let path = config.backup_identity_file.as_ref().map(|path| path.display().to_string());
    let path = required("backup_identity_file", path.as_ref()).map_err(Error::internal)?;
    Identity::from_file(path.as_ref()).map_err(Error::internal)
}

/// The archives that there are, by their manifests alone; the oldest first.
pub fn catalogue(config: &Config) -> Result<Vec<Manifest>> {
    let folder = folder(config).ok_or(BackupError::NotSetUp)?;
    archive::manifests(&folder).map_err(|error| Error::internal(format!("{}: {error}", folder.display())))
}
