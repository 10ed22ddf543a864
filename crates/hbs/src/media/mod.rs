//! Pictures: what people upload is decoded, turned upright, made smaller and written anew, so that
//! what is kept is a picture and nothing else: no place where it was taken, no script, no bomb.
mod codes;
mod cost;
mod error;
#[cfg(test)]
mod made;
mod process;
mod raster;

pub use error::PROBLEMS;

use crate::answer::Answer;
use crate::numbers::hex;
use crate::stores::objects::Objects;
use crate::turns::{Permit, Turns};
use crate::words::text_enum;
use crate::workers::{Priority, Workers};
use crate::{Error, Result};
use bytes::Bytes;
use error::MediaError;
use futures_util::TryStreamExt;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

/// The largest file that is taken, in bytes.
pub const MAX_BYTES: usize = 10 * 1024 * 1024;
/// The side of an avatar, in pixels, and of its smaller ones.
const AVATAR_SIDES: [u32; 3] = [64, 256, 512];
/// Pictures that are decoded at once. One can take 90 MB: more of them at once help nobody.
const AT_ONCE: usize = 1;
/// Pictures that are received or decoded at once, and those that wait for that: of one person, and in all.
const UPLOADS: usize = 4;
const WAITING_OF_ONE: usize = 8;
const WAITING: usize = 64;
/// Maximum time of waiting to be received, and the pause after that.
const PATIENCE: Duration = Duration::from_secs(10);
const RETRY_SECONDS: u32 = 5;
/// Mark that the names of private files have after their key.
const PRIVATE: &str = "-private";
/// Letters of a key: a SHA-256 in hexadecimal.
const KEY_LENGTH: usize = 64;

text_enum! {
    /// Format of stored pictures.
    pub enum PictureFormat {
        /// JPEG, for photographs.
        Jpeg = "jpeg",
        /// WebP, for pictures with transparency, without loss.
        Webp = "webp",
    }
}

/// Purpose of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// A photo to be shown whole, at several widths.
    Photo,
    /// An avatar to be shown as a square.
    Avatar,
    /// A picture to be shown whole, in one size, to those only who may see what it belongs to.
    Private,
}

/// Width and height in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Size(pub u32, pub u32);

/// A picture in every size in which it is kept, narrowest first.
#[derive(Debug)]
pub struct Picture {
    pub key: String,
    pub format: PictureFormat,
    purpose: Purpose,
    pub files: Vec<(Size, Bytes)>,
}

/// A document (PDF) that is kept as it came, for those only who may see what it belongs to.
#[derive(Debug)]
pub struct Document {
    pub key: String,
    pub content: Bytes,
}

/// A picture in one size, as answers show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct PictureSize {
    /// Width in pixels.
    #[schema(example = 800)]
    pub width: u32,
    /// Height in pixels.
    #[schema(example = 533)]
    pub height: u32,
    /// Address of the picture in this size. The content at this address never changes.
    #[schema(example = "/v1/images/9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08-800.jpg")]
    pub url: String,
}

/// Works on a bounded number of pictures at once, off the async threads.
pub struct Media {
    workers: Workers,
    turns: Arc<Turns<Uuid>>,
}

/// The right to have one picture received and read.
#[must_use]
pub struct Turn {
    _permit: Permit<Uuid>,
}

/// A picture as it came, with the right to have it read.
pub struct Received {
    pub turn: Turn,
    pub file: Bytes,
}

impl Media {
    pub fn new() -> Result<Self> {
        Ok(Self {
            workers: Workers::new("picture", AT_ONCE, Priority::Low)?,
            turns: Turns::new(UPLOADS, WAITING_OF_ONE, WAITING, PATIENCE),
        })
    }

    /// A turn for a person, fair by person, before their picture is received: those that wait take no memory. 503 if none
    /// came in time.
    pub async fn turn(&self, person: Uuid) -> Result<Turn> {
        match self.turns.take(person).await {
            Some(permit) => Ok(Turn { _permit: permit }),
            None => Err(Error::from(MediaError::Busy).with_retry_after(RETRY_SECONDS)),
        }
    }

