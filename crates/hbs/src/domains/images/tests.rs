use crate::every_route::{Call, Exception::Public, Request, TO_LOOK, World};
use crate::support::{Bucket, Client, Hotel, HotelSpec, Reply, TestApp, lossless_webp, png_chunk, together};
use axum::body::Bytes;
use futures_util::TryStreamExt;
use hbs::config::Config;
use hbs::stores::objects::Objects;
use http::Method;
use image::codecs::jpeg::JpegEncoder;
use image::codecs::webp::WebPEncoder;
use image::{DynamicImage, ExtendedColorType, GenericImageView, ImageEncoder, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs::File;
use std::io::Cursor;
use std::path::Path;
use std::time::{Duration, SystemTime};

const RED: Rgb<u8> = Rgb([220, 20, 20]);
const BLUE: Rgb<u8> = Rgb([20, 20, 220]);
const SECRET: &[u8] = b"N38 42.5 W9 8.2 at home";

/// Red on the left, blue on the right.
fn red_and_blue(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, _| if x < width / 2 { RED } else { BLUE })
}

fn written(picture: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    picture.into().write_to(&mut file, format).expect("a picture");
    file.into_inner()
}

fn jpeg(width: u32, height: u32) -> Vec<u8> {
    written(red_and_blue(width, height), ImageFormat::Jpeg)
}

/// A JPEG as a telephone writes it: lying on its side, with the place where it was taken.
fn from_telephone(width: u32, height: u32, orientation: u16) -> Vec<u8> {
    // TIFF, little endian: a description, the orientation, and where the GPS data are.
    let mut exif = b"II*\0\x08\0\0\0\x03\0".to_vec();
    let length = u32::try_from(SECRET.len()).expect("short");
    exif.extend([0x0e, 0x01, 2, 0]);
    exif.extend(length.to_le_bytes());
    exif.extend(50u32.to_le_bytes());
    exif.extend([0x12, 0x01, 3, 0, 1, 0, 0, 0]);
    exif.extend(u32::from(orientation).to_le_bytes());
    exif.extend([0x25, 0x88, 4, 0, 1, 0, 0, 0]);
    exif.extend((50 + length).to_le_bytes());
    exif.extend([0, 0, 0, 0]);
    assert_eq!(exif.len(), 50);
    exif.extend(SECRET);
    exif.extend(b"\x01\0\x01\0\x02\0\x02\0\0\0N\0\0\0\0\0\0\0");
    let mut file = Vec::new();
    let mut encoder = JpegEncoder::new_with_quality(&mut file, 95);
    encoder.set_exif_metadata(exif).expect("metadata");
    encoder.write_image(&red_and_blue(width, height), width, height, ExtendedColorType::Rgb8).expect("a picture");
    file
}

fn contains(file: &[u8], part: &[u8]) -> bool {
    file.windows(part.len()).any(|window| window == part)
}

fn is_near(pixel: Rgba<u8>, Rgb(expected): Rgb<u8>) -> bool {
    pixel.0.iter().zip(expected).all(|(one, other)| one.abs_diff(other) < 25)
}

async fn add(client: &Client, owner: &str, file: &[u8]) -> Reply {
    client.upload(Method::POST, &format!("{owner}/images"), "application/octet-stream", file).await
}

async fn download(app: &TestApp, url: &Value) -> Reply {
    app.anonymous().get(url.as_str().expect("an address")).await
}

/// The names of all files there are.
async fn files(app: &TestApp) -> BTreeSet<String> {
    app.app.objects.list().map_ok(|file| file.name).try_collect().await.expect("a list")
}

fn room_type(hotel: &Hotel) -> String {
    format!("/v1/room-types/{}", hotel.double)
}

async fn ids(app: &TestApp, owner: &str) -> Vec<String> {
    let listed = app.anonymous().get(&format!("{owner}/images")).await.expect(200);
    let items = listed.body["items"].as_array().expect("a list").clone();
    for (place, item) in items.iter().enumerate() {
        assert_eq!(item["position"], json!(place), "{item}");
    }
    items.iter().map(|item| item["id"].as_str().expect("an id").to_owned()).collect()
}

async fn primary(app: &TestApp, owner: &str) -> String {
    let listed = app.anonymous().get(&format!("{owner}/images")).await.expect(200);
    let primaries: Vec<&Value> =
        listed.body["items"].as_array().expect("a list").iter().filter(|item| item["is_primary"] == true).collect();
    assert_eq!(primaries.len(), 1, "{}", listed.body);
    primaries[0]["id"].as_str().expect("an id").to_owned()
}

