use super::{ISSUES, change, raised, read, say};
use crate::support::{Client, HotelSpec, Reply, TestApp, png_chunk};
use futures_util::TryStreamExt;
use http::Method;
use image::{DynamicImage, GenericImageView, ImageFormat, Rgb, RgbImage};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs::File;
use std::io::Cursor;
use std::path::Path;
use std::time::{Duration, SystemTime};

const PDF: &[u8] = b"%PDF-1.4\n1 0 obj\n<< >>\nendobj\ntrailer\n<< >>\n%%EOF\n";

fn picture(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    let pixels = RgbImage::from_pixel(width, height, Rgb([200, 20, 20]));
    DynamicImage::from(pixels).write_to(&mut file, format).expect("a picture");
    file.into_inner()
}

async fn files(app: &TestApp) -> BTreeSet<String> {
    let listed: Vec<_> = app.app.objects.list().try_collect().await.expect("files");
    listed.into_iter().map(|file| file.name).collect()
}

/// The first message of an issue.
async fn first(client: &Client, issue: &str) -> String {
    let messages = client.get(&format!("{ISSUES}/{issue}/messages")).await.expect(200).body;
    messages["items"][0]["id"].as_str().expect("an id").to_owned()
}

async fn attach(client: &Client, issue: &str, message: &str, name: &str, file: &[u8]) -> Reply {
    let path = format!("{ISSUES}/{issue}/messages/{message}/attachments?name={name}");
    client.upload(Method::POST, &path, "application/octet-stream", file).await
}

/// T-iss-file: what is attached is given out to be saved, with its own type, under a name that does nothing.
#[tokio::test]
async fn iss_file_attachments_are_saved_and_not_shown() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let (guest, _, issue) = raised(&app, &hotel).await;
    let message = first(&guest, &issue).await;
    let hostile = "%22%3E%3Csvg%20onload%3Dalert(1)%3E.jpg";
    let made = attach(&guest, &issue, &message, hostile, &picture(2000, 1000, ImageFormat::Jpeg)).await.expect(201);
    assert_eq!((&made.body["name"], &made.body["format"]), (&json!("svg onload_alert(1).jpg"), &json!("jpeg")), "{}", made.body);
    let url = made.body["url"].as_str().expect("an address");
    assert_eq!(made.header("location"), url);
    for client in [&guest, &hotel.manager] {
        let file = client.get(url).await.expect(200);
        assert_eq!((file.header("content-type"), file.header("x-content-type-options")), ("image/jpeg", "nosniff"));
        assert_eq!((file.header("cache-control"), file.header("content-length")), ("no-store", &*file.bytes.len().to_string()));
        assert_eq!(file.header("content-security-policy"), "default-src 'none'; sandbox; frame-ancestors 'none'");
        let disposition = "attachment; filename=\"svg onload_alert(1).jpg\"; filename*=UTF-8''svg%20onload_alert%281%29.jpg";
        assert_eq!(file.header("content-disposition"), disposition);
        assert_eq!(image::load_from_memory(&file.bytes).expect("a picture").dimensions(), (1600, 800));
    }
    app.anonymous().get(url).await.expect(401);
    app.guest().await.get(url).await.expect(404);
    for name in files(&app).await {
        app.anonymous().get(&format!("/v1/images/{name}")).await.expect(404);
    }

    let document = attach(&guest, &issue, &message, "page.html", PDF).await.expect(201);
    assert_eq!((&document.body["name"], &document.body["size"]), (&json!("page.pdf"), &json!(PDF.len())));
    let file = guest.get(document.body["url"].as_str().expect("an address")).await.expect(200);
    assert_eq!((file.header("content-type"), &file.bytes[..]), ("application/pdf", PDF));
    let shown = guest.get(&format!("{ISSUES}/{issue}/messages")).await.expect(200).body;
    let names: Vec<&Value> =
        shown["items"][0]["attachments"].as_array().expect("a list").iter().map(|one| &one["name"]).collect();
    assert_eq!(names, ["svg onload_alert(1).jpg", "page.pdf"]);
    let kinds = app.event_kinds().await;
    assert_eq!(kinds.iter().filter(|kind| *kind == "issue.attached").count(), 2);
}

