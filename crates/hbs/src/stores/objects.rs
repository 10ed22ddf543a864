//! Object storage: files that are written once and never changed. A folder, or a bucket of anything
//! that speaks S3.
use crate::clock::Clock;
use crate::config::Config;
use crate::{Error, Result, tls};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures_util::stream::BoxStream;
use futures_util::{StreamExt, TryStreamExt};
use object_store::aws::AmazonS3Builder;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{Attribute, Attributes, ClientOptions, ObjectStore, ObjectStoreExt, PutOptions, RetryConfig, WriteMultipart};
use std::sync::Arc;
use std::time::Duration;

/// Name of the mark that says until when files are kept.
pub const HOLD: &str = "hold";

/// Timeout of a request, which must not wait longer for a bucket than for its own time limit.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Parts of a file that are sent at once, of 5 MiB each.
const PARTS_AT_ONCE: usize = 2;

pub struct Objects {
    store: Arc<dyn ObjectStore>,
    prefix: Path,
}

/// A file, as it is read.
pub struct Object {
    pub size: u64,
    pub content: BoxStream<'static, std::io::Result<Bytes>>,
}

/// A file, as it is listed.
pub struct Listed {
    pub name: String,
    pub written_at: DateTime<Utc>,
}

impl Objects {
    /// Opens the store at `file:///folder` or `s3://bucket/prefix`; without an address, the folder `objects` of `hbs
    /// dev`.
    pub fn new(config: &Config) -> Result<Self> {
        let Some(url) = &config.object_store_url else {
            return Self::folder(&config.dev_dir.join("objects"));
        };
        match url.split_once("://") {
            Some(("file", path)) if path.starts_with('/') => Self::folder(std::path::Path::new(path)),
            Some(("s3", place)) => Self::bucket(config, place),
            _ => Err(Error::internal("object_store_url: must be file:///folder or s3://bucket/prefix")),
        }
    }

    fn folder(path: &std::path::Path) -> Result<Self> {
        let failed = |error: &dyn std::fmt::Display| Error::internal(format!("object_store_url: {}: {error}", path.display()));
        std::fs::create_dir_all(path).map_err(|error| failed(&error))?;
        let store = LocalFileSystem::new_with_prefix(path).map_err(|error| failed(&error))?;
        Ok(Self { store: Arc::new(store), prefix: Path::default() })
    }

    fn bucket(config: &Config, place: &str) -> Result<Self> {
        let access = Access {
            region: config.object_store_region.as_deref(),
            endpoint: config.object_store_endpoint.as_deref(),
            keys: config.object_store_access_key.as_deref().zip(config.object_store_secret_key.as_deref()),
            timeout: TIMEOUT,
        };
        let (store, prefix) =
            open_bucket(place, &access).map_err(|error| Error::internal(format!("object_store_url: {error}")))?;
        Ok(Self { store, prefix })
    }

    /// Writes a file, whole or not at all.
    pub async fn put(&self, name: &str, content_type: &'static str, content: Bytes) -> Result<()> {
        let attributes = Attributes::from_iter([(Attribute::ContentType, content_type)]);
        let options = PutOptions { attributes, ..PutOptions::default() };
        match self.store.put_opts(&self.path(name), content.clone().into(), options).await {
            // A folder keeps no attributes. Whoever serves a file knows what it is by its name.
            Err(object_store::Error::NotImplemented { .. }) => {
                self.store.put(&self.path(name), content.into()).await.map(drop).map_err(|error| away(&error))
            }
            result => result.map(drop).map_err(|error| away(&error)),
        }
    }

    /// Writes a file while it is made, whole or not at all.
    pub async fn put_stream(&self, name: &str, content: BoxStream<'static, std::io::Result<Bytes>>) -> Result<()> {
        let upload = self.store.put_multipart(&self.path(name)).await.map_err(|error| away(&error))?;
        let mut write = WriteMultipart::new(upload);
        match take(&mut write, content).await {
            Ok(()) => write.finish().await.map(drop).map_err(|error| away(&error)),
            Err(error) => {
                if let Err(error) = write.abort().await {
                    tracing::warn!(%error, name, "a file that was given up could not be removed");
                }
                Err(error)
            }
        }
    }

    /// A file, if there is one of this name.
    pub async fn get(&self, name: &str) -> Result<Option<Object>> {
        match self.store.get(&self.path(name)).await {
            Ok(found) => {
                let size = found.meta.size;
                let broken = |error: object_store::Error| {
                    away(&error);
                    std::io::Error::other(error)
                };
                Ok(Some(Object { size, content: found.into_stream().map_err(broken).boxed() }))
            }
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(away(&error)),
        }
    }

