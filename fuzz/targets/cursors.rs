//! Cursors of lists, as they come back from clients.
#![no_main]
use hbs::page::PageQuery;

libfuzzer_sys::fuzz_target!(|cursor: &str| {
    let query = PageQuery { limit: None, cursor: Some(cursor.to_owned()) };
    drop(query.after::<(String, String)>());
    drop(query.after::<(i64, String)>());
    drop(query.after::<serde_json::Value>());
});
