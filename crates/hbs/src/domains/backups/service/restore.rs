//! Restoring: a whole archive into stores that are empty, and then quarantine.
use super::super::model::BackupStatus;
use super::super::repository;
use super::super::rules::difference;
use super::take::{CONTENT, DOCUMENTS, DUMP, FILES, member_of};
use super::{Tell, Told, Trust, contents, place, signed, tools};
use crate::app::App;
use crate::archive::{self, Fault, Identity, Manifest};
use crate::clock::Clock;
use crate::config::Config;
use crate::domains::checkpoints::PublicKey;
use crate::domains::content;
use crate::outbox::copies;
use crate::outbox::sinks::{self, Sink};
use crate::quarantine;
use crate::stores::objects::HOLD;
use crate::stores::postgres::newest_migration;
use crate::{Error, Result};
use bytes::{Buf, Bytes, BytesMut};
use diesel_async::{AsyncConnection, SimpleAsyncConnection};
use futures_util::TryStreamExt;
use mongodb::bson::RawDocumentBuf;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::process::{Child, ChildStdin};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// Size of what is given on at once.
const PIECE: usize = 256 << 10;
/// Number of pieces that wait.
const WAITING: usize = 4;
/// Size of the documents that are written at once, and the largest that there are.
const BATCH: usize = 4 << 20;
const LARGEST_DOCUMENT: usize = 17 << 20;
/// Size of a block of a tar file, and the largest file that is taken from one.
const BLOCK: usize = 512;
const LARGEST_FILE: u64 = 256 << 20;
/// Pause between two looks at how far a reader on its thread has come.
const LOOKS: Duration = Duration::from_millis(200);

/// Reads every byte of an archive: of a file, or by its name in the place of the archives. It is good if nothing in it is damaged, and
/// this program can restore it.
pub async fn verify(config: &Config, archive: &Path, trust: Trust, tell: Tell<'_>) -> Result<Manifest> {
    let keys = trust.keys(config)?;
    let archive = place::find(config, archive).await?;
    verify_file(config, &archive.path, keys.as_deref(), tell).await
}

/// Reads every byte of the archive in a file, whose manifest must be signed by one of some keys, if any are named.
pub async fn verify_file(config: &Config, path: &Path, keys: Option<&[PublicKey]>, tell: Tell<'_>) -> Result<Manifest> {
    let identity = place::identity(config)?;
    let owned = path.to_owned();
    tell(Told::Stage { name: "verifying", bytes: std::fs::metadata(path).ok().map(|file| file.len()) });
    let manifest = told(tell, move |heard| archive::verify(&owned, &identity, |bytes| add(&heard, bytes))).await?;
    if let Some(keys) = keys {
        signed::check(&manifest, keys)?;
    }
    check_schema(&manifest)?;
    Ok(manifest)
}

fn check_schema(manifest: &Manifest) -> Result<()> {
    let own = newest_migration()?;
    let Manifest { schema_version, hbs_version, .. } = manifest;
    let kind = match schema_version.cmp(&own) {
        std::cmp::Ordering::Equal => return Ok(()),
        std::cmp::Ordering::Less => "older",
        std::cmp::Ordering::Greater => "newer",
    };
    Err(Error::internal(format!(
        "the archive is of the {kind} schema {schema_version} (HBS {hbs_version}), and this program restores {own}: restore it with the \
         program that wrote it, and bring it to another version afterwards"
    )))
}

/// Runs a reader on a thread of its own, and tells how far it comes.
async fn told<T: Send + 'static>(
    tell: Tell<'_>,
    work: impl FnOnce(Arc<AtomicU64>) -> Result<T, Fault> + Send + 'static,
) -> Result<T> {
    let heard = Arc::new(AtomicU64::new(0));
    let own = heard.clone();
    let mut thread = tokio::task::spawn_blocking(move || work(own));
    loop {
        let ended = tokio::time::timeout(LOOKS, &mut thread).await;
        tell(Told::Bytes(heard.swap(0, Ordering::Relaxed)));
        if let Ok(result) = ended {
            return result.map_err(Error::internal)?.map_err(Error::internal);
        }
    }
}

fn add(heard: &AtomicU64, bytes: u64) {
    heard.fetch_add(bytes, Ordering::Relaxed);
}

