//! The place of archives, and the keys, as the settings name them.
use super::super::error::BackupError;
use super::bucket::Bucket;
use crate::archive::{self, ARCHIVE, Identity, MANIFEST, Manifest, PARTIAL, Recipient};
use crate::config::{Config, required};
use crate::{Error, Result};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::fs::{self, DirBuilder, DirEntry};
use uuid::Uuid;

/// Beginning of the names of folders with a copy of an archive, which is read there.
const READING: &str = "reading-";
/// Age from which such a folder is taken for one that a killed process has left.
const LEFT_AFTER: Duration = Duration::from_secs(24 * 3600);
/// Mode of folders for what is of nobody else.
const PRIVATE: u32 = 0o700;

/// Place of the archives, and the key that they are encrypted to.
pub struct Place {
    pub archives: Archives,
    pub recipient: Recipient,
}

pub fn of(config: &Config) -> Result<Place> {
    let recipient = config.backup_recipient.as_deref().and_then(Recipient::parse).ok_or(BackupError::NotSetUp)?;
    Ok(Place { archives: Archives::of(config)?, recipient })
}

/// The private key.
pub fn identity(config: &Config) -> Result<Identity> {
    let path = config.backup_identity_file.as_ref().map(|path| path.display().to_string());
    let path = required("backup_identity_file", path.as_ref()).map_err(Error::internal)?;
    Identity::from_file(path.as_ref()).map_err(Error::internal)
}

/// Addresses of the stores for drills, where the settings name them and the private key.
pub fn of_drills(config: &Config) -> Option<Vec<String>> {
    config.backup_identity_file.as_ref()?;
    let urls = [&config.drill_database_url, &config.drill_mongodb_url, &config.drill_object_store_url];
    urls.into_iter().cloned().collect()
}

/// The archives that there are, by their manifests alone; the oldest first.
pub async fn catalogue(config: &Config) -> Result<Vec<Manifest>> {
    Archives::of(config)?.catalogue().await
}

/// The archive of a file; where there is no such file, the one of this name in the place of the archives.
pub async fn find(config: &Config, file: &Path) -> Result<Readable> {
    let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    if file.exists() || name.is_empty() || config.backup_url.is_none() {
        return Ok(Readable { path: file.to_owned(), copied_to: None });
    }
    Archives::of(config)?.readable(name.strip_suffix(ARCHIVE).unwrap_or(name)).await
}

/// The archives: in a folder, or in a bucket, of which each is in the folder while it is written and while it is read.
pub struct Archives {
    pub folder: PathBuf,
    bucket: Option<Bucket>,
}

/// Archive that can be read. A copy that was made for it is removed with it.
pub struct Readable {
    pub path: PathBuf,
    /// Folder of the copy, which has nothing else.
    copied_to: Option<PathBuf>,
}

impl Drop for Readable {
    fn drop(&mut self) {
        if let Some(folder) = &self.copied_to
            && let Err(error) = std::fs::remove_dir_all(folder)
        {
            tracing::warn!(%error, path = %folder.display(), "a copy of an archive could not be removed");
        }
    }
}

impl Archives {
    pub fn of(config: &Config) -> Result<Self> {
        let url = config.backup_url.as_deref().ok_or(BackupError::NotSetUp)?;
        match url.split_once("://") {
            Some(("file", folder)) => Ok(Self { folder: folder.into(), bucket: None }),
            Some(("s3", place)) => {
                let folder = config.backup_work_dir.clone().ok_or_else(|| {
                    Error::internal("backup_work_dir: a bucket needs a folder in which archives are written and read")
                })?;
                Ok(Self { folder, bucket: Some(Bucket::open(config, place)?) })
            }
            _ => Err(BackupError::NotSetUp.into()),
        }
    }

    /// Returns `true` if complete archives go to a bucket.
    pub fn are_in_bucket(&self) -> bool {
        self.bucket.is_some()
    }

    pub async fn catalogue(&self) -> Result<Vec<Manifest>> {
        match &self.bucket {
            Some(bucket) => bucket.manifests().await,
            None => {
                archive::manifests(&self.folder).map_err(|error| Error::internal(format!("{}: {error}", self.folder.display())))
            }
        }
    }

