//! Calendars that other programs send.
#![no_main]

libfuzzer_sys::fuzz_target!(|file: &[u8]| {
    drop(hbs::ical::read(file));
});
