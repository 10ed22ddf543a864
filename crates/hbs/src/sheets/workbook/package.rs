//! The ZIP archive that an XLSX file is.
use super::damaged;
use super::xml::{Bounded, Xml, attributes};
use crate::sheets::error::SheetError;
use crate::sheets::limits::{Limit, MAX_ENTRIES, MAX_UNPACKED_BYTES};
use quick_xml::events::Event;
use std::cell::Cell;
use std::io::{BufReader, Cursor};
use std::rc::Rc;
use zip::ZipArchive;
use zip::read::ZipFile;

/// Signature of an entry in the directory of an archive.
const ENTRY_SIGNATURE: &[u8] = b"PK\x01\x02";

type Archive<'a> = ZipArchive<Cursor<&'a [u8]>>;
/// A part of a workbook, unpacked as it is read.
pub type Part<'a, 'b> = Xml<BufReader<ZipFile<'b, Cursor<&'a [u8]>>>>;

/// An archive, of which all parts together may unpack to a bound.
pub struct Package<'a> {
    archive: Archive<'a>,
    /// Bytes that may still be unpacked.
    left: Rc<Cell<u64>>,
}

impl<'a> Package<'a> {
    pub fn open(bytes: &'a [u8]) -> Result<Self, SheetError> {
        // Whatever an archive says of the number of its entries, each has its signature.
        if bytes.windows(ENTRY_SIGNATURE.len()).filter(|window| *window == ENTRY_SIGNATURE).nth(MAX_ENTRIES).is_some() {
            return Err(Limit::Entries.into());
        }
        let archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| damaged(error.to_string()))?;
        Ok(Self { archive, left: Rc::new(Cell::new(MAX_UNPACKED_BYTES)) })
    }

    /// Returns a part by its path, which is compared ignoring case.
    pub fn part(&mut self, path: &str) -> Result<Option<Part<'a, '_>>, SheetError> {
        let is_it = |name: &[u8]| {
            let name = name.iter().map(|byte| if *byte == b'\\' { b'/' } else { *byte }.to_ascii_lowercase());
            name.skip_while(|byte| *byte == b'/').eq(path.bytes().map(|byte| byte.to_ascii_lowercase()))
        };
        let Some(place) = self.archive.file_names_raw().position(is_it) else { return Ok(None) };
        let file = self.archive.by_index(place).map_err(|error| damaged(error.to_string()))?;
        Ok(Some(Xml::new(Bounded::new(BufReader::new(file), Rc::clone(&self.left)))))
    }

    /// Returns the part of a kind that another part refers to.
    pub fn referred(&mut self, relations: &Relations, kind: &str) -> Result<Option<Part<'a, '_>>, SheetError> {
        match relations.of_kind(kind) {
            Some(path) => self.part(path),
            None => Ok(None),
        }
    }

    /// Returns what a part refers to; nothing if it has no relations.
    pub fn relations(&mut self, path: &str) -> Result<Relations, SheetError> {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        let prefix = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        let mut relations = Vec::new();
        let Some(mut part) = self.part(&format!("{prefix}_rels/{name}.rels"))? else { return Ok(Relations(relations)) };
        loop {
            match part.next()? {
                Event::Start(start) if start.local_name().as_ref() == "Relationship" => {
                    let [id, kind, target] = attributes(&start, ["Id", "Type", "Target"])?.map(Option::unwrap_or_default);
                    if relations.len() < MAX_ENTRIES {
                        relations.push(Relation { id, kind, path: resolve(folder, &target) });
                    }
                }
                Event::Eof => return Ok(Relations(relations)),
                _ => {}
            }
        }
    }
}

/// References from one part to others.
pub struct Relations(Vec<Relation>);

struct Relation {
    id: String,
    kind: String,
    path: String,
}

impl Relations {
    /// Returns the path of the first part of a kind, by the end of its name.
    pub fn of_kind(&self, end: &str) -> Option<&str> {
        self.0.iter().find(|relation| relation.kind.ends_with(end)).map(|relation| relation.path.as_str())
    }

    /// Returns the path of a sheet with cells; none for a chart.
    pub fn sheet(&self, id: &str) -> Option<&str> {
        let mut sheets = self.0.iter().filter(|relation| relation.kind.ends_with("/worksheet"));
        sheets.find(|relation| relation.id == id).map(|relation| relation.path.as_str())
    }
}

/// Returns the path in the archive of what a part in a folder refers to.
fn resolve(folder: &str, target: &str) -> String {
    let start = if target.starts_with('/') { "" } else { folder };
    let mut path: Vec<&str> = Vec::new();
    for name in start.split('/').chain(target.split('/')) {
        match name {
            "" | "." => {}
            ".." => drop(path.pop()),
            name => path.push(name),
        }
    }
    path.join("/")
}