#[tokio::test]
async fn a_picture_is_turned_upright_stripped_and_made_smaller() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let path = format!("{}/images?alt=The%20bay", room_type(&hotel));
    let file = from_telephone(2400, 1200, 6);
    assert!(contains(&file, b"Exif") && contains(&file, SECRET));
    let made = hotel.manager.upload(Method::POST, &path, "image/jpeg", &file).await.expect(201);
    assert_eq!(made.header("location"), format!("{}/images/{}", room_type(&hotel), made.id()));
    assert_eq!(made.header("etag"), "\"1\"");
    assert_eq!(
        (&made.body["alt"], &made.body["position"], &made.body["is_primary"]),
        (&json!("The bay"), &json!(0), &json!(true))
    );
    assert_eq!((&made.body["width"], &made.body["height"]), (&json!(1200), &json!(2400)));
    let sizes: Vec<(u64, u64)> = made.body["sizes"]
        .as_array()
        .expect("sizes")
        .iter()
        .map(|size| (size["width"].as_u64().expect("pixels"), size["height"].as_u64().expect("pixels")))
        .collect();
    assert_eq!(sizes, [(320, 640), (800, 1600), (1200, 2400)]);
    for size in made.body["sizes"].as_array().expect("sizes") {
        let reply = download(&app, &size["url"]).await.expect(200);
        assert_eq!(reply.header("content-type"), "image/jpeg");
        assert_eq!(reply.header("content-length"), reply.bytes.len().to_string());
        assert_eq!(reply.header("cache-control"), "public, max-age=31536000, immutable");
        assert_eq!(reply.header("x-content-type-options"), "nosniff");
        assert!(!contains(&reply.bytes, b"Exif") && !contains(&reply.bytes, SECRET));
        let picture = image::load_from_memory_with_format(&reply.bytes, ImageFormat::Jpeg).expect("a JPEG");
        assert_eq!((json!(picture.width()), json!(picture.height())), (size["width"].clone(), size["height"].clone()));
        let (middle, high) = (picture.width() / 2, picture.height());
        assert!(is_near(picture.get_pixel(middle, high / 8), RED), "what was left is above");
        assert!(is_near(picture.get_pixel(middle, high * 7 / 8), BLUE), "what was right is below");
    }
    let shown = app.anonymous().get(made.header("location")).await.expect(200);
    assert_eq!(shown.body, made.body);
    let kind = app.anonymous().get(&room_type(&hotel)).await.expect(200);
    assert_eq!((&kind.body["images"], &kind.body["version"]), (&json!([made.body]), &json!(2)));
    let listed = app.anonymous().get(&format!("/v1/room-types?property_id={}", hotel.id)).await.expect(200);
    assert_eq!(listed.body["items"][0]["images"], json!([made.body]));
    assert_eq!(listed.body["items"][1]["images"], json!([]));
    assert_eq!(app.event_kinds().await.last().map(String::as_str), Some("image.added"));
}

#[tokio::test]
async fn a_file_need_not_come_twice_and_unknown_ones_are_not_there() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let owner = format!("/v1/properties/{}", hotel.id);
    let made = add(&hotel.manager, &owner, &jpeg(60, 40)).await.expect(201);
    let url = made.body["url"].as_str().expect("an address");
    let first = app.anonymous().get(url).await.expect(200);
    let again = app.anonymous().with("if-none-match", first.header("etag")).get(url).await.expect(304);
    assert!(again.bytes.is_empty());
    assert_eq!((again.header("etag"), again.header("cache-control")), (first.header("etag"), first.header("cache-control")));
    app.anonymous().with("if-none-match", "\"other\"").get(url).await.expect(200);
    let head = app.anonymous().send(Method::HEAD, url, None).await.expect(200);
    assert!(head.bytes.is_empty() && head.header("content-type") == "image/jpeg");
    let other_key = url.replace(&url[11..15], "0000");
    for wrong in ["/v1/images/x", "/v1/images/..%2f..%2fetc%2fpasswd", other_key.as_str(), &url.replace(".jpg", ".webp")] {
        assert_eq!(app.anonymous().get(wrong).await.expect(404).code(), "request.not_found", "{wrong}");
    }
    let property = app.anonymous().get(&owner).await.expect(200);
    assert_eq!(property.body["images"], json!([made.body]));
    let listed = app.anonymous().get("/v1/properties").await.expect(200);
    assert_eq!(listed.body["items"][0]["images"], json!([made.body]));
}

