//! Archives in a bucket of anything that speaks S3.
use crate::archive::{MANIFEST, Manifest};
use crate::config::Config;
use crate::stores::objects::{Access, open_bucket};
use crate::{Error, Result};
use futures_util::TryStreamExt;
use futures_util::stream::FuturesUnordered;
use object_store::path::Path;
use object_store::{MultipartUpload, ObjectStore, ObjectStoreExt, UploadPart};
use std::sync::Arc;
use std::time::Duration;
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// Timeout of one request. Nobody waits for it.
const TIMEOUT: Duration = Duration::from_secs(300);
/// Size of what is fetched by one request, and the least that is sent by one.
const PART: usize = 16 << 20;
/// Most parts of a file, about: S3 takes 10,000 at most.
const PARTS: u64 = 9000;
/// Parts that are sent at once.
const PARTS_AT_ONCE: usize = 2;

pub struct Bucket {
    store: Arc<dyn ObjectStore>,
    prefix: Path,
}

impl Bucket {
    pub fn open(config: &Config, place: &str) -> Result<Self> {
        let access = Access {
            region: config.backup_region.as_deref(),
            endpoint: config.backup_endpoint.as_deref(),
            keys: config.backup_access_key.as_deref().zip(config.backup_secret_key.as_deref()),
            timeout: TIMEOUT,
        };
        let (store, prefix) = open_bucket(place, &access).map_err(|error| failed(&error))?;
        Ok(Self { store, prefix })
    }

    /// The manifests, the oldest first. One that cannot be read is skipped: its archive is no backup. What lies deeper is of
    /// others.
    pub async fn manifests(&self) -> Result<Vec<Manifest>> {
        let listed = self.store.list_with_delimiter(Some(&self.prefix)).await.map_err(|error| failed(&error))?;
        let mut found: Vec<Manifest> = Vec::new();
        for file in listed.objects.iter().filter(|file| file.location.as_ref().ends_with(MANIFEST)) {
            let content = self.store.get(&file.location).await.map_err(|error| failed(&error))?;
            let text = content.bytes().await.map_err(|error| failed(&error))?;
            found.extend(serde_json::from_slice(&text).ok());
        }
        found.sort_by_key(|manifest| manifest.taken_at);
        Ok(found)
    }

    /// Sends a file, which has its name there when it is complete. Of one that is given up nothing stays there.
    pub async fn put(&self, path: &std::path::Path, name: &str) -> Result<()> {
        let mut upload = self.store.put_multipart(&self.at(name)).await.map_err(|error| failed(&error))?;
        let sent = send(&mut *upload, path).await;
        if sent.is_err()
            && let Err(error) = upload.abort().await
        {
            tracing::warn!(%error, name, "the parts of a file that was given up could not be removed from the bucket");
        }
        sent
    }

    /// Fetches a file, part by part: a large one takes longer than any timeout.
    pub async fn copy(&self, name: &str, path: &std::path::Path) -> Result<()> {
        let here = |error: std::io::Error| Error::internal(format!("{}: {error}", path.display()));
        let mut file = File::create(path).await.map_err(here)?;
        let size = self.store.head(&self.at(name)).await.map_err(|error| failed(&error))?.size;
        let mut at = 0;
        while at < size {
            let until = size.min(at + u64::try_from(PART).unwrap_or(u64::MAX));
            let part = self.store.get_range(&self.at(name), at..until).await.map_err(|error| failed(&error))?;
            file.write_all(&part).await.map_err(here)?;
            at = until;
        }
        file.sync_all().await.map_err(here)
    }

    /// Removes a file. One that is not there is as good as removed.
    pub async fn remove(&self, name: &str) -> Result<()> {
        match self.store.delete(&self.at(name)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(failed(&error)),
        }
    }

    fn at(&self, name: &str) -> Path {
        self.prefix.clone().join(name)
    }
}

/// Sends the content of a file part by part, a few at once, and completes it.
async fn send(upload: &mut dyn MultipartUpload, path: &std::path::Path) -> Result<()> {
    let here = |error: std::io::Error| Error::internal(format!("{}: {error}", path.display()));
    let mut file = File::open(path).await.map_err(here)?;
    let size = size_of_parts(file.metadata().await.map_err(here)?.len());
    let mut under_way: FuturesUnordered<UploadPart> = FuturesUnordered::new();
    loop {
        let mut piece = Vec::with_capacity(size);
        (&mut file).take(u64::try_from(size).unwrap_or(u64::MAX)).read_to_end(&mut piece).await.map_err(here)?;
        if piece.is_empty() {
            break;
        }
        if under_way.len() == PARTS_AT_ONCE {
            under_way.try_next().await.map_err(|error| failed(&error))?;
        }
        under_way.push(upload.put_part(piece.into()));
    }
    while under_way.try_next().await.map_err(|error| failed(&error))?.is_some() {}
    upload.complete().await.map(drop).map_err(|error| failed(&error))
}

/// Returns the size of the parts in which a file is sent.
fn size_of_parts(size: u64) -> usize {
    PART.max(usize::try_from(size / PARTS).unwrap_or(PART))
}

fn failed(error: &object_store::Error) -> Error {
    Error::internal(format!("backup_url: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_of_a_large_file_are_as_many_as_a_bucket_takes() {
        let part = u64::try_from(PART).expect("a number");
        assert_eq!((size_of_parts(0), size_of_parts(PARTS * part)), (PART, PART));
        for size in [PARTS * part + 1, 1 << 40, 40 << 40] {
            let parts = size.div_ceil(u64::try_from(size_of_parts(size)).expect("a number"));
            assert!(parts <= 10_000, "{size}: {parts}");
        }
    }
}
