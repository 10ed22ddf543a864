//! The form of a checkpoint, and how it is signed and verified. Whoever checks it with another program does the same.
use super::model::{CheckpointStatement, StreamHead};
use crate::numbers::hex;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use serde::Serialize;
use sha2::{Digest, Sha256};
use uuid::Uuid;

pub const FORMAT: &str = "hbs-checkpoint-1";
/// Digest that the first checkpoint names as that of the one before.
pub const NONE_BEFORE: [u8; 32] = [0; 32];

/// Returns a value as RFC 8785 JSON: the same bytes, whoever writes them.
pub fn canonical(value: &impl Serialize) -> serde_json::Result<String> {
    serde_json_canonicalizer::to_string(value)
}

pub fn digest(text: &str) -> Vec<u8> {
    Sha256::digest(text).to_vec()
}

/// Returns the digest of each head. It tells nothing of a head: hashes of entries cannot be guessed.
pub fn digests(heads: &[StreamHead]) -> serde_json::Result<Vec<String>> {
    heads.iter().map(|head| Ok(hex(&digest(&canonical(head)?)))).collect()
}

/// Returns `true` if a statement covers all of these heads.
pub fn covers(statement: &CheckpointStatement, heads: &[StreamHead]) -> bool {
    digests(heads).is_ok_and(|digests| digests.iter().all(|digest| statement.heads.contains(digest)))
}

/// A new secret key, to be sealed.
pub fn new_secret() -> [u8; 32] {
    rand::random()
}

/// Returns the public half of a secret key.
pub fn public_half(secret: &[u8; 32]) -> [u8; 32] {
    SigningKey::from_bytes(secret).verifying_key().to_bytes()
}

/// The id of a key: the same for the same key, whoever computes it.
pub fn kid(public_key: &[u8]) -> String {
    encoded(&Sha256::digest(public_key)[..12])
}

/// Purpose for which a secret key is sealed.
pub fn purpose(kid: &str) -> String {
    format!("audit-key:{kid}")
}

pub fn sign(secret: &[u8; 32], statement: &str) -> [u8; 64] {
    SigningKey::from_bytes(secret).sign(statement.as_bytes()).to_bytes()
}

/// Returns `true` if a statement was signed with the key that has this public half.
pub fn is_signed(public_key: &[u8], statement: &str, signature: &str) -> bool {
    let key = <[u8; 32]>::try_from(public_key).ok().and_then(|bytes| VerifyingKey::from_bytes(&bytes).ok());
    let signature = BASE64_URL_SAFE_NO_PAD.decode(signature).ok().and_then(|bytes| Signature::from_slice(&bytes).ok());
    key.zip(signature).is_some_and(|(key, signature)| key.verify_strict(statement.as_bytes(), &signature).is_ok())
}

/// Returns bytes in base64url, as keys and signatures travel.
pub fn encoded(bytes: &[u8]) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

/// Reads bytes in base64url.
pub fn decoded(text: &str) -> Result<Vec<u8>, base64::DecodeError> {
    BASE64_URL_SAFE_NO_PAD.decode(text)
}

/// Returns the heads of the streams that somebody may see.
pub fn visible(heads: Vec<StreamHead>, may_see: impl Fn(Uuid) -> bool) -> Vec<StreamHead> {
    heads.into_iter().filter(|head| may_see(head.stream_id)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(stream_id: Uuid, seq: i64) -> StreamHead {
        StreamHead { stream_id, seq, hash: hex(&digest(&seq.to_string())) }
    }

    fn statement(heads: &[StreamHead]) -> CheckpointStatement {
        CheckpointStatement {
            format: FORMAT.into(),
            number: 1,
            made_at: "2026-12-01T10:15:00.000000Z".into(),
            installation: "hotel.example".into(),
            previous: hex(&NONE_BEFORE),
            heads: digests(heads).expect("digests"),
        }
    }

    #[test]
    fn a_statement_is_always_written_in_the_same_bytes() {
        let expected = r#"{"format":"hbs-checkpoint-1","heads":[],"installation":"hotel.example","made_at":"2026-12-01T10:15:00.000000Z","number":1,"previous":"0000000000000000000000000000000000000000000000000000000000000000"}"#;
        assert_eq!(canonical(&statement(&[])).expect("JSON"), expected);
    }

    #[test]
    fn a_signature_holds_for_its_key_and_statement_only() {
        let (secret, other) = (new_secret(), new_secret());
        let text = canonical(&statement(&[])).expect("JSON");
        let signature = encoded(&sign(&secret, &text));
        assert!(is_signed(&public_half(&secret), &text, &signature));
        assert!(!is_signed(&public_half(&other), &text, &signature), "another key");
        assert!(!is_signed(&public_half(&secret), &text.replace("hotel", "motel"), &signature), "another statement");
        for broken in ["", "AAAA", &signature[..80], "not base64url!"] {
            assert!(!is_signed(&public_half(&secret), &text, broken), "{broken}");
        }
        assert!(!is_signed(&[], &text, &signature), "no key");
        assert_eq!(kid(&public_half(&secret)).len(), 16);
    }

    #[test]
    fn a_statement_covers_the_heads_that_it_was_made_of() {
        let heads = [head(Uuid::nil(), 3), head(Uuid::max(), 7)];
        let statement = statement(&heads);
        assert!(covers(&statement, &heads) && covers(&statement, &heads[1..]) && covers(&statement, &[]));
        assert!(!covers(&statement, &[head(Uuid::max(), 8)]));
        assert_eq!(visible(heads.to_vec(), |id| id == Uuid::max()), [head(Uuid::max(), 7)]);
    }
}
