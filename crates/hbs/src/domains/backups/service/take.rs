//! Taking a backup: a snapshot of PostgreSQL, and all that it names.
use super::super::model::Backup;
use super::super::repository;
use super::place::Place;
use super::{Tell, Told, contents, signed, tools};
use crate::app::App;
use crate::archive::{Archive, FORMAT, Fault, Manifest, Sign};
use crate::clock::Clock;
use crate::config::Config;
use crate::domains::{content, images};
use crate::media;
use crate::outbox::copies;
use crate::outbox::sinks::{self, Sink};
use crate::stores::objects::HOLD;
use crate::stores::postgres::{Conn, newest_migration, while_leading};
use crate::{Error, Result};
use bytes::Bytes;
use chrono::TimeDelta;
use futures_util::TryStreamExt;
use std::collections::{BTreeMap, HashSet};
use std::process::Stdio;
use tokio::io::AsyncReadExt;

/// Members of an archive.
pub const DUMP: &str = "postgresql.dump";
pub const DOCUMENTS: &str = "mongodb/content_docs.bson";
pub const FILES: &str = "files.tar";
/// Collection of the documents.
pub const CONTENT: &str = "content_docs";

/// Size of what is read at once.
const PIECE: usize = 256 << 10;
/// Numbers of documents and of files that are looked up at once.
const DOCUMENTS_AT_ONCE: i64 = 200;
const FILES_AT_ONCE: usize = 200;
/// Longest time for which files that nothing refers to any more are kept, should the process that copies them die.
const LONGEST: TimeDelta = TimeDelta::hours(24);

/// What is in no archive, and why.
const LEFT_OUT: [(&str, &str); 3] = [
    ("mongodb/backup_data_collections", "the manifests say the same"),
    ("redis", "it holds nothing that is not made anew"),
    ("data_key", "it opens what is sealed in the archive, and is kept apart from it"),
];

/// Writes the archive of a backup. What was written is removed again if anything goes wrong.
pub async fn take(app: &App, place: &Place, backup: &Backup, name: &str, tell: Tell<'_>) -> Result<Manifest> {
    place.archives.prepare().await?;
    // Before the snapshot, which may not write: the first key is made when something is signed.
    let sign = signed::signing(app).await?;
    // What is removed from now on would be missing: the snapshot, which comes after this, may name it.
    app.objects.hold(Clock::real_now() + LONGEST).await?;
    let taken = write(app, place, backup, name, sign, tell).await;
    if let Err(error) = app.objects.release().await {
        tracing::warn!(?error, "files that nothing refers to any more are kept for a day");
    }
    taken
}

async fn write(app: &App, place: &Place, backup: &Backup, name: &str, sign: Sign, tell: Tell<'_>) -> Result<Manifest> {
    let archive = Archive::begin(&place.archives.folder, name, place.recipient.clone()).map_err(Error::internal)?;
    let mut writing = Writing { archive, tell };
    let mut conn = app.db.conn().await?;
    let filled = conn
        .build_transaction()
        .read_only()
        .repeatable_read()
        .run(async |conn| while_leading(conn, fill(app, conn, &mut writing)).await)
        .await;
    match filled {
        Ok(filled) => {
            let manifest =
                Manifest { id: backup.id.into(), name: name.to_owned(), recipient: place.recipient.to_string(), ..filled };
            let manifest = writing.archive.finish(manifest, sign).await.map_err(Error::internal)?;
            if place.archives.are_in_bucket() {
                tell(Told::Stage { name: "sending to the bucket", bytes: None });
            }
            place.archives.keep(name).await?;
            Ok(manifest)
        }
        Err(error) => {
            writing.archive.abandon().await;
            Err(error)
        }
    }
}

/// Archive that is being written, and who hears of it.
struct Writing<'a> {
    archive: Archive,
    tell: Tell<'a>,
}

impl Writing<'_> {
    async fn data(&mut self, data: Bytes) -> Result<(), Fault> {
        (self.tell)(Told::Bytes(u64::try_from(data.len()).unwrap_or(u64::MAX)));
        self.archive.data(data).await
    }
}

