//! The answers to public reads that a process keeps: read and written as JSON once, until what they show has changed.
use crate::stamps::Stamp;
use crate::texts::Locale;
use axum::body::Bytes;
use std::sync::Arc;

/// The most that all kept answers together may weigh.
const MAX_BYTES: u64 = 8 * 1024 * 1024;

/// The address that was asked for, with its query, and the languages that were wanted, best first.
pub type Asked = (String, Vec<Locale>);

/// The answers that this process keeps, each by what was asked.
pub struct KeptAnswers(moka::sync::Cache<Asked, Arc<Kept>>);

/// An answer as it is sent, and the stamp of what it was made from.
pub struct Kept {
    pub stamp: Stamp,
    pub etag: String,
    /// The languages of its texts, as `Content-Language` has them.
    pub languages: String,
    /// Body of the answer, JSON.
    pub body: Bytes,
}

impl Default for KeptAnswers {
    fn default() -> Self {
        let weight = |asked: &Asked, kept: &Arc<Kept>| {
            u32::try_from(asked.0.len() + kept.body.len() + size_of::<Kept>()).unwrap_or(u32::MAX)
        };
        Self(moka::sync::Cache::builder().weigher(weight).max_capacity(MAX_BYTES).build())
    }
}

impl KeptAnswers {
    /// The answer to this, if one is kept that was made from just what the stamp says.
    pub fn get(&self, asked: &Asked, stamp: &Stamp) -> Option<Arc<Kept>> {
        self.0.get(asked).filter(|kept| kept.stamp == *stamp)
    }

    pub fn keep(&self, asked: Asked, kept: Arc<Kept>) {
        self.0.insert(asked, kept);
    }
}