/// Restores an archive, of a file or by its name, and leaves what was restored in quarantine.
pub async fn restore(app: &App, archive: &Path, trust: Trust, tell: Tell<'_>) -> Result<Manifest> {
    let keys = trust.keys(&app.config)?;
    refuse_database_of_drills(app).await?;
    let archive = place::find(&app.config, archive).await?;
    let path = &archive.path;
    let manifest = verify_file(&app.config, path, keys.as_deref(), tell).await?;
    prepare(app, &manifest).await?;
    fill(app, path, &manifest, tell).await?;
    let now = Clock::real_now();
    let why = format!("HBS was restored from {}", manifest.name);
    let mut conn = app.db.conn().await?;
    conn.transaction(async |conn| {
        repository::fail(conn, &[BackupStatus::Requested, BackupStatus::Running], &why, now).await?;
        quarantine::begin(conn, &manifest.name, manifest.taken_at, now).await?;
        Ok::<_, Error>(())
    })
    .await?;
    Ok(manifest)
}

/// Refuses a database that a drill has marked as its own: the next one would remove what is restored there.
async fn refuse_database_of_drills(app: &App) -> Result<()> {
    if repository::is_of_a_drill(&*app.db.conn().await?).await? {
        return Err(Error::internal(
            "database_url: leads to a database that a drill has marked, and the next drill would remove what is restored there: \
             name another one, or, if no drill uses it any more, remove the mark: DROP SCHEMA hbs_drill",
        ));
    }
    Ok(())
}

/// Restores a verified archive into prepared stores, and compares what is there then with what the archive says.
pub async fn fill(app: &App, path: &Path, manifest: &Manifest, tell: Tell<'_>) -> Result<()> {
    let identity = place::identity(&app.config)?;
    tell(Told::Stage { name: "restoring", bytes: Some(manifest.contents_size()) });
    let files = write(app, path, manifest, identity, tell).await?;
    let mut restored = contents::of_postgres(&*app.db.conn().await?).await?;
    restored.collections.insert(CONTENT.into(), number_of_documents(app).await?);
    for sink in sinks::ALL {
        let number = copies::number(app, *sink).await?;
        restored.collections.insert(sink.name.into(), i64::try_from(number).map_err(Error::internal)?);
    }
    restored.files = files;
    match difference(&manifest.contents, &restored) {
        Some(difference) => Err(Error::internal(format!("what was restored is not what the archive holds: {difference}"))),
        None => Ok(()),
    }
}

async fn number_of_documents(app: &App) -> Result<i64> {
    let number =
        content::documents::number(&app.mongo).await.map_err(|error| Error::internal(format!("{DOCUMENTS}: {error}")))?;
    i64::try_from(number).map_err(Error::internal)
}

/// Refuses stores that hold something, by their names, and makes the schema.
pub async fn prepare(app: &App, manifest: &Manifest) -> Result<()> {
    let schema = &manifest.database_schema;
    if !schema.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
        return Err(Error::internal(format!("the archive is of a schema of this name, which is none of HBS: {schema:?}")));
    }
    let mut conn = app.db.conn().await?;
    if repository::schema(&conn).await?.as_ref() != Some(schema) {
        conn.batch_execute(&format!("CREATE SCHEMA IF NOT EXISTS \"{schema}\"")).await.map_err(Error::internal)?;
    }
    let own = repository::schema(&conn).await?.unwrap_or_default();
    if own != *schema {
        return Err(Error::internal(format!(
            "database_url: leads to the schema {own}, and the archive is of the schema {schema}"
        )));
    }
    let mut full = Vec::new();
    let tables = repository::number_of_tables(&conn).await?;
    drop(conn);
    if tables > 0 {
        full.push(format!("PostgreSQL has {tables} tables"));
    }
    if number_of_documents(app).await? > 0 {
        full.push(format!("MongoDB has documents in {CONTENT}"));
    }
    for sink in sinks::ALL {
        if !sinks::is_empty(app, *sink).await? {
            full.push(format!("MongoDB has entries in {}", sink.name));
        }
    }
    let mut files = app.objects.list();
    while let Some(file) = files.try_next().await? {
        if file.name != HOLD {
            full.push(format!("the storage of files has {}", file.name));
            break;
        }
    }
    if full.is_empty() {
        return Ok(());
    }
    Err(Error::internal(format!("an archive is restored into empty stores only: {}", full.join("; "))))
}

