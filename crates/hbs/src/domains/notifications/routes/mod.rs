mod broadcasts;
mod inbox;
mod settings;
mod stream;
mod templates;

use crate::app::App;
use utoipa_axum::router::OpenApiRouter;

/// Routes of notifications.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .merge(inbox::router())
        .merge(settings::router())
        .merge(stream::router())
        .merge(templates::router())
        .merge(broadcasts::router())
}
