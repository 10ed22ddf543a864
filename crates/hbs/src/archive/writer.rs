//! Writing an archive: encrypted and hashed on a thread of its own, to a file that has its name only when it is complete.
use super::manifest::{Manifest, Member, Signature, Whole};
use super::{ARCHIVE, Fault, INNER_MANIFEST, MANIFEST, PARTIAL, Recipient};
use crate::numbers::hex;
use bytes::Bytes;
use sha2::{Digest, Sha256};
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// Size of a part, which is held in memory until it is full.
const PART: usize = 4 << 20;
/// Number of pieces that wait for the thread.
const WAITING: usize = 4;

/// What signs a manifest that is complete but for its signature.
pub type Sign = Box<dyn FnOnce(&Manifest) -> Result<Signature, Fault> + Send>;

enum Step {
    Begin(String),
    Data(Bytes),
    End,
    Finish(Box<Manifest>, Sign),
}

/// Archive that is being written. Dropped before it is finished, it leaves nothing.
pub struct Archive {
    steps: mpsc::Sender<Step>,
    /// None, when it has ended.
    thread: Option<JoinHandle<Result<Manifest, Fault>>>,
}

impl Archive {
    /// Begins an archive in a folder.
    pub fn begin(folder: &Path, name: &str, recipient: Recipient) -> Result<Self, Fault> {
        let file = Temporary::create(&folder.join(format!("{name}{ARCHIVE}")))?;
        let manifest_path = folder.join(format!("{name}{MANIFEST}"));
        let (steps, received) = mpsc::channel(WAITING);
        let thread = tokio::task::spawn_blocking(move || write(&file, &manifest_path, &recipient, received));
        Ok(Self { steps, thread: Some(thread) })
    }

    /// Begins a member, which holds what is written until it ends.
    pub async fn member(&mut self, name: &str) -> Result<(), Fault> {
        self.step(Step::Begin(name.to_owned())).await
    }

    pub async fn data(&mut self, data: impl Into<Bytes>) -> Result<(), Fault> {
        self.step(Step::Data(data.into())).await
    }

    pub async fn end(&mut self) -> Result<(), Fault> {
        self.step(Step::End).await
    }

    /// Writes the manifest, here with the members, has it signed, and gives the files their names.
    pub async fn finish(mut self, manifest: Manifest, sign: Sign) -> Result<Manifest, Fault> {
        self.step(Step::Finish(Box::new(manifest), sign)).await?;
        self.outcome().await
    }

    /// Gives it up, and returns when nothing is left of it.
    pub async fn abandon(self) {
        let Self { steps, thread } = self;
        drop(steps);
        if let Some(thread) = thread {
            let _ = thread.await;
        }
    }

    async fn step(&mut self, step: Step) -> Result<(), Fault> {
        if self.steps.send(step).await.is_ok() {
            return Ok(());
        }
        // The thread takes steps until something is wrong.
        self.outcome().await.map(drop)
    }

    async fn outcome(&mut self) -> Result<Manifest, Fault> {
        let given_up = || Fault::GivenUp("archive".into());
        let thread = self.thread.take().ok_or_else(given_up)?;
        thread.await.unwrap_or_else(|_| Err(given_up()))
    }
}

fn write(
    file: &Temporary,
    manifest_path: &Path,
    recipient: &Recipient,
    mut steps: mpsc::Receiver<Step>,
) -> Result<Manifest, Fault> {
    let mut tar = tar::Builder::new(Hashing::new(BufWriter::new(file.open()?)));
    let mut members = Vec::new();
    loop {
        match steps.blocking_recv() {
            Some(Step::Begin(name)) => {
                members.push(write_member(&mut tar, &name, recipient, &mut steps)?);
            }
            Some(Step::Finish(manifest, sign)) => {
                let manifest = Manifest { members, ..*manifest };
                return finish(tar, file, manifest_path, manifest, sign);
            }
            Some(Step::Data(_) | Step::End) | None => return Err(Fault::GivenUp("archive".into())),
        }
    }
}

fn write_member<W: Write>(
    tar: &mut tar::Builder<W>,
    name: &str,
    recipient: &Recipient,
    steps: &mut mpsc::Receiver<Step>,
) -> Result<Member, Fault> {
    let failed = |source: io::Error| Fault::Io { member: name.to_owned(), source };
    let recipient: &dyn age::Recipient = &recipient.0;
    let encryptor = age::Encryptor::with_recipients(std::iter::once(recipient)).map_err(|error| Fault::Key(error.to_string()))?;
    let parts = Parts { tar, name, part: Vec::with_capacity(PART), parts: 0, hash: Sha256::new(), size: 0 };
    let mut stored = encryptor.wrap_output(parts).map_err(failed)?;
    let (mut size, mut hash) = (0_u64, Sha256::new());
    loop {
        match steps.blocking_recv() {
            Some(Step::Data(data)) => {
                size += length(data.len());
                hash.update(&data);
                stored.write_all(&data).map_err(failed)?;
            }
            Some(Step::End) => break,
            Some(Step::Begin(_) | Step::Finish(..)) | None => return Err(Fault::GivenUp(name.to_owned())),
        }
    }
    let mut parts = stored.finish().map_err(failed)?;
    parts.cut().map_err(failed)?;
    Ok(Member {
        name: name.to_owned(),
        size,
        sha256: hex(&hash.finalize()),
        stored_size: parts.size,
        stored_sha256: hex(&parts.hash.finalize()),
        parts: parts.parts,
    })
}

