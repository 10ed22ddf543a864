//! The source of HBS, as the architecture tests read it: code without comments and tests.
use std::fs;
use std::path::{Path, PathBuf};

/// A file of the source.
pub struct File {
    /// Path of the file below `src`.
    pub name: String,
    /// Code of the file: neither comments nor tests.
    pub code: String,
}

impl File {
    /// The domain that it belongs to, if it belongs to one.
    pub fn domain(&self) -> Option<&str> {
        self.name.strip_prefix("domains/")?.split_once('/').map(|(domain, _)| domain)
    }

    /// Returns the domain of the file, or the file or folder beside the domains in which it lies.
    pub fn part(&self) -> &str {
        self.domain().unwrap_or_else(|| self.name.split('/').next().unwrap_or_default())
    }

    /// Returns the path of the file within its domain.
    pub fn in_domain(&self) -> Option<&str> {
        self.name.strip_prefix("domains/")?.split_once('/').map(|(_, rest)| rest)
    }
}

pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// Returns all files below a path in `src`, in the order of their names.
pub fn files(place: &str) -> Vec<File> {
    let mut found = Vec::new();
    collect(&root().join(place), &mut found);
    assert!(!found.is_empty(), "nothing at {place}");
    found
}

fn collect(path: &Path, found: &mut Vec<File>) {
    if path.is_dir() {
        let mut paths: Vec<_> = fs::read_dir(path).expect("a folder").flatten().map(|entry| entry.path()).collect();
        paths.sort();
        paths.iter().filter(|path| !path.ends_with("tests") && !path.ends_with("tests.rs")).for_each(|path| collect(path, found));
    } else if path.extension().is_some_and(|extension| extension == "rs") {
        let name = path.strip_prefix(root()).expect("in src").to_str().expect("a name").to_owned();
        found.push(File { name, code: code(&fs::read_to_string(path).expect("a file")) });
    }
}

/// The code of a text: without comments, and without the items that are compiled for tests alone.
fn code(text: &str) -> String {
    let mut lines = text.lines();
    let mut code = String::new();
    while let Some(line) = lines.next() {
        if line.trim() == "#[cfg(test)]" {
            skip_item(&mut lines);
        } else if !line.trim_start().starts_with("//") {
            code.push_str(line);
            code.push('\n');
        }
    }
    code
}

/// Skips the item that an attribute stands before. It ends in its own line, or where a brace with its indent closes it.
fn skip_item<'t>(lines: &mut impl Iterator<Item = &'t str>) {
    let is_before = |line: &&str| ["#", "//"].iter().any(|start| line.trim_start().starts_with(start));
    let Some(head) = lines.find(|line| !is_before(line)) else { return };
    if !head.ends_with([';', '}']) {
        let end = format!("{}}}", &head[..head.len() - head.trim_start().len()]);
        while lines.next().is_some_and(|line| !line.starts_with(&end)) {}
    }
}

/// The folders of the domains.
pub fn domains() -> Vec<String> {
    let mut names: Vec<_> = files("domains").iter().filter_map(|file| file.domain().map(String::from)).collect();
    names.dedup();
    names
}

/// The paths of a `use`: `a::{b, c::{self, d}}` is `a::b`, `a::c::self` and `a::c::d`.
pub fn paths(tree: &str) -> Vec<String> {
    let tree = tree.trim();
    let Some((head, list)) = tree.split_once('{') else {
        let path = tree.split(" as ").next().unwrap_or_default().trim();
        return if path.is_empty() { Vec::new() } else { vec![path.to_owned()] };
    };
    let tails = items(list).into_iter().flat_map(paths);
    tails.map(|tail| format!("{}{tail}", head.trim())).collect()
}

/// The items of `a, b::{c, d}, e}`, without what is nested.
fn items(list: &str) -> Vec<&str> {
    let (mut depth, mut start, mut items) = (0, 0, Vec::new());
    for (place, letter) in list.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            '}' => {
                items.push(&list[start..place]);
                return items;
            }
            ',' if depth == 0 => {
                items.push(&list[start..place]);
                start = place + 1;
            }
            _ => {}
        }
    }
    items
}

/// The paths that code names: in `use` statements, also those that pass names on, and written out from `crate` or `super`.
pub fn named_paths(code: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = code;
    while let Some((before, after)) = split_at_use(rest) {
        found.extend(written_out(before));
        let (tree, after) = after.split_once(';').expect("the end of a use");
        found.extend(paths(tree));
        rest = after;
    }
    found.extend(written_out(rest));
    found
}

/// Splits a statement at the word `use` at its beginning.
fn split_at_use(code: &str) -> Option<(&str, &str)> {
    let is_use = |line: &&str| {
        let line = line.trim_start();
        let line =
            line.strip_prefix("pub ").or_else(|| line.strip_prefix("pub(super) ")).or_else(|| line.strip_prefix("pub(crate) "));
        line.is_some_and(|line| line.starts_with("use "))
    };
    let mut place = 0;
    for line in code.split_inclusive('\n') {
        if line.trim_start().starts_with("use ") || is_use(&line) {
            let start = place + line.find("use ").expect("use") + "use ".len();
            return Some((&code[..place], &code[start..]));
        }
        place += line.len();
    }
    None
}

fn written_out(code: &str) -> Vec<String> {
    // `pub(in crate::x)` tells who may see, not who is seen.
    let code = code.replace("(in crate::", "(");
    let word = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == ':';
    let words = code.split(|letter: char| !word(letter));
    words.filter(|word| word.starts_with("crate::") || word.starts_with("super::")).map(String::from).collect()
}

#[test]
fn names_are_found_in_lists_too() {
    let code = "use crate::domains::{inventory::{self, Nights as N}, rooms};\npub use super::x;\nfn f() { crate::a::b(1); }\n";
    let expected = [
        "crate::domains::inventory::self",
        "crate::domains::inventory::Nights",
        "crate::domains::rooms",
        "super::x",
        "crate::a::b",
    ];
    assert_eq!(named_paths(code), expected);
}

#[test]
fn only_the_tests_of_a_file_are_left_out() {
    let text = "use crate::a;\n#[cfg(test)]\nmod slow;\n// b\nfn c() {\n    d();\n}\n\
                #[cfg(test)]\nimpl E {\n    fn f() {\n    }\n}\nfn g() {}\n#[cfg(test)]\nmod tests {\n    use super::*;\n}\n";
    assert_eq!(code(text), "use crate::a;\nfn c() {\n    d();\n}\nfn g() {}\n");
}