    /// Makes the picture that is kept of an uploaded file.
    ///
    /// Its key is a digest of `id` and content, so that no two uploads share files and each can be removed
    /// without a thought for others. 415 for what is neither JPEG, PNG nor WebP by its content; 422 for what
    /// cannot be decoded or takes too much for that.
    pub async fn prepare(&self, id: Uuid, picture: Received, purpose: Purpose) -> Result<Picture> {
        let Received { turn, file } = picture;
        let read = move || {
            let picture = process::picture(id, file, purpose);
            // Also where nobody waits for it any more, the turn ends with the work.
            drop(turn);
            picture
        };
        Ok(self.workers.run(read).await??)
    }
}

/// Names of the files of an avatar.
pub fn avatar_files(key: &str) -> Vec<String> {
    file_names(key, PictureFormat::Jpeg, &AVATAR_SIDES.map(|side| Size(side, side)))
}

/// Name of the file of a private picture. It has no address: no file that is downloaded without sign-in is named like it.
pub fn private_file(key: &str, format: PictureFormat) -> String {
    format!("{key}{PRIVATE}.{}", format.extension())
}

/// Name of the file of a private document. It has no address either.
pub fn private_document(key: &str) -> String {
    format!("{key}{PRIVATE}.pdf")
}

/// Names of the files of a picture that has addresses.
pub fn file_names(key: &str, format: PictureFormat, sizes: &[Size]) -> Vec<String> {
    sizes.iter().map(|size| file_name(key, format, *size)).collect()
}

impl Picture {
    pub fn sizes(&self) -> Vec<Size> {
        self.files.iter().map(|(size, _)| *size).collect()
    }

    /// Names of its files.
    pub fn names(&self) -> Vec<String> {
        self.sizes().iter().map(|size| self.name(*size)).collect()
    }

    fn name(&self, size: Size) -> String {
        match self.purpose {
            Purpose::Photo | Purpose::Avatar => file_name(&self.key, self.format, size),
            Purpose::Private => private_file(&self.key, self.format),
        }
    }

    /// Removes its files again where nothing refers to them: what it was for was refused, or had been done before.
    pub async fn kept_if_made(&self, objects: &Objects, made: Result<Answer>) -> Result<Answer> {
        kept_if_made(objects, &self.names(), made).await
    }

    /// Returns `true` if a stored file is what this picture is in its largest size.
    pub async fn is_stored_as(&self, objects: &Objects, name: &str) -> Result<bool> {
        let (Some((_, own)), Some(stored)) = (self.files.last(), objects.get(name).await?) else { return Ok(false) };
        if stored.size != u64::try_from(own.len()).map_err(Error::internal)? {
            return Ok(false);
        }
        let stored = stored.content.map_ok(|part| part.to_vec()).try_concat().await.map_err(Error::internal)?;
        Ok(stored == *own)
    }

    /// Writes its files. That comes before the row that refers to them: a file without a row does no harm
    /// and is removed later.
    pub async fn store(&self, objects: &Objects) -> Result<()> {
        let write = |(size, content): &(Size, Bytes)| {
            let (name, content) = (self.name(*size), content.clone());
            async move { objects.put(&name, self.format.content_type(), content).await }
        };
        futures_util::future::try_join_all(self.files.iter().map(write)).await.map(drop)
    }
}

/// Removes files again where nothing refers to them: what they were for was refused, or had been done before.
async fn kept_if_made(objects: &Objects, names: &[String], made: Result<Answer>) -> Result<Answer> {
    let is_kept = match &made {
        Ok(answer) => !answer.replayed && !answer.is_unchanged,
        // After a failure nobody knows what became of it.
        Err(Error::Client(refused)) => refused.problem.status >= 500,
        Err(Error::Internal { .. }) => true,
    };
    if !is_kept {
        objects.remove(names).await;
    }
    made
}