    /// Returns all files, in any order.
    pub fn list(&self) -> BoxStream<'static, Result<Listed>> {
        self.store
            .list(Some(&self.prefix))
            .map_ok(|meta| Listed {
                name: meta.location.filename().unwrap_or_default().to_owned(),
                written_at: meta.last_modified,
            })
            .map_err(|error| away(&error))
            .boxed()
    }

    /// Removes a file. One that is not there is as good as removed.
    pub async fn delete(&self, name: &str) -> Result<()> {
        match self.store.delete(&self.path(name)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(away(&error)),
        }
    }

    /// Keeps all files that there are for a while, since they are being copied: see [`Self::are_held`].
    pub async fn hold(&self, until: DateTime<Utc>) -> Result<()> {
        self.put(HOLD, "text/plain", until.to_rfc3339().into()).await
    }

    /// Ends the keeping of all files.
    pub async fn release(&self) -> Result<()> {
        self.delete(HOLD).await
    }

    /// Returns `true` while files must stay, although nothing refers to them any more. What is not removed then, a job removes
    /// later.
    pub async fn are_held(&self) -> Result<bool> {
        let Some(found) = self.get(HOLD).await? else { return Ok(false) };
        let text = found.content.map_ok(|part| part.to_vec()).try_concat().await.map_err(Error::internal)?;
        let until = std::str::from_utf8(&text).ok().and_then(|text| DateTime::parse_from_rfc3339(text).ok());
        Ok(until.is_some_and(|until| until > Clock::real_now()))
    }

    /// Removes files that nothing refers to any more. What fails is made up for by the job that looks for such files.
    pub async fn remove(&self, names: &[String]) {
        if self.are_held().await.unwrap_or(true) {
            return;
        }
        for name in names {
            if self.delete(name).await.is_err() {
                tracing::warn!(name, "a file that nothing refers to could not be removed; a job removes it later");
            }
        }
    }

    /// Returns the path of a file. Folders by the first two letters of the name keep each of them small.
    fn path(&self, name: &str) -> Path {
        let shard: String = name.chars().take(2).collect();
        self.prefix.clone().join(shard).join(name)
    }
}

/// Way to a bucket of anything that speaks S3. Without keys, those that the AWS SDKs find are used: `AWS_*` variables, the role
/// of the machine.
pub struct Access<'a> {
    pub region: Option<&'a str>,
    /// Address of a server that is not Amazon's.
    pub endpoint: Option<&'a str>,
    /// Id and secret.
    pub keys: Option<(&'a str, &'a str)>,
    /// Timeout of one request.
    pub timeout: Duration,
}

/// Opens the bucket at `bucket/prefix`, and returns it with the prefix.
pub fn open_bucket(place: &str, access: &Access<'_>) -> object_store::Result<(Arc<dyn ObjectStore>, Path)> {
    tls::use_ring();
    let (bucket, prefix) = place.split_once('/').unwrap_or((place, ""));
    let retry = RetryConfig { max_retries: 3, retry_timeout: access.timeout, ..RetryConfig::default() };
    let mut builder = AmazonS3Builder::from_env()
        .with_bucket_name(bucket)
        // Files go one by one, for which a plain DELETE does: every server has that.
        .with_disable_bulk_delete(true)
        .with_retry(retry)
        .with_client_options(ClientOptions::new().with_timeout(access.timeout));
    if let Some(region) = access.region {
        builder = builder.with_region(region);
    }
    if let Some(endpoint) = access.endpoint {
        builder = builder.with_endpoint(endpoint).with_allow_http(endpoint.starts_with("http://"));
    }
    if let Some((id, secret)) = access.keys {
        builder = builder.with_access_key_id(id).with_secret_access_key(secret);
    }
    Ok((Arc::new(builder.build()?), Path::parse(prefix)?))
}

/// Takes the content of a file piece by piece.
async fn take(write: &mut WriteMultipart, mut content: BoxStream<'static, std::io::Result<Bytes>>) -> Result<()> {
    while let Some(piece) = content.try_next().await.map_err(Error::internal)? {
        write.wait_for_capacity(PARTS_AT_ONCE).await.map_err(|error| away(&error))?;
        write.put(piece);
    }
    Ok(())
}

/// Words a failure. The storage's own words can hold addresses and signatures: they are for the log.
fn away(error: &object_store::Error) -> Error {
    tracing::warn!(%error, "object storage failed");
    Error::unavailable("The storage of pictures is not available.")
}
