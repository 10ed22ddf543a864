//! Drafts, versions, addresses, references: what staff do.
use super::{CONTENT, PAGES, at, body, html, page, picture, public, publish, published, save};
use crate::support::{Hotel, HotelSpec, TestApp, size, together};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// T-cms-locale: each language is published by itself, and what is public in others stays as it is, to the byte.
#[tokio::test]
async fn publishing_a_language_leaves_the_others_byte_identical() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let id = published(&hotel.manager, &page(&hotel.id, "en", "pool", "It is warm.")).await;
    for (locale, slug, text) in [("pt", "piscina", "Está quente."), ("de", "schwimmbad", "Es ist warm.")] {
        let new = json!({"locale": locale, "slug": slug, "content": body(slug, text)});
        let made = hotel.manager.post(&format!("{CONTENT}/{id}/locales"), &new).await.expect(201);
        assert_eq!((&made.body["status"], &made.body["number"]), (&json!("draft"), &json!(1)));
        assert_eq!(made.header("location"), at(&id, locale));
        assert_eq!(&made.body["content"], &json!({"title": slug, "summary": null, "blocks": new["content"]["blocks"]}));
    }
    publish(&hotel.manager, &id, "pt").await;
    let guest = app.anonymous();
    let hashes = async || {
        let mut hashes = Vec::new();
        for locale in ["en", "pt"] {
            let shown = guest.get(&format!("{}&locale={locale}", public(&hotel, "pool"))).await.expect(200);
            assert_eq!(shown.body["locale"], locale);
            let draft = hotel.manager.get(&at(&id, locale)).await.expect(200);
            hashes.push((Sha256::digest(&shown.bytes), shown.header("etag").to_owned(), Sha256::digest(&draft.bytes)));
        }
        hashes
    };
    let before = hashes().await;
    // Nobody reads German yet: not even by asking for it.
    let shown = guest.get(&format!("{}&locale=de", public(&hotel, "pool"))).await.expect(200);
    assert_eq!((&shown.body["locale"], html(&shown)), (&json!("en"), "<p>It is warm.</p>\n"));
    guest.get(&public(&hotel, "schwimmbad")).await.expect(404);
    publish(&hotel.manager, &id, "de").await;
    assert_eq!(hashes().await, before);
    let shown = guest.get(&public(&hotel, "schwimmbad")).await.expect(200);
    assert_eq!(html(&shown), "<p>Es ist warm.</p>\n");
    // Withdrawing one leaves the others, too.
    hotel.manager.post(&format!("{}/archive", at(&id, "de")), &json!({})).await.expect(200);
    assert_eq!(hashes().await, before);
    guest.get(&public(&hotel, "schwimmbad")).await.expect(404);
    // What was shown in another language for want of one was never written down as one.
    assert_eq!(app.number("SELECT count(*) FROM content_versions").await, 3);
}