/// Writes all members, as one snapshot names them. That takes longer than a transaction may be silent.
async fn fill(app: &App, conn: &Conn, writing: &mut Writing<'_>) -> Result<Manifest> {
    let snapshot = repository::export_snapshot(conn).await?;
    let taken_at = Clock::real_now();
    let schema = repository::schema(conn).await?;
    let database_schema = schema.ok_or_else(|| Error::internal("database_url: leads to no schema"))?;
    let schema_version = match repository::migration(conn).await? {
        Some(version) => version,
        None => newest_migration()?,
    };
    let mut contents = contents::of_postgres(conn).await?;
    dump(&app.config, &snapshot, &database_schema, writing).await?;
    let mut left_out: BTreeMap<String, String> = LEFT_OUT.iter().map(|(name, why)| ((*name).into(), (*why).into())).collect();
    let documents = copy_documents(app, conn, writing, &mut left_out).await?;
    contents.collections.insert(CONTENT.into(), documents);
    for sink in sinks::ALL {
        let entries = copy_entries(app, conn, *sink, writing).await?;
        contents.collections.insert(sink.name.into(), entries);
    }
    contents.files = copy_files(app, conn, writing).await?;
    Ok(Manifest {
        format: FORMAT,
        id: uuid::Uuid::nil(),
        name: String::new(),
        hbs_version: env!("CARGO_PKG_VERSION").into(),
        schema_version,
        database_schema,
        taken_at,
        recipient: String::new(),
        contents,
        left_out,
        members: Vec::new(),
        archive: None,
        signature: None,
    })
}

/// Lets PostgreSQL dump itself, by the snapshot.
async fn dump(config: &Config, snapshot: &str, schema: &str, writing: &mut Writing<'_>) -> Result<()> {
    writing.archive.member(DUMP).await.map_err(Error::internal)?;
    let mut command = tools::program(config, "pg_dump")?;
    command.args(["--format=custom", "--no-owner", "--no-privileges", "--no-password"]);
    // Who finds no row there was restored, and not to the end: it is in quarantine.
    command.arg(format!("--exclude-table-data=\"{schema}\".installation"));
    command.arg(format!("--schema=\"{schema}\"")).arg(format!("--snapshot={snapshot}")).stdout(Stdio::piped());
    let mut child = command.spawn().map_err(tools::not_started("pg_dump"))?;
    let words = tools::listen(child.stderr.take());
    if let Some(mut stdout) = child.stdout.take() {
        loop {
            let mut piece = Vec::with_capacity(PIECE);
            let count = stdout.read_buf(&mut piece).await.map_err(|error| Error::internal(format!("{DUMP}: {error}")))?;
            if count == 0 {
                break;
            }
            writing.data(piece.into()).await.map_err(Error::internal)?;
        }
    }
    let status = child.wait().await.map_err(|error| Error::internal(format!("{DUMP}: {error}")))?;
    tools::check(DUMP, "pg_dump", status, words).await?;
    writing.archive.end().await.map_err(Error::internal)
}

/// Copies the documents that versions of the snapshot name. They are written before their versions, and never changed.
async fn copy_documents(
    app: &App,
    conn: &Conn,
    writing: &mut Writing<'_>,
    left_out: &mut BTreeMap<String, String>,
) -> Result<i64> {
    writing.archive.member(DOCUMENTS).await.map_err(Error::internal)?;
    let (mut after, mut copied) = (None, 0);
    loop {
        let ids = content::version_ids(conn, after, DOCUMENTS_AT_ONCE).await?;
        let Some(last) = ids.last() else { break };
        after = Some(*last);
        let documents = content::documents::as_stored(&app.mongo, &ids)
            .await
            .map_err(|error| Error::internal(format!("{DOCUMENTS}: {error}")))?;
        let mut missing: HashSet<String> = ids.iter().map(ToString::to_string).collect();
        for document in documents {
            missing.remove(document.get_str("_id").unwrap_or_default());
            writing.data(document.into_bytes().into()).await.map_err(Error::internal)?;
            copied += 1;
        }
        // What is lost already must not keep all the rest from being kept.
        left_out.extend(missing.into_iter().map(|id| (format!("mongodb/{CONTENT}/{id}"), "MongoDB does not have it".into())));
    }
    writing.archive.end().await.map_err(Error::internal)?;
    Ok(copied)
}