#[tokio::test]
async fn png_and_webp_are_taken_and_what_is_seen_through_stays_so() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let glass = RgbaImage::from_pixel(900, 300, Rgba([10, 200, 10, 100]));
    let opaque = RgbaImage::from_pixel(90, 30, Rgba([10, 200, 10, 255]));
    let deep = DynamicImage::ImageRgb8(red_and_blue(90, 30)).into_rgb16();
    let mut webp = Vec::new();
    WebPEncoder::new_lossless(&mut webp).encode(&red_and_blue(90, 30), 90, 30, ExtendedColorType::Rgb8).expect("a WebP");
    for (what, file, kept, sizes) in [
        ("glass", written(glass, ImageFormat::Png), "image/webp", 3),
        ("a PNG that has alpha and does not use it", written(opaque, ImageFormat::Png), "image/jpeg", 1),
        ("a PNG of 16 bits", written(deep, ImageFormat::Png), "image/jpeg", 1),
        ("grey", written(DynamicImage::new_luma8(90, 30), ImageFormat::Png), "image/jpeg", 1),
        ("a WebP", webp, "image/jpeg", 1),
    ] {
        let made = add(&hotel.manager, &room_type(&hotel), &file).await.expect(201);
        assert_eq!(made.body["sizes"].as_array().map(Vec::len), Some(sizes), "{what}: {}", made.body);
        let reply = download(&app, &made.body["url"]).await.expect(200);
        assert_eq!(reply.header("content-type"), kept, "{what}");
        let picture = image::load_from_memory(&reply.bytes).expect(what);
        assert_eq!(picture.color().has_alpha(), what == "glass", "{what}");
    }
    // Large files are usual ones: what they become counts.
    let mut state = 1_u32;
    let noise = RgbImage::from_fn(300, 300, |_, _| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let [red, green, blue, _] = state.to_be_bytes();
        Rgb([red, green, blue])
    });
    let noise = written(noise, ImageFormat::WebP);
    assert!(noise.len() > 200_000, "{} bytes", noise.len());
    add(&hotel.manager, &room_type(&hotel), &noise).await.expect(201);
    add(&hotel.manager, &room_type(&hotel), &lossless_webp(500)).await.expect(201);
}

#[tokio::test]
async fn what_is_no_picture_is_refused_and_leaves_nothing() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let (whole_jpeg, whole_png) = (jpeg(400, 300), written(red_and_blue(400, 300), ImageFormat::Png));
    let mut huge = whole_jpeg.clone();
    let frame = huge.windows(2).position(|window| window == [0xff, 0xc0]).expect("a frame header");
    huge[frame + 5..frame + 9].copy_from_slice(&[0xff; 4]);
    let bomb = written(DynamicImage::new_luma8(10_000, 6_000), ImageFormat::Png);
    assert!(bomb.len() < 1_000_000, "{} bytes", bomb.len());
    let codes = lossless_webp(5000);
    assert!(codes.len() < 500_000, "{} bytes", codes.len());
    let too_long = vec![0; 10 * 1024 * 1024 + 1];
    let path = format!("{}/images", room_type(&hotel));
    for (what, kind, file, status, code) in [
        ("text", "image/png", &b"not a picture at all"[..], 415, "image.unsupported_type"),
        ("a GIF", "image/png", b"GIF89a\x01\0\x01\0\0\0\0;", 415, "image.unsupported_type"),
        ("a drawing with a script", "image/svg+xml", b"<svg><script/></svg>", 415, "image.unsupported_type"),
        ("nothing", "image/png", b"", 415, "image.unsupported_type"),
        ("JSON", "application/json", &whole_jpeg, 415, "request.unsupported_media_type"),
        ("half a JPEG", "image/jpeg", &whole_jpeg[..whole_jpeg.len() / 2], 422, "image.unreadable"),
        ("half a PNG", "image/png", &whole_png[..whole_png.len() / 2], 422, "image.unreadable"),
        ("the beginning of a PNG", "image/png", &whole_png[..20], 422, "image.unreadable"),
        ("a JPEG that says it is 65535 wide", "image/jpeg", &huge, 422, "image.too_many_pixels"),
        ("a PNG of 60 million pixels", "image/png", &bomb, 422, "image.too_many_pixels"),
        ("a small lossless WebP of very many codes", "image/webp", &codes, 422, "image.too_many_pixels"),
        ("too many bytes", "image/jpeg", &too_long, 413, "request.too_large"),
    ] {
        let reply = hotel.manager.upload(Method::POST, &path, kind, file).await;
        assert_eq!((reply.status, reply.code()), (status, code), "{what}: {}", reply.body);
        let reply = hotel.manager.with("idempotency-key", "k").upload(Method::POST, &path, kind, file).await;
        assert_eq!((reply.status, reply.code()), (status, code), "{what} with a key: {}", reply.body);
        assert_eq!(hotel.manager.upload(Method::PUT, "/v1/me/avatar", kind, file).await.code(), code, "{what} as an avatar");
    }
    let long = format!("{path}?alt={}", "x".repeat(301));
    let reply = hotel.manager.upload(Method::POST, &long, "image/jpeg", &whole_jpeg).await.expect(422);
    assert_eq!(reply.pointers(), ["/alt"]);
    let elsewhere = app.hotel(HotelSpec::default()).await;
    add(&elsewhere.manager, &room_type(&hotel), &whole_jpeg).await.expect(404);
    assert_eq!(files(&app).await, BTreeSet::new());
    assert_eq!(app.number("SELECT count(*) FROM images").await, 0);
    // Other bodies keep their own limit.
    let long = json!({"name": "x".repeat(2 * 1024 * 1024)});
    hotel.manager.patch(&format!("/v1/properties/{}", hotel.id), "\"1\"", &long).await.expect(413);
    hotel
        .manager
        .with("idempotency-key", "long")
        .patch(&format!("/v1/properties/{}", hotel.id), "\"1\"", &long)
        .await
        .expect(413);
}