#[tokio::test]
async fn a_draft_goes_through_review_and_what_is_public_stays_meanwhile() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let writer = app.staff(&["content:write"], Some(&hotel.id)).await;
    let made = writer.post(CONTENT, &page(&hotel.id, "en", "pool", "First.")).await.expect(201);
    assert_eq!((&made.body["locales"][0]["status"], &made.body["version"]), (&json!("draft"), &json!(1)));
    let path = at(made.id(), "en");
    let act = async |action: &str| hotel.manager.post(&format!("{path}/{action}"), &json!({})).await;
    assert_eq!(writer.post(&format!("{path}/publish"), &json!({})).await.expect(403).code(), "auth.forbidden");
    assert_eq!(act("return").await.expect(409).code(), "content.illegal_move");
    let submitted = writer.post(&format!("{path}/submit"), &json!({})).await.expect(200);
    assert_eq!((&submitted.body["status"], submitted.header("etag")), (&json!("in_review"), "\"2\""));
    assert_eq!(act("submit").await.expect(409).code(), "content.illegal_move");
    let returned = hotel.manager.post(&format!("{path}/return"), &json!({"comment": "Too short"})).await.expect(200);
    let told = (&returned.body["status"], &returned.body["review_comment"]);
    assert_eq!(told, (&json!("draft"), &json!("Too short")));
    let submitted = act("submit").await.expect(200);
    assert_eq!(submitted.body["review_comment"], Value::Null);
    let live = act("publish").await.expect(200);
    let told = (&live.body["status"], &live.body["published_number"], &live.body["published_at"]);
    assert_eq!(told, (&json!("published"), &json!(1), &json!("2026-12-01T12:00:00Z")));
    let version = live.header("etag").to_owned();
    let again = act("publish").await.expect(200);
    assert_eq!(again.header("etag"), version, "what is public is not made so again");

    let edited = save(&writer, made.id(), "en", "Second.").await;
    let told = (&edited.body["status"], &edited.body["number"], &edited.body["published_number"]);
    assert_eq!(told, (&json!("draft"), &json!(2), &json!(1)));
    let guest = app.anonymous();
    assert_eq!(html(&guest.get(&public(&hotel, "pool")).await.expect(200)), "<p>First.</p>\n");
    act("publish").await.expect(200);
    assert_eq!(html(&guest.get(&public(&hotel, "pool")).await.expect(200)), "<p>Second.</p>\n");
    act("archive").await.expect(200);
    assert_eq!(act("archive").await.expect(409).code(), "content.illegal_move");
    guest.get(&public(&hotel, "pool")).await.expect(404);
    act("publish").await.expect(200);
    guest.get(&public(&hotel, "pool")).await.expect(200);
    let kinds = app.event_kinds().await;
    for kind in [
        "content.created",
        "content_locale.created",
        "content_locale.submitted",
        "content_locale.returned",
        "content_locale.published",
        "content_locale.saved",
        "content_locale.archived",
    ] {
        assert!(kinds.iter().any(|told| told == kind), "{kind} is not on the record: {kinds:?}");
    }
    let record = app.rows("SELECT changes FROM outbox").await;
    let record = serde_json::to_string(&record).expect("JSON");
    assert!(!record.contains("Too short") && !record.contains("Second"), "texts are on the record: {record}");
}

#[tokio::test]
async fn versions_are_kept_compared_and_restored() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let made = hotel.manager.post(CONTENT, &page(&hotel.id, "en", "pool", "First.")).await.expect(201);
    let (id, path) = (made.id(), at(made.id(), "en"));
    save(&hotel.manager, id, "en", "Second.").await;
    let same = save(&hotel.manager, id, "en", "Second.").await;
    assert_eq!((&same.body["number"], same.header("etag")), (&json!(2), "\"2\""), "what is the same is no version");
    let stale = json!({"content": body("Title", "Third.")});
    let refused = hotel.manager.with("if-match", "\"1\"").put(&path, &stale).await.expect(412);
    assert_eq!(refused.code(), "request.precondition_failed");

    let restored = hotel.manager.post(&format!("{path}/restore"), &json!({"number": 1})).await.expect(200);
    assert_eq!((&restored.body["number"], &restored.body["status"]), (&json!(3), &json!("draft")));
    assert_eq!(restored.body["content"]["blocks"][0]["text"]["markdown"], "First.");
    let none = hotel.manager.post(&format!("{path}/restore"), &json!({"number": 9})).await.expect(422);
    assert_eq!(none.pointers(), ["/number"]);
    let listed = hotel.manager.get(&format!("{path}/versions?limit=2")).await.expect(200).body;
    let numbers: Vec<(&Value, &Value)> =
        listed["items"].as_array().expect("a list").iter().map(|one| (&one["number"], &one["restored_from"])).collect();
    assert_eq!(numbers, [(&json!(3), &json!(1)), (&json!(2), &Value::Null)]);
    let cursor = listed["next_cursor"].as_str().expect("a page more");
    let rest = hotel.manager.get(&format!("{path}/versions?cursor={cursor}")).await.expect(200).body;
    assert_eq!((&rest["items"][0]["number"], &rest["next_cursor"]), (&json!(1), &Value::Null));
    let first = hotel.manager.get(&format!("{path}/versions/1")).await.expect(200).body;
    assert_eq!((&first["content"], &first["number"]), (&restored.body["content"], &json!(1)));
    assert_eq!(first["digest"], hotel.manager.get(&format!("{path}/versions/3")).await.expect(200).body["digest"]);
    hotel.manager.get(&format!("{path}/versions/4")).await.expect(404);
    hotel.manager.get(&format!("{path}/versions/x")).await.expect(404);

    let compared = hotel.manager.get(&format!("{path}/comparison?from=1&to=2")).await.expect(200).body;
    assert_eq!(compared["fields"], json!([{"name": "title", "before": "pool", "after": "Title"}]));
    let [block] = &compared["blocks"].as_array().expect("blocks")[..] else { panic!("{compared}") };
    assert_eq!(
        (&block["before"]["text"]["markdown"], &block["after"]["text"]["markdown"]),
        (&json!("First."), &json!("Second."))
    );
    // The database keeps versions from being changed, whatever the code does.
    let refused = app.try_sql("UPDATE content_versions SET title = 'Other'").await.expect_err("a refusal");
    assert!(refused.contains("never changed"), "{refused}");
}

