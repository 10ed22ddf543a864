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
    pub mongodb: MongoDb,
    pub flock: PathBuf,
}

#[derive(Debug)]
pub(crate) enum MongoDb {
    Mongod(PathBuf),
    Secantus(PathBuf),
}

impl Programs {
    pub fn find(options: &Options) -> Result<Self, Error> {
        let search = options.search_path.as_slice();
        let postgres_dir = search
            .iter()
            .find(|dir| program(dir, "initdb").is_some() && program(dir, "postgres").is_some())
            .ok_or_else(|| debian("postgres", "postgresql"))?;
        Ok(Self {
            initdb: postgres_dir.join("initdb"),
            postgres: postgres_dir.join("postgres"),
            redis: find(search, "redis-server").ok_or_else(|| debian("redis-server", "redis-server"))?,
            mongodb: find_mongodb(search, &options.venv)?,
            flock: find(search, "flock").ok_or_else(|| debian("flock", "util-linux"))?,
        })
    }
}

fn find_mongodb(search: &[PathBuf], venv: &Path) -> Result<MongoDb, Error> {
    if let Some(mongod) = find(search, "mongod") {
        return Ok(MongoDb::Mongod(mongod));
    }
    program(&venv.join("bin"), "secantusd-py").or_else(|| find(search, "secantusd-py")).map(MongoDb::Secantus).ok_or_else(|| {
        Error::Missing {
            program: "mongod",
            package: "secantusdb",
            hint: format!(
                "install MongoDB, or its stand-in SecantusDB by scripts/install-deps.sh \
                 (expected in {})",
                venv.display()
            ),
        }
    })
}

fn find(search: &[PathBuf], name: &str) -> Option<PathBuf> {
    search.iter().find_map(|dir| program(dir, name))
}

fn program(dir: &Path, name: &str) -> Option<PathBuf> {
    let path = dir.join(name);
    let metadata = path.metadata().ok()?;
    let executable = metadata.is_file() && metadata.permissions().mode() & 0o111 != 0;
    // The servers run in other directories, where a relative path would not lead to the program.
    executable.then(|| std::path::absolute(&path).ok())?
}

fn debian(program: &'static str, package: &'static str) -> Error {
    Error::Missing { program, package, hint: format!("apt-get install {package}, or run scripts/install-deps.sh") }
}