/// The member that has the entries of a sink.
pub fn member_of(sink: Sink) -> String {
    format!("mongodb/{}.bson", sink.name)
}

/// Copies the entries of the record that PostgreSQL knows as delivered. It delivers the others itself.
async fn copy_entries(app: &App, conn: &Conn, sink: Sink, writing: &mut Writing<'_>) -> Result<i64> {
    let member = member_of(sink);
    writing.archive.member(&member).await.map_err(Error::internal)?;
    let until = sinks::delivered(conn, sink).await?;
    let mut entries = copies::entries(app, sink, until).await?;
    let mut copied = 0;
    while let Some(entry) = entries.try_next().await.map_err(|error| Error::internal(format!("{member}: {error}")))? {
        writing.data(entry.into_bytes().into()).await.map_err(Error::internal)?;
        copied += 1;
    }
    writing.archive.end().await.map_err(Error::internal)?;
    Ok(copied)
}

/// Copies the files that rows of the snapshot name, one after the other in a tar file.
async fn copy_files(app: &App, conn: &Conn, writing: &mut Writing<'_>) -> Result<i64> {
    writing.archive.member(FILES).await.map_err(Error::internal)?;
    let (mut files, mut batch, mut copied) = (app.objects.list(), Vec::with_capacity(FILES_AT_ONCE), 0);
    while let Some(file) = files.try_next().await? {
        if file.name != HOLD {
            batch.push(file.name);
        }
        if batch.len() == FILES_AT_ONCE {
            copied += copy_batch(app, conn, writing, std::mem::take(&mut batch)).await?;
        }
    }
    copied += copy_batch(app, conn, writing, batch).await?;
    // A tar file ends with two empty blocks.
    writing.data(Bytes::from_static(&[0; 1024])).await.map_err(Error::internal)?;
    writing.archive.end().await.map_err(Error::internal)?;
    Ok(copied)
}

async fn copy_batch(app: &App, conn: &Conn, writing: &mut Writing<'_>, names: Vec<String>) -> Result<i64> {
    let keys: Vec<String> = names.iter().filter_map(|name| media::key_of(name)).map(String::from).collect();
    let referenced: HashSet<String> = images::referenced(conn, &keys).await?.into_iter().collect();
    let mut copied = 0;
    for name in names.iter().filter(|name| media::key_of(name).is_some_and(|key| referenced.contains(key))) {
        copy_file(app, writing, name).await?;
        copied += 1;
    }
    Ok(copied)
}

async fn copy_file(app: &App, writing: &mut Writing<'_>, name: &str) -> Result<()> {
    let failed = |why: &dyn std::fmt::Display| Error::internal(format!("{FILES}: {name}: {why}"));
    let Some(mut file) = app.objects.get(name).await? else {
        return Err(failed(&"was removed while it was to be copied"));
    };
    let mut header = tar::Header::new_ustar();
    header.set_path(name).map_err(|error| failed(&error))?;
    header.set_size(file.size);
    header.set_mode(0o600);
    header.set_cksum();
    writing.data(Bytes::copy_from_slice(header.as_bytes())).await.map_err(Error::internal)?;
    let mut copied = 0;
    while let Some(piece) = file.content.try_next().await.map_err(|error| failed(&error))? {
        copied += u64::try_from(piece.len()).unwrap_or(u64::MAX);
        writing.data(piece).await.map_err(Error::internal)?;
    }
    if copied != file.size {
        return Err(failed(&format!("has {copied} bytes of {}", file.size)));
    }
    let padding = usize::try_from(copied.next_multiple_of(512) - copied).unwrap_or(0);
    if padding > 0 {
        writing.data(Bytes::copy_from_slice(&[0; 512][..padding])).await.map_err(Error::internal)?;
    }
    Ok(())
}
