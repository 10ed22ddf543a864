//! A ZIP that is written while it is made: compressed on a thread of its own, a piece at a time in memory.
use crate::domains::privacy::model::export::Written;
use crate::numbers::hex;
use crate::{Error, Result};
use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::{self, BoxStream};
use sha2::{Digest, Sha256};
use std::io::{self, Write};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// Size of the pieces that come out.
const PIECE: usize = 128 * 1024;
/// Number of pieces that wait, on either side of the thread.
const WAITING: usize = 4;

enum Step {
    Begin(String),
    Data(Bytes),
    Finish,
}

/// The side on which an archive is written. Dropped before it is finished, it makes what comes out fail.
pub struct Zip {
    steps: mpsc::Sender<Step>,
}

/// What comes out of an archive, and the thread that makes it.
pub type Coming = (BoxStream<'static, io::Result<Bytes>>, JoinHandle<io::Result<Written>>);

/// Begins an archive.
pub fn begin() -> (Zip, Coming) {
    let (steps, received) = mpsc::channel(WAITING);
    let (out, mut coming) = mpsc::channel(WAITING);
    let thread = tokio::task::spawn_blocking(move || write(received, &out));
    let content = stream::poll_fn(move |context| coming.poll_recv(context)).boxed();
    (Zip { steps }, (content, thread))
}

impl Zip {
    /// Begins a file, which holds what is written until the next one begins.
    pub async fn file(&self, name: &str) -> Result<()> {
        self.step(Step::Begin(name.to_owned())).await
    }

    pub async fn data(&self, data: impl Into<Bytes>) -> Result<()> {
        self.step(Step::Data(data.into())).await
    }

    pub async fn finish(self) -> Result<()> {
        self.step(Step::Finish).await
    }

    async fn step(&self, step: Step) -> Result<()> {
        // The thread takes steps until something is wrong, which the other side is told.
        self.steps.send(step).await.map_err(|_| Error::internal("the archive was given up"))
    }
}

/// Returns what was written, once all of it has come out.
pub async fn written(thread: JoinHandle<io::Result<Written>>) -> Result<Written> {
    thread.await.map_err(Error::internal)?.map_err(Error::internal)
}

fn write(steps: mpsc::Receiver<Step>, out: &mpsc::Sender<io::Result<Bytes>>) -> io::Result<Written> {
    let written = write_all(steps, out.clone());
    if let Err(error) = &written {
        // Whoever takes what comes out must not take it for whole. If nobody does any more, nobody need know.
        let _ = out.blocking_send(Err(io::Error::other(error.to_string())));
    }
    written
}

fn write_all(mut steps: mpsc::Receiver<Step>, out: mpsc::Sender<io::Result<Bytes>>) -> io::Result<Written> {
    let mut zip = ZipWriter::new_stream(Pieces { out, piece: Vec::with_capacity(PIECE), size: 0, hash: Sha256::new() });
    loop {
        match steps.blocking_recv() {
            Some(Step::Begin(name)) => zip.start_file(name, SimpleFileOptions::default())?,
            Some(Step::Data(data)) => zip.write_all(&data)?,
            Some(Step::Finish) => {
                let mut pieces = zip.finish()?.into_inner();
                pieces.send()?;
                return Ok(Written { size: pieces.size, sha256: hex(&pieces.hash.finalize()) });
            }
            None => return Err(io::Error::other("the archive was given up")),
        }
    }
}

/// Passes on what is written, in pieces of some size.
struct Pieces {
    out: mpsc::Sender<io::Result<Bytes>>,
    piece: Vec<u8>,
    size: u64,
    hash: Sha256,
}

impl Pieces {
    fn send(&mut self) -> io::Result<()> {
        if self.piece.is_empty() {
            return Ok(());
        }
        let piece = std::mem::replace(&mut self.piece, Vec::with_capacity(PIECE));
        self.hash.update(&piece);
        self.size += u64::try_from(piece.len()).unwrap_or(0);
        self.out.blocking_send(Ok(piece.into())).map_err(|_| io::Error::other("nobody takes the archive any more"))
    }
}

impl Write for Pieces {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        self.piece.extend_from_slice(data);
        if self.piece.len() >= PIECE {
            self.send()?;
        }
        Ok(data.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::TryStreamExt;
    use std::io::{Cursor, Read};

    #[tokio::test]
    async fn what_is_written_comes_out() {
        let (zip, (content, thread)) = begin();
        let filling = async {
            zip.file("a/one.txt").await?;
            for _ in 0..1000 {
                zip.data(vec![b'x'; 1000]).await?;
            }
            zip.file("two.txt").await?;
            zip.data("second").await?;
            zip.finish().await
        };
        let (filled, whole) = futures_util::join!(filling, content.map_ok(|piece| piece.to_vec()).try_concat());
        filled.expect("filled");
        let whole = whole.expect("an archive");
        let written = written(thread).await.expect("written");
        assert_eq!(written, Written { size: u64::try_from(whole.len()).expect("a size"), sha256: hex(&Sha256::digest(&whole)) });
        let mut archive = zip::ZipArchive::new(Cursor::new(whole)).expect("a ZIP");
        let mut read = |name: &str| {
            let mut text = String::new();
            archive.by_name(name).expect("a file").read_to_string(&mut text).expect("text");
            text
        };
        assert_eq!((read("a/one.txt").len(), read("two.txt")), (1_000_000, "second".to_owned()));
    }

    #[tokio::test]
    async fn what_is_given_up_does_not_come_out_whole() {
        let (zip, (content, thread)) = begin();
        zip.file("one.txt").await.expect("begun");
        drop(zip);
        assert!(content.try_for_each(|_| async { Ok(()) }).await.is_err());
        assert!(written(thread).await.is_err());
    }

    #[tokio::test]
    async fn what_nobody_takes_is_given_up() {
        let (zip, (content, thread)) = begin();
        drop(content);
        let filled = async {
            zip.file("one.txt").await?;
            for _ in 0..1000 {
                zip.data(rand::random::<[u8; 4096]>().to_vec()).await?;
            }
            zip.finish().await
        };
        assert!(filled.await.is_err() && written(thread).await.is_err());
    }
}