    /// Makes the folder in which an archive is written. One beside a bucket loses the copies that killed processes have left.
    pub async fn prepare(&self) -> Result<()> {
        self.make(&self.folder).await?;
        if self.are_in_bucket() {
            remove_left_copies(&self.folder).await;
        }
        Ok(())
    }

    /// Makes a folder, unless it is there. Beside a bucket it is of nobody else.
    async fn make(&self, folder: &Path) -> Result<()> {
        let setting = if self.are_in_bucket() { "backup_work_dir" } else { "backup_url" };
        let mut builder = DirBuilder::new();
        builder.recursive(true);
        if self.are_in_bucket() {
            builder.mode(PRIVATE);
        }
        let made = builder.create(folder).await;
        made.map_err(|error| Error::internal(format!("{setting}: {}: {error}", folder.display())))
    }

    /// Brings a complete archive to where it is kept: the manifest last, since what has none is no archive.
    pub async fn keep(&self, name: &str) -> Result<()> {
        let Some(bucket) = &self.bucket else { return Ok(()) };
        for ending in [ARCHIVE, MANIFEST] {
            let file = format!("{name}{ending}");
            bucket.put(&self.folder.join(&file), &file).await?;
        }
        // It is where it is kept, whatever becomes of what was sent.
        if let Err(error) = self.remove_from_folder(name).await {
            tracing::warn!(?error, name, "an archive that went to the bucket could not be removed from backup_work_dir");
        }
        Ok(())
    }

    /// An archive in a file, with the manifest beside it. One of a bucket is copied into a folder of its own, so that nobody who
    /// reads the same one, or writes another, is in the way.
    pub async fn readable(&self, name: &str) -> Result<Readable> {
        let archive = format!("{name}{ARCHIVE}");
        let Some(bucket) = &self.bucket else { return Ok(Readable { path: self.folder.join(archive), copied_to: None }) };
        self.prepare().await?;
        let folder = self.folder.join(format!("{READING}{}", Uuid::now_v7()));
        self.make(&folder).await?;
        let readable = Readable { path: folder.join(&archive), copied_to: Some(folder.clone()) };
        for file in [format!("{name}{MANIFEST}"), archive] {
            bucket.copy(&file, &folder.join(&file)).await?;
        }
        Ok(readable)
    }

    /// Removes an archive: its manifest first, without which it is none; and what was begun of it. What is not there is as good
    /// as removed.
    pub async fn remove(&self, name: &str) -> Result<()> {
        let of_folder = self.remove_from_folder(name).await;
        if let Some(bucket) = &self.bucket {
            for ending in [MANIFEST, ARCHIVE] {
                bucket.remove(&format!("{name}{ending}")).await?;
            }
        }
        of_folder
    }

    async fn remove_from_folder(&self, name: &str) -> Result<()> {
        for ending in [MANIFEST.to_owned(), ARCHIVE.to_owned(), format!("{MANIFEST}{PARTIAL}"), format!("{ARCHIVE}{PARTIAL}")] {
            let path = self.folder.join(format!("{name}{ending}"));
            match fs::remove_file(&path).await {
                Ok(()) => {}
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(Error::internal(format!("{}: {error}", path.display()))),
            }
        }
        Ok(())
    }
}

/// Removes the copies of archives that processes have left which were killed while they read them.
async fn remove_left_copies(folder: &Path) {
    let Ok(mut entries) = fs::read_dir(folder).await else { return };
    while let Ok(Some(entry)) = entries.next_entry().await {
        let path = entry.path();
        if is_left_copy(&entry).await
            && let Err(error) = fs::remove_dir_all(&path).await
        {
            tracing::warn!(%error, path = %path.display(), "a copy of an archive that was left could not be removed");
        }
    }
}

async fn is_left_copy(entry: &DirEntry) -> bool {
    let is_copy = entry.file_name().to_string_lossy().starts_with(READING);
    let changed = entry.metadata().await.and_then(|folder| folder.modified());
    is_copy && changed.is_ok_and(|at| at.elapsed().is_ok_and(|age| age > LEFT_AFTER))
}