impl Document {
    /// Makes a document of an uploaded file, which is kept as it came. Its key is a digest of `id` and content, as that of a
    /// picture is.
    pub fn new(id: Uuid, content: Bytes) -> Self {
        let digest = Sha256::new().chain_update(id).chain_update(&content).finalize();
        Self { key: hex(&digest), content }
    }

    /// Writes its file. That comes before the row that refers to it.
    pub async fn store(&self, objects: &Objects) -> Result<()> {
        objects.put(&private_document(&self.key), "application/pdf", self.content.clone()).await
    }

    /// Removes its file again where nothing refers to it.
    pub async fn kept_if_made(&self, objects: &Objects, made: Result<Answer>) -> Result<Answer> {
        kept_if_made(objects, &[private_document(&self.key)], made).await
    }
}

impl PictureFormat {
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Webp => "image/webp",
        }
    }

    const fn extension(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Webp => "webp",
        }
    }
}

/// Returns the name of a file, here and in its address.
fn file_name(key: &str, format: PictureFormat, Size(width, _): Size) -> String {
    format!("{key}-{width}.{}", format.extension())
}

/// The key and the format of a file, if its name is one that `file_name` gives.
pub fn parse_name(name: &str) -> Option<(&str, PictureFormat)> {
    let (stem, extension) = name.split_once('.')?;
    let (key, width) = stem.split_once('-')?;
    let is_width = (1..=5).contains(&width.len()) && width.bytes().all(|byte| byte.is_ascii_digit());
    let format = PictureFormat::ALL.iter().find(|format| format.extension() == extension)?;
    (is_key(key) && is_width).then_some((key, *format))
}

fn is_key(text: &str) -> bool {
    text.len() == KEY_LENGTH && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// The key of a file, of whichever kind, if its name is one that is given here.
pub fn key_of(name: &str) -> Option<&str> {
    let private = || name.split_once(PRIVATE).map(|(key, _)| key).filter(|key| is_key(key));
    parse_name(name).map(|(key, _)| key).or_else(private)
}

/// Returns the addresses of the sizes of a picture.
pub fn sizes_of(key: &str, format: PictureFormat, sizes: &[Size]) -> Vec<PictureSize> {
    let at = |size: &Size| PictureSize { width: size.0, height: size.1, url: url(key, format, *size) };
    sizes.iter().map(at).collect()
}

/// Returns the addresses of the sizes of an avatar.
pub fn avatar_sizes(key: &str) -> Vec<PictureSize> {
    sizes_of(key, PictureFormat::Jpeg, &AVATAR_SIDES.map(|side| Size(side, side)))
}

fn url(key: &str, format: PictureFormat, size: Size) -> String {
    format!("/v1/images/{}", file_name(key, format, size))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_were_not_given_here_name_nothing() {
        let key = "0".repeat(63) + "a";
        let name = file_name(&key, PictureFormat::Webp, Size(800, 600));
        assert_eq!(parse_name(&name), Some((key.as_str(), PictureFormat::Webp)));
        for wrong in ["", "a.jpg", "../../etc/passwd", &format!("{key}.jpg"), &format!("{key}-800.png"), &format!("{key}-.jpg")] {
            assert_eq!(parse_name(wrong), None, "{wrong}");
        }
        assert_eq!(parse_name(&format!("{}-800.jpg", key.to_uppercase())), None);
        assert_eq!(parse_name(&format!("{key}-800.jpg.webp")), None);
        let private = private_file(&key, PictureFormat::Webp);
        assert_eq!((parse_name(&private), key_of(&private)), (None, Some(key.as_str())), "what is private has no address");
        let document = private_document(&key);
        assert_eq!((parse_name(&document), key_of(&document)), (None, Some(key.as_str())));
        assert_eq!((key_of(&name), key_of("notes.txt"), key_of("x-private.webp")), (Some(key.as_str()), None, None));
    }
}