#[tokio::test]
async fn a_large_file_is_taken_once_per_key() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let mut large = jpeg(400, 300);
    large.resize(9 * 1024 * 1024, 0);
    let client = hotel.manager.with("idempotency-key", "large");
    let path = format!("{}/images?alt=one", room_type(&hotel));
    let first = client.upload(Method::POST, &path, "image/jpeg", &large).await.expect(201);
    let again = client.upload(Method::POST, &path, "image/jpeg", &large).await.expect(201);
    assert_eq!((&again.body, again.header("idempotency-replayed")), (&first.body, "true"));
    assert_eq!(ids(&app, &room_type(&hotel)).await.len(), 1);
    let other = client.upload(Method::POST, &path, "image/jpeg", &jpeg(40, 30)).await.expect(409);
    assert_eq!(other.code(), "idempotency.key_reused");
    let other = client.upload(Method::POST, &path.replace("one", "two"), "image/jpeg", &large).await.expect(409);
    assert_eq!(other.code(), "idempotency.key_reused", "what is said of it belongs to the request, too");
}

#[tokio::test]
async fn pictures_are_ordered_described_and_removed() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let (owner, manager) = (room_type(&hotel), &hotel.manager);
    let mut made = Vec::new();
    for _ in 0..4 {
        made.push(add(manager, &owner, &jpeg(40, 30)).await.expect(201).id().to_owned());
    }
    let [a, b, c, d] = made.clone().try_into().expect("four");
    assert_eq!((ids(&app, &owner).await, primary(&app, &owner).await), (made, a.clone()));
    let image = |id: &str| format!("{owner}/images/{id}");

    let moved =
        manager.patch(&image(&d), "\"1\"", &json!({"alt": "The bath", "position": 1, "is_primary": true})).await.expect(200);
    assert_eq!((&moved.body["alt"], &moved.body["position"]), (&json!("The bath"), &json!(1)));
    assert_eq!(moved.body["version"], app.anonymous().get(&image(&d)).await.body["version"]);
    assert_eq!(ids(&app, &owner).await, [&*a, &*d, &*b, &*c]);
    assert_eq!(primary(&app, &owner).await, d);
    assert_eq!(manager.patch(&image(&d), "\"1\"", &json!({"alt": ""})).await.expect(412).code(), "request.precondition_failed");
    let etag = app.anonymous().get(&image(&d)).await.header("etag").to_owned();
    let refused = manager.patch(&image(&d), &etag, &json!({"is_primary": false})).await.expect(422);
    assert_eq!((refused.code(), refused.pointers()), ("image.needs_primary", vec!["/is_primary"]));
    for (pointer, patch) in
        [("/position", json!({"position": 30})), ("/position", json!({"position": -1})), ("/alt", json!({"alt": null}))]
    {
        assert_eq!(manager.patch(&image(&d), &etag, &patch).await.expect(422).pointers(), [pointer]);
    }

    let order = format!("{owner}/images/order");
    let etag = app.anonymous().get(&owner).await.header("etag").to_owned();
    let client = manager.with("if-match", &etag);
    for wrong in [vec![&a, &b, &c], vec![&a, &b, &c, &c], vec![&a, &b, &c, &d, &d], vec![&a, &b, &c, &hotel.id], vec![]] {
        let refused = client.put(&order, &json!({"image_ids": wrong})).await.expect(422);
        assert_eq!((refused.code(), refused.pointers()), ("image.not_the_same", vec!["/image_ids"]));
    }
    let ordered = client.put(&order, &json!({"image_ids": [c, b, a, d]})).await.expect(200);
    let first = |reply: &Reply| reply.body["items"][0]["id"].as_str().map(String::from);
    assert_eq!(first(&ordered), Some(c.clone()));
    assert_eq!(ids(&app, &owner).await, [&*c, &*b, &*a, &*d]);
    assert_eq!(client.put(&order, &json!({"image_ids": [a, b, c, d]})).await.expect(412).code(), "request.precondition_failed");

    let etag = app.anonymous().get(&image(&d)).await.header("etag").to_owned();
    manager.delete(&image(&d), &etag).await.expect(204);
    app.anonymous().get(&image(&d)).await.expect(404);
    assert_eq!((ids(&app, &owner).await, primary(&app, &owner).await), (vec![c.clone(), b, a], c.clone()));
    let events = app.rows("SELECT kind, changes FROM outbox WHERE entity = 'image' ORDER BY id").await;
    let last: Vec<&str> = events.iter().rev().take(2).filter_map(|event| event["kind"].as_str()).collect();
    assert_eq!(last, ["image.updated", "image.removed"], "another one became primary");
    // A picture of one thing is not one of another.
    manager.delete(&format!("/v1/room-types/{}/images/{c}", hotel.suite), "\"1\"").await.expect(404);
    manager.delete(&format!("/v1/properties/{}/images/{c}", hotel.id), "\"1\"").await.expect(404);
}

