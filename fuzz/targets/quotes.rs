//! Tokens of quotes: any text, and what such a token could say if its key were known.
#![no_main]
use hbs::domains::bookings::rules::quote::Quote;
use hbs::security::DataKey;
use libfuzzer_sys::fuzz_target;
use std::sync::OnceLock;

/// A key of 32 zeros, which signs nothing but what is tried here.
const KEY: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

fuzz_target!(|input: &str| {
    static DATA_KEY: OnceLock<DataKey> = OnceLock::new();
    let key = DATA_KEY.get_or_init(|| DataKey::from_base64(KEY).expect("a key"));
    drop(Quote::from_token(input, key));
    let Ok(claims) = serde_json::from_str::<serde_json::Value>(input) else { return };
    let token = key.sign("quote", &claims).expect("a token");
    if let Ok(quote) = Quote::from_token(&token, key) {
        quote.sold();
    }
});
