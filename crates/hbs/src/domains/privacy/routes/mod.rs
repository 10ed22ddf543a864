mod erasures;
mod export;

use crate::app::App;
use utoipa_axum::router::OpenApiRouter;

/// Routes of privacy.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().merge(erasures::router()).merge(export::router())
}