#[tokio::test]
async fn there_are_at_most_thirty() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    app.sql(&format!(
        "INSERT INTO images (property_id, id, room_type_id, position, is_primary, key, format, sizes, created_at, updated_at)
         SELECT '{}', gen_random_uuid(), '{}', n, n = 0, lpad(n::text, 64, '0'), 'jpeg', '[[1, 1]]', now(), now() FROM generate_series(0, 28) n",
        hotel.id, hotel.double
    ))
    .await;
    let owner = room_type(&hotel);
    let twice = together((0..2).map(|_| {
        let (manager, owner) = (hotel.manager.clone(), owner.clone());
        async move { add(&manager, &owner, &jpeg(40, 30)).await }
    }))
    .await;
    let mut statuses: Vec<(u16, String)> = twice.iter().map(|reply| (reply.status, reply.code().to_owned())).collect();
    statuses.sort();
    assert_eq!(statuses, [(201, String::new()), (409, "image.too_many".into())]);
    // Each thing has its own.
    add(&hotel.manager, &format!("/v1/properties/{}", hotel.id), &jpeg(40, 30)).await.expect(201);
}

#[tokio::test]
async fn there_is_one_primary_picture_whoever_is_quick() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let owner = room_type(&hotel);
    let before = app.deadlocks().await;
    let added = together((0..6).map(|_| {
        let (manager, owner) = (hotel.manager.clone(), owner.clone());
        async move { add(&manager, &owner, &jpeg(40, 30)).await }
    }))
    .await;
    assert!(added.iter().all(|reply| reply.status == 201));
    let all = ids(&app, &owner).await;
    assert_eq!((all.len(), primary(&app, &owner).await), (6, all[0].clone()));
    for _ in 0..3 {
        let changed = together(ids(&app, &owner).await.into_iter().map(|id| {
            let (manager, path) = (hotel.manager.clone(), format!("{owner}/images/{id}"));
            async move {
                let etag = manager.get(&path).await.expect(200).header("etag").to_owned();
                manager.patch(&path, &etag, &json!({"is_primary": true, "position": 0})).await
            }
        }))
        .await;
        assert!(changed.iter().all(|reply| [200, 412].contains(&reply.status)), "{changed:?}");
        assert!(changed.iter().any(|reply| reply.status == 200), "{changed:?}");
        primary(&app, &owner).await;
        assert_eq!(ids(&app, &owner).await.len(), 6);
    }
    assert_eq!(app.deadlocks_at_the_end().await, before);
}

async fn sweep(app: &TestApp) {
    let job = hbs::server::jobs().iter().copied().find(|job| job.name == "images.sweep").expect("the job");
    (job.run)(app.app.clone()).await.expect("swept");
}

/// Makes every file look as old as that.
fn age(folder: &Path, by: Duration) {
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        if entry.path().is_dir() {
            age(&entry.path(), by);
        } else {
            let file = File::options().write(true).open(entry.path()).expect("a file");
            file.set_modified(SystemTime::now() - by).expect("an older file");
        }
    }
}

#[tokio::test]
async fn files_that_nothing_refers_to_are_removed_after_a_day() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let owner = room_type(&hotel);
    let kept = add(&hotel.manager, &owner, &jpeg(900, 600)).await.expect(201);
    let removed = add(&hotel.manager, &owner, &jpeg(900, 600)).await.expect(201);
    assert_ne!(kept.body["url"], removed.body["url"], "each upload has files of its own");
    let avatar = |file: Vec<u8>| {
        let manager = hotel.manager.clone();
        async move { manager.upload(Method::PUT, "/v1/me/avatar", "image/jpeg", &file).await.expect(200) }
    };
    let old = avatar(jpeg(90, 60)).await;
    let new = avatar(written(RgbImage::from_pixel(60, 60, RED), ImageFormat::Jpeg)).await;
    hotel.manager.delete(&format!("{owner}/images/{}", removed.id()), "\"1\"").await.expect(204);
    // What nobody could remove when its time was over.
    let left = format!("{}-320.jpg", "0".repeat(64));
    for name in ["by-somebody-else.txt", &left] {
        app.app.objects.put(name, "text/plain", Bytes::from_static(b"x")).await.expect("a file");
    }

    let all = files(&app).await;
    assert_eq!(all.len(), 3 + 3 + 2);
    sweep(&app).await;
    assert_eq!(files(&app).await, all, "they are young");
    let folder =
        app.app.config.object_store_url.as_ref().and_then(|url| url.strip_prefix("file://")).expect("a folder").to_owned();
    age(Path::new(&folder), Duration::from_secs(25 * 3600));
    sweep(&app).await;
    assert_eq!(files(&app).await.len(), 3 + 3 + 1, "what is referred to, and what is not a picture of ours");
    assert!(!files(&app).await.contains(&left));
    download(&app, &kept.body["url"]).await.expect(200);
    download(&app, &new.body["avatar_url"]).await.expect(200);
    download(&app, &removed.body["url"]).await.expect(404);
    download(&app, &old.body["avatar_url"]).await.expect(404);
}

