//! A temporary folder.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use uuid::Uuid;

use crate::error::{Context, Result};

/// A temporary folder, removed with its content when it is dropped.
pub struct Folder {
    path: PathBuf,
}

impl Folder {
    pub fn create() -> Result<Self> {
        let path = env::temp_dir().join(format!("hbs-bench-{}", Uuid::now_v7()));
        fs::create_dir(&path).context(format!("cannot create {}", path.display()))?;
        Ok(Self { path })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.path) {
            eprintln!("cannot remove {}: {error}", self.path.display());
        }
    }
}
