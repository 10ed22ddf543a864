//! Signatures of events, in Stripe's manner: `t=<seconds>,v1=<HMAC-SHA-256 of "<seconds>.<body>">`.
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::fmt::Write;

/// Header that has the signature of an event.
pub const SIGNATURE_HEADER: &str = "stripe-signature";

/// Signs the body of an event at a time.
#[must_use]
pub fn sign(secret: &str, body: &[u8], at: i64) -> String {
    // A key of any length will do.
    let Ok(mac) = <Hmac<Sha256> as KeyInit>::new_from_slice(secret.as_bytes()) else { return String::new() };
    let digest = Mac::chain_update(Mac::chain_update(mac, format!("{at}.")), body).finalize().into_bytes();
    let mut header = format!("t={at},v1=");
    for byte in digest {
        let _ = write!(header, "{byte:02x}");
    }
    header
}
