use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::{Error, Options};

/// The programs of a stack, all found before anything is started.
#[derive(Debug)]
pub(crate) struct Programs {
    pub initdb: PathBuf,
    /// From the same directory as `initdb`, so of the same version.
    pub postgres: PathBuf,
    pub redis: PathBuf,
    pub mongodb: PathBuf,
    pub flock: PathBuf,
}

impl Programs {
    pub fn find(options: &Options) -> Result<Self, Error> {
        let search = options.search_path.as_slice();
        let postgres_dir = search
            .iter()
            .find(|dir| program(dir, "initdb").is_some() && program(dir, "postgres").is_some())
            .ok_or(Error::Missing { program: "postgres" })?;
        Ok(Self {
            initdb: postgres_dir.join("initdb"),
            postgres: postgres_dir.join("postgres"),
            redis: find(search, "redis-server").or_else(|missing| find(search, "valkey-server").map_err(|_| missing))?,
            mongodb: find(search, "mongod")?,
            flock: find(search, "flock")?,
        })
    }
}

fn find(search: &[PathBuf], name: &'static str) -> Result<PathBuf, Error> {
    search.iter().find_map(|dir| program(dir, name)).ok_or(Error::Missing { program: name })
}

fn program(dir: &Path, name: &str) -> Option<PathBuf> {
    let path = dir.join(name);
    let metadata = path.metadata().ok()?;
    let executable = metadata.is_file() && metadata.permissions().mode() & 0o111 != 0;
    // The servers run in other directories, where a relative path would not lead to the program.
    executable.then(|| std::path::absolute(&path).ok())?
}