/// T-cms-slug: of many who want one address in one language, one gets it; it is free in another language; and former addresses
/// lead on without a circle, until a new page takes one.
#[tokio::test]
async fn a_slug_is_one_pages_and_redirects_have_no_loop() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let (deadlocks, many) = (app.deadlocks().await, size(12, 50));
    let wanted = page(&hotel.id, "en", "spa", "Hot stones.");
    let replies = together((0..many).map(|_| {
        let (client, wanted) = (hotel.manager.clone(), wanted.clone());
        async move { client.post(CONTENT, &wanted).await }
    }))
    .await;
    let (made, refused): (Vec<_>, Vec<_>) = replies.into_iter().partition(|reply| reply.status == 201);
    assert_eq!((made.len(), refused.len()), (1, many - 1));
    for reply in refused {
        assert_eq!((reply.status, reply.code(), reply.pointers()), (409, "content.slug_taken", vec!["/slug"]));
    }
    hotel.manager.post(CONTENT, &page(&hotel.id, "pt", "spa", "Pedras quentes.")).await.expect(201);
    let other = app.hotel(HotelSpec::default()).await;
    other.manager.post(CONTENT, &page(&other.id, "en", "spa", "Elsewhere.")).await.expect(201);

    let guest = app.anonymous();
    let id = made[0].id();
    publish(&hotel.manager, id, "en").await;
    let rename = async |id: &str, slug: &str| {
        let etag = hotel.manager.get(&at(id, "en")).await.expect(200).header("etag").to_owned();
        hotel.manager.with("if-match", etag).put(&format!("{}/slug", at(id, "en")), &json!({"slug": slug})).await
    };
    let leads = async |slug: &str| {
        let reply = guest.get(&public(&hotel, slug)).await;
        assert!([200, 301].contains(&reply.status), "{slug}: {} {}", reply.status, reply.body);
        reply.header("location").to_owned()
    };
    // A to B to C and back to A: each former address leads to the one that there is now, in one step.
    for slug in ["wellness", "thermal-spa", "spa"] {
        rename(id, slug).await.expect(200);
        for former in ["spa", "wellness", "thermal-spa"] {
            let expected = if former == slug { String::new() } else { public(&hotel, slug) };
            if former == slug || guest.get(&public(&hotel, former)).await.status != 404 {
                assert_eq!(leads(former).await, expected, "{former} when it is at {slug}");
            }
        }
    }
    assert_eq!(leads("wellness").await, public(&hotel, "spa"));
    // A new page at a former address: while it is a draft, that leads on; when it is public, it wins.
    rename(id, "wellness").await.expect(200);
    let new = hotel.manager.post(CONTENT, &page(&hotel.id, "en", "spa", "A new one.")).await.expect(201);
    assert_eq!(leads("spa").await, public(&hotel, "wellness"));
    publish(&hotel.manager, new.id(), "en").await;
    assert_eq!(html(&guest.get(&public(&hotel, "spa")).await.expect(200)), "<p>A new one.</p>\n");
    assert_eq!(leads("thermal-spa").await, public(&hotel, "wellness"));
    let taken = rename(id, "spa").await.expect(409);
    assert_eq!((taken.code(), taken.pointers()), ("content.slug_taken", vec!["/slug"]));
    // An address that nobody has read leaves nothing behind.
    let draft = hotel.manager.post(CONTENT, &page(&hotel.id, "en", "sauna", "Hot.")).await.expect(201);
    rename(draft.id(), "steam").await.expect(200);
    publish(&hotel.manager, draft.id(), "en").await;
    guest.get(&public(&hotel, "sauna")).await.expect(404);
    // Removed content frees its address, and what led to it leads nowhere.
    let etag = hotel.manager.get(&format!("{CONTENT}/{id}")).await.expect(200).header("etag").to_owned();
    hotel.manager.delete(&format!("{CONTENT}/{id}"), &etag).await.expect(204);
    for slug in ["wellness", "thermal-spa"] {
        guest.get(&public(&hotel, slug)).await.expect(404);
    }
    hotel.manager.post(CONTENT, &page(&hotel.id, "en", "wellness", "Again.")).await.expect(201);
    assert_eq!(app.deadlocks().await, deadlocks);
}

