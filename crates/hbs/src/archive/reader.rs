//! Reading an archive: every byte of it is hashed, decrypted and compared with the manifest.
use super::manifest::{FORMAT, Manifest, Member};
use super::{ARCHIVE, Fault, INNER_MANIFEST, Identity, MANIFEST};
use crate::numbers::hex;
use sha2::{Digest, Sha256};
use std::fs::{self, File};
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

/// Size of what is read at once.
const PIECE: usize = 256 << 10;

/// The manifests beside the archives of a folder, the oldest first. One that cannot be read is skipped: its archive is no backup.
pub fn manifests(folder: &Path) -> io::Result<Vec<Manifest>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.to_str().is_some_and(|path| path.ends_with(MANIFEST)) {
            found.extend(fs::read(&path).ok().and_then(|text| serde_json::from_slice::<Manifest>(&text).ok()));
        }
    }
    found.sort_by_key(|manifest| manifest.taken_at);
    Ok(found)
}

/// Reads the manifest of an archive, from its end, and compares it with the one beside it, if there is one.
pub fn open(path: &Path) -> Result<Manifest, Fault> {
    let file = File::open(path).map_err(Fault::io(&path.display().to_string()))?;
    let mut tar = tar::Archive::new(file);
    let damaged = |error: io::Error| Fault::Damaged { member: "archive".into(), why: error.to_string() };
    let mut inner = None;
    for entry in tar.entries_with_seek().map_err(damaged)? {
        let mut entry = entry.map_err(damaged)?;
        if entry.path_bytes().as_ref() == INNER_MANIFEST.as_bytes() {
            let mut text = Vec::new();
            entry.read_to_end(&mut text).map_err(Fault::io(INNER_MANIFEST))?;
            inner = Some(text);
        }
    }
    let inner: Manifest = serde_json::from_slice(&inner.ok_or(Fault::NoManifest)?).map_err(unreadable)?;
    if inner.format != FORMAT {
        return Err(Fault::Format(inner.format));
    }
    match fs::read(beside(path)) {
        Ok(text) => {
            let outer: Manifest = serde_json::from_slice(&text).map_err(unreadable)?;
            if outer.inner() == inner { Ok(outer) } else { Err(Fault::Differs) }
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(inner),
        Err(source) => Err(Fault::Io { member: INNER_MANIFEST.into(), source }),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "as `map_err` gives it")]
fn unreadable(error: serde_json::Error) -> Fault {
    Fault::Unreadable(error.to_string())
}

fn beside(path: &Path) -> PathBuf {
    let text = path.display().to_string();
    PathBuf::from(format!("{}{MANIFEST}", text.strip_suffix(ARCHIVE).unwrap_or(&text)))
}

/// Reads every byte of an archive, and says what is wrong with it. `told` hears how many bytes were read.
pub fn verify(path: &Path, identity: &Identity, told: impl FnMut(u64)) -> Result<Manifest, Fault> {
    let manifest = open(path)?;
    read(path, &manifest, identity, told, |_, content| io::copy(content, &mut io::sink()).map(drop))?;
    Ok(manifest)
}

/// Gives each member to `each`, decrypted, in the order of the archive, and then compares all that was read with the manifest.
pub fn read(
    path: &Path,
    manifest: &Manifest,
    identity: &Identity,
    told: impl FnMut(u64),
    mut each: impl FnMut(&str, &mut dyn Read) -> io::Result<()>,
) -> Result<(), Fault> {
    let (recipient, own) = (manifest.recipient.clone(), identity.recipient().to_string());
    if recipient != own {
        return Err(Fault::WrongKey { recipient, identity: own });
    }
    let file = File::open(path).map_err(Fault::io(&path.display().to_string()))?;
    let hashing = Hashing { inner: BufReader::with_capacity(PIECE, file), hash: Sha256::new(), size: 0, told };
    let mut tar = tar::Archive::new(hashing);
    let mut parts = Parts::begin(&mut tar)?;
    for member in &manifest.members {
        read_member(&mut parts, member, identity, &mut each)?;
    }
    match parts.current.take() {
        Some((name, _)) if name == INNER_MANIFEST => {}
        Some((name, _)) => return Err(Fault::Unknown(member_of(&name).to_owned())),
        None => return Err(Fault::NoManifest),
    }
    parts.advance().map_err(|why| Fault::Damaged { member: "archive".into(), why: why.to_string() })?;
    if let Some((name, _)) = parts.current.take() {
        return Err(Fault::Unknown(name));
    }
    drop(parts);
    let mut rest = tar.into_inner();
    io::copy(&mut rest, &mut io::sink()).map_err(Fault::io("archive"))?;
    match &manifest.archive {
        Some(whole) if whole.size != rest.size || whole.sha256 != hex(&rest.hash.finalize()) => Err(Fault::NotWhole),
        _ => Ok(()),
    }
}

fn read_member<R: Read>(
    parts: &mut Parts<'_, R>,
    member: &Member,
    identity: &Identity,
    each: &mut impl FnMut(&str, &mut dyn Read) -> io::Result<()>,
) -> Result<(), Fault> {
    let name = &member.name;
    let damaged = |why: String| Fault::Damaged { member: name.clone(), why };
    if !parts.is_at(name) {
        return Err(Fault::Missing(name.clone()));
    }
    let key: &dyn age::Identity = &identity.0;
    let mut stored = Stored { parts, name, read: 0, hash: Sha256::new(), size: 0 };
    let read = age::Decryptor::new(&mut stored).and_then(|decryptor| {
        let mut content = Content { inner: decryptor.decrypt(std::iter::once(key))?, hash: Sha256::new(), size: 0, fault: None };
        let given = each(name, &mut content);
        let rest = given.and_then(|()| io::copy(&mut content, &mut io::sink()).map(drop));
        Ok((rest, content.fault, content.size, hex(&content.hash.finalize())))
    });
    // Whatever was wrong with what it says, its bytes tell whether they are those that were written.
    let drained = io::copy(&mut stored, &mut io::sink());
    let (stored_size, stored_sha256, read_parts) = (stored.size, hex(&stored.hash.finalize()), stored.read);
    drained.map_err(|error| damaged(error.to_string()))?;
    if (stored_size, &stored_sha256, read_parts) != (member.stored_size, &member.stored_sha256, member.parts) {
        return Err(damaged("its bytes are not those that were written".into()));
    }
    let (rest, fault, size, sha256) = read.map_err(|error| damaged(error.to_string()))?;
    if let Some(fault) = fault {
        return Err(damaged(fault));
    }
    rest.map_err(Fault::io(name))?;
    if (size, &sha256) != (member.size, &member.sha256) {
        return Err(damaged("its content is not what the manifest says".into()));
    }
    Ok(())
}

/// The member that an entry of the archive is a part of.
fn member_of(entry: &str) -> &str {
    entry.rsplit_once(".age/").map_or(entry, |(member, _)| member)
}

/// The entries of an archive, one after the other.
struct Parts<'a, R: Read> {
    entries: tar::Entries<'a, R>,
    current: Option<(String, tar::Entry<'a, R>)>,
}

impl<'a, R: Read> Parts<'a, R> {
    fn begin(tar: &'a mut tar::Archive<R>) -> Result<Self, Fault> {
        let damaged = |error: io::Error| Fault::Damaged { member: "archive".into(), why: error.to_string() };
        let mut parts = Self { entries: tar.entries().map_err(damaged)?, current: None };
        parts.advance().map_err(damaged)?;
        Ok(parts)
    }

    fn advance(&mut self) -> io::Result<()> {
        self.current = None;
        if let Some(entry) = self.entries.next() {
            let entry = entry?;
            let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
            self.current = Some((name, entry));
        }
        Ok(())
    }

    fn is_at(&self, member: &str) -> bool {
        self.current.as_ref().is_some_and(|(name, _)| name != INNER_MANIFEST && member_of(name) == member)
    }
}

/// A member as it is stored: its parts, one after the other.
struct Stored<'p, 'a, R: Read> {
    parts: &'p mut Parts<'a, R>,
    name: &'p str,
    read: u64,
    hash: Sha256,
    size: u64,
}

impl<R: Read> Read for Stored<'_, '_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.parts.is_at(self.name) {
            let Some((_, entry)) = &mut self.parts.current else { return Ok(0) };
            let count = entry.read(buffer)?;
            if count > 0 {
                self.hash.update(&buffer[..count]);
                self.size += u64::try_from(count).unwrap_or(u64::MAX);
                return Ok(count);
            }
            self.read += 1;
            self.parts.advance()?;
        }
        Ok(0)
    }
}

/// Content of a member.
struct Content<R> {
    inner: R,
    hash: Sha256,
    size: u64,
    /// Fault of the archive, as against one of whoever takes the content.
    fault: Option<String>,
}

impl<R: Read> Read for Content<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer).inspect_err(|error| self.fault = Some(error.to_string()))?;
        self.hash.update(&buffer[..count]);
        self.size += u64::try_from(count).unwrap_or(u64::MAX);
        Ok(count)
    }
}

/// Reader that hashes what goes through it, and tells how much that is.
struct Hashing<R, F> {
    inner: R,
    hash: Sha256,
    size: u64,
    told: F,
}

impl<R: Read, F: FnMut(u64)> Read for Hashing<R, F> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        let read = u64::try_from(count).unwrap_or(u64::MAX);
        self.hash.update(&buffer[..count]);
        self.size += read;
        (self.told)(read);
        Ok(count)
    }
}
