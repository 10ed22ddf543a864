//! Keeps the layers and the domains apart, as docs/architecture.md draws them.
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// domain -> the domains it may use. Exactly what is used, and no cycles.
const MAY_USE: &[(&str, &[&str])] = &[
    ("images", &[]),
    ("stays", &[]),
    ("properties", &["images", "stays"]),
    ("authentication", &[]),
    ("platform", &[]),
    ("authorization", &["properties"]),
    ("users", &["authentication", "authorization"]),
    ("api_keys", &["authorization", "properties"]),
    ("inventory", &["properties", "stays"]),
    ("rates", &["inventory", "properties", "stays"]),
    ("reports", &["properties"]),
    ("rooms", &["images", "inventory", "properties", "rates"]),
    ("catalogue", &["images", "properties", "rates", "rooms"]),
    ("groups", &["inventory", "properties", "rates", "rooms"]),
    ("bookings", &["catalogue", "groups", "inventory", "properties", "rates", "rooms", "stays"]),
    // A stay that can be booked and one that is found are the same: `bookings::rules` says what.
    ("wishlist", &["bookings", "inventory", "properties", "rates", "rooms"]),
    ("availability", &["bookings", "catalogue", "images", "inventory", "properties", "rates", "rooms"]),
    ("blocks", &["bookings", "inventory", "properties", "rooms", "stays"]),
    ("waitlist", &["bookings", "properties", "stays"]),
    ("change_requests", &["bookings", "inventory", "properties", "stays"]),
    ("feeds", &["blocks", "inventory", "properties", "rooms"]),
    ("calendar", &["blocks", "bookings", "catalogue", "inventory", "rates", "rooms", "stays"]),
    ("front_desk", &["bookings", "properties", "rooms", "stays"]),
    ("night_audit", &["bookings", "properties", "rooms", "stays"]),
    ("audit", &["bookings"]),
];

/// file, or folder of files, of a domain -> what its code must not mention.
const MUST_NOT: &[(&str, &[&str])] = &[
    ("routes.rs", &["diesel", "repository::", "hbs_schema", "mongodb", "redis"]),
    ("service.rs", &["axum", "hbs_schema", "diesel::prelude"]),
    ("service/", &["axum", "hbs_schema", "diesel::prelude"]),
    ("jobs.rs", &["axum", "hbs_schema", "diesel", "repository::"]),
    ("repository.rs", &["axum", "service::", "routes::", ".transaction("]),
    ("repository/", &["axum", "service::", "routes::", ".transaction("]),
    ("model.rs", &["axum", "repository::", "service::"]),
    ("dto.rs", &["axum", "diesel::prelude", "hbs_schema", "repository::", "service::"]),
    ("dto/", &["axum", "diesel::prelude", "hbs_schema", "repository::", "service::"]),
    ("error.rs", &["axum", "diesel", "repository::", "service::"]),
    ("rules.rs", &["axum", "async ", "diesel::prelude", "hbs_schema", "Clock", "repository::", "service::"]),
];

/// Folders and files beside the domains that know nothing of them. `http` and `jobs` know of their
/// list only.
const WITHOUT_DOMAINS: &[&str] = &[
    "middleware",
    "security",
    "stores",
    "outbox",
    "sheets",
    "mail",
    "answer.rs",
    "clock.rs",
    "config.rs",
    "contact.rs",
    "error.rs",
    "ical.rs",
    "idempotency.rs",
    "language.rs",
    "media",
    "money.rs",
    "outgoing.rs",
    "texts.rs",
    "workers.rs",
];

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// All Rust files in a folder and below, with their code: neither comments nor tests.
fn files(folder: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let entries = if folder.is_file() { vec![folder.to_owned()] } else { children(folder) };
    for path in entries {
        if path.is_dir() && path.ends_with("tests") {
            continue;
        }
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") && !path.ends_with("tests.rs") {
            let name = path.strip_prefix(source()).expect("in src").to_str().expect("a name").to_owned();
            found.push((name, code(&path)));
        }
    }
    found
}

fn children(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<_> = fs::read_dir(folder).expect("a folder").flatten().map(|entry| entry.path()).collect();
    paths.sort();
    paths
}

fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).expect("a file");
    let text = text.split("#[cfg(test)]").next().unwrap_or_default();
    text.lines().filter(|line| !line.trim_start().starts_with("//")).map(|line| format!("{line}\n")).collect()
}

/// The domains that code names: `domains::rooms::…` and `domains::{inventory, rooms::Room}`.
fn used(code: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for rest in code.split("domains::").skip(1) {
        let list = match rest.strip_prefix('{') {
            Some(list) => top_level_items(list),
            None => vec![rest],
        };
        names.extend(list.into_iter().map(first_word).filter(|name| !name.is_empty()).map(String::from));
    }
    names
}

