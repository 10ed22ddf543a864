//! What the public reads.
use super::super::model::{ContentId, ContentKind, Excerpt, Head, Hit, Item, Live, site_of};
use crate::stores::postgres::{Cached, Conn, RunQueryDsl, constant_sql};
use crate::texts::Locale;
use chrono::{DateTime, Utc};
use diesel::dsl::{exists, not};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Integer, Text, Uuid as SqlUuid};
use hbs_schema::{content_items, content_locales, content_redirects};
use uuid::Uuid;

#[diesel::dsl::auto_type]
fn public() -> _ {
    let of_item = content_items::site_id.eq(content_locales::site_id).and(content_items::id.eq(content_locales::content_id));
    content_locales::table
        .inner_join(content_items::table.on(of_item))
        .filter(content_locales::published_id.is_not_null())
        .filter(not(content_locales::is_deleted))
}

fn live((item, head): (Item, Head)) -> Option<Live> {
    let (version_id, published_at) = (head.published_id?, head.published_at?);
    Some(Live { item, head, version_id, published_at })
}

/// The site of a hotel, which stands before that of all hotels.
fn sites(property_id: Option<Uuid>) -> [Uuid; 2] {
    [site_of(property_id), site_of(None)]
}

/// Public content of an address in each of its languages, a hotel's own before that of all hotels.
pub async fn live_at_slug(mut conn: &Conn, property_id: Option<Uuid>, slug: &str) -> QueryResult<Vec<Live>> {
    let rows: Vec<(Item, Head)> = public()
        .filter(content_locales::site_id.eq_any(sites(property_id)))
        .filter(content_locales::slug.eq(slug))
        .order((content_locales::site_id.desc(), content_locales::locale))
        .select((Item::as_select(), Head::as_select()))
        .load(&mut conn)
        .await?;
    Ok(rows.into_iter().filter_map(live).collect())
}

/// An item in all languages in which it is public.
pub async fn live_of(mut conn: &Conn, item: &Item) -> QueryResult<Vec<Live>> {
    let rows: Vec<(Item, Head)> = public()
        .filter(content_locales::site_id.eq(item.site_id()))
        .filter(content_locales::content_id.eq(item.id))
        .order(content_locales::locale)
        .select((Item::as_select(), Head::as_select()))
        .load(&mut conn)
        .await?;
    Ok(rows.into_iter().filter_map(live).collect())
}

/// Items of which something is public, at a hotel and of all hotels, or of one kind: by place, and of one place what was added
/// first; from the beginning or after a place. Each site is read by itself, so that no more is read than is asked for.
pub async fn live_items(
    conn: &Conn,
    property_id: Option<Uuid>,
    kind: Option<ContentKind>,
    after: Option<(i32, ContentId)>,
    limit: i64,
) -> QueryResult<Vec<Item>> {
    let mut items = live_items_of_site(conn, site_of(None), kind, after, limit).await?;
    if property_id.is_some() {
        items.extend(live_items_of_site(conn, site_of(property_id), kind, after, limit).await?);
        items.sort_by_key(|item| (item.position, item.id));
        items.truncate(usize::try_from(limit).unwrap_or_default());
    }
    Ok(items)
}

async fn live_items_of_site(
    mut conn: &Conn,
    site_id: Uuid,
    kind: Option<ContentKind>,
    after: Option<(i32, ContentId)>,
    limit: i64,
) -> QueryResult<Vec<Item>> {
    let live = content_locales::table
        .filter(content_locales::site_id.eq(content_items::site_id))
        .filter(content_locales::content_id.eq(content_items::id))
        .filter(content_locales::published_id.is_not_null())
        .filter(not(content_locales::is_deleted));
    let mut query = content_items::table
        .filter(content_items::site_id.eq(site_id))
        .filter(not(content_items::is_deleted))
        .filter(exists(live))
        .order((content_items::position, content_items::id))
        .limit(limit)
        .select(Item::as_select())
        .into_boxed();
    if let Some(kind) = kind {
        query = query.filter(content_items::kind.eq(kind));
    }
    if let Some((position, id)) = after {
        let at_place = content_items::position.eq(position).and(content_items::id.gt(id));
        query = query.filter(content_items::position.ge(position)).filter(content_items::position.gt(position).or(at_place));
    }
    query.load(&mut conn).await
}

/// Some items in all languages in which they are public: by place, and of one place what was added first.
pub async fn live_of_items(mut conn: &Conn, items: &[Item]) -> QueryResult<Vec<Live>> {
    let sites: Vec<Uuid> = items.iter().map(Item::site_id).collect();
    let ids: Vec<ContentId> = items.iter().map(|item| item.id).collect();
    let rows: Vec<(Item, Head)> = public()
        .filter(content_locales::site_id.eq_any(sites))
        .filter(content_locales::content_id.eq_any(ids))
        .order((content_items::position, content_items::id, content_locales::locale))
        .select((Item::as_select(), Head::as_select()))
        .load(&mut conn)
        .await?;
    Ok(rows.into_iter().filter_map(live).collect())
}

/// Public content of a kind at several hotels and at the site of all, in all its languages: by place, and of one place what was
/// added first.
pub async fn live_at_hotels(mut conn: &Conn, property_ids: &[Uuid], kind: ContentKind) -> QueryResult<Vec<Live>> {
    let sites: Vec<Uuid> = property_ids.iter().copied().chain([site_of(None)]).collect();
    let rows: Vec<(Item, Head)> = public()
        .filter(content_locales::site_id.eq_any(sites))
        .filter(content_items::kind.eq(kind))
        .order((content_items::position, content_items::id, content_locales::locale))
        .select((Item::as_select(), Head::as_select()))
        .load(&mut conn)
        .await?;
    Ok(rows.into_iter().filter_map(live).collect())
}

