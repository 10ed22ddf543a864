//! What the public reads.
use super::{CONTENT, PAGES, at, body, html, information, page, public, publish, published, save};
use crate::support::{HotelSpec, TestApp, place_on, size};
use hbs_devstack::{DevStack, Options};
use serde_json::{Value, json};

/// T-cms-cache: once publishing is answered, no process answers as before, and what has not changed need not be sent again.
#[tokio::test]
async fn no_process_has_a_stale_cache_after_a_publication() {
    let app = TestApp::with_background().await;
    let second = app.second().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    second.set_clock("2026-12-01T12:00:00Z");
    let id = published(&hotel.manager, &page(&hotel.id, "en", "pool", "Version 0.")).await;
    let path = public(&hotel, "pool");
    let mut tags = Vec::new();
    for round in 1..size(10, 100) {
        let (here, there) = (app.anonymous().get(&path).await.expect(200), second.anonymous().get(&path).await.expect(200));
        assert_eq!((here.header("etag"), &here.bytes), (there.header("etag"), &there.bytes));
        assert_eq!(here.header("cache-control"), "public, max-age=0, must-revalidate");
        assert_eq!(here.header("content-language"), "en");
        let old = here.header("etag").to_owned();
        for process in [&app, &second] {
            process.anonymous().with("if-none-match", &old).get(&path).await.expect(304);
        }
        // A draft is nothing to the public.
        save(&hotel.manager, &id, "en", &format!("Version {round}.")).await;
        assert_eq!(second.anonymous().get(&path).await.expect(200).header("etag"), old);
        let publisher = if round % 2 == 0 { &app } else { &second };
        publish(&hotel.manager.at(publisher.router.clone()), &id, "en").await;
        for process in [&second, &app] {
            let shown = process.anonymous().with("if-none-match", &old).get(&path).await.expect(200);
            assert_eq!(html(&shown), format!("<p>Version {round}.</p>\n"));
        }
        tags.push(old);
    }
    tags.sort();
    tags.dedup();
    assert_eq!(tags.len(), size(10, 100) - 1);
}

#[tokio::test]
async fn readers_get_the_language_that_is_nearest() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let id = published(&hotel.manager, &page(&hotel.id, "en", "pool", "In English.")).await;
    for (locale, slug) in [("pt", "piscina"), ("zh-Hant", "zh-pool"), ("de-AT", "becken")] {
        let new = json!({"locale": locale, "slug": slug, "content": body(slug, locale)});
        hotel.manager.post(&format!("{CONTENT}/{id}/locales"), &new).await.expect(201);
        publish(&hotel.manager, &id, locale).await;
    }
    let guest = app.anonymous();
    for (slug, wanted, locale) in [
        ("pool", "", "en"),
        ("piscina", "", "pt"),
        ("pool", "pt-BR, en;q=0.5", "pt"),
        ("pool", "zh-TW", "zh-Hant"),
        ("pool", "de", "de-AT"),
        ("piscina", "fr", "pt"),
        ("pool", "fr, en-GB;q=0.1", "en"),
    ] {
        let reader = if wanted.is_empty() { guest.clone() } else { guest.with("accept-language", wanted) };
        let shown = reader.get(&public(&hotel, slug)).await.expect(200);
        assert_eq!(shown.body["locale"], locale, "{slug} for {wanted:?}");
        assert_eq!(shown.header("content-language"), locale);
    }
    let shown = guest.get(&format!("{}&locale=pt-PT", public(&hotel, "pool"))).await.expect(200);
    assert_eq!((&shown.body["locale"], &shown.body["slug"]), (&json!("pt"), &json!("piscina")));
    guest.get(&format!("{}&locale=portuguese", public(&hotel, "pool"))).await.expect(422);

    let translations = guest.get(&format!("{PAGES}/pool/alternates?property_id={}", hotel.id)).await.expect(200).body;
    let expected = json!([
        {"locale": "de-AT", "slug": "becken"}, {"locale": "en", "slug": "pool"}, {"locale": "pt", "slug": "piscina"},
        {"locale": "zh-Hant", "slug": "zh-pool"},
    ]);
    assert_eq!(translations["items"], expected);
    let map = format!("/v1/sitemap.xml?property_id={}&page_url=https://h.example/%7Blocale%7D/%7Bslug%7D", hotel.id);
    let map = guest.get(&map).await.expect(200);
    assert_eq!(map.header("content-type"), "application/xml");
    let map = map.body.as_str().expect("a text");
    assert!(map.contains("<loc>https://h.example/pt/piscina</loc>"), "{map}");
    assert_eq!((map.matches("<url>").count(), map.matches("hreflang=\"zh-Hant\"").count()), (4, 4));
    let wrong = format!("/v1/sitemap.xml?property_id={}&page_url=ftp://h.example/%7Bslug%7D", hotel.id);
    assert_eq!(guest.get(&wrong).await.expect(422).pointers(), ["/page_url"]);
}

