//! Pictures of offers, shown to whoever is shown the offer. What is changed of them, `images` does.
use super::offers::shown_to;
use crate::Result;
use crate::app::App;
use crate::domains::images::{self, ImageOut, Subject};
use crate::security::Caller;
use uuid::Uuid;

/// The pictures of an offer, in their order, and the version of the offer.
pub async fn list(app: &App, caller: Option<&Caller>, id: Uuid) -> Result<(i64, Vec<ImageOut>)> {
    check_shown(app, caller, id).await?;
    images::list(app, Subject::Offer(id)).await
}

pub async fn get(app: &App, caller: Option<&Caller>, id: Uuid, image_id: Uuid) -> Result<ImageOut> {
    check_shown(app, caller, id).await?;
    images::get(app, Subject::Offer(id), image_id).await
}

async fn check_shown(app: &App, caller: Option<&Caller>, id: Uuid) -> Result<()> {
    let conn = app.db.conn().await?;
    shown_to(&conn, caller, id, app.clock.now()).await.map(drop)
}