/// The beginnings of public texts of some kinds, at several hotels and at the site of all: of each kind the first item of a site
/// by place, in all its languages.
pub async fn excerpts(
    mut conn: &Conn,
    property_ids: &[Uuid],
    kinds: &[ContentKind],
    characters: i32,
) -> QueryResult<Vec<Excerpt>> {
    let statement = constant_sql(
        "SELECT site_id, kind, locale, text FROM ( \
             SELECT l.site_id, i.kind, l.locale, left(l.published_text, $3) AS text, \
                    rank() OVER (PARTITION BY l.site_id, i.kind ORDER BY i.position, i.id) AS place \
             FROM content_locales l JOIN content_items i ON i.site_id = l.site_id AND i.id = l.content_id \
             WHERE l.published_id IS NOT NULL AND NOT l.is_deleted AND l.site_id = ANY ($1) AND i.kind = ANY ($2)) AS placed \
         WHERE place = 1 ORDER BY site_id, kind, locale",
    );
    let sites: Vec<Uuid> = property_ids.iter().copied().chain([site_of(None)]).collect();
    let kinds: Vec<&str> = kinds.iter().map(|kind| kind.as_str()).collect();
    let statement = statement.bind::<Array<SqlUuid>, _>(sites).bind::<Array<Text>, _>(kinds).bind::<Integer, _>(characters);
    Cached(statement).load(&mut conn).await
}

/// Address of an item in a language, and since when it is public.
type Address = (ContentId, Locale, String, DateTime<Utc>);

/// Addresses of a hotel's site: by place, and of one place what was added first.
pub async fn addresses(mut conn: &Conn, property_id: Uuid, limit: i64) -> QueryResult<Vec<Address>> {
    public()
        .filter(content_locales::site_id.eq_any(sites(Some(property_id))))
        .filter(content_locales::slug.is_not_null())
        .order((content_items::position, content_items::id, content_locales::locale))
        .limit(limit)
        .select((
            content_locales::content_id,
            content_locales::locale,
            content_locales::slug.assume_not_null(),
            content_locales::published_at.assume_not_null(),
        ))
        .load(&mut conn)
        .await
}

/// Items to which others link, in the languages in which they are public: identifiers, languages and addresses.
pub async fn targets(mut conn: &Conn, ids: &[ContentId]) -> QueryResult<Vec<(ContentId, Locale, Option<String>)>> {
    public()
        .filter(content_locales::content_id.eq_any(ids))
        .order((content_locales::content_id, content_locales::locale))
        .select((content_locales::content_id, content_locales::locale, content_locales::slug))
        .load(&mut conn)
        .await
}

/// The addresses now of what was at an address formerly, each with its language; a hotel's own first.
pub async fn moved_to(mut conn: &Conn, property_id: Option<Uuid>, slug: &str) -> QueryResult<Vec<(Locale, String)>> {
    let of_redirect = content_redirects::site_id
        .eq(content_locales::site_id)
        .and(content_redirects::content_id.eq(content_locales::content_id))
        .and(content_redirects::locale.eq(content_locales::locale));
    content_locales::table
        .inner_join(content_redirects::table.on(of_redirect))
        .filter(content_redirects::site_id.eq_any(sites(property_id)))
        .filter(content_redirects::slug.eq(slug))
        .filter(content_locales::published_id.is_not_null())
        .filter(content_locales::slug.is_not_null())
        .filter(not(content_locales::is_deleted))
        .order((content_locales::site_id.desc(), content_locales::locale))
        .select((content_locales::locale, content_locales::slug.assume_not_null()))
        .load(&mut conn)
        .await
}

/// Public texts of a language that have the words, the best first.
pub async fn found(
    mut conn: &Conn,
    property_id: Option<Uuid>,
    locale: &Locale,
    words: &str,
    limit: i64,
) -> QueryResult<Vec<Hit>> {
    let statement = constant_sql(
        "SELECT l.content_id, i.kind, l.locale, l.slug, l.published_title AS title, \
                ts_headline(dictionary_of($3), l.published_text, wanted.words, \
                            'StartSel=\"\", StopSel=\"\", MaxWords=30, MinWords=12, MaxFragments=1') AS excerpt \
         FROM (SELECT websearch_to_tsquery(dictionary_of($3), folded($4)) AS words) wanted \
         CROSS JOIN content_locales l JOIN content_items i ON i.site_id = l.site_id AND i.id = l.content_id \
         WHERE l.published_id IS NOT NULL AND NOT l.is_deleted AND l.site_id IN ($1, $2) AND l.locale = $3 \
           AND content_words(l.locale, l.published_title, l.published_summary, l.published_text) @@ wanted.words \
         ORDER BY ts_rank(content_words(l.locale, l.published_title, l.published_summary, l.published_text), wanted.words) DESC, \
                  l.content_id \
         LIMIT $5",
    );
    let [site, of_all] = sites(property_id);
    Cached(
        statement
            .bind::<SqlUuid, _>(site)
            .bind::<SqlUuid, _>(of_all)
            .bind::<Text, _>(locale.as_str())
            .bind::<Text, _>(words)
            .bind::<BigInt, _>(limit),
    )
    .load(&mut conn)
    .await
}
