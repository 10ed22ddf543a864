//! Files do not know each other in circles, but for small ones: one reads a part without reading all of HBS.
use super::source::{File, files, named_paths};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// The largest circle of files that may be: parts whose files are one thing cut by subject.
const LARGEST: usize = 12;

/// Path of a module: its words from the crate on.
type Module = Vec<String>;

fn module_of(file: &File) -> Module {
    let path = file.name.trim_end_matches(".rs");
    let mut words: Module = path.split('/').map(String::from).collect();
    if words.last().is_some_and(|last| last == "mod" || last == "lib") {
        words.pop();
    }
    words
}

/// The files that each file names by `crate::` or `super::`. A name that a `mod.rs` passes on counts for the `mod.rs`,
/// and that for the file it takes it from.
fn uses(files: &[File]) -> BTreeMap<&str, BTreeSet<&str>> {
    let modules: HashMap<Module, &str> = files.iter().map(|file| (module_of(file), file.name.as_str())).collect();
    let resolve = |mut path: Module| {
        while !modules.contains_key(&path) {
            path.pop();
        }
        modules[&path]
    };
    let used = |file: &File| {
        let base = module_of(file);
        let paths = named_paths(&file.code).into_iter().filter_map(|path| absolute(&base, &path, &modules));
        paths.map(resolve).filter(|name| *name != file.name).collect()
    };
    files.iter().map(|file| (file.name.as_str(), used(file))).collect()
}

fn absolute(base: &[String], path: &str, modules: &HashMap<Module, &str>) -> Option<Module> {
    let words: Module = path.split("::").map(String::from).collect();
    if words[0] == "crate" {
        return Some(words[1..].to_vec());
    }
    let above = words.iter().take_while(|word| *word == "super").count();
    let is_below = modules.contains_key(&[base, &words[..1]].concat());
    match above {
        0 if words[0] == "self" => Some([base, &words[1..]].concat()),
        0 if is_below => Some([base, &words].concat()),
        0 => None,
        _ => Some([&base[..base.len() - above], &words[above..]].concat()),
    }
}

/// The circles: files each of which can be reached from each other one.
fn circles<'a>(uses: &BTreeMap<&'a str, BTreeSet<&'a str>>) -> Vec<BTreeSet<&'a str>> {
    let reach: BTreeMap<&str, BTreeSet<&str>> = uses.keys().map(|name| (*name, reachable(uses, name))).collect();
    let of = |name: &&'a str| -> BTreeSet<&'a str> {
        reach[name].iter().filter(|other| reach[*other].contains(name)).copied().collect()
    };
    let mut circles: Vec<_> = uses.keys().map(of).filter(|circle| circle.len() > 1).collect();
    circles.sort();
    circles.dedup();
    circles
}

fn reachable<'a>(uses: &BTreeMap<&'a str, BTreeSet<&'a str>>, from: &str) -> BTreeSet<&'a str> {
    let mut found = BTreeSet::new();
    let mut left: Vec<&str> = uses[from].iter().copied().collect();
    while let Some(name) = left.pop() {
        if found.insert(name) {
            left.extend(&uses[name]);
        }
    }
    found
}

#[test]
fn files_know_each_other_in_small_circles_only() {
    let files: Vec<File> = files("").into_iter().filter(|file| file.name != "main.rs").collect();
    let uses = uses(&files);
    assert!(uses["app.rs"].contains("security/mod.rs"), "what is known was not found: {:?}", uses["app.rs"]);
    for circle in circles(&uses) {
        assert!(circle.len() <= LARGEST, "a circle of {} files: {circle:#?}", circle.len());
    }
}

#[test]
fn a_circle_is_found_however_long() {
    let uses = BTreeMap::from([
        ("a", BTreeSet::from(["b"])),
        ("b", BTreeSet::from(["c"])),
        ("c", BTreeSet::from(["a", "d"])),
        ("d", BTreeSet::new()),
    ]);
    assert_eq!(circles(&uses), [BTreeSet::from(["a", "b", "c"])]);
}
