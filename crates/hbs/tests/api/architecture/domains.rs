//! Domains use only those that they may, and none of them in a circle. What all share knows none of them.
use super::source::{domains, files, named_paths};
use std::collections::{BTreeMap, BTreeSet};

/// domain -> the domains it may use. Exactly what is used, and no circles.
pub const MAY_USE: &[(&str, &[&str])] = &[
    ("images", &[]),
    ("stays", &[]),
    ("properties", &["images", "stays"]),
    ("authentication", &[]),
    ("platform", &["checkpoints"]),
    ("accounts", &["properties", "rates"]),
    ("accounting", &["accounts", "folios", "payments", "properties", "rates"]),
    ("guests", &["accounts", "properties", "stays"]),
    ("authorization", &["properties"]),
    ("users", &["api_keys", "authentication", "authorization"]),
    ("api_keys", &["authentication", "authorization", "properties"]),
    ("inventory", &["properties", "stays"]),
    ("extras", &["inventory", "properties", "rates"]),
    ("folios", &["accounts", "extras", "guests", "properties", "rates", "stays"]),
    ("drawers", &["properties", "rates"]),
    ("payments", &["drawers", "folios", "properties", "rates"]),
    ("payment_links", &["folios", "payments", "properties", "rates"]),
    ("payments_due", &["bookings", "folios", "payments", "properties", "rates", "refunds", "stays"]),
    ("refunds", &["bookings", "drawers", "folios", "payments", "properties", "rates"]),
    ("invoices", &["accounts", "bookings", "folios", "guests", "images", "payments", "properties", "rates"]),
    ("rates", &["inventory", "properties", "stays"]),
    ("reviews", &["bookings", "properties", "stays"]),
    ("reports", &["bookings", "folios", "guests", "properties", "rates", "stays"]),
    ("rooms", &["images", "inventory", "properties", "rates"]),
    ("offers", &["extras", "images", "inventory", "properties", "rates", "rooms"]),
    ("catalogue", &["extras", "images", "offers", "properties", "rates", "rooms"]),
    ("groups", &["accounts", "guests", "inventory", "properties", "rates", "rooms"]),
    (
        "bookings",
        &[
            "accounts",
            "catalogue",
            "content",
            "extras",
            "folios",
            "groups",
            "guests",
            "inventory",
            "payments",
            "offers",
            "properties",
            "rates",
            "rooms",
            "stays",
        ],
    ),
    // A stay that can be booked and one that is found are the same: `bookings::rules` says what.
    ("wishlist", &["bookings", "catalogue", "inventory", "offers", "properties", "rates", "rooms"]),
    ("availability", &["bookings", "catalogue", "images", "inventory", "offers", "properties", "rates", "reviews", "rooms"]),
    ("backups", &["audit", "checkpoints", "content", "folios", "images", "inventory", "payments", "privacy"]),
    ("blocks", &["bookings", "inventory", "properties", "rooms", "stays"]),
    ("waitlist", &["bookings", "properties", "stays"]),
    ("change_requests", &["bookings", "inventory", "properties", "stays"]),
    ("content", &["properties"]),
    ("feeds", &["blocks", "inventory", "properties", "rooms"]),
    ("calendar", &["blocks", "bookings", "catalogue", "folios", "inventory", "properties", "rates", "rooms", "stays"]),
    ("front_desk", &["bookings", "folios", "payments", "properties", "rooms", "stays"]),
    ("search", &["guests", "properties", "rooms", "stays"]),
    ("housekeeping", &["bookings", "front_desk", "properties", "rooms", "stays"]),
    ("lost_property", &["properties", "rooms"]),
    ("issues", &["blocks", "bookings", "properties", "rooms"]),
    ("registration_cards", &["bookings", "guests", "properties", "stays"]),
    (
        "retention",
        &[
            "authentication",
            "bookings",
            "guests",
            "issues",
            "lost_property",
            "notifications",
            "payments",
            "properties",
            "registration_cards",
            "waitlist",
            "webhooks",
        ],
    ),
    ("notifications", &["bookings", "content", "properties"]),
    ("privacy", &["authentication", "bookings", "checkpoints", "guests", "invoices", "reviews"]),
    ("night_audit", &["bookings", "folios", "properties", "reports", "rooms", "stays"]),
    ("openings", &["folios", "properties", "stays"]),
    ("events", &[]),
    ("checkpoints", &[]),
    ("audit", &["bookings", "properties"]),
    ("webhooks", &["events", "properties"]),
];

/// Folders and files beside the domains that know nothing of them. Only `server.rs`, the commands and the seed do.
const WITH_DOMAINS: &[&str] = &["commands", "domains", "seed", "server.rs", "lib.rs", "main.rs"];

/// The domains that code names.
fn used(code: &str) -> BTreeSet<String> {
    let paths = named_paths(code);
    let names = paths.iter().filter_map(|path| path.strip_prefix("crate::domains::")?.split("::").next());
    names.map(String::from).collect()
}

#[test]
fn domains_use_only_those_that_they_may() {
    let mut uses: BTreeMap<String, BTreeSet<String>> = domains().into_iter().map(|name| (name, BTreeSet::new())).collect();
    for file in files("domains") {
        let Some(domain) = file.domain() else { continue };
        uses.entry(domain.into()).or_default().extend(used(&file.code).into_iter().filter(|name| name != domain));
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
fn what_all_domains_share_knows_none_of_them() {
    for file in files("") {
        if !WITH_DOMAINS.contains(&file.part()) && file.domain().is_none() {
            assert!(!file.code.contains("domains"), "{} mentions domains", file.name);
        }
    }
}

#[test]
fn only_the_server_knows_all_domains() {
    let knows = |code: &str| code.contains("domains::ALL") || code.contains("domains::{self, ALL}") || code.contains("ALL}");
    let those: Vec<_> = files("").into_iter().filter(|file| file.code.contains("crate::domains") && knows(&file.code)).collect();
    assert_eq!(those.iter().map(|file| file.name.as_str()).collect::<Vec<_>>(), ["server.rs"]);
}

/// Every domain has its value in the list of all.
#[test]
fn every_domain_is_in_the_list() {
    let listed: BTreeSet<String> = hbs::domains::ALL.iter().map(|domain| domain.name.to_owned()).collect();
    assert_eq!(listed, domains().into_iter().collect::<BTreeSet<_>>());
    assert_eq!(listed.len(), hbs::domains::ALL.len(), "one twice");
}