/// T-iss-file: disguised, broken and bloated files are refused, and leave nothing.
#[tokio::test]
async fn iss_file_what_is_not_what_it_says_is_refused() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let (guest, _, issue) = raised(&app, &hotel).await;
    let message = first(&guest, &issue).await;
    let bomb = [
        b"\x89PNG\r\n\x1a\n".to_vec(),
        png_chunk(b"IHDR", &[0, 0, 255, 255, 0, 0, 255, 255, 8, 2, 0, 0, 0]),
        png_chunk(b"IDAT", b"x"),
    ]
    .concat();
    for (name, file, code) in [
        ("logo.svg", &b"<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\"/>"[..], "issue.unsupported_type"),
        ("page.jpg", b"<!doctype html><script>alert(1)</script>", "issue.unsupported_type"),
        ("a.pdf", b"<html><script>alert(1)</script>%PDF-1.4\n%%EOF", "issue.unsupported_type"),
        ("a.zip", b"PK\x03\x04%PDF-1.4\n%%EOF", "issue.unsupported_type"),
        ("a.gif", b"GIF89a", "issue.unsupported_type"),
        ("empty.png", b"", "issue.unsupported_type"),
        ("half.pdf", b"%PDF-1.4\n1 0 obj", "issue.unsupported_type"),
        ("bomb.png", &bomb, "image.too_many_pixels"),
        ("cut.jpg", b"\xff\xd8\xff\xe0\x00\x10JFIF", "image.unreadable"),
    ] {
        let refused = attach(&guest, &issue, &message, name, file).await;
        assert_eq!(refused.code(), code, "{name}: {} {}", refused.status, refused.body);
    }
    let large = vec![b'%'; 10 * 1024 * 1024 + 1];
    assert_eq!(attach(&guest, &issue, &message, "large.pdf", &large).await.status, 413);
    assert_eq!(files(&app).await, BTreeSet::new());
    assert_eq!(app.number("SELECT count(*) FROM issue_attachments").await, 0);

    // A picture that is a page as well is a picture only, once it is kept.
    let mut polyglot = picture(40, 30, ImageFormat::Png);
    polyglot.extend_from_slice(b"<script>alert(1)</script>%PDF-1.4 %%EOF");
    let kept = attach(&guest, &issue, &message, "both.html", &polyglot).await.expect(201);
    let file = guest.get(kept.body["url"].as_str().expect("an address")).await.expect(200);
    assert!(!file.bytes.windows(7).any(|window| window == b"<script"), "the script was kept");
    assert!(kept.body["name"].as_str().is_some_and(|name| !name.contains("html")), "{}", kept.body);
}

/// T-iss-file: where a picture was taken is not kept.
#[tokio::test]
async fn iss_file_the_place_of_a_photo_is_not_kept() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let (guest, _, issue) = raised(&app, &hotel).await;
    let plain = picture(40, 30, ImageFormat::Jpeg);
    let exif = [b"Exif\0\0II*\0\x08\0\0\0".as_slice(), b"GPSLatitude 38.7223 GPSLongitude -9.1393"].concat();
    let length = u16::try_from(exif.len() + 2).expect("short").to_be_bytes();
    let photo = [&plain[..2], b"\xff\xe1", &length, &exif, &plain[2..]].concat();
    let kept = attach(&guest, &issue, &first(&guest, &issue).await, "photo.jpg", &photo).await.expect(201);
    let file = guest.get(kept.body["url"].as_str().expect("an address")).await.expect(200);
    assert!(!file.bytes.windows(3).any(|window| window == b"GPS"), "the place was kept");
}

#[tokio::test]
async fn each_side_attaches_to_its_own_messages_and_so_much() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let (guest, _, issue) = raised(&app, &hotel).await;
    let message = first(&guest, &issue).await;
    assert_eq!(attach(&hotel.manager, &issue, &message, "a.pdf", PDF).await.expect(409).code(), "issue.not_author");
    let answer = say(&hotel.manager, &issue, json!({"text": "See the bill"})).await.expect(201);
    let answer = answer.body["message"]["id"].as_str().expect("an id").to_owned();
    assert_eq!(attach(&guest, &issue, &answer, "a.pdf", PDF).await.expect(409).code(), "issue.not_author");
    attach(&hotel.manager, &issue, &answer, "a.pdf", PDF).await.expect(201);
    let once = guest.with("idempotency-key", "once");
    let made = attach(&once, &issue, &message, "a.pdf", PDF).await.expect(201);
    assert_eq!(attach(&once, &issue, &message, "a.pdf", PDF).await.expect(201).body, made.body, "sent again");
    for _ in 1..10 {
        attach(&guest, &issue, &message, "a.pdf", PDF).await.expect(201);
    }
    assert_eq!(attach(&guest, &issue, &message, "a.pdf", PDF).await.expect(409).code(), "issue.full");
    assert_eq!(files(&app).await.len(), 11, "what was refused, or sent again, left nothing");
}

