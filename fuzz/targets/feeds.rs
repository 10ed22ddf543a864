//! Calendars that other programs send: read, and compared with a room and with rooms of a type in which nobody stays.
#![no_main]
use chrono::NaiveDate;
use hbs::domains::feeds::rules::{self, Site, TypeSite};

libfuzzer_sys::fuzz_target!(|file: &[u8]| {
    let Ok(events) = hbs::ical::read(file) else { return };
    let today = NaiveDate::from_ymd_opt(2026, 12, 1).expect("a date");
    let wanted = rules::wanted(&events, |_| false, chrono_tz::America::New_York, today);
    let plan = rules::plan(&wanted, &Site { today, ..Site::default() });
    assert!(plan.contested.is_empty() && plan.added.iter().all(|(_, nights)| nights.from >= today && nights.from < nights.to));
    for rooms in [0, 2] {
        let plan = rules::plan_of_type(&wanted, &TypeSite { rooms, today, ..TypeSite::default() });
        assert!(rooms > 0 || plan.added.is_empty());
        assert!(plan.added.iter().all(|(_, nights)| nights.from >= today && nights.from < nights.to));
    }
});
