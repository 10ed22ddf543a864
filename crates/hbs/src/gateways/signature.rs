//! Signatures of events: `t=<seconds>,v1=<HMAC-SHA-256 of "<seconds>.<body>">`, perhaps several, while a secret is replaced.
use chrono::{DateTime, TimeDelta, Utc};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Header that has the signature of an event.
pub const SIGNATURE_HEADER: &str = "stripe-signature";
/// Age beyond which an event is refused, and time by which a clock may be ahead of ours.
const TOLERANCE: TimeDelta = TimeDelta::minutes(5);

/// Fault of something that came as an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EventFault {
    #[error("it has no signature")]
    Missing,
    #[error("its signature is not of the form t=…,v1=…")]
    Malformed,
    #[error("its signature is not the gateway's")]
    Forged,
    #[error("it was signed too long ago")]
    TooOld,
    #[error("it was signed at a time that is yet to come")]
    TooEarly,
    #[error("it is genuine, but not an event that HBS can read")]
    Unreadable,
}

/// Checks that a body was signed with the secret, not long ago. Without a secret nothing is genuine.
pub fn verify(secret: &str, signature: Option<&str>, body: &[u8], now: DateTime<Utc>) -> Result<(), EventFault> {
    let (signed_at, digests) = parse(signature.ok_or(EventFault::Missing)?).ok_or(EventFault::Malformed)?;
    let mac = <Hmac<Sha256> as KeyInit>::new_from_slice(secret.as_bytes()).map_err(|_| EventFault::Forged)?;
    let mac = Mac::chain_update(Mac::chain_update(mac, format!("{signed_at}.")), body);
    // Compared in a time that says nothing about where they differ.
    let is_genuine = !secret.is_empty() && digests.iter().any(|digest| Mac::verify_slice(mac.clone(), digest).is_ok());
    if !is_genuine {
        return Err(EventFault::Forged);
    }
    match DateTime::from_timestamp(signed_at, 0).map(|signed_at| now - signed_at) {
        Some(age) if age > TOLERANCE => Err(EventFault::TooOld),
        Some(age) if age < -TOLERANCE => Err(EventFault::TooEarly),
        Some(_) => Ok(()),
        None => Err(EventFault::Malformed),
    }
}

/// The time, and the digests of the one scheme that is known.
fn parse(signature: &str) -> Option<(i64, Vec<Vec<u8>>)> {
    let parts: Vec<(&str, &str)> = signature.split(',').filter_map(|part| part.trim().split_once('=')).collect();
    let signed_at = parts.iter().find(|(name, _)| *name == "t")?.1.parse().ok()?;
    let digests: Vec<_> = parts.iter().filter(|(name, _)| *name == "v1").filter_map(|(_, digits)| bytes(digits)).collect();
    (!digests.is_empty()).then_some((signed_at, digests))
}

fn bytes(digits: &str) -> Option<Vec<u8>> {
    let is_hex = digits.len().is_multiple_of(2) && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    let byte = |at: usize| u8::from_str_radix(&digits[at..at + 2], 16).ok();
    if is_hex { (0..digits.len()).step_by(2).map(byte).collect() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hbs_demo_gateway::sign;

    const SECRET: &str = "whsec_of_a_test";
    const BODY: &[u8] = br#"{"id":"evt_1"}"#;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).expect("a time")
    }

    fn check(signature: &str, now: i64) -> Result<(), EventFault> {
        verify(SECRET, Some(signature), BODY, at(now))
    }

    #[test]
    fn a_known_signature_is_recognized() {
        // Computed by `openssl dgst -sha256 -hmac whsec_of_a_test` over `1790000000.{"id":"evt_1"}`.
        let signature = "t=1790000000,v1=f29c6713ee482934ec464425d2255bdd3440296a910ea185fe52b8e115789ff0";
        assert_eq!(check(signature, 1_790_000_000), Ok(()));
        assert_eq!(sign(SECRET, BODY, 1_790_000_000), signature);
    }

    /// T-pay-sig: forged, old and early ones, and two of which one is genuine, while the secret is changed.
    #[test]
    fn only_what_is_signed_with_the_secret_and_young_is_genuine() {
        let genuine = sign(SECRET, BODY, 1_000);
        let (_, digest) = genuine.split_once("v1=").expect("a digest");
        assert_eq!(check(&genuine, 1_000), Ok(()));
        assert_eq!(check(&genuine, 1_300), Ok(()));
        assert_eq!(check(&genuine, 700), Ok(()));
        assert_eq!(check(&format!("t=1000,v1={},v0=1,v1={digest}", "0".repeat(64)), 1_000), Ok(()), "one of two");
        for (signature, now, fault) in [
            (genuine.clone(), 1_301, EventFault::TooOld),
            (genuine.clone(), 699, EventFault::TooEarly),
            (format!("t=1001,v1={digest}"), 1_000, EventFault::Forged),
            (sign("another", BODY, 1_000), 1_000, EventFault::Forged),
            (sign(SECRET, b"{}", 1_000), 1_000, EventFault::Forged),
            (sign("", BODY, 1_000), 1_000, EventFault::Forged),
            (format!("t=1000,v1={}", &digest[..62]), 1_000, EventFault::Forged),
            (format!("t=1000,v0={digest}"), 1_000, EventFault::Malformed),
            (format!("v1={digest}"), 1_000, EventFault::Malformed),
            ("t=1000,v1=é".into(), 1_000, EventFault::Malformed),
            (String::new(), 1_000, EventFault::Malformed),
        ] {
            assert_eq!(check(&signature, now), Err(fault), "{signature}");
        }
        assert_eq!(verify(SECRET, None, BODY, at(1_000)), Err(EventFault::Missing));
        assert_eq!(verify("", Some(&sign("", BODY, 1_000)), BODY, at(1_000)), Err(EventFault::Forged), "without a secret");
        let endless = sign(SECRET, BODY, i64::MAX);
        assert_eq!(check(&endless, 1_000), Err(EventFault::Malformed));
    }
}