/// S4: files of pictures that are replaced, removed or refused are gone at once, so that nobody fills the store with them.
#[tokio::test]
async fn what_is_replaced_removed_or_refused_is_gone_at_once() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let me = app.guest().await;
    for side in [100, 200, 300] {
        let set = me.upload(Method::PUT, "/v1/me/avatar", "image/jpeg", &jpeg(side, side)).await.expect(200);
        assert_eq!(files(&app).await.len(), 3, "the newest alone");
        download(&app, &set.body["avatar_url"]).await.expect(200);
    }
    let once = me.with("idempotency-key", "once");
    let first = once.upload(Method::PUT, "/v1/me/avatar", "image/jpeg", &jpeg(50, 50)).await.expect(200);
    let again = once.upload(Method::PUT, "/v1/me/avatar", "image/jpeg", &jpeg(50, 50)).await.expect(200);
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(files(&app).await.len(), 3, "a picture that came twice");
    download(&app, &first.body["avatar_url"]).await.expect(200);
    me.send(Method::DELETE, "/v1/me/avatar", None).await.expect(204);
    assert_eq!(files(&app).await, BTreeSet::new());

    let owner = room_type(&hotel);
    let added = add(&hotel.manager, &owner, &jpeg(900, 600)).await.expect(201);
    hotel.manager.delete(&format!("{owner}/images/{}", added.id()), "\"2\"").await.expect(412);
    assert_eq!(files(&app).await.len(), 3);
    hotel.manager.delete(&format!("{owner}/images/{}", added.id()), "\"1\"").await.expect(204);
    assert_eq!(files(&app).await, BTreeSet::new());
    for _ in 0..30 {
        add(&hotel.manager, &owner, &jpeg(40, 30)).await.expect(201);
    }
    add(&hotel.manager, &owner, &jpeg(40, 30)).await.expect(409);
    assert_eq!(files(&app).await.len(), 30, "the one too many has left nothing");
}

/// A chunk of a WebP.
fn riff(name: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len()).expect("short");
    let padding = if content.len() % 2 == 1 { &b"\0"[..] } else { b"" };
    [name.as_slice(), &length.to_le_bytes(), content, padding].concat()
}

/// A PNG with all that tells where it was taken, and by whom.
fn talkative_png(picture: &RgbaImage) -> Vec<u8> {
    let plain = written(picture.clone(), ImageFormat::Png);
    let (head, rest) = plain.split_at(8 + 25);
    let text = |before: &[u8]| [before, SECRET].concat();
    let mut packed = flate2::write::ZlibEncoder::new(b"Author\0\0".to_vec(), flate2::Compression::none());
    std::io::Write::write_all(&mut packed, SECRET).expect("packed");
    let all = [
        head,
        &png_chunk(b"eXIf", &text(b"II*\0\x08\0\0\0\0\0\0\0\0\0")),
        &png_chunk(b"tEXt", &text(b"Location\0")),
        &png_chunk(b"zTXt", &packed.finish().expect("packed")),
        &png_chunk(b"iTXt", &text(b"XML:com.adobe.xmp\0\0\0\0\0")),
        &png_chunk(b"prVt", SECRET),
        rest,
        SECRET,
    ];
    all.concat()
}

/// A WebP with the same.
fn talkative_webp(picture: &RgbaImage) -> Vec<u8> {
    let plain = written(picture.clone(), ImageFormat::WebP);
    let side = |length: u32| (length - 1).to_le_bytes()[..3].to_vec();
    // Alpha, Exif and XMP.
    let extended = [&[0x1c, 0, 0, 0][..], &side(picture.width()), &side(picture.height())].concat();
    let content = [
        b"WEBP".to_vec(),
        riff(b"VP8X", &extended),
        plain[12..].to_vec(),
        riff(b"EXIF", &[b"II*\0\x08\0\0\0\0\0\0\0\0\0", SECRET].concat()),
        riff(b"XMP ", &[b"<x:xmpmeta>", SECRET].concat()),
        riff(b"prVt", SECRET),
    ];
    riff(b"RIFF", &content.concat())
}

/// S4: where a picture was taken, and by whom, is not in what is stored of it.
#[tokio::test]
async fn stored_pictures_tell_nothing_but_what_they_show() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let glass = RgbaImage::from_fn(900, 600, |x, _| if x < 450 { Rgba([220, 20, 20, 255]) } else { Rgba([0, 0, 0, 0]) });
    let opaque = RgbaImage::from_pixel(900, 600, Rgba([20, 20, 220, 255]));
    for (what, file) in [
        ("JPEG", from_telephone(900, 600, 1)),
        ("PNG", talkative_png(&glass)),
        ("opaque PNG", talkative_png(&opaque)),
        ("WebP", talkative_webp(&glass)),
        ("opaque WebP", talkative_webp(&opaque)),
    ] {
        assert!(contains(&file, SECRET), "{what}");
        let made = add(&hotel.manager, &room_type(&hotel), &file).await;
        assert_eq!(made.status, 201, "{what}: {}", made.body);
        let set = hotel.manager.upload(Method::PUT, "/v1/me/avatar", "application/octet-stream", &file).await;
        assert_eq!(set.status, 200, "{what}: {}", set.body);
        let sizes = [&made.body["sizes"], &set.body["avatar_sizes"]].map(|sizes| sizes.as_array().expect("sizes").clone());
        assert_eq!(sizes.concat().len(), 6, "{what}");
        for size in sizes.concat() {
            let stored = download(&app, &size["url"]).await.expect(200).bytes;
            for told in [SECRET, b"Exif", b"eXIf", b"EXIF", b"XMP ", b"xmp", b"tEXt", b"zTXt", b"iTXt", b"prVt", b"GPS", b"II*\0"]
            {
                assert!(!contains(&stored, told), "{what}: {:?}", String::from_utf8_lossy(told));
            }
            image::load_from_memory(&stored).expect("a picture");
        }
    }
}

