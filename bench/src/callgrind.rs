//! Files in which Valgrind's callgrind writes what it counted.

use std::fs;
use std::path::Path;

use crate::error::{Context, Error, Result};

/// Returns the total of the newest count in a folder: of the files `name.1`, `name.2` and so on the last one.
pub fn newest_total(folder: &Path, name: &str) -> Result<u64> {
    let files = fs::read_dir(folder).context(format!("cannot list {}", folder.display()))?;
    let number = |file: &str| file.strip_prefix(name)?.strip_prefix('.')?.parse::<u32>().ok();
    let names = files.filter_map(|file| file.ok()?.file_name().into_string().ok());
    let newest = names.filter_map(|file| Some((number(&file)?, file))).max();
    let (_, newest) = newest.ok_or_else(|| Error::new("callgrind has counted nothing"))?;
    let text = fs::read_to_string(folder.join(&newest)).context(format!("cannot read {newest}"))?;
    total(&text).context(format!("{newest} has no total"))
}

/// Returns the total of a file: of the line `totals: 123`, or `summary: 123` in older versions.
fn total(text: &str) -> Option<u64> {
    let mut lines = text.lines().rev();
    let line = lines.find_map(|line| line.strip_prefix("totals:").or_else(|| line.strip_prefix("summary:")))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn totals_are_read_from_the_end() {
        assert_eq!(total("version: 1\nevents: Ir\nfn=(1) main\n12 5\n\ntotals: 123456\n"), Some(123_456));
        assert_eq!(total("summary: 7 8\n"), Some(7));
        assert_eq!(total("events: Ir\n"), None);
    }
}
