use std::env;
use std::fs::{self, DirBuilder, File, Metadata, TryLockError};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, chown, symlink};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};
use tokio::time::sleep;

use crate::{Error, Options};

/// Maximum time to wait while other users of the directory start or stop the servers.
const LOCK_LIMIT: Duration = Duration::from_secs(60);
const LOCK_POLL: Duration = Duration::from_millis(10);

/// Directory for root's PostgreSQL data: any user can reach it, and a reboot does not clear it.
const SHARED_PLACE: &str = "/var/tmp";

/// The directories and files of a stack.
#[derive(Debug)]
pub(crate) struct Layout {
    /// Without symbolic links, so that one directory has one name.
    pub dir: PathBuf,
    /// The directory of the PostgreSQL data: `postgres` in `dir`, or for root outside of it.
    pub postgres: PathBuf,
    /// User who runs PostgreSQL; none for our own user.
    pub postgres_user: Option<User>,
    /// `true` if all data is removed at the end.
    pub throw_away: bool,
}

/// An operating system user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct User {
    pub uid: u32,
    pub gid: u32,
}

impl Layout {
    pub fn create(options: &Options) -> Result<Self, Error> {
        let dir = match &options.dir {
            Some(dir) => existing_dir(dir)?,
            None => temporary_dir()?,
        };
        for name in ["log", "run", "redis", "mongodb"] {
            create_dir(&dir.join(name))?;
        }
        let postgres_user = if is_root()? { Some(unprivileged_user()?) } else { None };
        Ok(Self {
            postgres: match postgres_user {
                Some(_) => shared_place(&dir),
                None => dir.join("postgres"),
            },
            dir,
            postgres_user,
            throw_away: options.dir.is_none(),
        })
    }

    pub fn ports(&self) -> PathBuf {
        self.dir.join("stack.json")
    }

    pub fn data(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    pub fn log(&self, name: &str) -> PathBuf {
        self.dir.join("log").join(name).with_extension("log")
    }

    pub fn pid_file(&self, name: &str) -> PathBuf {
        self.dir.join("run").join(name).with_extension("pid")
    }

    /// Waits for its turn to start or stop servers, which ends with the returned file.
    pub async fn lock_starting(&self) -> Result<File, Error> {
        let path = self.dir.join("starting.lock");
        let file = open_append(&path)?;
        let began = Instant::now();
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(file),
                Err(TryLockError::Error(error)) => return Err(Error::io("lock", &path)(error)),
                Err(TryLockError::WouldBlock) if began.elapsed() > LOCK_LIMIT => {
                    return Err(Error::Busy { dir: self.dir.clone(), waited: LOCK_LIMIT });
                }
                Err(TryLockError::WouldBlock) => sleep(LOCK_POLL).await,
            }
        }
    }

    /// Registers a user of the servers for as long as the file is open in any process. Only for
    /// the holder of the starting lock: then nobody is about to stop the servers.
    pub fn lock_in_use(&self) -> Result<File, Error> {
        let path = self.dir.join("in-use.lock");
        let file = open_append(&path)?;
        file.lock_shared().map_err(Error::io("lock", &path))?;
        Ok(file)
    }

    /// Makes the directory of the PostgreSQL data. Only for the holder of the starting lock.
    pub fn prepare_postgres(&self) -> Result<(), Error> {
        let Some(user) = self.postgres_user else {
            return create_dir(&self.postgres);
        };
        let link = self.data("postgres");
        match fs::read_link(&link) {
            Ok(place) if place == self.postgres => {}
            // The directory was moved: the data belongs to it still.
            Ok(place) => {
                rename_dir(&place, &self.postgres)?;
                fs::remove_file(&link).map_err(Error::io("remove", &link))?;
                make_link(&self.postgres, &link)?;
            }
            // The directory is new: data left by an earlier one of the same name is not its data.
            Err(_) => {
                remove_dir_all(&self.postgres)?;
                make_link(&self.postgres, &link)?;
            }
        }
        create_dir(&self.postgres)?;
        give_to(&self.postgres, user)
    }
}

fn existing_dir(dir: &Path) -> Result<PathBuf, Error> {
    fs::create_dir_all(dir).map_err(Error::io("create", dir))?;
    let dir = dir.canonicalize().map_err(Error::io("resolve", dir))?;
    // Of the files in it, this is the first that we make.
    let log = dir.join("log");
    if log.exists() && metadata(&log)?.uid() != own_uid()? {
        return Err(Error::OtherUser { path: log });
    }
    Ok(dir)
}

