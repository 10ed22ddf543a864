//! The file of the books: a line for each change, appended and written through to the disk before anybody is told.
use crate::Error;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

/// The file, open for as long as its process runs, and for one process only.
#[derive(Debug)]
pub struct Journal {
    file: File,
    path: PathBuf,
}

impl Journal {
    /// Opens a file, and returns it with what its lines hold. A last line that was not written to its end is taken away:
    /// nobody was told of it.
    pub fn open<T: DeserializeOwned>(path: PathBuf) -> Result<(Self, Vec<T>), Error> {
        let failed = |source| Error::File { path: path.clone(), source };
        fs::create_dir_all(path.parent().unwrap_or(Path::new("."))).map_err(failed)?;
        let mut file = OpenOptions::new().create(true).read(true).append(true).open(&path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(Error::InUse { path }),
            Err(TryLockError::Error(source)) => return Err(failed(source)),
        }
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(failed)?;
        let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        if whole < bytes.len() {
            file.set_len(u64::try_from(whole).unwrap_or(0)).map_err(failed)?;
        }
        let lines = bytes[..whole].split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).zip(1..);
        let read = |(line, number): (&[u8], usize)| {
            serde_json::from_slice(line).map_err(|error| Error::Damaged {
                path: path.clone(),
                line: number,
                reason: error.to_string(),
            })
        };
        let held = lines.map(read).collect::<Result<_, _>>()?;
        Ok((Self { file, path }, held))
    }

    /// Appends a line.
    pub fn append(&mut self, line: &impl Serialize) -> Result<(), Error> {
        let failed = |source| Error::File { path: self.path.clone(), source };
        let mut text = serde_json::to_vec(line).map_err(|error| failed(error.into()))?;
        text.push(b'\n');
        self.file.write_all(&text).and_then(|()| self.file.sync_data()).map_err(failed)
    }
}