/// Two pages that take each other's address at the same time do not wait for each other.
#[tokio::test]
async fn pages_that_exchange_slugs_do_not_wait_in_a_circle() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let deadlocks = app.deadlocks().await;
    let one = published(&hotel.manager, &page(&hotel.id, "en", "one", "One.")).await;
    let two = published(&hotel.manager, &page(&hotel.id, "en", "two", "Two.")).await;
    for _ in 0..size(3, 30) {
        let renames = [(&one, "two"), (&two, "one"), (&one, "three"), (&two, "two"), (&one, "one")].map(|(id, slug)| {
            let (client, path) = (hotel.manager.clone(), at(id, "en"));
            async move {
                let etag = client.get(&path).await.expect(200).header("etag").to_owned();
                client.with("if-match", etag).put(&format!("{path}/slug"), &json!({"slug": slug})).await
            }
        });
        for reply in together(renames).await {
            assert!([200, 409, 412].contains(&reply.status), "{}: {}", reply.status, reply.body);
        }
    }
    assert_eq!(app.deadlocks_at_the_end().await, deadlocks);
}

#[tokio::test]
async fn what_others_refer_to_stays() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let pool = published(&hotel.manager, &page(&hotel.id, "en", "pool", "It is warm.")).await;
    let media = picture(&hotel.manager, &hotel.id).await;
    let showing = json!({
        "property_id": hotel.id, "kind": "page", "name": "Home", "locale": "en", "slug": "home",
        "content": {"title": "Home", "blocks": [
            {"link": {"label": "Our pool", "content_id": pool}},
            {"picture": {"media_id": media, "alt": "The pool by night"}},
        ]},
    });
    let home = published(&hotel.manager, &showing).await;
    let guest = app.anonymous();
    let shown = guest.get(&public(&hotel, "home")).await.expect(200).body;
    let target = json!({"content_id": pool, "locale": "en", "slug": "pool"});
    assert_eq!(shown["blocks"][0], json!({"kind": "link", "label": "Our pool", "url": null, "target": target}));
    let shown_picture = &shown["blocks"][1]["picture"];
    assert_eq!((&shown_picture["alt"], &shown_picture["focal_x"]), (&json!("The pool by night"), &json!(50)));
    let url = shown_picture["sizes"][0]["url"].as_str().expect("an address");
    guest.get(url).await.expect(200);

    let refused = hotel.manager.delete(&format!("{CONTENT}/{pool}"), "\"1\"").await.expect(409);
    assert_eq!((refused.code(), &refused.body["content_ids"]), ("content.linked", &json!([home])));
    let refused = hotel.manager.delete(&format!("/v1/content-media/{media}"), "\"1\"").await.expect(409);
    assert_eq!((refused.code(), &refused.body["content_ids"]), ("content.media_used", &json!([home])));
    // The link is off in a version that is public: then the page may go. The picture stays for the version that can be restored.
    save(&hotel.manager, &home, "en", "No link any more.").await;
    hotel.manager.delete(&format!("{CONTENT}/{pool}"), "\"1\"").await.expect(409);
    publish(&hotel.manager, &home, "en").await;
    hotel.manager.delete(&format!("{CONTENT}/{pool}"), "\"1\"").await.expect(204);
    hotel.manager.delete(&format!("/v1/content-media/{media}"), "\"1\"").await.expect(409);
    // A version that links to what is no more cannot come back as it is.
    let refused = hotel.manager.post(&format!("{}/restore", at(&home, "en")), &json!({"number": 1})).await.expect(422);
    assert_eq!(refused.pointers(), ["/content/blocks/0/link/content_id"]);
    hotel.manager.delete(&format!("{CONTENT}/{home}"), "\"1\"").await.expect(204);
    hotel.manager.delete(&format!("/v1/content-media/{media}"), "\"1\"").await.expect(204);
    guest.get(url).await.expect(404);
    let gone = json!({"content": {"title": "Home", "blocks": [{"picture": {"media_id": media, "alt": "Gone"}}]}});
    let new = hotel.manager.post(CONTENT, &page(&hotel.id, "en", "other", "Text.")).await.expect(201);
    let refused = hotel.manager.with("if-match", "\"1\"").put(&at(new.id(), "en"), &gone).await.expect(422);
    assert_eq!(refused.pointers(), ["/content/blocks/0/picture"]);
}

