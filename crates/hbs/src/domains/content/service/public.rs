//! Content for the public: the versions that heads name, as safe HTML and plain text.
use super::super::dto::{
    Block, PageFilter, PictureBlock, PublicPage, SearchFound, SearchQuery, ShownBlock, ShownPicture, SitemapQuery, TargetOut,
    TranslationOut,
};
use super::super::model::{ContentId, Head, Hit, Item, Live, Media, MediaId, VersionId};
use super::super::repository;
use super::super::rules::json_ld::{self, HotelFacts};
use super::super::rules::markdown::Renderer;
use super::super::rules::sitemap::{self, Entry};
use super::remembered;
use crate::app::App;
use crate::domains::properties::{self, Property};
use crate::error::{FieldError, Or404};
use crate::media;
use crate::page::{Page, PageQuery};
use crate::stores::postgres::Conn;
use crate::texts::{Locale, best};
use crate::{Error, Result};
use chrono::{DateTime, Utc};
use std::collections::{BTreeSet, HashMap};
use uuid::Uuid;

/// Content that is to be shown: the item, its head, the version with its number, and since when it is public.
pub type ToShow = (Item, Head, VersionId, i32, Option<DateTime<Utc>>);

fn to_show(live: Live) -> ToShow {
    let Live { item, head, version_id, published_at } = live;
    let number = head.published_number.unwrap_or(head.working_number);
    (item, head, version_id, number, Some(published_at))
}

/// The hotel whose site is read; none for that of all hotels.
async fn hotel(conn: &Conn, property_id: Option<Uuid>) -> Result<Option<Property>> {
    match property_id {
        Some(id) => Ok(Some(properties::find(conn, id).await?.or_404("property")?)),
        None => Ok(None),
    }
}

/// Chooses among languages: the best for the reader, else that of the hotel, else the first.
pub(super) fn choose(lives: Vec<Live>, wanted: &[Locale], hotel: Option<&Property>) -> Option<Live> {
    let there: Vec<&str> = lives.iter().map(|live| live.head.locale.as_str()).collect();
    let own = hotel.map(|hotel| &hotel.default_locale);
    let chosen = best(wanted, &there).or_else(|| best(own, &there)).map(str::to_owned);
    let place = chosen.and_then(|chosen| lives.iter().position(|live| live.head.locale.as_str() == chosen)).unwrap_or(0);
    lives.into_iter().nth(place)
}

/// Shows the content of an address: the address says which, the reader in which of its languages. A hotel's own page comes before
/// one of all hotels.
async fn at_slug(conn: &Conn, property_id: Option<Uuid>, slug: &str, wanted: &[Locale]) -> Result<Live> {
    let hotel = hotel(conn, property_id).await?;
    let lives = repository::live_at_slug(conn, property_id, slug).await?;
    let site = lives.first().map(|live| live.head.site_id);
    let of_site: Vec<Live> = lives.into_iter().filter(|live| Some(live.head.site_id) == site).collect();
    let named = choose(of_site, wanted, hotel.as_ref()).or_404("page")?;
    let mut translations = repository::live_of(conn, &named.item).await?;
    let there: Vec<&str> = translations.iter().map(|live| live.head.locale.as_str()).collect();
    // Where no language fits, the text is in that of the address.
    let chosen = best(wanted, &there).map(str::to_owned);
    match chosen.and_then(|chosen| translations.iter().position(|live| live.head.locale.as_str() == chosen)) {
        Some(place) => Ok(translations.swap_remove(place)),
        None => Ok(named),
    }
}

/// The public page at an address.
pub async fn page(app: &App, property_id: Option<Uuid>, slug: &str, wanted: &[Locale]) -> Result<PublicPage> {
    let conn = app.db.conn().await?;
    let live = at_slug(&conn, property_id, slug, wanted).await?;
    drop(conn);
    shown(app, property_id, vec![to_show(live)]).await?.pop().or_404("page")
}

