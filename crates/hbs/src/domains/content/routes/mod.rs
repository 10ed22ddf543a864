mod items;
mod locales;
mod media;
mod public;

use crate::app::App;
use crate::http::routes;
use crate::http::upload::picture_limit;
use utoipa_axum::router::OpenApiRouter;

/// Routes of content.
pub fn router() -> OpenApiRouter<App> {
    let pictures = OpenApiRouter::new().routes(routes!(media::list_content_media, media::add_content_media));
    OpenApiRouter::new()
        .routes(routes!(items::list_content, items::create_content))
        .routes(routes!(items::get_content, items::update_content, items::delete_content))
        .routes(routes!(locales::add_content_locale))
        .routes(routes!(locales::get_content_locale, locales::save_content_locale))
        .routes(routes!(locales::set_content_slug))
        .routes(routes!(locales::submit_content))
        .routes(routes!(locales::return_content))
        .routes(routes!(locales::publish_content))
        .routes(routes!(locales::archive_content))
        .routes(routes!(locales::schedule_content, locales::unschedule_content))
        .routes(routes!(locales::restore_content_version))
        .routes(routes!(locales::list_content_versions))
        .routes(routes!(locales::get_content_version))
        .routes(routes!(locales::compare_content_versions))
        .routes(routes!(locales::create_content_preview))
        .merge(pictures.layer(picture_limit()))
        .routes(routes!(media::get_content_media, media::delete_content_media))
        .routes(routes!(public::list_pages))
        .routes(routes!(public::get_page))
        .routes(routes!(public::list_page_alternates))
        .routes(routes!(public::search_pages))
        .routes(routes!(public::get_sitemap))
        .routes(routes!(public::get_content_preview))
}
