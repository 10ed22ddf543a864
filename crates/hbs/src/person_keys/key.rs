//! A key, and what is sealed with it.
use crate::sealing::{self, KEY_BYTES};
use aes_gcm::Aes256Gcm;
use aes_gcm::aead::KeyInit;
use std::fmt;
use uuid::Uuid;
use zeroize::Zeroizing;

/// Largest value that is sealed, in bytes of JSON: what people write is shorter, and the record is no place for files.
pub const LONGEST: usize = 8192;

/// The key of the personal values of one event. Its secret is wiped from memory when it is dropped.
#[derive(Clone)]
pub struct PersonKey {
    id: Uuid,
    secret: Zeroizing<[u8; KEY_BYTES]>,
}

impl fmt::Debug for PersonKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PersonKey").field("id", &self.id).finish_non_exhaustive()
    }
}

impl PersonKey {
    /// Makes a key.
    pub(crate) fn random() -> Self {
        Self { id: Uuid::now_v7(), secret: Zeroizing::new(rand::random()) }
    }

    /// Returns the key with this secret; none for what is too short or too long to be one.
    pub(super) fn from_stored(id: Uuid, secret: Vec<u8>) -> Option<Self> {
        let stored = Zeroizing::new(secret);
        let secret = Zeroizing::new(<[u8; KEY_BYTES]>::try_from(stored.as_slice()).ok()?);
        Some(Self { id, secret })
    }

    pub(super) fn secret(&self) -> &[u8] {
        self.secret.as_slice()
    }

    pub fn id(&self) -> Uuid {
        self.id
    }

    /// Seals a value for one fact of one event, so that it cannot be passed off as another's. None for what is longer than
    /// [`LONGEST`].
    pub fn seal(&self, event_id: Uuid, fact: &str, value: &[u8]) -> Option<Vec<u8>> {
        if value.len() > LONGEST {
            return None;
        }
        sealing::seal(&self.cipher(), &place(event_id, fact), value).ok()
    }

    /// Opens what was sealed with this key for the same fact of the same event; none for anything else.
    pub fn open(&self, event_id: Uuid, fact: &str, sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        sealing::open(&self.cipher(), &place(event_id, fact), sealed).map(Zeroizing::new)
    }

    fn cipher(&self) -> Aes256Gcm {
        Aes256Gcm::new(&(*self.secret).into())
    }
}

/// Returns the place that a ciphertext belongs to. An id has one length, so no two places read alike.
fn place(event_id: Uuid, fact: &str) -> Vec<u8> {
    [b"hbs fact:", event_id.as_bytes().as_slice(), fact.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opens_with_its_key_and_in_its_place_only() {
        let (key, event) = (PersonKey::random(), Uuid::now_v7());
        let sealed = key.seal(event, "email", b"ana@example.com").expect("sealed");
        assert_eq!(key.open(event, "email", &sealed).expect("opened").as_slice(), b"ana@example.com");
        assert!(key.open(event, "phone", &sealed).is_none(), "another fact");
        assert!(key.open(Uuid::now_v7(), "email", &sealed).is_none(), "another event");
        assert!(PersonKey::random().open(event, "email", &sealed).is_none(), "another key");
        assert!(key.open(event, "email", &sealed[..20]).is_none() && key.open(event, "email", &[]).is_none());
        assert_ne!(key.seal(event, "email", b"ana@example.com"), Some(sealed.clone()), "no two alike");
        let stored = PersonKey::from_stored(key.id(), key.secret().to_vec()).expect("a key");
        assert!(stored.open(event, "email", &sealed).is_some(), "read again from the database");
        assert!(PersonKey::from_stored(key.id(), vec![0; 31]).is_none());
    }

    #[test]
    fn what_is_too_long_is_not_sealed() {
        let key = PersonKey::random();
        assert!(key.seal(Uuid::nil(), "notes", &vec![b'x'; LONGEST]).is_some());
        assert!(key.seal(Uuid::nil(), "notes", &vec![b'x'; LONGEST + 1]).is_none());
    }

    #[test]
    fn a_secret_is_not_printed() {
        let key = PersonKey::from_stored(Uuid::nil(), vec![77; KEY_BYTES]).expect("a key");
        assert_eq!(format!("{key:?}"), "PersonKey { id: 00000000-0000-0000-0000-000000000000, .. }");
    }
}