/// Step of a reader: a member begins, has more, or ends.
enum Step {
    Begin(String),
    Data(Bytes),
    End,
}

/// Gives each member to its store. Returns the number of files.
async fn write(app: &App, path: &Path, manifest: &Manifest, identity: Identity, tell: Tell<'_>) -> Result<i64> {
    let (sender, mut steps) = mpsc::channel(WAITING);
    let reader = read(path.to_owned(), manifest.clone(), identity, sender);
    let mut files = 0;
    let written = async {
        while let Some(step) = steps.recv().await {
            let Step::Begin(member) = step else { return Err(Error::internal("an archive out of step")) };
            let mut target = Target::begin(app, &member, manifest)?;
            while let Some(step) = steps.recv().await {
                match step {
                    Step::Data(data) => {
                        tell(Told::Bytes(u64::try_from(data.len()).unwrap_or(u64::MAX)));
                        target.data(app, data).await?;
                    }
                    Step::End => break,
                    Step::Begin(_) => return Err(Error::internal("an archive out of step")),
                }
            }
            files += target.end(app).await?;
        }
        Ok(())
    }
    .await;
    // Without anybody who takes more, the reader ends.
    drop(steps);
    let read = reader.await.map_err(Error::internal)?;
    written?;
    read.map_err(Error::internal)?;
    Ok(files)
}

/// Reads an archive on a thread of its own.
fn read(path: PathBuf, manifest: Manifest, identity: Identity, steps: mpsc::Sender<Step>) -> JoinHandle<Result<(), Fault>> {
    tokio::task::spawn_blocking(move || {
        let give = |step| steps.blocking_send(step).map_err(|_| std::io::Error::other("nobody takes it"));
        archive::read(
            &path,
            &manifest,
            &identity,
            |_| {},
            |member, content| {
                give(Step::Begin(member.to_owned()))?;
                loop {
                    let mut piece = vec![0; PIECE];
                    let count = content.read(&mut piece)?;
                    if count == 0 {
                        return give(Step::End);
                    }
                    piece.truncate(count);
                    give(Step::Data(piece.into()))?;
                }
            },
        )
    })
}

/// Collection that documents belong to.
#[derive(Clone, Copy)]
enum Documents {
    Content,
    Record(Sink),
}

impl Documents {
    /// The collection whose documents a member has.
    fn of(member: &str) -> Option<Self> {
        let record = || sinks::ALL.iter().find(|sink| member_of(**sink) == member).map(|sink| Self::Record(*sink));
        if member == DOCUMENTS { Some(Self::Content) } else { record() }
    }

    async fn put_back(self, app: &App, documents: Vec<RawDocumentBuf>) -> Result<()> {
        match self {
            _ if documents.is_empty() => Ok(()),
            Self::Content => content::documents::put_back(&app.mongo, documents).await.map_err(|error| named(DOCUMENTS, &error)),
            Self::Record(sink) => copies::put_back(app, sink, documents).await,
        }
    }
}

/// Store that takes a member.
enum Target {
    Postgres { child: Child, stdin: Option<ChildStdin>, words: JoinHandle<String> },
    Documents { of: Documents, rest: BytesMut, batch: Vec<RawDocumentBuf>, size: usize },
    Files { rest: BytesMut, number: i64 },
}

impl Target {
    fn begin(app: &App, member: &str, manifest: &Manifest) -> Result<Self> {
        match member {
            DUMP => Self::postgres(&app.config, &manifest.database_schema),
            FILES => Ok(Self::Files { rest: BytesMut::new(), number: 0 }),
            other => match Documents::of(other) {
                Some(of) => Ok(Self::Documents { of, rest: BytesMut::new(), batch: Vec::new(), size: 0 }),
                None => Err(Error::internal(format!("{other}: is a member that this program does not know"))),
            },
        }
    }

