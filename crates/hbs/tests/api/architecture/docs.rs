//! The documents: the tables in docs/architecture.md say what the code says, and lines end where screens do.
use super::domains::MAY_USE;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

const PAGE: &str = include_str!("../../../../../docs/architecture.md");

/// The table of domains: name, what it has, what it may use.
#[test]
fn the_table_of_domains_is_true() {
    let (_, section) = PAGE.split_once("## Domains").expect("a section on domains");
    let rows = section.lines().skip_while(|line| !line.starts_with('|')).take_while(|line| line.starts_with('|')).skip(2);
    let cells = |line: &str| line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect::<Vec<_>>();
    let mut told: Vec<(String, Vec<String>)> = rows.map(cells).map(|cells| (cells[0].clone(), names(&cells[2]))).collect();
    let owned = |others: &[&str]| others.iter().map(|other| (*other).to_owned()).collect::<BTreeSet<_>>().into_iter().collect();
    let mut used: Vec<(String, Vec<String>)> =
        MAY_USE.iter().map(|(domain, others)| ((*domain).to_owned(), owned(others))).collect();
    // Lists, not maps: a map would hide a domain that is there twice.
    told.sort();
    used.sort();
    assert_eq!(told, used, "the table of docs/architecture.md, and MAY_USE");
}

/// Returns the names in a cell: `bookings (moving stays), inventory` without what stands in brackets.
fn names(cell: &str) -> Vec<String> {
    let mut plain = String::new();
    let mut depth = 0;
    for letter in cell.chars() {
        match letter {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ if depth == 0 => plain.push(letter),
            _ => {}
        }
    }
    let mut names: Vec<String> = plain.split(',').map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect();
    names.sort();
    names
}

/// The longest line, but for rows of tables.
const LINE: usize = 130;

#[test]
fn lines_end_where_screens_do() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let files_of = |folder: PathBuf| fs::read_dir(folder).expect("a folder").flatten().map(|entry| entry.path());
    let pages = ["", "docs", "bench"].into_iter().flat_map(|folder| files_of(root.join(folder)));
    let mut long = Vec::new();
    for page in pages.filter(|path| path.extension().is_some_and(|extension| extension == "md")) {
        let text = fs::read_to_string(&page).expect("a page");
        let lines = text.lines().enumerate().filter(|(_, line)| line.chars().count() > LINE && !line.starts_with('|'));
        long.extend(lines.map(|(n, _)| format!("{}:{}", page.display(), n + 1)));
    }
    assert!(long.is_empty(), "longer than {LINE} characters: {long:#?}");
}
