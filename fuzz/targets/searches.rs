//! Query parameters of searches.
#![no_main]
use axum::extract::FromRequestParts;
use futures_util::FutureExt;
use hbs::domains::availability::SearchQuery;
use hbs::http::Query;
use hbs::page::PageQuery;

libfuzzer_sys::fuzz_target!(|query: &[u8]| {
    let Ok(uri) = http::Uri::try_from([&b"/v1/availability?"[..], query].concat()) else { return };
    let (mut parts, ()) = http::Request::builder().uri(uri).body(()).expect("a request").into_parts();
    // Nothing is waited for.
    drop(Query::<SearchQuery>::from_request_parts(&mut parts, &()).now_or_never().expect("an answer"));
    drop(Query::<PageQuery>::from_request_parts(&mut parts, &()).now_or_never().expect("an answer"));
});