#[tokio::test]
async fn bad_content_is_refused_by_name_and_nothing_is_half_stored() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let with = |member: &str, value: Value| {
        let mut new = page(&hotel.id, "en", "pool", "Text.");
        new[member] = value;
        new
    };
    let blocks = |blocks: Value| with("content", json!({"title": "Pool", "blocks": blocks}));
    let many: Vec<Value> = (0..101).map(|_| json!({"text": {"markdown": "x"}})).collect();
    for (new, pointers) in [
        (with("locale", json!("english")), vec!["/locale"]),
        (with("locale", json!("en_GB")), vec!["/locale"]),
        (with("kind", json!("blog")), vec!["/kind"]),
        (with("slug", json!("Not A Slug")), vec!["/slug"]),
        (with("slug", json!("-pool")), vec!["/slug"]),
        (with("position", json!(10_001)), vec!["/position"]),
        (with("content", json!({"title": "", "blocks": []})), vec!["/content/title"]),
        (blocks(json!([{"script": {"text": "x"}}])), vec!["/content/blocks/0"]),
        (blocks(json!([{"text": {"markdown": ""}}])), vec!["/content/blocks/0/text/markdown"]),
        (blocks(json!([{"text": {"markdown": "x", "html": "y"}}])), vec!["/content/blocks/0/text/html"]),
        (blocks(json!([{"heading": {"level": 1, "text": "x"}}])), vec!["/content/blocks/0/heading/level"]),
        (blocks(json!([{"gallery": {"pictures": []}}])), vec!["/content/blocks/0/gallery/pictures"]),
        (blocks(json!([{"link": {"label": "x", "url": "javascript:alert(1)"}}])), vec!["/content/blocks/0/link/url"]),
        (blocks(json!([{"contact": {}}])), vec!["/content/blocks/0/contact"]),
        (blocks(json!(many)), vec!["/content/blocks"]),
    ] {
        let refused = hotel.manager.post(CONTENT, &new).await.expect(422);
        assert_eq!(refused.pointers(), pointers, "{}", refused.body);
    }
    let no_alt = json!([{"picture": {"media_id": picture(&hotel.manager, &hotel.id).await}}]);
    let refused = hotel.manager.post(CONTENT, &blocks(no_alt)).await.expect(422);
    assert_eq!(refused.pointers(), ["/content/blocks/0/picture/alt"], "pictures have an alternative text in each language");
    let mut faq = page(&hotel.id, "en", "questions", "Text.");
    faq["kind"] = json!("faq");
    let refused = hotel.manager.post(CONTENT, &faq).await.expect(422);
    assert_eq!(refused.pointers(), ["/content/blocks/0/text", "/content/blocks"]);
    assert_eq!(app.number("SELECT count(*) FROM content_items").await, 0);

    let made = hotel.manager.post(CONTENT, &page(&hotel.id, "en", "pool", "Text.")).await.expect(201);
    let twice = json!({"locale": "en", "content": body("Pool", "Text.")});
    let refused = hotel.manager.post(&format!("{CONTENT}/{}/locales", made.id()), &twice).await.expect(409);
    assert_eq!((refused.code(), refused.pointers()), ("content.locale_taken", vec!["/locale"]));
    hotel.manager.get(&at(made.id(), "fr")).await.expect(404);
    hotel.manager.get(&at(made.id(), "no%20language")).await.expect(404);
    let path = format!("{}/slug", at(made.id(), "en"));
    hotel.manager.with("if-match", "\"1\"").put(&path, &json!({})).await.expect(422);
    hotel.manager.with("if-match", "\"1\"").put(&path, &json!({"slug": null})).await.expect(200);
    let refused = hotel.manager.post(&format!("{}/publish", at(made.id(), "en")), &json!({})).await.expect(409);
    assert_eq!(refused.code(), "content.no_slug");
    assert_eq!(app.number("SELECT count(*) FROM content_versions").await, 1);
}