#[tokio::test]
async fn people_have_a_picture_of_themselves() {
    let mut app = TestApp::new().await;
    app.start_background();
    let second = app.second().await;
    let me = app.guest().await;
    let there = me.at(second.router.clone());
    let before = me.get("/v1/me").await.expect(200);
    assert_eq!((&before.body["avatar_url"], &before.body["avatar_sizes"]), (&Value::Null, &json!([])));
    there.get("/v1/me").await.expect(200);
    let set = me.upload(Method::PUT, "/v1/me/avatar", "image/jpeg", &from_telephone(600, 300, 6)).await.expect(200);
    assert_eq!(set.header("etag"), "\"2\"");
    let same = me.upload(Method::PUT, "/v1/me/avatar", "image/jpeg", &from_telephone(600, 300, 6)).await.expect(200);
    assert_eq!((&same.body, same.header("etag")), (&set.body, "\"2\""), "the same picture once more changes nothing");
    let sides: Vec<u64> =
        set.body["avatar_sizes"].as_array().expect("sizes").iter().filter_map(|size| size["width"].as_u64()).collect();
    assert_eq!(sides, [64, 256, 512]);
    assert_eq!(me.get("/v1/me").await.expect(200).body, set.body, "right after the change");
    crate::support::eventually(Duration::from_secs(2), async || there.get("/v1/me").await.body == set.body).await;
    for (size, side) in set.body["avatar_sizes"].as_array().expect("sizes").iter().zip([64, 256, 512]) {
        let reply = download(&app, &size["url"]).await.expect(200);
        let picture = image::load_from_memory(&reply.bytes).expect("a picture");
        assert_eq!(picture.dimensions(), (side, side));
        assert!(is_near(picture.get_pixel(side / 2, side / 8), RED) && is_near(picture.get_pixel(side / 2, side * 7 / 8), BLUE));
        assert!(!contains(&reply.bytes, SECRET));
    }
    // What shows through is white.
    let glass = written(RgbaImage::from_pixel(40, 20, Rgba([0, 0, 0, 0])), ImageFormat::Png);
    let set = me.upload(Method::PUT, "/v1/me/avatar", "image/png", &glass).await.expect(200);
    let reply = download(&app, &set.body["avatar_url"]).await.expect(200);
    let picture = image::load_from_memory(&reply.bytes).expect("a picture");
    assert!(is_near(picture.get_pixel(200, 200), Rgb([255, 255, 255])));

    me.with("idempotency-key", "away").send(Method::DELETE, "/v1/me/avatar", None).await.expect(204);
    me.send(Method::DELETE, "/v1/me/avatar", None).await.expect(204);
    assert_eq!(me.get("/v1/me").await.expect(200).body["avatar_url"], Value::Null);
    let events = app.rows("SELECT kind, changes FROM outbox WHERE kind LIKE 'user.avatar%' ORDER BY id").await;
    let kinds: Vec<&str> = events.iter().filter_map(|event| event["kind"].as_str()).collect();
    assert_eq!(kinds, ["user.avatar_set", "user.avatar_set", "user.avatar_deleted"]);
    assert!(events.iter().all(|event| event["changes"] == json!({"avatar_key": {"withheld": true}})), "{events:?}");
}

#[tokio::test]
async fn a_storage_that_is_away_is_told_and_nothing_is_written() {
    let app = TestApp::with(|config| {
        config.object_store_url = Some("s3://bucket".into());
        config.object_store_endpoint = Some("http://127.0.0.1:9".into());
        config.object_store_region = Some("eu-west-1".into());
        (config.object_store_access_key, config.object_store_secret_key) = (Some("id".into()), Some("secret".into()));
    })
    .await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let reply = add(&hotel.manager, &room_type(&hotel), &jpeg(40, 30)).await.expect(503);
    assert_eq!(reply.code(), "server.unavailable");
    assert_eq!(app.number("SELECT count(*) FROM images").await, 0);
    let name = format!("/v1/images/{}-320.jpg", "0".repeat(64));
    assert_eq!(app.anonymous().get(&name).await.expect(503).code(), "server.unavailable");
}

