use super::super::dto::{
    AlternatesQuery, PageFilter, PageQueryOf, PreviewOut, PublicPage, SearchFound, SearchQuery, SitemapQuery, TranslationOut,
};
use super::super::error;
use super::super::service;
use crate::app::App;
use crate::error::problems;
use crate::http::{Query, Reader, Shown};
use crate::page::{Page, PageQuery};
use crate::stamps::Stamp;
use crate::texts::Locale;
use crate::{Error, Result};
use axum::Json;
use axum::extract::{Path, RawQuery};
use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};

/// List public content.
///
/// The list has content of a kind, or of every kind, by place: each in the language that fits the reader best, else in that of
/// the hotel. With a hotel, content of all hotels is listed as well.
#[utoipa::path(get, path = "/v1/pages", tag = "content", security(()), params(PageFilter, PageQuery, Reader),
    responses((status = 200, body = Page<PublicPage>)),
    extensions(("x-problems" = json!([error::UNAVAILABLE]))))]
pub async fn list_pages(
    app: App,
    Query(filter): Query<PageFilter>,
    Query(page): Query<PageQuery>,
    reader: Reader,
) -> Result<Response> {
    let stamp = Stamp::of_content(&app.versions, filter.property_id, app.clock.now()).await?;
    let read = async || {
        let body = service::list_public(&app, &filter, &page, &reader.wanted).await?;
        let languages = body.items.iter().map(|page| page.locale.clone()).collect::<Vec<Locale>>();
        Ok(Shown { body, version: None, languages })
    };
    reader.show(&app.answers, stamp, read).await
}

/// Show the public page at an address.
///
/// The address says which content, whatever the language: it is shown in the one that fits the reader best, else in that of the
/// address. A hotel's own page comes before one of all hotels. A former address leads on to the one that there is now (301).
#[utoipa::path(get, path = "/v1/pages/{slug}", tag = "content", security(()),
    params(("slug" = String, Path, description = "Address of the page.", max_length = 100), PageQueryOf, Reader),
    responses((status = 200, body = PublicPage),
        (status = 301, description = "Moved to another address", headers(("Location" = String, description = "Address now.")))),
    extensions(("x-problems" = json!([error::UNAVAILABLE]))))]
pub async fn get_page(
    app: App,
    Path(slug): Path<String>,
    Query(of): Query<PageQueryOf>,
    RawQuery(query): RawQuery,
    reader: Reader,
) -> Result<Response> {
    let stamp = Stamp::of_content(&app.versions, of.property_id, app.clock.now()).await?;
    let read = async || {
        let body = service::page(&app, of.property_id, &slug, &reader.wanted).await?;
        Ok(Shown { version: None, languages: vec![body.locale.clone()], body })
    };
    let missing = match reader.show(&app.answers, stamp, read).await {
        Err(error) if error.is(&problems::NOT_FOUND) => error,
        answer => return answer,
    };
    let moved_to = service::moved_to(&app, of.property_id, &slug, &reader.wanted).await?;
    moved_to.map_or(Err(missing), |slug| Ok(moved(&slug, query.as_deref())))
}

/// Leads on to another address, for the same site and language.
fn moved(slug: &str, query: Option<&str>) -> Response {
    let query = query.map(|query| format!("?{query}")).unwrap_or_default();
    let location = format!("/v1/pages/{slug}{query}");
    (StatusCode::MOVED_PERMANENTLY, [(header::LOCATION, location), (header::CACHE_CONTROL, "no-cache".to_owned())])
        .into_response()
}

/// List the translations of a public page.
///
/// Each is a link with `hreflang`. The page itself does not name them, so that one language does not change with the others.
#[utoipa::path(get, path = "/v1/pages/{slug}/alternates", tag = "content", security(()),
    params(("slug" = String, Path, description = "Address of the page.", max_length = 100), AlternatesQuery, Reader),
    responses((status = 200, body = Page<TranslationOut>)))]
pub async fn list_page_alternates(
    app: App,
    Path(slug): Path<String>,
    Query(of): Query<AlternatesQuery>,
    reader: Reader,
) -> Result<Response> {
    let stamp = Stamp::of_content(&app.versions, of.property_id, app.clock.now()).await?;
    let read = async || {
        let body = service::alternates(&app, of.property_id, &slug, &reader.wanted).await?;
        Ok(Shown::new(body, None))
    };
    reader.show(&app.answers, stamp, read).await
}

/// Search public content.
///
/// Words are found in their forms, by the dictionary of the language where there is one; case and accents do not matter. Words of
/// titles count most.
#[utoipa::path(get, path = "/v1/page-search", tag = "content", security(()), params(SearchQuery),
    responses((status = 200, body = Page<SearchFound>)))]
pub async fn search_pages(app: App, Query(query): Query<SearchQuery>) -> Result<Json<Page<SearchFound>>> {
    Ok(Json(service::search(&app, &query).await?))
}

/// Show the map of a hotel's site.
///
/// A sitemap (sitemaps.org) with what is public at an address, by its place, each page with its translations (`hreflang`): up to
/// 50,000 addresses and 50 MiB.
#[utoipa::path(get, path = "/v1/sitemap.xml", tag = "content", security(()), params(SitemapQuery),
    responses((status = 200, body = String, content_type = "application/xml")))]
pub async fn get_sitemap(app: App, Query(query): Query<SitemapQuery>) -> Result<Response> {
    let map = service::sitemap(&app, &query).await?;
    Ok(([(header::CONTENT_TYPE, "application/xml")], map).into_response())
}

/// Show a preview of content.
///
/// The link says which version; nobody need sign in. It is not kept by caches nor found by search engines.
#[utoipa::path(get, path = "/v1/content-previews/{token}", tag = "content", security(()),
    params(("token" = String, Path, description = "Token of the link to the preview.", max_length = 1000)),
    responses((status = 200, body = PreviewOut)),
    extensions(("x-problems" = json!([error::PREVIEW_EXPIRED, error::UNAVAILABLE]))))]
pub async fn get_content_preview(app: App, Path(token): Path<String>) -> Result<Response> {
    if token.len() > 1000 {
        return Err(Error::not_found("preview"));
    }
    let headers = [(header::CACHE_CONTROL, "private, no-store"), (header::HeaderName::from_static("x-robots-tag"), "noindex")];
    Ok((headers, Json(service::show_preview(&app, &token).await?)).into_response())
}
