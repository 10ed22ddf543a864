//! HBS as a whole: what its domains bring goes together.
use axum::http::StatusCode;
use hbs::config::Config;
use hbs::outbox::{relay, sinks};
use hbs::security;
use hbs::server::{consumers, document, jobs, problems, tags};
use hbs::stores::postgres::lock_of;
use std::collections::BTreeSet;

#[test]
fn codes_of_problems_are_unique_and_well_formed() {
    let codes: Vec<_> = problems().map(|problem| problem.code).collect();
    assert_eq!(codes.iter().collect::<BTreeSet<_>>().len(), codes.len());
    for problem in problems() {
        assert!(problem.code.split('.').count() == 2 && !problem.about.is_empty(), "{problem:?}");
        assert!(StatusCode::from_u16(problem.status).is_ok_and(|status| status.is_client_error() || status.is_server_error()));
    }
}

#[test]
fn work_of_one_process_at_a_time_has_a_lock_of_its_own() {
    let jobs = jobs();
    let mut works: Vec<&str> = jobs.iter().map(|job| job.name).collect();
    works.extend(sinks::ALL.iter().map(|sink| sink.name));
    works.extend(consumers().map(|consumer| consumer.name));
    works.extend([relay::LOCK, security::KEYS_LOCK]);
    assert_eq!(works.iter().map(|work| lock_of(work)).collect::<BTreeSet<_>>().len(), works.len());
}

#[test]
fn a_lock_is_the_same_in_every_version() {
    assert_eq!((lock_of(""), lock_of("a"), lock_of("foobar")), (-2_128_831_035, -468_965_076, -1_080_231_576));
}

/// Processes of two versions run side by side during an upgrade.
#[test]
fn work_that_had_a_number_before_it_had_a_name_keeps_it() {
    let numbered = ["outbox.relay", "audit_logs", "booking_logs", "security.signing_keys"];
    assert_eq!(numbered.map(lock_of), [1, 2, 3, 900]);
}

#[test]
fn every_tag_of_the_document_is_a_domains() {
    let document = document(&Config::defaults().expect("defaults"));
    let tags: Vec<_> = tags().into_iter().map(|(tag, _)| tag.to_owned()).collect();
    assert_eq!(tags.iter().collect::<BTreeSet<_>>().len(), tags.len(), "a tag twice");
    let items = document.paths.paths.values();
    let operations = items.flat_map(|item| [&item.get, &item.put, &item.post, &item.delete, &item.patch]).flatten();
    let used: BTreeSet<String> = operations.flat_map(|operation| operation.tags.clone().unwrap_or_default()).collect();
    assert_eq!(used, tags.into_iter().collect(), "tags that operations have, and those of the domains");
}
