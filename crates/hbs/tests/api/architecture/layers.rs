//! Each file of a domain stands in a layer, and does only what that layer does.
use super::source::{File, files};
use std::collections::BTreeSet;

/// A layer: a file of a domain or, where it has grown, a folder of subjects.
struct Layer {
    name: &'static str,
    /// Words that its code must not have.
    must_not: &'static [&'static str],
}

const HTTP: &str = "crate::http";

const LAYERS: &[Layer] = &[
    Layer { name: "mod", must_not: &["axum", "diesel", "async "] },
    Layer { name: "routes", must_not: &["diesel", "repository::", "hbs_schema", "mongodb", "redis"] },
    Layer { name: "dto", must_not: &["axum", "diesel::prelude", "hbs_schema", "repository::", "service::"] },
    Layer { name: "service", must_not: &["axum", HTTP, "hbs_schema", "diesel::prelude"] },
    // Jobs, consumers of events and letters: other ways to a service than a route.
    Layer { name: "letters", must_not: &["axum", HTTP, "hbs_schema", "diesel", "repository::"] },
    Layer { name: "jobs", must_not: &["axum", HTTP, "hbs_schema", "diesel", "repository::"] },
    Layer { name: "consumer", must_not: &["axum", HTTP, "hbs_schema", "diesel", "repository::"] },
    Layer {
        name: "rules",
        must_not: &["axum", HTTP, "async ", "diesel::prelude", "hbs_schema", "Clock", "Conn", "repository::", "service::"],
    },
    Layer { name: "repository", must_not: &["axum", HTTP, "service::", "routes::", ".transaction("] },
    Layer { name: "model", must_not: &["axum", HTTP, "repository::", "service::"] },
    Layer { name: "error", must_not: &["axum", HTTP, "diesel", "repository::", "service::"] },
];

/// Files of domains that stand in no layer, with the reason. This list may only shrink.
const BESIDE: &[(&str, &str)] = &[("authorization/defaults.rs", "the roles that an installation begins with: data")];

impl Layer {
    fn has(&self, file: &File) -> bool {
        let path = file.in_domain().unwrap_or_default();
        path.strip_prefix(self.name).is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
    }
}

#[test]
fn every_file_stands_in_a_layer() {
    let mut beside = BTreeSet::new();
    for file in files("domains").iter().filter(|file| file.domain().is_some()) {
        if !LAYERS.iter().any(|layer| layer.has(file)) {
            beside.insert(file.name.trim_start_matches("domains/").to_owned());
        }
    }
    assert_eq!(beside, BESIDE.iter().map(|(name, _)| (*name).to_owned()).collect());
}

#[test]
fn layers_stay_apart() {
    let mut found = BTreeSet::new();
    for file in files("domains") {
        for layer in LAYERS.iter().filter(|layer| layer.has(&file)) {
            found.insert(layer.name);
            for word in layer.must_not {
                assert!(!file.code.contains(word), "{} mentions {word}", file.name);
            }
        }
    }
    assert_eq!(found.len(), LAYERS.len(), "only {found:?} were found");
}
