//! Sealing by whichever key: AES-256-GCM.
use aes_gcm::aead::{Aead, Payload};
use aes_gcm::{Aes256Gcm, Nonce};

pub const KEY_BYTES: usize = 32;
const NONCE_BYTES: usize = 12;

/// Seals with AES-256-GCM: nonce, then ciphertext and tag. `place` says what it is for and whose it is, so that what was sealed
/// for one thing cannot be passed off as another.
pub fn seal(cipher: &Aes256Gcm, place: &[u8], secret: &[u8]) -> Result<Vec<u8>, aes_gcm::Error> {
    let nonce: [u8; NONCE_BYTES] = rand::random();
    let sealed = cipher.encrypt(&Nonce::from(nonce), Payload { msg: secret, aad: place })?;
    Ok([nonce.as_slice(), &sealed].concat())
}

/// Opens what [`seal`] has sealed with the same key for the same place; none for anything else.
pub fn open(cipher: &Aes256Gcm, place: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
    let (nonce, sealed) = sealed.split_first_chunk::<NONCE_BYTES>()?;
    cipher.decrypt(&Nonce::from(*nonce), Payload { msg: sealed, aad: place }).ok()
}