#[tokio::test]
async fn kinds_are_listed_by_place_and_found_by_words() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let guest = app.anonymous();
    for (n, (question, answer)) in
        [("May I bring my dog?", "Dogs are **welcome**."), ("Is there parking?", "Below the house, for dogs' owners, too.")]
            .iter()
            .enumerate()
    {
        let faq = json!({
            "property_id": hotel.id, "kind": "faq", "name": question, "locale": "en", "position": 10 - n,
            "content": {"title": question, "blocks": [{"question": {"question": question, "answer": answer}}]},
        });
        published(&hotel.manager, &faq).await;
    }
    published(&hotel.manager, &page(&hotel.id, "en", "pool", "The pool is heated.")).await;
    hotel.manager.post(CONTENT, &page(&hotel.id, "en", "draft", "A dog nobody sees.")).await.expect(201);
    let listed = guest.get(&format!("{PAGES}?property_id={}&kind=faq", hotel.id)).await.expect(200).body;
    let titles: Vec<&str> =
        listed["items"].as_array().expect("a list").iter().map(|item| item["title"].as_str().expect("a title")).collect();
    assert_eq!(titles, ["Is there parking?", "May I bring my dog?"]);
    let data: Value = serde_json::from_str(listed["items"][1]["json_ld"].as_str().expect("a text")).expect("JSON");
    assert_eq!(
        (&data["@type"], &data["mainEntity"][0]["acceptedAnswer"]["text"]),
        (&json!("FAQPage"), &json!("Dogs are welcome."))
    );
    assert_eq!(listed["items"][1]["blocks"][0]["answer_html"], "<p>Dogs are <strong>welcome</strong>.</p>\n");
    let first = guest.get(&format!("{PAGES}?property_id={}&limit=2", hotel.id)).await.expect(200).body;
    let cursor = first["next_cursor"].as_str().expect("a page more");
    let rest = guest.get(&format!("{PAGES}?property_id={}&limit=2&cursor={cursor}", hotel.id)).await.expect(200).body;
    assert_eq!((first["items"][0]["slug"].as_str(), rest["items"].as_array().map(Vec::len)), (Some("pool"), Some(1)));
    assert_eq!(rest["items"][0]["title"], "May I bring my dog?");

    let found = async |words: &str, locale: &str| -> Vec<String> {
        let path = format!("/v1/page-search?property_id={}&locale={locale}&q={words}", hotel.id);
        let found = guest.get(&path).await.expect(200).body;
        let items = found["items"].as_array().expect("a list").iter();
        items.map(|item| item["title"].as_str().expect("a title").to_owned()).collect()
    };
    assert_eq!(found("dogs", "en").await, ["May I bring my dog?", "Is there parking?"], "in its forms, the title first");
    assert_eq!(found("HEAT", "en").await, ["pool"]);
    assert_eq!(found("dog%20-parking", "en").await, ["May I bring my dog?"]);
    assert_eq!(found("dog", "pt").await, Vec::<String>::new());
    assert_eq!(found("%27%29%3B%20DROP", "en").await, Vec::<String>::new());
    let one = guest.get(&format!("/v1/page-search?property_id={}&locale=en&q=heated", hotel.id)).await.expect(200).body;
    assert_eq!(one["items"][0]["slug"], "pool");
    let excerpt = one["items"][0]["excerpt"].as_str().expect("a text");
    assert!(excerpt.contains("pool is heated"), "{excerpt}");
    guest.get(&format!("/v1/page-search?property_id={}&locale=en&q=", hotel.id)).await.expect(422);
}