/// Writes the manifest at the end, sees to it that everything lasts, and gives the files their names: the manifest's last.
fn finish(
    mut tar: tar::Builder<Hashing<BufWriter<File>>>,
    file: &Temporary,
    manifest_path: &Path,
    manifest: Manifest,
    sign: Sign,
) -> Result<Manifest, Fault> {
    let inner = serde_json::to_vec_pretty(&manifest).map_err(|error| Fault::Unreadable(error.to_string()))?;
    append(&mut tar, INNER_MANIFEST, &inner).map_err(Fault::io(INNER_MANIFEST))?;
    let written = tar.into_inner().and_then(Hashing::finish).map_err(Fault::io("archive"))?;
    file.keep(&written.0).map_err(Fault::io("archive"))?;
    let manifest = Manifest { archive: Some(written.1), ..manifest };
    let manifest = Manifest { signature: Some(sign(&manifest)?), ..manifest };
    let beside = serde_json::to_vec_pretty(&manifest).map_err(|error| Fault::Unreadable(error.to_string()))?;
    let temporary = Temporary::create(manifest_path)?;
    let mut out = temporary.open()?;
    out.write_all(&beside).and_then(|()| temporary.keep(&out)).map_err(Fault::io(INNER_MANIFEST))?;
    Ok(manifest)
}

fn append<W: Write>(tar: &mut tar::Builder<W>, path: &str, content: &[u8]) -> io::Result<()> {
    let mut header = tar::Header::new_gnu();
    header.set_size(length(content.len()));
    header.set_mode(0o600);
    tar.append_data(&mut header, path, content)
}

fn length(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}

/// The parts of a member as they are stored.
struct Parts<'a, W: Write> {
    tar: &'a mut tar::Builder<W>,
    name: &'a str,
    part: Vec<u8>,
    parts: u64,
    hash: Sha256,
    size: u64,
}

impl<W: Write> Parts<'_, W> {
    /// Ends a part, if there is something in it.
    fn cut(&mut self) -> io::Result<()> {
        if self.part.is_empty() {
            return Ok(());
        }
        self.parts += 1;
        self.hash.update(&self.part);
        self.size += length(self.part.len());
        append(self.tar, &format!("{}.age/{:08}", self.name, self.parts), &self.part)?;
        self.part.clear();
        Ok(())
    }
}

impl<W: Write> Write for Parts<'_, W> {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        let taken = data.len().min(PART - self.part.len());
        self.part.extend_from_slice(&data[..taken]);
        if self.part.len() == PART {
            self.cut()?;
        }
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Writer that hashes what goes through it.
struct Hashing<W> {
    inner: W,
    hash: Sha256,
    size: u64,
}

impl<W> Hashing<W> {
    fn new(inner: W) -> Self {
        Self { inner, hash: Sha256::new(), size: 0 }
    }
}

impl Hashing<BufWriter<File>> {
    fn finish(self) -> io::Result<(File, Whole)> {
        let file = self.inner.into_inner().map_err(io::IntoInnerError::into_error)?;
        Ok((file, Whole { size: self.size, sha256: hex(&self.hash.finalize()) }))
    }
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        let taken = self.inner.write(data)?;
        self.hash.update(&data[..taken]);
        self.size += length(taken);
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// File under a temporary name, which is removed unless it is kept.
struct Temporary {
    path: PathBuf,
    becomes: PathBuf,
}

impl Temporary {
    fn create(becomes: &Path) -> Result<Self, Fault> {
        let mut path = becomes.as_os_str().to_owned();
        path.push(PARTIAL);
        let temporary = Self { path: path.into(), becomes: becomes.to_owned() };
        File::create(&temporary.path).map_err(Fault::io(&temporary.path.display().to_string()))?;
        Ok(temporary)
    }

    fn open(&self) -> Result<File, Fault> {
        fs::OpenOptions::new().write(true).open(&self.path).map_err(Fault::io(&self.path.display().to_string()))
    }

    /// Gives the file its name, when it lasts; and the name, too.
    fn keep(&self, file: &File) -> io::Result<()> {
        file.sync_all()?;
        fs::rename(&self.path, &self.becomes)?;
        match self.becomes.parent() {
            Some(folder) => File::open(folder)?.sync_all(),
            None => Ok(()),
        }
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        // After it got its name there is nothing under the temporary one.
        let _ = fs::remove_file(&self.path);
    }
}