/// T-iss-file: a file whose row was never written is swept, and one with a row stays.
#[tokio::test]
async fn iss_file_what_no_row_refers_to_is_swept() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let (guest, _, issue) = raised(&app, &hotel).await;
    let message = first(&guest, &issue).await;
    attach(&guest, &issue, &message, "a.pdf", PDF).await.expect(201);
    attach(&guest, &issue, &message, "a.png", &picture(40, 30, ImageFormat::Png)).await.expect(201);
    let kept = files(&app).await;
    let left = format!("{}-private.pdf", "0".repeat(64));
    app.app.objects.put(&left, "application/pdf", bytes::Bytes::from_static(PDF)).await.expect("a file");
    let folder = app.app.config.object_store_url.as_ref().and_then(|url| url.strip_prefix("file://")).expect("a folder");
    for name in files(&app).await {
        let path = Path::new(folder).join(&name[..2]).join(&name);
        let file = File::options().write(true).open(path).expect("a file");
        file.set_modified(SystemTime::now() - Duration::from_secs(25 * 3600)).expect("older");
    }
    let sweep = hbs::server::jobs().iter().copied().find(|job| job.name == "images.sweep").expect("the job");
    (sweep.run)(app.app.clone()).await.expect("swept");
    assert_eq!(files(&app).await, kept);
}

/// A file is a word of its side: what waits or is over is open again, and those who are to look at it are told. A note is not.
#[tokio::test]
async fn iss_file_a_file_opens_what_nobody_looks_at() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let agent = app.staff(&["issues:read", "issues:write"], Some(&hotel.id)).await;
    app.sql(&format!("UPDATE properties SET email = 'desk@example.com' WHERE id = '{}'", hotel.id)).await;
    let (guest, _, issue) = raised(&app, &hotel).await;
    let message = first(&guest, &issue).await;
    let message_id = |reply: &Reply| reply.body["message"]["id"].as_str().expect("an id").to_owned();
    let answer =
        message_id(&say(&hotel.manager, &issue, json!({"text": "Send us a picture", "status": "waiting"})).await.expect(201));
    let note = message_id(&say(&hotel.manager, &issue, json!({"text": "Odd", "is_note": true})).await.expect(201));
    let told = async |client: &Client, kind: &str| {
        app.consume().await;
        let list = client.get(&format!("/v1/notifications?kind={kind}")).await.expect(200).body;
        list["items"].as_array().expect("a list").iter().map(|one| one["count"].clone()).collect::<Vec<_>>()
    };
    let status = async || read(&hotel.manager, &issue).await.body["status"].clone();
    app.move_clock("2026-12-01T12:10:00Z").await;

    attach(&guest, &issue, &message, "a.pdf", PDF).await.expect(201);
    assert_eq!((status().await, told(&agent, "issue_replied").await), (json!("open"), vec![json!(1)]), "what was waited for");
    attach(&guest, &issue, &message, "b.pdf", PDF).await.expect(201);
    assert_eq!(told(&agent, "issue_replied").await, [json!(1)], "somebody looks at it already");
    change(&hotel.manager, &issue, json!({"status": "closed"})).await.expect(200);
    attach(&hotel.manager, &issue, &note, "c.pdf", PDF).await.expect(201);
    assert_eq!(status().await, "closed", "a note is among the staff");
    attach(&guest, &issue, &message, "d.pdf", PDF).await.expect(201);
    assert_eq!((status().await, told(&agent, "issue_replied").await), (json!("open"), vec![json!(2)]));
    app.move_clock("2026-12-01T12:20:00Z").await;
    let mails = app.mail_to("desk@example.com").await;
    assert!(mails.iter().any(|mail| mail["subject"] == "Test Hotel: guests have written again"), "{mails:?}");

    change(&hotel.manager, &issue, json!({"status": "closed"})).await.expect(200);
    let before = told(&guest, "my_issue_answered").await.len();
    attach(&hotel.manager, &issue, &answer, "e.pdf", PDF).await.expect(201);
    assert_eq!((status().await, told(&guest, "my_issue_answered").await.len()), (json!("open"), before + 1));
    assert_eq!(told(&agent, "issue_replied").await, [json!(2)], "the guest has not written");
    let history = hotel.manager.get(&format!("{ISSUES}/{issue}/history")).await.expect(200).body;
    let last = history["items"].as_array().and_then(|steps| steps.last()).expect("a step");
    assert_eq!((&last["kind"], &last["changes"]["opened_by"]), (&json!("attached"), &json!("staff")));
    assert_eq!(last["changes"]["status"], json!({"before": "closed", "after": "open"}));
}