/// Lists go on from a place: over what is of the hotel and of all hotels, in whichever languages, each item once.
#[tokio::test]
async fn lists_go_on_from_a_place_with_each_item_once() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let (admin, guest) = (app.admin().await, app.anonymous());
    let mut expected = Vec::new();
    // Several share a place: what was added first comes first.
    for n in 0..12 {
        let slug = format!("page-{n}");
        let mut new = page(&hotel.id, "en", &slug, "In English.");
        new["position"] = json!(n / 4);
        if n % 3 == 0 {
            new["property_id"] = Value::Null;
        }
        let id = published(&admin, &new).await;
        if n % 2 == 0 {
            let portuguese = json!({"locale": "pt", "slug": format!("pagina-{n}"), "content": body("Página", "Em português.")});
            admin.post(&format!("{CONTENT}/{id}/locales"), &portuguese).await.expect(201);
            publish(&admin, &id, "pt").await;
        }
        expected.push((id, if n % 2 == 0 { "pt" } else { "en" }, n % 3 == 0));
    }
    // Of these there is nothing to be read.
    admin.post(CONTENT, &page(&hotel.id, "en", "draft", "Nobody sees it.")).await.expect(201);
    let gone = published(&admin, &page(&hotel.id, "en", "gone", "Nobody sees it.")).await;
    admin.delete(&format!("{CONTENT}/{gone}"), "\"1\"").await.expect(204);
    let walk = async |query: &str, limit: usize| {
        let (mut found, mut cursor) = (Vec::new(), String::new());
        loop {
            let path = format!("{PAGES}?locale=pt&limit={limit}{query}{cursor}");
            let listed = guest.get(&path).await.expect(200).body;
            let items = listed["items"].as_array().expect("a list");
            let is_last = listed["next_cursor"].is_null();
            assert!(items.len() == limit || is_last, "{listed}");
            found.extend(items.iter().map(|item| (item["id"].clone(), item["locale"].clone())));
            match listed["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return found,
            }
        }
    };
    let all: Vec<_> = expected.iter().map(|(id, locale, _)| (json!(id), json!(locale))).collect();
    for limit in [1, 5, 6, 12, 200] {
        assert_eq!(walk(&format!("&property_id={}", hotel.id), limit).await, all, "{limit} at a time");
    }
    let of_all: Vec<_> =
        expected.iter().filter(|(.., of_all)| *of_all).map(|(id, locale, _)| (json!(id), json!(locale))).collect();
    assert_eq!(walk("", 3).await, of_all, "of all hotels");
    assert!(walk(&format!("&property_id={}&kind=faq", hotel.id), 3).await.is_empty());
}

#[tokio::test]
async fn a_preview_shows_its_version_until_it_ends() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let made = hotel.manager.post(CONTENT, &page(&hotel.id, "en", "pool", "A draft.")).await.expect(201);
    let path = format!("{}/preview", at(made.id(), "en"));
    let link = hotel.manager.post(&path, &json!({"minutes": 5})).await.expect(200).body;
    let token = link["token"].as_str().expect("a token");
    assert_eq!(link["url"], format!("/v1/content-previews/{token}"), "a path of the API, wherever the user interface is");
    save(&hotel.manager, made.id(), "en", "Another draft.").await;
    let guest = app.anonymous();
    let shown = guest.get(&format!("/v1/content-previews/{token}")).await.expect(200);
    assert_eq!(shown.body["page"]["blocks"][0]["html"], "<p>A draft.</p>\n");
    assert_eq!((&shown.body["page"]["published_at"], shown.header("cache-control")), (&Value::Null, "private, no-store"));
    assert_eq!(shown.header("x-robots-tag"), "noindex");
    guest.get(&public(&hotel, "pool")).await.expect(404);
    // A token that somebody made up, or for something else, shows nothing.
    let (head, _) = token.rsplit_once('.').expect("a signature");
    for wrong in [format!("{head}.AAAA"), "x".into(), hotel.manager.access_token().to_owned()] {
        guest.get(&format!("/v1/content-previews/{wrong}")).await.expect(404);
    }
    hotel.manager.post(&path, &json!({"minutes": 0})).await.expect(422);
    hotel.manager.post(&path, &json!({"number": 7})).await.expect(422);
    let claims = json!({"content_id": made.id(), "version_id": made.id(), "ends_at": "2026-01-01T00:00:00Z"});
    let over = app.app.security.data_key.sign("content preview", &claims).expect("signed");
    assert_eq!(guest.get(&format!("/v1/content-previews/{over}")).await.expect(410).code(), "content.preview_expired");
    hotel.manager.delete(&format!("{CONTENT}/{}", made.id()), "\"1\"").await.expect(204);
    guest.get(&format!("/v1/content-previews/{token}")).await.expect(404);
}

