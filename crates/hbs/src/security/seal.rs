//! What must be stored and read again, yet not be readable in the database: sealed with the data key.
use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;

const KEY_BYTES: usize = 32;
const NONCE_BYTES: usize = 12;

/// The key of the installation, in base64: `data_key`.
pub struct DataKey(Aes256Gcm);

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
        Ok(Self(cipher))
    }

    /// AES-256-GCM: nonce, then ciphertext and tag. `purpose` says what it is for and whose it is, so
    /// that what was sealed for one thing cannot be passed off as another.
    pub fn seal(&self, purpose: &str, secret: &[u8]) -> crate::Result<Vec<u8>> {
        let nonce: [u8; NONCE_BYTES] = rand::random();
        let payload = Payload { msg: secret, aad: purpose.as_bytes() };
        let sealed = self.0.encrypt(&Nonce::from(nonce), payload).map_err(crate::Error::internal)?;
        Ok([nonce.as_slice(), &sealed].concat())
    }

    pub fn open(&self, purpose: &str, sealed: &[u8]) -> Result<Vec<u8>, DataKeyError> {
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE_BYTES>().ok_or(DataKeyError::CannotOpen)?;
        let payload = Payload { msg: sealed, aad: purpose.as_bytes() };
        self.0.decrypt(&Nonce::from(*nonce), payload).map_err(|_| DataKeyError::CannotOpen)
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
    fn a_data_key_is_32_bytes() {
        for text in ["", "short", "not base64 at all!", "AAAA"] {
            assert!(DataKey::from_base64(text).is_err(), "{text}");
        }
    }
}