fn temporary_dir() -> Result<PathBuf, Error> {
    let base = env::temp_dir();
    let base = base.canonicalize().map_err(Error::io("resolve", &base))?;
    let random = RandomState::new().build_hasher().finish();
    let dir = base.join(format!("hbs-{random:016x}"));
    private().create(&dir).map_err(Error::io("create", &dir))?;
    Ok(dir)
}

/// One place per directory, always the same.
fn shared_place(dir: &Path) -> PathBuf {
    let digest = Sha256::digest(dir.as_os_str().as_encoded_bytes());
    let name: String = digest[..8].iter().map(|b| format!("{b:02x}")).collect();
    Path::new(SHARED_PLACE).join(format!("hbs-{name}"))
}

fn is_root() -> Result<bool, Error> {
    Ok(own_uid()? == 0)
}

fn own_uid() -> Result<u32, Error> {
    let path = Path::new("/proc/self");
    let metadata = path.metadata().map_err(Error::io("inspect", path))?;
    Ok(metadata.uid())
}

fn unprivileged_user() -> Result<User, Error> {
    let path = Path::new("/etc/passwd");
    let passwd = fs::read_to_string(path).map_err(Error::io("read", path))?;
    find_user(&passwd, "postgres").or_else(|| find_user(&passwd, "nobody")).ok_or(Error::NoUser)
}

/// Finds a user in the text of `/etc/passwd`.
fn find_user(passwd: &str, name: &str) -> Option<User> {
    let line = passwd.lines().find(|line| line.split(':').next() == Some(name))?;
    let mut ids = line.split(':').skip(2).map(str::parse);
    Some(User { uid: ids.next()?.ok()?, gid: ids.next()?.ok()? })
}

/// Makes `user` the owner of a directory of ours. In a place that everybody can write to, it could
/// be somebody else's.
fn give_to(dir: &Path, user: User) -> Result<(), Error> {
    let metadata = metadata(dir)?;
    let ours = metadata.uid() == 0 || metadata.uid() == user.uid;
    if !metadata.is_dir() || !ours {
        return Err(Error::OtherUser { path: dir.to_owned() });
    }
    chown(dir, Some(user.uid), Some(user.gid)).map_err(Error::io("change the owner of", dir))
}

/// Of the path itself: a link in a shared place proves nothing about where it leads.
fn metadata(path: &Path) -> Result<Metadata, Error> {
    path.symlink_metadata().map_err(Error::io("inspect", path))
}

/// Opens a file, which is created if need be and not truncated.
pub(crate) fn open_append(path: &Path) -> Result<File, Error> {
    File::options().create(true).append(true).open(path).map_err(Error::io("open", path))
}

fn private() -> DirBuilder {
    let mut builder = DirBuilder::new();
    builder.mode(0o700);
    builder
}

fn create_dir(dir: &Path) -> Result<(), Error> {
    match private().create(dir) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(Error::io("create", dir)(error)),
        _ => Ok(()),
    }
}

fn make_link(target: &Path, link: &Path) -> Result<(), Error> {
    symlink(target, link).map_err(Error::io("create the link", link))
}

/// Renames a directory if it is there, in place of any that has the new name.
fn rename_dir(from: &Path, to: &Path) -> Result<(), Error> {
    if !from.exists() {
        return Ok(());
    }
    remove_dir_all(to)?;
    fs::rename(from, to).map_err(Error::io("rename", from))
}

/// Removes a directory if it is there.
pub(crate) fn remove_dir_all(dir: &Path) -> Result<(), Error> {
    match fs::remove_dir_all(dir) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(Error::io("remove", dir)(error)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_are_found_by_their_whole_name() {
        let passwd = "root:x:0:0:root:/root:/bin/sh\n\
                      postgres-ro:x:7:8::/:/bin/sh\n\
                      postgres:x:101:104::/var/lib/postgresql:/bin/sh\n";
        let postgres = User { uid: 101, gid: 104 };
        assert_eq!(find_user(passwd, "postgres"), Some(postgres));
        assert_eq!(find_user(passwd, "nobody"), None);
    }
}