/// MongoDB away: what a process remembers is served as before, other content is 503 with `Retry-After`, editing says so, and
/// nothing is lost or done by halves.
#[tokio::test(flavor = "multi_thread")]
async fn mongodb_may_be_away_while_pages_are_read() {
    let stack = DevStack::start(Options::throw_away()).await.unwrap_or_else(|error| panic!("{error}"));
    let app = TestApp::on(place_on(&stack).await).await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let id = published(&hotel.manager, &page(&hotel.id, "en", "pool", "Remembered.")).await;
    published(&hotel.manager, &page(&hotel.id, "en", "spa", "Not read yet.")).await;
    published(&hotel.manager, &information(Some(&hotel.id), "en", "Take bus 728.")).await;
    let guest = app.anonymous();
    let before = guest.get(&public(&hotel, "pool")).await.expect(200);
    stack.mongodb().stop().await.expect("stopped");

    let kept = guest.get(&public(&hotel, "pool")).await.expect(200);
    assert_eq!((kept.header("etag"), &kept.bytes), (before.header("etag"), &before.bytes));
    // Also where the answer is made anew of what is remembered.
    let anew = guest.get(&format!("{}&locale=en", public(&hotel, "pool"))).await.expect(200);
    assert_eq!(html(&anew), "<p>Remembered.</p>\n");
    let away = guest.get(&public(&hotel, "spa")).await.expect(503);
    assert_eq!((away.code(), away.header("retry-after")), ("content.unavailable", "5"));
    let rows = "SELECT (SELECT count(*) FROM content_versions) + (SELECT sum(version) FROM content_locales) + (SELECT count(*) FROM outbox)";
    let written = app.number(rows).await;
    let etag = hotel.manager.get(&at(&id, "en")).await.expect(200).header("etag").to_owned();
    let version = json!({"content": body("Pool", "Lost?")});
    let refused = hotel.manager.with("if-match", &etag).put(&at(&id, "en"), &version).await.expect(503);
    assert_eq!((refused.code(), refused.header("retry-after")), ("content.unavailable", "5"));
    let refused = hotel.manager.post(CONTENT, &page(&hotel.id, "en", "bar", "Lost?")).await.expect(503);
    assert_eq!(refused.code(), "content.unavailable");
    assert_eq!(app.number(rows).await, written);
    // A mail does not wait for what the hotel has written.
    hotel.book(&hotel.manager, "2026-12-10", "2026-12-11").await;
    let mails = app.mail_to("ana@example.com").await;
    let text = mails[0]["text"].as_str().expect("a text");
    assert!(text.contains("It is confirmed") && !text.contains("bus 728"), "{text}");
    // What takes no document goes on: a page is withdrawn, and a slug moved.
    hotel.manager.post(&format!("{}/archive", at(&id, "en")), &json!({})).await.expect(200);
    guest.get(&public(&hotel, "pool")).await.expect(404);
    publish(&hotel.manager, &id, "en").await;

    stack.mongodb().start().await.expect("started");
    crate::faults::eventually("MongoDB answers", async || app.app.mongo.ping().await.is_ok()).await;
    assert_eq!(html(&guest.get(&public(&hotel, "spa")).await.expect(200)), "<p>Not read yet.</p>\n");
    save(&hotel.manager, &id, "en", "Saved.").await;
    hotel.manager.post(CONTENT, &page(&hotel.id, "en", "bar", "Kept.")).await.expect(201);
    stack.stop().await.expect("stopped");
}
