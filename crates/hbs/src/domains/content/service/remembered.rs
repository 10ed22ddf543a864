//! Contents of versions, remembered in the process. They never change, so they are right also while MongoDB is away.
use super::super::dto::ContentBody;
use super::super::model::VersionId;
use super::super::repository::documents;
use super::away::away;
use crate::app::App;
use crate::{Error, Result};
use std::collections::HashMap;
use std::sync::Arc;

/// The most that all remembered versions together may weigh, about.
const MAX_BYTES: u64 = 8 * 1024 * 1024;
/// Weight of a version beside its texts, about.
const OVERHEAD: usize = 512;

struct Remembered(moka::sync::Cache<VersionId, Arc<ContentBody>>);

impl Default for Remembered {
    fn default() -> Self {
        let weight = |_: &VersionId, content: &Arc<ContentBody>| {
            let length = serde_json::to_vec(&**content).map_or(0, |text| text.len());
            u32::try_from(length + OVERHEAD).unwrap_or(u32::MAX)
        };
        Self(moka::sync::Cache::builder().weigher(weight).max_capacity(MAX_BYTES).build())
    }
}

/// Returns the contents of versions: without any store, as far as they are remembered.
pub async fn all(app: &App, ids: &[VersionId]) -> Result<HashMap<VersionId, Arc<ContentBody>>> {
    let remembered = app.memory.of::<Remembered>();
    let mut found: HashMap<VersionId, Arc<ContentBody>> =
        ids.iter().filter_map(|id| Some((*id, remembered.0.get(id)?))).collect();
    let missing: Vec<VersionId> = ids.iter().copied().filter(|id| !found.contains_key(id)).collect();
    if !missing.is_empty() {
        for (id, content) in documents::find(&app.mongo, &missing).await.map_err(|error| away(&error))? {
            let content = Arc::new(content);
            remembered.0.insert(id, Arc::clone(&content));
            found.insert(id, content);
        }
    }
    match ids.iter().find(|id| !found.contains_key(id)) {
        Some(lost) => Err(Error::internal(format!("there is no document of version {lost}"))),
        None => Ok(found),
    }
}

/// Returns the content of a version.
pub async fn one(app: &App, id: VersionId) -> Result<Arc<ContentBody>> {
    all(app, &[id]).await?.remove(&id).ok_or_else(|| Error::internal("a version that was found is not there"))
}
