//! Signatures of manifests: whoever can write to the place of the archives cannot forge one.
//!
//! The key that signs checkpoints signs them too. What is signed has the hash of the archive, and so covers all of it.
use crate::app::App;
use crate::archive::{Fault, Manifest, Sign, Signature};
use crate::clock::Clock;
use crate::config::Config;
use crate::domains::checkpoints::{self, PublicKey, Signed};
use crate::{Error, Result};
use serde::Serialize;

/// Form of what is signed, by which nobody takes it for another statement that the same key signed.
const FORMAT: &str = "hbs-backup-1";

/// What is asked of the signature of a manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trust {
    /// It is of one of the keys in `backup_signers_file`.
    Signed,
    /// Nothing: the public keys are lost.
    Anybody,
}

impl Trust {
    /// The keys of which one must have signed; none if nothing is asked.
    pub fn keys(self, config: &Config) -> Result<Option<Vec<PublicKey>>> {
        match self {
            Self::Anybody => Ok(None),
            Self::Signed => keys_of(config)?.map(Some).ok_or_else(|| {
                Error::internal(
                    "backup_signers_file: is not set, so nobody knows who may have signed the archive: name the file with the public \
                     keys, as /.well-known/hbs-audit-keys.json showed them, or, if they are lost, say --unsigned",
                )
            }),
        }
    }
}

#[derive(Serialize)]
struct Statement {
    format: &'static str,
    manifest: Manifest,
}

fn statement(manifest: &Manifest) -> serde_json::Result<String> {
    checkpoints::canonical(&Statement { format: FORMAT, manifest: manifest.unsigned() })
}

/// What signs the manifest of an archive, with the key that signs now.
pub async fn signing(app: &App) -> Result<Sign> {
    let signer = checkpoints::signer(app, &*app.db.conn().await?, Clock::real_now()).await?;
    Ok(Box::new(move |manifest: &Manifest| {
        let text = statement(manifest).map_err(|error| Fault::Unreadable(error.to_string()))?;
        let Signed { kid, signature } = signer.sign(&text);
        Ok(Signature { kid, value: checkpoints::encoded(&signature) })
    }))
}

/// The keys of the settings; none if they name no file.
pub fn keys_of(config: &Config) -> Result<Option<Vec<PublicKey>>> {
    let Some(path) = &config.backup_signers_file else { return Ok(None) };
    let named = |why: &dyn std::fmt::Display| Error::internal(format!("backup_signers_file: {}: {why}", path.display()));
    let text = std::fs::read(path).map_err(|error| named(&error))?;
    PublicKey::read_set(&text).map(Some).map_err(|error| named(&error))
}

/// Returns `true` if one of these keys has signed a manifest.
pub fn is_by(manifest: &Manifest, keys: &[PublicKey]) -> bool {
    check(manifest, keys).is_ok()
}

/// Refuses a manifest that none of these keys has signed.
pub fn check(manifest: &Manifest, keys: &[PublicKey]) -> Result<()> {
    let Some(Signature { kid, value }) = &manifest.signature else {
        return Err(Error::internal(
            "manifest.json: is not signed: whoever can write to the place of the archives could have made it. If it is yours, and the \
             manifest beside the archive is lost, say --unsigned",
        ));
    };
    let text = statement(manifest).map_err(Error::internal)?;
    match checkpoints::is_signed_by(keys, kid, &text, value) {
        Some(true) => Ok(()),
        Some(false) => {
            Err(Error::internal(format!("manifest.json: is forged: the key {kid}, which it names, has not signed what it says")))
        }
        None => Err(Error::internal(format!(
            "manifest.json: is signed by the key {kid}, which is none of those that may sign: it is forged, or the file of the keys is \
             older than that key"
        ))),
    }
}
