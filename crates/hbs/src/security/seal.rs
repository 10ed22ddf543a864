//! Sealing with the data key: for data that is stored and read again, yet must not be readable in the database.
use crate::sealing::{self, KEY_BYTES};
use aes_gcm::Aes256Gcm;
use aes_gcm::aead::KeyInit;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hmac::{Hmac, Mac};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

/// The key of the installation, in base64: `data_key`.
pub struct DataKey {
    cipher: Aes256Gcm,
    /// Secret from which the keys of signatures are derived.
    secret: Vec<u8>,
    digests: Hmac<Sha256>,
}

/// The key of digests is made of the data key, so that no key serves two algorithms.
const DIGESTS: &[u8] = b"hbs digests";

#[derive(Debug, thiserror::Error)]
pub enum DataKeyError {
    #[error("data_key is not 32 bytes in base64; `openssl rand -base64 32` writes one")]
    Malformed,
    #[error("what is stored cannot be opened: it was sealed with another data_key, or for something else")]
    CannotOpen,
}

impl DataKey {
    pub fn from_base64(text: &str) -> Result<Self, DataKeyError> {
        let bytes = BASE64_STANDARD.decode(text.trim()).map_err(|_| DataKeyError::Malformed)?;
        let cipher = Aes256Gcm::new_from_slice(&bytes).map_err(|_| DataKeyError::Malformed)?;
        let mac = |key: &[u8]| <Hmac<Sha256> as KeyInit>::new_from_slice(key).map_err(|_| DataKeyError::Malformed);
        let digests = mac(&Mac::chain_update(mac(&bytes)?, DIGESTS).finalize().into_bytes())?;
        Ok(Self { cipher, secret: bytes, digests })
    }

    /// HMAC-SHA-256: what is the same has the same digest, and without the key nobody can tell what it
    /// was by trying, not even a password.
    pub fn digest(&self, text: &[u8]) -> Vec<u8> {
        Mac::chain_update(self.digests.clone(), text).finalize().into_bytes().to_vec()
    }

    /// A token that says what `claims` are and that nobody else can write: a JWT, HS256, with a key of its
    /// own for each purpose. It can be read by whoever has it, and does not expire by itself.
    pub fn sign(&self, purpose: &str, claims: &impl Serialize) -> crate::Result<String> {
        let key = EncodingKey::from_secret(&self.derived(purpose));
        jsonwebtoken::encode(&Header::new(Algorithm::HS256), claims, &key).map_err(crate::Error::internal)
    }

    /// Returns the content of a token of [`Self::sign`] for the same purpose, if it is genuine.
    pub fn verify<T: DeserializeOwned>(&self, purpose: &str, token: &str) -> Option<T> {
        let mut validation = Validation::new(Algorithm::HS256);
        validation.required_spec_claims.clear();
        validation.validate_exp = false;
        let key = DecodingKey::from_secret(&self.derived(purpose));
        jsonwebtoken::decode(token, &key, &validation).ok().map(|data| data.claims)
    }

    /// A key for one purpose. The secret is random throughout, so that a hash is derivation enough.
    fn derived(&self, purpose: &str) -> [u8; KEY_BYTES] {
        Sha256::new()
            .chain_update(b"hbs signature\0")
            .chain_update(purpose)
            .chain_update(b"\0")
            .chain_update(&self.secret)
            .finalize()
            .into()
    }

    /// Seals a secret: `purpose` says what it is for and whose it is.
    pub fn seal(&self, purpose: &str, secret: &[u8]) -> crate::Result<Vec<u8>> {
        sealing::seal(&self.cipher, purpose.as_bytes(), secret).map_err(crate::Error::internal)
    }

    pub fn open(&self, purpose: &str, sealed: &[u8]) -> Result<Vec<u8>, DataKeyError> {
        sealing::open(&self.cipher, purpose.as_bytes(), sealed).ok_or(DataKeyError::CannotOpen)
    }
}

/// A new data key in base64.
pub fn new_data_key() -> String {
    BASE64_STANDARD.encode(rand::random::<[u8; KEY_BYTES]>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opens_with_its_key_and_purpose_only() {
        let key = DataKey::from_base64(&new_data_key()).expect("a key");
        let sealed = key.seal("totp:ana", b"secret").expect("sealed");
        assert_eq!(key.open("totp:ana", &sealed).expect("opened"), b"secret");
        assert!(key.open("totp:rui", &sealed).is_err(), "another purpose");
        assert!(DataKey::from_base64(&new_data_key()).expect("a key").open("totp:ana", &sealed).is_err(), "another key");
        assert!(key.open("totp:ana", &sealed[..20]).is_err() && key.open("totp:ana", &[]).is_err());
        assert_ne!(sealed, key.seal("totp:ana", b"secret").expect("sealed"), "no two alike");
    }

    #[test]
    fn signatures_hold_for_their_key_and_purpose_only() {
        let key = DataKey::from_base64(&new_data_key()).expect("a key");
        let claims = serde_json::json!({"total": 1});
        let token = key.sign("quote", &claims).expect("signed");
        let read = |key: &DataKey, purpose: &str, token: &str| key.verify::<serde_json::Value>(purpose, token);
        assert_eq!(read(&key, "quote", &token), Some(claims));
        assert_eq!(read(&key, "receipt", &token), None, "another purpose");
        assert_eq!(read(&DataKey::from_base64(&new_data_key()).expect("a key"), "quote", &token), None, "another key");
        assert_eq!(read(&key, "quote", &format!("{token}x")), None, "changed");
        let (head, rest) = token.split_once('.').expect("a JWT");
        let unsigned = format!("{head}.{}.", rest.split('.').next().expect("claims"));
        assert_eq!(read(&key, "quote", &unsigned), None, "unsigned");
    }

    #[test]
    fn digests_need_the_key() {
        let text = new_data_key();
        let (key, same) = (DataKey::from_base64(&text).expect("a key"), DataKey::from_base64(&text).expect("a key"));
        let other = DataKey::from_base64(&new_data_key()).expect("a key");
        assert_eq!(key.digest(b"secret"), same.digest(b"secret"));
        assert_ne!(key.digest(b"secret"), other.digest(b"secret"));
        assert_ne!(key.digest(b"secret"), key.digest(b"secret."));
    }

    #[test]
    fn a_data_key_is_32_bytes() {
        for text in ["", "short", "not base64 at all!", "AAAA"] {
            assert!(DataKey::from_base64(text).is_err(), "{text}");
        }
    }
}
