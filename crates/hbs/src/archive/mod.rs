//! Archives: several members in one file, each encrypted to a public key, with a manifest in clear.
//!
//! An archive is a tar file. What a member holds is encrypted by itself (age, X25519) while it is written, and cut into parts,
//! since nobody knows beforehand how large it becomes. The manifest comes last: a file without one was never finished. It stands
//! beside the archive, too, and is written there when the archive is complete, so whoever lists the manifests lists what can be
//! restored.
//!
//! Nothing here knows a store: who fills the members is a domain.
mod keys;
mod manifest;
mod reader;
mod writer;

pub use keys::{Identity, Recipient};
pub use manifest::{Chain, Contents, FORMAT, FolioSum, LedgerSum, Manifest, Member, Signature, Whole};
pub use reader::{manifests, open, read, verify};
pub use writer::{Archive, Sign};

/// Ending of the name of an archive, and of the name of the manifest beside it.
pub const ARCHIVE: &str = ".hbs";
pub const MANIFEST: &str = ".manifest.json";
/// Further ending of the name of a file that is being written.
pub const PARTIAL: &str = ".partial";
/// Name of the manifest in the archive.
const INNER_MANIFEST: &str = "manifest.json";

/// Fault of an archive, or of the attempt to write one. Each names the member.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    #[error("{member}: {source}")]
    Io { member: String, source: std::io::Error },
    #[error("{0}: writing it was given up")]
    GivenUp(String),
    #[error("{member}: is damaged: {why}")]
    Damaged { member: String, why: String },
    #[error("{0}: is not in the archive")]
    Missing(String),
    #[error("{0}: is in the archive, and the manifest does not know it")]
    Unknown(String),
    #[error("manifest.json: is missing: the archive ends before it, so it is cut off or was never finished")]
    NoManifest,
    #[error("manifest.json: cannot be read: {0}")]
    Unreadable(String),
    #[error("manifest.json: is not the one beside the archive")]
    Differs,
    #[error("the archive is not as long or not of the hash that the manifest beside it says: it is cut off or damaged")]
    NotWhole,
    #[error("the archive is encrypted to {recipient}, and the private key is that of {identity}")]
    WrongKey { recipient: String, identity: String },
    #[error("the archive has format {0}, and this program reads format 1")]
    Format(u32),
    #[error("{0}")]
    Key(String),
}

impl Fault {
    fn io(member: &str) -> impl FnOnce(std::io::Error) -> Self + use<> {
        let member = member.to_owned();
        move |source| Self::Io { member, source }
    }
}
