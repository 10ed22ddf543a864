//! Keys of age: the public one that archives are encrypted to, and the private one that reads them.
use super::Fault;
use std::path::Path;

/// Public key that archives are encrypted to.
#[derive(Clone)]
pub struct Recipient(pub(super) age::x25519::Recipient);

impl Recipient {
    /// Reads a key such as `age1…`.
    pub fn parse(text: &str) -> Option<Self> {
        text.trim().parse().ok().map(Self)
    }
}

impl std::fmt::Display for Recipient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// Private key that reads archives.
#[derive(Clone)]
pub struct Identity(pub(super) age::x25519::Identity);

impl Identity {
    /// Reads the key from a file as `age-keygen` writes it: comments, and one line with the key.
    pub fn from_file(path: &Path) -> Result<Self, Fault> {
        let named = |why: &str| Fault::Key(format!("backup_identity_file: {} {why}", path.display()));
        let text = std::fs::read_to_string(path).map_err(|error| named(&format!("cannot be read: {error}")))?;
        let key = text.lines().map(str::trim).find(|line| line.starts_with("AGE-SECRET-KEY-"));
        let key = key.ok_or_else(|| named("has no line with AGE-SECRET-KEY-1…"))?;
        key.parse().map(Self).map_err(named)
    }

    /// The public key that belongs to it.
    pub fn recipient(&self) -> Recipient {
        Recipient(self.0.to_public())
    }
}