/// The job fails, for somebody to look at it.
#[tokio::test]
async fn a_file_that_cannot_be_removed_holds_up_no_other() {
    let bucket = Bucket::start().await;
    let app = TestApp::with(|config| {
        config.object_store_url = Some("s3://bucket/pictures".into());
        config.object_store_endpoint = Some(bucket.endpoint.clone());
        config.object_store_region = Some("eu-west-1".into());
        (config.object_store_access_key, config.object_store_secret_key) = (Some("id".into()), Some("secret".into()));
    })
    .await;
    let names = ["0", "1", "2"].map(|digit| format!("{}-320.jpg", digit.repeat(64)));
    for name in &names {
        app.app.objects.put(name, "image/jpeg", Bytes::from_static(b"x")).await.expect("a file");
    }
    bucket.hold(Some("11-320.jpg"));
    let job = hbs::server::jobs().iter().copied().find(|job| job.name == "images.sweep").expect("the job");
    (job.run)(app.app.clone()).await.expect_err("a file was not removed");
    assert_eq!(files(&app).await, BTreeSet::from([names[1].clone()]));
    bucket.hold(None);
    sweep(&app).await;
    assert_eq!(files(&app).await, BTreeSet::new());
}

#[tokio::test]
async fn a_bucket_does_as_well_as_a_folder() {
    let bucket = Bucket::start().await;
    let mut config = Config::defaults().expect("defaults");
    config.object_store_url = Some("s3://bucket/some/prefix".into());
    config.object_store_endpoint = Some(bucket.endpoint.clone());
    config.object_store_region = Some("eu-west-1".into());
    (config.object_store_access_key, config.object_store_secret_key) = (Some("id".into()), Some("secret".into()));
    let objects = Objects::new(&config).expect("a bucket");
    objects.put("abc-1.jpg", "image/jpeg", Bytes::from_static(b"content")).await.expect("written");
    assert_eq!(bucket.names(), ["some/prefix/ab/abc-1.jpg"]);
    let found = objects.get("abc-1.jpg").await.expect("an answer").expect("a file");
    assert_eq!(found.size, 7);
    let content: Vec<Bytes> = found.content.try_collect().await.expect("content");
    assert_eq!(content.concat(), b"content");
    assert!(objects.get("abd-1.jpg").await.expect("an answer").is_none());
    let names: Vec<String> = objects.list().map_ok(|file| file.name).try_collect().await.expect("a list");
    assert_eq!(names, ["abc-1.jpg"]);
    objects.delete("abc-1.jpg").await.expect("removed");
    objects.delete("abc-1.jpg").await.expect("removed before");
    assert!(bucket.names().is_empty());
}

#[tokio::test]
async fn addresses_of_storages_are_checked() {
    let mut config = Config::defaults().expect("defaults");
    for wrong in ["ftp://host/folder", "objects", "file://relative", ""] {
        config.object_store_url = Some(wrong.into());
        assert!(Objects::new(&config).is_err(), "{wrong}");
    }
}

pub fn requests() -> Vec<Request> {
    vec![
        Request::new("list_property_images", async |w| Call::to(&of_property(w).await.owner)).but(Public, TO_LOOK),
        Request::new("add_property_image", async |w| Call::to(w.property().await).picture()),
        Request::new("get_property_image", async |w| of_property(w).await.call()).but(Public, TO_LOOK),
        Request::new("update_property_image", async |w| of_property(w).await.call().json(&json!({"alt": "The house"}))),
        Request::new("delete_property_image", async |w| of_property(w).await.call()),
        Request::new("order_property_images", async |w| Call::to(w.property().await).json(&json!({"image_ids": []}))),
        Request::new("list_room_type_images", async |w| Call::to(&of_room_type(w).await.owner)).but(Public, TO_LOOK),
        Request::new("add_room_type_image", async |w| Call::to(&w.hotel().await.double).picture()),
        Request::new("get_room_type_image", async |w| of_room_type(w).await.call()).but(Public, TO_LOOK),
        Request::new("update_room_type_image", async |w| of_room_type(w).await.call().json(&json!({"alt": "The bed"}))),
        Request::new("delete_room_type_image", async |w| of_room_type(w).await.call()),
        Request::new("order_room_type_images", async |w| Call::to(&w.hotel().await.double).json(&json!({"image_ids": []}))),
        Request::new("download_image", async |w| Call::to(&of_room_type(w).await.file)).but(Public, TO_LOOK),
    ]
}

/// A picture with what it is of.
struct Picture {
    owner: String,
    id: String,
    file: String,
}

impl Picture {
    fn call(&self) -> Call {
        Call::to(&self.owner).and(&self.id)
    }
}

async fn of_property(w: &World) -> Picture {
    picture(w, "properties", w.property().await).await
}

async fn of_room_type(w: &World) -> Picture {
    picture(w, "room-types", &w.hotel().await.double).await
}

async fn picture(w: &World, owners: &str, owner: &str) -> Picture {
    let made = add(&w.admin, &format!("/v1/{owners}/{owner}"), &jpeg(40, 30)).await.expect(201);
    let file = made.body["url"].as_str().and_then(|url| url.rsplit('/').next()).expect("a file");
    Picture { owner: owner.into(), id: made.id().into(), file: file.into() }
}