    /// Starts PostgreSQL's program, which restores all of it or nothing.
    fn postgres(config: &Config, schema: &str) -> Result<Self> {
        let mut command = tools::program(config, "pg_restore")?;
        command.args(["--exit-on-error", "--single-transaction", "--no-owner", "--no-privileges", "--no-password"]);
        command.arg(format!("--schema={schema}")).arg(format!("--dbname={}", tools::database_of(config)?));
        let mut child = command.stdin(Stdio::piped()).spawn().map_err(tools::not_started("pg_restore"))?;
        let words = tools::listen(child.stderr.take());
        Ok(Self::Postgres { stdin: child.stdin.take(), child, words })
    }

    async fn data(&mut self, app: &App, data: Bytes) -> Result<()> {
        match self {
            Self::Postgres { stdin, .. } => {
                // It says at its end why it takes no more.
                let is_closed = match stdin.as_mut() {
                    Some(pipe) => pipe.write_all(&data).await.is_err(),
                    None => false,
                };
                if is_closed {
                    *stdin = None;
                }
                Ok(())
            }
            Self::Documents { of, rest, batch, size } => {
                rest.extend_from_slice(&data);
                while let Some(document) = next_document(rest)? {
                    *size += document.len();
                    batch.push(RawDocumentBuf::from_bytes(document).map_err(|error| named(DOCUMENTS, &error))?);
                    if *size >= BATCH {
                        *size = 0;
                        of.put_back(app, std::mem::take(batch)).await?;
                    }
                }
                Ok(())
            }
            Self::Files { rest, number } => {
                rest.extend_from_slice(&data);
                while let Some((name, content)) = next_file(rest)? {
                    app.objects.put(&name, content_type(&name), content).await?;
                    *number += 1;
                }
                Ok(())
            }
        }
    }

    /// Ends the member. Returns the number of files that it was.
    async fn end(self, app: &App) -> Result<i64> {
        match self {
            Self::Postgres { mut child, stdin, words } => {
                drop(stdin);
                let status = child.wait().await.map_err(|error| named(DUMP, &error))?;
                tools::check(DUMP, "pg_restore", status, words).await?;
                Ok(0)
            }
            Self::Documents { of, rest, batch, .. } => {
                if !rest.is_empty() {
                    return Err(named(DOCUMENTS, &"ends within a document"));
                }
                of.put_back(app, batch).await?;
                Ok(0)
            }
            Self::Files { rest, number } => {
                if rest.iter().any(|byte| *byte != 0) {
                    return Err(named(FILES, &"ends within a file"));
                }
                Ok(number)
            }
        }
    }
}

fn named(member: &str, why: &dyn std::fmt::Display) -> Error {
    Error::internal(format!("{member}: {why}"))
}

/// Takes the next whole document: its length stands at its beginning.
fn next_document(rest: &mut BytesMut) -> Result<Option<Vec<u8>>> {
    let Some(length) = rest.first_chunk::<4>() else { return Ok(None) };
    let length = usize::try_from(i32::from_le_bytes(*length)).unwrap_or(0);
    if !(5..=LARGEST_DOCUMENT).contains(&length) {
        return Err(named(DOCUMENTS, &"has a document of an impossible length"));
    }
    Ok((rest.len() >= length).then(|| rest.split_to(length).to_vec()))
}

/// Takes the next whole file of a tar file.
fn next_file(rest: &mut BytesMut) -> Result<Option<(String, Bytes)>> {
    let Some(block) = rest.first_chunk::<BLOCK>() else { return Ok(None) };
    if block.iter().all(|byte| *byte == 0) {
        rest.advance(BLOCK);
        return Ok(None);
    }
    let header = tar::Header::from_byte_slice(block);
    let size = header.entry_size().map_err(|error| named(FILES, &error))?;
    let name = header.path().map_err(|error| named(FILES, &error))?.display().to_string();
    if size > LARGEST_FILE {
        return Err(named(FILES, &format!("{name} is larger than any file of HBS")));
    }
    let length = usize::try_from(size).map_err(|error| named(FILES, &error))?;
    let whole = BLOCK + length.next_multiple_of(BLOCK);
    if rest.len() < whole {
        return Ok(None);
    }
    let mut file = rest.split_to(whole);
    file.advance(BLOCK);
    file.truncate(length);
    Ok(Some((name, file.freeze())))
}

/// What a file is, as its name says.
fn content_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "jpg" => "image/jpeg",
        "webp" => "image/webp",
        "pdf" => "application/pdf",
        _ => "application/octet-stream",
    }
}