#[tokio::test]
async fn content_of_all_hotels_is_for_those_who_may_everywhere() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let admin = app.admin().await;
    let mut terms = page(&hotel.id, "en", "terms", "Of the chain.");
    terms["property_id"] = Value::Null;
    assert_eq!(hotel.manager.post(CONTENT, &terms).await.expect(403).code(), "auth.forbidden");
    let id = published(&admin, &terms).await;
    hotel.manager.get(&at(&id, "en")).await.expect(404);
    let listed = hotel.manager.get(CONTENT).await.expect(200).body;
    assert_eq!(listed["items"], json!([]));
    let guest = app.anonymous();
    assert_eq!(html(&guest.get(&public(&hotel, "terms")).await.expect(200)), "<p>Of the chain.</p>\n");
    assert_eq!(html(&guest.get(&format!("{PAGES}/terms")).await.expect(200)), "<p>Of the chain.</p>\n");
    // A hotel's own page comes first, at that hotel.
    published(&hotel.manager, &page(&hotel.id, "en", "terms", "Of the hotel.")).await;
    assert_eq!(html(&guest.get(&public(&hotel, "terms")).await.expect(200)), "<p>Of the hotel.</p>\n");
    assert_eq!(html(&guest.get(&format!("{PAGES}/terms")).await.expect(200)), "<p>Of the chain.</p>\n");
    let listed = guest.get(&format!("{PAGES}?property_id={}&kind=page", hotel.id)).await.expect(200).body;
    assert_eq!(listed["items"].as_array().map(Vec::len), Some(2), "{listed}");
    // Whoever may write and not publish does not remove what is public.
    let writer = app.staff(&["content:write"], Some(&hotel.id)).await;
    let own = hotel.manager.get(&format!("{CONTENT}?property_id={}", hotel.id)).await.expect(200).body;
    let own = own["items"][0]["id"].as_str().expect("an id").to_owned();
    assert_eq!(writer.delete(&format!("{CONTENT}/{own}"), "\"1\"").await.expect(403).code(), "auth.forbidden");
    let path = format!("{}/slug", at(&own, "en"));
    assert_eq!(writer.with("if-match", "\"2\"").put(&path, &json!({"slug": "x"})).await.expect(403).code(), "auth.forbidden");
}

/// A site has so many items, and an item so many languages, and no more.
#[tokio::test]
async fn content_is_capped_by_site_and_by_languages() {
    let app = TestApp::new().await;
    let (hotel, other) = (app.hotel(HotelSpec::default()).await, app.hotel(HotelSpec::default()).await);
    let made = hotel.manager.post(CONTENT, &page(&hotel.id, "en", "pool", "It is warm.")).await.expect(201);
    let letters: Vec<char> = ('a'..='z').collect();
    let in_language = async |n: usize| {
        let locale = format!("x{}{}", letters[n / 26], letters[n % 26]);
        let new = json!({"locale": locale, "content": body("Pool", "It is warm.")});
        hotel.manager.post(&format!("{CONTENT}/{}/locales", made.id()), &new).await
    };
    for n in 0..39 {
        in_language(n).await.expect(201);
    }
    assert_eq!(in_language(39).await.expect(409).code(), "content.too_many_locales");
    assert_eq!(app.number("SELECT count(*) FROM content_locales").await, 40);

    app.sql(&format!(
        "INSERT INTO content_items (property_id, id, kind, name, created_at, updated_at) \
         SELECT '{}', gen_random_uuid(), 'banner', 'Banner ' || n, now(), now() FROM generate_series(2, 10000) n",
        hotel.id
    ))
    .await;
    let add = async |hotel: &Hotel| hotel.manager.post(CONTENT, &page(&hotel.id, "en", "spa", "It is warm.")).await;
    assert_eq!(add(&hotel).await.expect(409).code(), "content.too_many_items");
    add(&other).await.expect(201);
    app.sql("UPDATE content_items SET is_deleted = true, deleted_at = now() WHERE name = 'Banner 2'").await;
    add(&hotel).await.expect(201);
}