/// The address now of what was at an address formerly, if it is public: in the language that fits best.
pub async fn moved_to(app: &App, property_id: Option<Uuid>, slug: &str, wanted: &[Locale]) -> Result<Option<String>> {
    let conn = app.db.conn().await?;
    let moved = repository::moved_to(&conn, property_id, slug).await?;
    let there: Vec<&str> = moved.iter().map(|(locale, _)| locale.as_str()).collect();
    let chosen = best(wanted, &there).map(str::to_owned);
    let place = chosen.and_then(|chosen| moved.iter().position(|(locale, _)| locale.as_str() == chosen)).unwrap_or(0);
    Ok(moved.into_iter().nth(place).map(|(_, slug)| slug))
}

/// The languages in which the content at an address is public.
pub async fn alternates(app: &App, property_id: Option<Uuid>, slug: &str, wanted: &[Locale]) -> Result<Page<TranslationOut>> {
    let conn = app.db.conn().await?;
    let live = at_slug(&conn, property_id, slug, wanted).await?;
    let translations = repository::live_of(&conn, &live.item).await?;
    let one = |live: Live| TranslationOut { locale: live.head.locale, slug: live.head.slug };
    Ok(Page::whole(translations.into_iter().map(one).collect()))
}

/// Public content, each in the language that fits best, by its place.
pub async fn list(app: &App, filter: &PageFilter, page: &PageQuery, wanted: &[Locale]) -> Result<Page<PublicPage>> {
    let (limit, after): (i64, Option<(i32, ContentId)>) = (page.limit()?, page.after()?);
    let conn = app.db.conn().await?;
    let hotel = hotel(&conn, filter.property_id).await?;
    let items = repository::live_items(&conn, filter.property_id, filter.kind, after, limit + 1).await?;
    let Page { items, next_cursor } = page.page(items, |item| (item.position, item.id))?;
    let lives = repository::live_of_items(&conn, &items).await?;
    drop(conn);
    let languages = lives.chunk_by(|one, other| one.item.id == other.item.id);
    let chosen = languages.filter_map(|languages| choose(languages.to_vec(), wanted, hotel.as_ref()));
    let items = shown(app, filter.property_id, chosen.map(to_show).collect()).await?;
    Ok(Page { items, next_cursor })
}

/// Public texts that have the words.
pub async fn search(app: &App, query: &SearchQuery) -> Result<Page<SearchFound>> {
    let SearchQuery { property_id, q, locale, limit } = query;
    let conn = app.db.conn().await?;
    hotel(&conn, *property_id).await?;
    let hits = repository::found(&conn, *property_id, locale, q, *limit).await?;
    let one = |hit: Hit| {
        let Hit { content_id: id, kind, locale, slug, title, excerpt } = hit;
        SearchFound { id, kind, locale, slug, title, excerpt }
    };
    Ok(Page::whole(hits.into_iter().map(one).collect()))
}

/// The map of a hotel's site.
pub async fn sitemap(app: &App, query: &SitemapQuery) -> Result<String> {
    let SitemapQuery { property_id, page_url } = query;
    if !sitemap::is_template(page_url) {
        let detail = "must be an address with {slug}, such as https://hotel.example/{locale}/{slug}";
        return Err(Error::invalid_fields(vec![FieldError::query("page_url", detail)]));
    }
    let conn = app.db.conn().await?;
    hotel(&conn, Some(*property_id)).await?;
    // One more than there may be tells that there are more.
    let limit = i64::try_from(sitemap::MAX_ADDRESSES + 1).map_err(Error::internal)?;
    let found = repository::addresses(&conn, *property_id, limit).await?;
    drop(conn);
    let entries = found.into_iter().map(|(id, locale, slug, published_at)| (id, Entry { locale, slug, published_at }));
    Ok(sitemap::xml(page_url, &sitemap::pages(entries)))
}

// Content as it is shown

/// Pictures and links that content shows beside its own words, in memory.
struct Surroundings {
    media: HashMap<MediaId, Media>,
    targets: Vec<(ContentId, Locale, Option<String>)>,
    renderer: Renderer,
    hotel: Option<HotelFacts>,
}