/// The items of `a, b::{c, d}, e}`, without what is nested.
fn top_level_items(list: &str) -> Vec<&str> {
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

fn first_word(text: &str) -> &str {
    text.trim_start().split(|letter: char| !letter.is_alphanumeric() && letter != '_').next().unwrap_or_default()
}

#[test]
fn names_are_found_in_lists_too() {
    let code = "use crate::domains::{inventory::{self, Nights}, rooms};\nuse crate::domains::rates::rules;\n";
    assert_eq!(used(code), BTreeSet::from(["inventory", "rates", "rooms"].map(String::from)));
}

#[test]
fn domains_use_only_whom_they_may() {
    let mut uses: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for folder in children(&source().join("domains")).into_iter().filter(|path| path.is_dir()) {
        let domain = folder.file_name().and_then(|name| name.to_str()).expect("a name").to_owned();
        let used: BTreeSet<String> =
            files(&folder).iter().flat_map(|(_, code)| used(code)).filter(|name| *name != domain).collect();
        uses.insert(domain, used);
    }
    let may_use: BTreeMap<String, BTreeSet<String>> =
        MAY_USE.iter().map(|(domain, others)| ((*domain).into(), others.iter().map(|other| (*other).into()).collect())).collect();
    for (domain, others) in &uses {
        assert_eq!(Some(others), may_use.get(domain), "{domain}: what it uses, and what MAY_USE says");
    }
    assert_eq!(uses.len(), may_use.len(), "MAY_USE lists a domain that is not there");
}

#[test]
fn domains_use_each_other_without_a_circle() {
    let mut left: BTreeMap<&str, &[&str]> = MAY_USE.iter().copied().collect();
    while !left.is_empty() {
        let free: Vec<&str> = left
            .iter()
            .filter(|(_, others)| others.iter().all(|other| !left.contains_key(other)))
            .map(|(domain, _)| *domain)
            .collect();
        assert!(!free.is_empty(), "a circle among {:?}", left.keys());
        left.retain(|domain, _| !free.contains(domain));
    }
}

#[test]
fn layers_stay_apart() {
    let mut checked = BTreeSet::new();
    for (name, code) in files(&source().join("domains")) {
        let in_domain = name.split('/').skip(2).collect::<Vec<_>>().join("/");
        for (file, words) in
            MUST_NOT.iter().filter(|(file, _)| in_domain == *file || (file.ends_with('/') && in_domain.starts_with(file)))
        {
            checked.insert(*file);
            for word in *words {
                assert!(!code.contains(word), "{name} mentions {word}");
            }
        }
    }
    assert_eq!(checked.len(), MUST_NOT.len(), "only {checked:?} were found");
}

#[test]
fn what_all_domains_share_knows_none_of_them() {
    for place in WITHOUT_DOMAINS {
        let found = files(&source().join(place));
        assert!(!found.is_empty(), "{place}");
        for (name, code) in found {
            assert!(!code.contains("domains"), "{name} mentions domains");
        }
    }
}

/// The two tables that prove that no room is sold twice have one writer.
#[test]
fn only_inventory_writes_what_is_sold() {
    const WRITES: &[&str] = &["insert_into(", "diesel::update(", "diesel::delete("];
    const RAW: &[&str] = &["INSERT INTO ", "UPDATE ", "DELETE FROM "];
    const TABLES: &[&str] = &["inventory", "room_nights"];
    let (mut readers, mut writers) = (Vec::new(), Vec::new());
    for (name, code) in files(&source()) {
        let imports_tables = code.split("use hbs_schema::").skip(1).filter_map(|rest| rest.split(';').next());
        let imported: Vec<&str> =
            imports_tables.flat_map(|list| list.split(|letter: char| !letter.is_alphanumeric() && letter != '_')).collect();
        for table in TABLES {
            let qualified = code.contains(&format!("hbs_schema::{table}"));
            let in_function =
                |function: &&str| function.contains(&format!("{table}::")) && WRITES.iter().any(|write| function.contains(write));
            let writes = code
                .split("\npub ")
                .flat_map(|part| part.split("\nasync fn "))
                .flat_map(|part| part.split("\nfn "))
                .any(|function| in_function(&function));
            let raw = RAW.iter().any(|statement| code.contains(&format!("{statement}{table}")));
            if imported.contains(table) || qualified {
                readers.push(name.clone());
                if writes {
                    writers.push(name.clone());
                }
            }
            if raw {
                writers.push(name.clone());
            }
        }
    }
    assert!(
        readers.iter().any(|name| name == "domains/rooms/repository.rs"),
        "a reader that is known was not found: {readers:?}"
    );
    writers.dedup();
    assert_eq!(writers, ["domains/inventory/repository/allotments.rs", "domains/inventory/repository.rs"]);
}