/// Content of a site as the public reads it.
pub(super) async fn shown(app: &App, property_id: Option<Uuid>, all: Vec<ToShow>) -> Result<Vec<PublicPage>> {
    let ids: Vec<VersionId> = all.iter().map(|(.., id, _, _)| *id).collect();
    let contents = remembered::all(app, &ids).await?;
    let media_ids: BTreeSet<MediaId> =
        contents.values().flat_map(|body| body.pictures().map(|picture| picture.media_id)).collect();
    let target_ids: BTreeSet<ContentId> = contents.values().flat_map(|body| body.links()).collect();
    let conn = app.db.conn().await?;
    let media = repository::media_of_sites(&conn, &media_ids.into_iter().collect::<Vec<_>>()).await?;
    let targets = repository::targets(&conn, &target_ids.into_iter().collect::<Vec<_>>()).await?;
    let hotel = hotel(&conn, property_id).await?.map(facts);
    drop(conn);
    let media = media.into_iter().map(|media| (media.id, media)).collect();
    let around = Surroundings { media, targets, renderer: Renderer::default(), hotel };
    let pages = all.into_iter().filter_map(|(item, head, id, number, published_at)| {
        let content = contents.get(&id)?;
        let blocks = content.blocks.iter().map(|block| around.block(block, &head.locale)).collect();
        Some(PublicPage {
            id: item.id,
            property_id: item.property_id,
            kind: item.kind,
            json_ld: json_ld::text(item.kind, &head.locale, content, around.hotel.as_ref()),
            locale: head.locale,
            slug: head.slug,
            title: content.title.clone(),
            summary: content.summary.clone(),
            blocks,
            number,
            published_at,
        })
    });
    Ok(pages.collect())
}

fn facts(hotel: Property) -> HotelFacts {
    let Property { name, street, city, postal_code, country, .. } = hotel;
    HotelFacts { name, street, city, postal_code, country }
}

impl Surroundings {
    fn block(&self, block: &Block, locale: &Locale) -> ShownBlock {
        match block.clone() {
            Block::Heading(heading) => ShownBlock::Heading { level: heading.level, text: heading.text },
            Block::Text(text) => ShownBlock::Text { html: self.renderer.to_html(&text.markdown) },
            Block::Picture(picture) => ShownBlock::Picture { picture: self.picture(picture) },
            Block::Gallery(gallery) => {
                ShownBlock::Gallery { pictures: gallery.pictures.into_iter().map(|picture| self.picture(picture)).collect() }
            }
            Block::Quote(quote) => ShownBlock::Quote { text: quote.text, author: quote.author },
            Block::Question(question) => {
                ShownBlock::Question { answer_html: self.renderer.to_html(&question.answer), question: question.question }
            }
            Block::Link(link) => ShownBlock::Link {
                label: link.label,
                url: link.url,
                target: link.content_id.and_then(|id| self.target(id, locale)),
            },
            Block::Contact(contact) => {
                ShownBlock::Contact { phone: contact.phone, email: contact.email, address: contact.address, hours: contact.hours }
            }
            Block::Facility(facility) => ShownBlock::Facility {
                description_html: self.renderer.to_html(&facility.description),
                name: facility.name,
                hours: facility.hours,
            },
            Block::Promotion(promotion) => ShownBlock::Promotion {
                terms_html: self.renderer.to_html(&promotion.terms),
                headline: promotion.headline,
                code: promotion.code,
                valid_from: promotion.valid_from,
                valid_to: promotion.valid_to,
            },
        }
    }

    fn picture(&self, picture: PictureBlock) -> ShownPicture {
        let PictureBlock { media_id, alt, caption } = picture;
        let found = self.media.get(&media_id);
        ShownPicture {
            alt,
            caption,
            focal_x: found.map_or(50, |media| media.focal_x),
            focal_y: found.map_or(50, |media| media.focal_y),
            sizes: found.map(|media| media::sizes_of(&media.key, media.format, &media.sizes())).unwrap_or_default(),
        }
    }

    /// Returns the target of a link, in the language of the page or the one that is nearest.
    fn target(&self, id: ContentId, locale: &Locale) -> Option<TargetOut> {
        let of_target: Vec<_> = self.targets.iter().filter(|(target, ..)| *target == id).collect();
        let there: Vec<&str> = of_target.iter().map(|(_, locale, _)| locale.as_str()).collect();
        let chosen = best([locale], &there).or_else(|| there.first().copied())?;
        let (_, locale, slug) = of_target.into_iter().find(|(_, locale, _)| locale.as_str() == chosen)?;
        Some(TargetOut { content_id: id, locale: locale.clone(), slug: slug.clone() })
    }
}
