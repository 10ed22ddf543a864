mod point_in_time;
mod silence;

use crate::content::{CONTENT, page};
use crate::every_route::Exception::{ForAllProperties, OfNoProperty};
use crate::every_route::{Call, Request};
use crate::faults::{Installed, eventually, program};
use crate::support::{Bucket, HotelSpec, TestApp, backup_identity, day, place_on, size, stack, together, unique};
use age::secrecy::ExposeSecret;
use diesel_async::{AsyncConnection, AsyncPgConnection, SimpleAsyncConnection};
use futures_util::TryStreamExt;
use hbs::archive::{Manifest, Signature, Whole};
use hbs::config::Config;
use hbs::domains::backups::{self, Backup, Drilled, Finding, Trust};
use hbs::numbers::hex;
use hbs::outbox::key_ids;
use hbs::person_keys::ListedErasure;
use hbs::stores::postgres::lock_of;
use hbs_devstack::{DevStack, Options};
use http::Method;
use mongodb::bson::{Document, doc};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs;
use std::io::{Cursor, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant, SystemTime};
use uuid::Uuid;

const BACKUPS: &str = "/v1/backups";
const STATE: &str = "/v1/backup-state";
const MEMBERS: [&str; 5] =
    ["postgresql.dump", "mongodb/content_docs.bson", "mongodb/audit_logs.bson", "mongodb/booking_logs.bson", "files.tar"];
const REASON: &str = "a backup is of all properties";

pub fn requests() -> Vec<Request> {
    vec![
        Request::new("list_backups", async |_| Call::plain()).but(ForAllProperties, REASON).but(OfNoProperty, REASON),
        Request::new("create_backup", async |w| {
            // One that waits would be the answer, and nothing would change.
            w.app.sql("UPDATE backups SET status = 'failed', failure = 'given up' WHERE status = 'requested'").await;
            Call::plain()
        })
        .but(ForAllProperties, REASON),
        Request::new("get_backup", async |w| {
            let made = w.admin.send(Method::POST, BACKUPS, None).await.expect(202);
            Call::to(made.id())
        })
        .but(ForAllProperties, REASON),
        Request::new("get_backup_state", async |_| Call::plain()).but(ForAllProperties, REASON),
    ]
}

/// The folder of the archives.
fn folder(config: &Config) -> PathBuf {
    config.backup_url.as_deref().and_then(|url| url.strip_prefix("file://")).expect("a folder").into()
}

pub fn path_of(config: &Config, backup: &Backup) -> PathBuf {
    folder(config).join(format!("{}.hbs", backup.name.as_deref().expect("a name")))
}

/// The same settings with the private key, which is in a file of its own.
fn with_key(config: &Config) -> Config {
    let path = folder(config).with_extension("key");
    fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    fs::write(&path, backup_identity().to_string().expose_secret()).expect("a file");
    Config { backup_identity_file: Some(path), ..config.clone() }
}

/// Settings for stores that hold nothing, in which an archive of the place of `config` has its place.
pub async fn empty_stores(stack: &DevStack, config: &Config) -> Config {
    let place = unique("empty");
    let mut conn = AsyncPgConnection::establish(stack.database_url()).await.expect("a connection");
    conn.batch_execute(&format!("CREATE DATABASE {place}")).await.expect("a database");
    let url = config.database_url.as_deref().expect("an address");
    let (_, options) = url.split_once('?').expect("options");
    let server = stack.database_url().strip_suffix("/hbs").expect("the database of the stack");
    let mut empty = with_key(config);
    empty.database_url = Some(format!("{server}/{place}?{options}"));
    empty.mongodb_database = place.clone();
    empty.redis_prefix = format!("{place}:");
    empty.object_store_url = Some(format!("file://{}", stack.dir().join("objects").join(&place).display()));
    empty
}

/// Runs the program with settings, and returns whether it went well and what it said.
async fn hbs(config: &Config, arguments: &[&str], more: &[(&str, &str)]) -> (bool, String) {
    let mut command = command(config);
    command.envs(more.iter().copied()).args(arguments);
    let output = command.output().await.expect("the program");
    let text = [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned()).concat();
    (output.status.success(), text)
}

fn command(config: &Config) -> tokio::process::Command {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let file = |path: &Option<PathBuf>| path.as_ref().map(|path| path.display().to_string()).unwrap_or_default();
    let settings = [
        ("HBS_DATABASE_URL", text(&config.database_url)),
        ("HBS_PERSON_KEYS_URL", text(&config.person_keys_url)),
        ("HBS_MONGODB_URL", text(&config.mongodb_url)),
        ("HBS_REDIS_URL", text(&config.redis_url)),
        ("HBS_MONGODB_DATABASE", config.mongodb_database.clone()),
        ("HBS_REDIS_PREFIX", config.redis_prefix.clone()),
        ("HBS_DATA_KEY", text(&config.data_key)),
        ("HBS_OBJECT_STORE_URL", text(&config.object_store_url)),
        ("HBS_BACKUP_URL", text(&config.backup_url)),
        ("HBS_BACKUP_RECIPIENT", text(&config.backup_recipient)),
        ("HBS_BACKUP_IDENTITY_FILE", file(&config.backup_identity_file)),
        ("HBS_BACKUP_SIGNERS_FILE", file(&config.backup_signers_file)),
        ("HBS_LOG", "warn".into()),
        ("HBS_ACCESS_LOG", "off".into()),
        ("HBS_TEST_CLOCK", "1".into()),
    ];
    let settings: Vec<(&str, &str)> = settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let dir = folder(config).with_extension("work");
    fs::create_dir_all(&dir).expect("a folder");
    let mut command = program(&dir, &settings);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

async fn own_stack() -> DevStack {
    DevStack::start(Options::throw_away()).await.unwrap_or_else(|error| panic!("{error}"))
}

/// What an error says to whoever runs a command.
fn words<T>(result: hbs::Result<T>) -> String {
    match result {
        Ok(_) => panic!("it went well"),
        Err(hbs::Error::Internal { source, .. }) => source.to_string(),
        Err(hbs::Error::Client(client)) => client.detail,
    }
}

/// Names and contents of all files.
async fn files(app: &TestApp) -> BTreeMap<String, Vec<u8>> {
    let names: Vec<String> = app.app.objects.list().map_ok(|file| file.name).try_collect().await.expect("a list");
    let mut found = BTreeMap::new();
    for name in names {
        let file = app.app.objects.get(&name).await.expect("an answer").expect("a file");
        let content = file.content.map_ok(|part| part.to_vec()).try_concat().await.expect("its content");
        found.insert(name, content);
    }
    found
}

/// A digest of each table, but for those that backups and restores write themselves.
async fn tables(app: &TestApp) -> BTreeMap<String, String> {
    let own = ["audit_keys", "backups", "changes", "installation", "outbox", "outbox_sinks", "outbox_streams"];
    let mut tables = app.contents().await;
    tables.retain(|name, _| !own.contains(&name.as_str()));
    tables
}

/// A hotel with a picture, a page of content and bookings.
async fn furnish(app: &TestApp, bookings: usize) {
    let hotel = app.hotel(HotelSpec { rooms: 10, ..HotelSpec::default() }).await;
    let png = image();
    let path = format!("/v1/properties/{}/images", hotel.id);
    hotel.manager.upload(Method::POST, &path, "application/octet-stream", &png).await.expect(201);
    let page = page(&hotel.id, "en", "spa", "Warm water, cold water.");
    hotel.manager.post(CONTENT, &page).await.expect(201);
    for n in 0..bookings {
        let night = u64::try_from(n / 10).expect("a number");
        hotel.manager.post("/v1/bookings", &hotel.request(day(night), day(night + 1))).await.expect(201);
    }
}

/// A picture of one colour.
fn image() -> Vec<u8> {
    let mut png = Cursor::new(Vec::new());
    let picture = image::RgbImage::from_pixel(64, 48, image::Rgb([20, 120, 200]));
    picture.write_to(&mut png, image::ImageFormat::Png).expect("a picture");
    png.into_inner()
}

#[tokio::test]
async fn backups_are_asked_for_one_at_a_time_and_unproven() {
    let app = TestApp::new().await;
    furnish(&app, 3).await;
    let admin = app.admin().await;
    let state = admin.get(STATE).await.expect(200).body;
    assert_eq!(
        (&state["proof"], &state["last_completed"], &state["is_set_up"]),
        (&json!("unproven"), &Value::Null, &json!(true))
    );

    let asked = admin.send(Method::POST, BACKUPS, None).await.expect(202);
    assert_eq!((&asked.body["status"], &asked.body["cause"]), (&json!("requested"), &json!("request")));
    assert_eq!(admin.send(Method::POST, BACKUPS, None).await.expect(202).id(), asked.id(), "one at a time");
    let made = backups::run_waiting(&app.app).await.expect("a backup").expect("one that waited");
    assert!(backups::run_waiting(&app.app).await.expect("an answer").is_none(), "nothing is left to do");

    let shown = admin.get(&format!("{BACKUPS}/{}", asked.id())).await.expect(200).body;
    assert_eq!((&shown["status"], &shown["proof"]), (&json!("completed"), &json!("unproven")), "{shown}");
    assert_eq!(shown["documents"], 1, "{shown}");
    assert!(shown["files"].as_u64().is_some_and(|files| files > 0), "{shown}");
    let members: Vec<&str> = shown["members"].as_array().expect("members").iter().filter_map(|m| m["name"].as_str()).collect();
    assert_eq!(members, MEMBERS);
    assert_eq!(admin.get(BACKUPS).await.expect(200).body["items"][0]["id"], shown["id"]);
    let size = fs::metadata(path_of(&app.app.config, &made)).expect("an archive").len();
    assert_eq!(shown["size_bytes"], size);
    assert_eq!(backups::catalogue(&app.app.config).await.expect("manifests").len(), 1, "the manifests alone tell of it");

    let recorded = app.app.mongo.database().collection::<Document>("backup_data_collections");
    let recorded = recorded.find_one(doc! {"_id": asked.id()}).await.expect("an answer").expect("its record");
    assert_eq!(recorded.get_str("sha256").ok(), shown["sha256"].as_str());
    let kinds = app.event_kinds().await;
    for kind in ["backup.requested", "backup.completed"] {
        assert!(kinds.iter().any(|told| told == kind), "{kind}: {kinds:?}");
    }
    let state = admin.get(STATE).await.expect(200).body;
    assert_eq!(state["proof"], "unproven", "however well it went: {state}");
    let elsewhere = app.staff(&["backups:read"], Some(&app.hotel(HotelSpec::default()).await.id)).await;
    elsewhere.get(BACKUPS).await.expect(403);
}

#[tokio::test]
async fn without_a_place_nothing_is_backed_up() {
    let app = TestApp::with(|config| (config.backup_url, config.backup_recipient) = (None, None)).await;
    let admin = app.admin().await;
    assert_eq!(admin.send(Method::POST, BACKUPS, None).await.expect(409).code(), "backups.not_set_up");
    assert_eq!(admin.get(STATE).await.expect(200).body["is_set_up"], false);
    assert!(backups::run_waiting(&app.app).await.expect("an answer").is_none());
}

/// Whatever a snapshot names must not go away while it is copied.
#[tokio::test]
async fn files_stay_while_they_are_copied() {
    let app = TestApp::new().await;
    let objects = &app.app.objects;
    objects.put("abc-1.jpg", "image/jpeg", bytes::Bytes::from_static(b"content")).await.expect("written");
    objects.hold("2999-01-01T00:00:00Z".parse().expect("an instant")).await.expect("held");
    objects.remove(&["abc-1.jpg".to_owned()]).await;
    assert!(objects.get("abc-1.jpg").await.expect("an answer").is_some());
    objects.release().await.expect("released");
    objects.remove(&["abc-1.jpg".to_owned()]).await;
    assert!(objects.get("abc-1.jpg").await.expect("an answer").is_none());
    objects.hold("2000-01-01T00:00:00Z".parse().expect("an instant")).await.expect("held");
    assert!(!objects.are_held().await.expect("an answer"), "what held them died");
}

/// T-bak-faults: what is wrong with an archive is told by the member's name, and nothing wrong is called good.
#[tokio::test(flavor = "multi_thread")]
async fn every_fault_of_an_archive_is_named() {
    let app = TestApp::new().await;
    furnish(&app, 2).await;
    app.deliver().await;
    let config = with_key(&app.app.config);
    let made = backups::back_up(&app.app, &|_| {}).await.expect("a backup");
    let good = path_of(&config, &made);
    let good_manifest = backups::verify(&config, &good, Trust::Anybody, &|_| {}).await.expect("a good archive");
    assert_eq!(good_manifest.members.len(), MEMBERS.len());
    let bytes = fs::read(&good).expect("the archive");
    let beside = fs::read(beside_of(&good)).expect("the manifest");
    let bad = folder(&config).join("bad.hbs");
    let verify = async |archive: &[u8], manifest: Option<&[u8]>| {
        fs::write(&bad, archive).expect("a file");
        match manifest {
            Some(manifest) => fs::write(beside_of(&bad), manifest).expect("a file"),
            None => drop(fs::remove_file(beside_of(&bad))),
        }
        words(backups::verify(&config, &bad, Trust::Anybody, &|_| {}).await)
    };

    // A flipped bit: at the beginning, in the middle and at the end of each part of each member.
    for (entry, start, size) in entries(&bytes) {
        let member = entry.split(".age/").next().expect("a name");
        for at in [0, size / 2, size - 1] {
            let mut flipped = bytes.clone();
            flipped[start + at] ^= 1;
            let told = verify(&flipped, Some(&beside)).await;
            assert!(told.contains(member), "{member} at {at}: {told}");
            // The manifest is compared with the one beside the archive; the members with whichever there is.
            if member != "manifest.json" {
                let told = verify(&flipped, None).await;
                assert!(told.contains(member), "{member} at {at}: {told}");
            }
        }
    }
    // A flipped bit between them.
    let mut flipped = bytes.clone();
    let last = flipped.len() - 1;
    flipped[last] ^= 1;
    assert!(verify(&flipped, Some(&beside)).await.contains("cut off or damaged"));

    // Cut off.
    for length in [0, 511, 512, bytes.len() / 2, bytes.len() - 1024 - 512] {
        let told = verify(&bytes[..length], Some(&beside)).await;
        assert!(told.contains("manifest.json") || told.contains("archive"), "{length}: {told}");
    }
    assert!(verify(&bytes[..bytes.len() - 512], Some(&beside)).await.contains("cut off or damaged"));

    // Other manifests: of an older and of a newer schema, another one than beside it, and one of another format.
    let text = |manifest: &Manifest| serde_json::to_vec(manifest).expect("JSON");
    for (version, kind) in [("20200101000000", "older"), ("20990101000000", "newer")] {
        let other = Manifest { schema_version: version.into(), archive: None, ..good_manifest.clone() };
        let told = verify(&with_manifest(&bytes, &text(&other)), None).await;
        assert!(told.contains(&format!("{kind} schema {version}")), "{told}");
    }
    let other = Manifest { name: "other".into(), ..good_manifest.clone() };
    assert!(verify(&bytes, Some(&text(&other))).await.contains("manifest.json: is not the one beside"));
    let other = Manifest { format: 2, archive: None, ..good_manifest.clone() };
    assert!(verify(&with_manifest(&bytes, &text(&other)), None).await.contains("format 2"));
    let mut fewer = Manifest { archive: None, ..good_manifest.clone() };
    fewer.members.remove(1);
    let told = verify(&with_manifest(&bytes, &text(&fewer)), None).await;
    assert!(told.contains("mongodb/audit_logs.bson: is not in the archive"), "{told}");

    // Another key, by the program: it ends with a failure.
    let key = folder(&config).join("other.key");
    fs::write(&key, age::x25519::Identity::generate().to_string().expose_secret()).expect("a file");
    let wrong = Config { backup_identity_file: Some(key), ..config.clone() };
    let (is_well, told) = hbs(&wrong, &["backup", "verify", &good.display().to_string(), "--unsigned"], &[]).await;
    assert!(!is_well && told.contains("the private key is that of"), "{told}");
    let none = Config { backup_identity_file: None, ..config.clone() };
    let (is_well, told) = hbs(&none, &["backup", "verify", &good.display().to_string(), "--unsigned"], &[]).await;
    assert!(!is_well && told.contains("backup_identity_file"), "{told}");
}

/// A program of a test in the place of one of PostgreSQL's.
fn a_program(folder: &Path, name: &str, script: &str) {
    fs::create_dir_all(folder).expect("a folder");
    fs::write(folder.join(name), format!("#!/bin/sh\n{script}\n")).expect("a script");
    fs::set_permissions(folder.join(name), fs::Permissions::from_mode(0o755)).expect("a mode");
}

fn beside_of(path: &Path) -> PathBuf {
    path.with_extension("manifest.json")
}

/// Entries of an archive: their names, where their content begins, and how long it is.
fn entries(archive: &[u8]) -> Vec<(String, usize, usize)> {
    let mut tar = tar::Archive::new(Cursor::new(archive));
    let found = tar.entries().expect("entries").map(|entry| {
        let entry = entry.expect("an entry");
        let name = entry.path().expect("a name").display().to_string();
        let number = |value: u64| usize::try_from(value).expect("a number");
        (name, number(entry.raw_file_position()), number(entry.size()))
    });
    found.collect()
}

/// The archive with another manifest in it.
fn with_manifest(archive: &[u8], manifest: &[u8]) -> Vec<u8> {
    let mut tar = tar::Archive::new(Cursor::new(archive));
    let mut other = tar::Builder::new(Vec::new());
    for entry in tar.entries().expect("entries") {
        let mut entry = entry.expect("an entry");
        let name = entry.path().expect("a name").display().to_string();
        let mut content = Vec::new();
        entry.read_to_end(&mut content).expect("its content");
        let content = if name == "manifest.json" { manifest } else { &content };
        let mut header = tar::Header::new_gnu();
        header.set_size(u64::try_from(content.len()).expect("a size"));
        header.set_mode(0o600);
        other.append_data(&mut header, &name, content).expect("an entry");
    }
    other.into_inner().expect("an archive")
}

/// An archive with another manifest, in it and beside it, that agree with each other and with the bytes of the archive. The signature
/// is the one that there was, since whoever makes it has no key.
fn forged(archive: &[u8], good: &Manifest, change: impl FnOnce(&mut Manifest)) -> (Vec<u8>, Manifest) {
    let mut inner = Manifest { archive: None, signature: None, ..good.clone() };
    change(&mut inner);
    let archive = with_manifest(archive, &serde_json::to_vec(&inner).expect("JSON"));
    let size = u64::try_from(archive.len()).expect("a size");
    let whole = Whole { size, sha256: hex(&Sha256::digest(&archive)) };
    (archive, Manifest { archive: Some(whole), signature: good.signature.clone(), ..inner })
}

/// The public keys of an installation, as an operator keeps them.
async fn with_signers(app: &TestApp, config: &Config) -> Config {
    let keys = app.anonymous().get("/.well-known/hbs-audit-keys.json").await.expect(200);
    let path = folder(config).with_extension("signers");
    fs::write(&path, &keys.bytes).expect("a file");
    Config { backup_signers_file: Some(path), ..config.clone() }
}

/// T-bak-faults: an archive that is whole in itself, and was made by somebody who can write to the place and has no key, is named as
/// forged, and not restored. Who has lost the public keys says so.
#[tokio::test(flavor = "multi_thread")]
async fn a_forged_archive_is_named() {
    let app = TestApp::new().await;
    furnish(&app, 1).await;
    app.deliver().await;
    let made = backups::back_up(&app.app, &|_| {}).await.expect("a backup");
    let config = with_signers(&app, &with_key(&app.app.config)).await;
    let file = path_of(&config, &made);
    let good = backups::verify(&config, &file, Trust::Signed, &|_| {}).await.expect("a good archive");
    let bytes = fs::read(&file).expect("the archive");
    let bad = folder(&config).join("bad.hbs");
    let verify = async |trust: Trust| backups::verify(&config, &bad, trust, &|_| {}).await;

    let (archive, beside) =
        forged(&bytes, &good, |manifest| *manifest.contents.tables.entry("bookings".into()).or_default() += 1);
    fs::write(&bad, &archive).expect("a file");
    fs::write(beside_of(&bad), serde_json::to_vec(&beside).expect("JSON")).expect("a file");
    let told = words(verify(Trust::Signed).await);
    assert!(told.contains("manifest.json: is forged"), "{told}");
    verify(Trust::Anybody).await.expect("whole in itself");
    let empty = with_signers(&app, &empty_stores(stack().await, &config).await).await;
    let (is_well, told) = hbs(&empty, &["restore", &bad.display().to_string()], &[]).await;
    assert!(!is_well && told.contains("manifest.json: is forged"), "{told}");
    let (is_well, told) = hbs(&config, &["backup", "verify", &bad.display().to_string()], &[]).await;
    assert!(!is_well && told.contains("manifest.json: is forged"), "{told}");

    // Signed by another key, and by none.
    let stranger = Signature { kid: "of-a-stranger".into(), value: good.signature.clone().expect("a signature").value };
    for (signature, named) in [(Some(stranger), "the key of-a-stranger, which is none of those"), (None, "is not signed")] {
        let beside = Manifest { signature, ..beside.clone() };
        fs::write(beside_of(&bad), serde_json::to_vec(&beside).expect("JSON")).expect("a file");
        let told = words(verify(Trust::Signed).await);
        assert!(told.contains(named), "{told}");
    }
    fs::remove_file(beside_of(&bad)).expect("removed");
    assert!(words(verify(Trust::Signed).await).contains("is not signed"), "the manifest beside it has the signature");

    // Nobody knows the keys: only whoever says so gets it.
    let unknown = Config { backup_signers_file: None, ..config.clone() };
    let told = words(backups::verify(&unknown, &file, Trust::Signed, &|_| {}).await);
    assert!(told.contains("backup_signers_file: is not set") && told.contains("--unsigned"), "{told}");
    let (is_well, told) = hbs(&unknown, &["backup", "verify", &file.display().to_string(), "--unsigned"], &[]).await;
    assert!(is_well && told.contains("nobody asked who has signed it"), "{told}");
    let (is_well, told) = hbs(&empty, &["restore", &file.display().to_string()], &[]).await;
    assert!(is_well && told.contains("quarantine"), "{told}");
}

/// After a restore, archives that are younger than the restored one are found by their manifests and count again, and what somebody
/// else has put beside them does not.
#[tokio::test(flavor = "multi_thread")]
async fn younger_archives_are_found_after_a_restore() {
    let mut config = TestApp::with_own_person_keys().await.app.config.clone();
    // Archives of one day are all kept.
    (config.backup_keep_daily, config.backup_keep_weekly, config.backup_keep_monthly) = (0, 0, 0);
    let app = TestApp::on(config).await;
    app.app.person_keys.fill().await.expect("keys");
    furnish(&app, 1).await;
    app.deliver().await;
    let first = backups::back_up(&app.app, &|_| {}).await.expect("a backup");
    let second = backups::back_up(&app.app, &|_| {}).await.expect("a backup");
    let manifest = backups::catalogue(&app.app.config).await.expect("manifests").pop().expect("the second");
    let name = "hbs-20990101T000000Z-ffffffffffff".to_owned();
    let strange =
        Manifest { id: Uuid::now_v7(), name, taken_at: "2099-01-01T00:00:00Z".parse().expect("an instant"), ..manifest };
    let beside = folder(&app.app.config).join(format!("{}.manifest.json", strange.name));
    fs::write(beside, serde_json::to_vec(&strange).expect("JSON")).expect("a file");

    let restored = TestApp::on_nothing(empty_stores(stack().await, &app.app.config).await).await;
    backups::restore(&restored.app, &path_of(&app.app.config, &first), Trust::Anybody, &|_| {}).await.expect("restored");
    let states = restored.rows("SELECT status FROM backups").await;
    assert_eq!((states.len(), &states[0]["status"]), (1, &json!("failed")), "it was being made when it was copied");
    let resumed = backups::resume(&restored.app).await.expect("resumed");
    assert_eq!(resumed.archives, 2);
    let known = restored.rows("SELECT name, status, cause, sha256 FROM backups ORDER BY started_at").await;
    let row = |backup: &Backup, cause: &str| json!({"name": backup.name, "status": "completed", "cause": cause, "sha256": backup.sha256});
    assert_eq!(known, [row(&first, "command"), row(&second, "found")]);
    let noted = restored.app.mongo.database().collection::<Document>("backup_data_collections");
    assert_eq!(noted.count_documents(doc! {}).await.expect("a number"), 2);
    let told = restored.event_kinds().await;
    assert_eq!(told.iter().filter(|kind| *kind == "backup.found").count(), 2);
    backups::back_up(&restored.app, &|_| {}).await.expect("a backup");
    assert_eq!(restored.number("SELECT count(*) FROM backups").await, 3, "each once");
}

/// T-bak-faults: a program that is killed, one that is not there, and a full disk. Nothing is left, and nothing is recorded as good.
#[tokio::test(flavor = "multi_thread")]
async fn a_backup_that_fails_leaves_nothing_and_is_not_good() {
    let installed = Installed::new().await;
    furnish(&installed.inside, 2).await;
    let config = &installed.config;
    let tools = folder(config).with_extension("tools");
    a_program(&tools, "pg_dump", "pg_dump \"$@\" | head -c 1000\nkill -9 $$");
    let (is_well, told) = hbs(config, &["backup"], &[("HBS_POSTGRES_TOOLS", &tools.display().to_string())]).await;
    assert!(!is_well && told.contains("postgresql.dump: pg_dump ended with signal: 9"), "{told}");
    let (is_well, told) = hbs(config, &["backup"], &[("HBS_POSTGRES_TOOLS", "/nowhere")]).await;
    assert!(!is_well && told.contains("pg_dump could not be started"), "{told}");

    // HBS itself is killed while it writes: what it leaves is no archive, and the next one removes it.
    let killed = folder(config).with_extension("kills");
    a_program(&killed, "pg_dump", "pg_dump \"$@\" | head -c 1000\nkill -9 $PPID");
    let (is_well, _) = hbs(config, &["backup"], &[("HBS_POSTGRES_TOOLS", &killed.display().to_string())]).await;
    assert!(!is_well);
    let (_, told) = hbs(config, &["backup", "list"], &[]).await;
    assert!(told.contains("0 archives"), "{told}");

    // A disk that takes 4 KiB: the signal that would end the program is ignored, so that it is told by an error as a full disk is.
    let inner = command(config);
    let inner = inner.as_std();
    let mut limited = tokio::process::Command::new("sh");
    limited.args(["-c", "trap '' XFSZ; ulimit -f 8; exec \"$0\" backup"]).arg(inner.get_program());
    for (name, value) in inner.get_envs() {
        match value {
            Some(value) => limited.env(name, value),
            None => limited.env_remove(name),
        };
    }
    let output = limited.current_dir(inner.get_current_dir().expect("a folder")).output().await.expect("the program");
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && told.contains("too large"), "{told}");
    assert!(MEMBERS.iter().any(|member| told.contains(member)), "{told}");

    let left: Vec<PathBuf> = fs::read_dir(folder(config)).expect("the folder").flatten().map(|entry| entry.path()).collect();
    assert!(left.is_empty(), "{left:?}");
    let states = installed.inside.rows("SELECT status, failure FROM backups ORDER BY id").await;
    assert_eq!(states.len(), 4, "{states:?}");
    assert!(states.iter().all(|row| row["status"] == "failed"), "{states:?}");
    let (is_well, told) = hbs(config, &["backup", "list"], &[]).await;
    assert!(is_well && told.contains("0 archives"), "{told}");

    // Nothing of it is in the way of the next one.
    let (is_well, told) = hbs(config, &["backup"], &[]).await;
    assert!(is_well && told.contains("unproven"), "{told}");
    installed.stack.stop().await.expect("stopped");
}

/// T-bak-outbox: what was restored equals what was backed up, and it sends nothing and changes nothing until it is resumed.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_restored_is_whole_and_silent_until_it_is_resumed() {
    let installed = Installed::new().await;
    let app = &installed.inside;
    furnish(app, size(5, 50)).await;
    app.deliver().await;
    let (before, pictures) = (tables(app).await, files(app).await);
    assert!(!pictures.is_empty());
    let waiting = app.number("SELECT count(*) FROM mail_queue").await;
    assert!(waiting > 0, "nothing would be sent");
    let (is_well, told) = hbs(&installed.config, &["backup"], &[]).await;
    assert!(is_well, "{told}");
    let manifest = backups::catalogue(&installed.config).await.expect("manifests").pop().expect("an archive");
    let file = folder(&installed.config).join(format!("{}.hbs", manifest.name)).display().to_string();

    // Into what holds something nothing is restored, and what it holds is named.
    let (is_well, told) = hbs(&with_key(&installed.config), &["restore", &file, "--unsigned"], &[]).await;
    assert!(!is_well, "{told}");
    for named in ["PostgreSQL has", "content_docs", "audit_logs", "the storage of files has"] {
        assert!(told.contains(named), "{named}: {told}");
    }

    // An archive that is damaged, and a program that is killed: each is named, and nothing is restored, not even by halves.
    let empty = empty_stores(&installed.stack, &installed.config).await;
    let mut bytes = fs::read(&file).expect("the archive");
    let (_, start, size) = entries(&bytes).into_iter().find(|(name, ..)| name.starts_with("files.tar")).expect("a member");
    bytes[start + size / 2] ^= 1;
    let damaged = folder(&installed.config).join("damaged.hbs").display().to_string();
    fs::write(&damaged, &bytes).expect("a file");
    let (is_well, told) = hbs(&empty, &["restore", &damaged, "--unsigned"], &[]).await;
    assert!(!is_well && told.contains("files.tar"), "{told}");
    fs::remove_file(&damaged).expect("removed");
    let tools = folder(&installed.config).with_extension("killed");
    a_program(&tools, "pg_restore", "cat > /dev/null; kill -9 $$");
    let (is_well, told) =
        hbs(&empty, &["restore", &file, "--unsigned"], &[("HBS_POSTGRES_TOOLS", &tools.display().to_string())]).await;
    assert!(!is_well && told.contains("postgresql.dump: pg_restore ended with signal: 9"), "{told}");

    // So nothing is in the way of the good one.
    let (is_well, told) = hbs(&empty, &["restore", &file, "--unsigned"], &[]).await;
    assert!(is_well && told.contains("quarantine"), "{told}");
    assert!(told.contains("verifying") && told.contains("restoring"), "how far it is: {told}");
    let restored = TestApp::on_nothing(empty.clone()).await;
    assert_eq!(tables(&restored).await, before);
    assert_eq!(files(&restored).await, pictures);
    restored.assert_consistent().await;
    for command in [["audit", "verify"], ["ledger", "verify"], ["inventory", "verify"]] {
        let (is_well, told) = hbs(&empty, &command, &[]).await;
        assert!(is_well, "{command:?}: {told}");
    }
    let record = restored.app.mongo.database().collection::<Document>("audit_logs");
    let entries = i64::try_from(record.count_documents(doc! {}).await.expect("a number")).expect("a number");
    assert_eq!(
        entries,
        restored.number("SELECT count(*) FROM outbox WHERE position IS NOT NULL").await,
        "the record is there, too"
    );

    // Served, it is read, and nothing else.
    let restored_from = Installed { config: empty.clone(), ..installed };
    let server = restored_from.serve_with(&[]).await;
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(3) {
        let refused = server.http.post(server.url("/v1/quotes")).json(&json!({})).send().await.expect("an answer");
        assert_eq!(refused.status(), 503);
        let body: Value = refused.json().await.expect("a body");
        assert_eq!(body["code"], "backups.quarantined", "{body}");
        assert_eq!(server.get("/v1/properties").await.expect("an answer").status(), 200);
        assert_eq!(restored.number("SELECT count(*) FROM mail_queue").await, waiting, "a mail went");
    }
    let (is_well, told) = hbs(&empty, &["resume"], &[]).await;
    assert!(is_well && told.contains("quarantine is over"), "{told}");
    eventually("it sends what waited", async || restored.number("SELECT count(*) FROM mail_queue").await == 0).await;
    let asked = server.http.post(server.url("/v1/quotes")).json(&json!({})).send().await.expect("an answer");
    assert_eq!(asked.status(), 422, "it is open again");
    let (is_well, told) = hbs(&empty, &["resume"], &[]).await;
    assert!(!is_well && told.contains("nothing to resume"), "{told}");
    drop(server);
    restored_from.stack.stop().await.expect("stopped");
}

/// T-bak-live, T-bak-time: what is backed up while rooms are sold is of one moment.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_backed_up_under_load_is_of_one_moment() {
    let stack = own_stack().await;
    let mut app = TestApp::on(place_on(&stack).await).await;
    app.start_background();
    furnish(&app, 5).await;
    let hotel = app.hotel(HotelSpec { rooms: 10, ..HotelSpec::default() }).await;
    let book = |n: usize| {
        let night = u64::try_from(n / 10).expect("a number");
        let (manager, request) = (hotel.manager.clone(), hotel.request(day(night), day(night + 1)));
        async move { manager.post("/v1/bookings", &request).await.expect(201) }
    };
    let number = size(80, 2000);
    let load = async {
        for start in (0..number).step_by(8) {
            together((start..(start + 8).min(number)).map(&book)).await;
        }
    };
    let began = Instant::now();
    let (made, ()) = tokio::join!(backups::back_up(&app.app, &|_| {}), load);
    let made = made.expect("a backup");
    let file = path_of(&app.app.config, &made);
    let empty = empty_stores(&stack, &app.app.config).await;
    let restored = TestApp::on_nothing(empty).await;
    let manifest = backups::restore(&restored.app, &file, Trust::Anybody, &|_| {}).await.expect("restored");
    println!("{number} bookings beside it: {} bytes, {:?} in all", made.size_bytes.unwrap_or_default(), began.elapsed());

    restored.assert_consistent().await;
    assert_eq!(restored.number("SELECT count(*) FROM bookings").await, manifest.contents.tables["bookings"]);
    let books = hbs::domains::folios::verify(&restored.app).await.expect("verified");
    assert!(books.faults.is_empty());
    for chain in hbs::domains::audit::verify_all(&restored.app, |_| {}).await.expect("verified") {
        assert_eq!(chain.first_broken_seq, None, "{}", chain.stream_id);
    }
    let pictures = restored.rows("SELECT key FROM images").await;
    let names = files(&restored).await;
    assert!(!pictures.is_empty());
    for picture in &pictures {
        let key = picture["key"].as_str().expect("a key");
        assert!(names.keys().any(|name| name.starts_with(key)), "{key} has no file");
    }
    stack.stop().await.expect("stopped");
}

/// T-bak-time: how long it takes to back up and to restore so many bookings, and how large the archive is; at full size 100,000.
#[tokio::test(flavor = "multi_thread")]
async fn many_bookings_are_backed_up_and_restored() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 1, ..HotelSpec::default() }).await;
    let first = hotel.book(&hotel.manager, day(0), day(1)).await;
    let many = i64::try_from(size(1000, 100_000)).expect("a number");
    app.sql(&format!(
        "INSERT INTO bookings SELECT (jsonb_populate_record(t, jsonb_build_object('id', md5('backup' || n)::uuid, 'status', 'cancelled',
             'reference', 'MANY-' || n, 'special_requests', 'Wish ' || n))).*
         FROM bookings t, generate_series(2, {many}) n WHERE t.id = '{}'",
        first.id()
    ))
    .await;
    let began = Instant::now();
    let made = backups::back_up(&app.app, &|_| {}).await.expect("a backup");
    let backed_up = began.elapsed();
    let restored = TestApp::on_nothing(empty_stores(stack().await, &app.app.config).await).await;
    let began = Instant::now();
    let file = path_of(&app.app.config, &made);
    backups::restore(&restored.app, &file, Trust::Anybody, &|_| {}).await.expect("restored");
    println!("{many} bookings: {:?} bytes, {backed_up:?} to back up, {:?} to restore", made.size_bytes, began.elapsed());
    assert_eq!(restored.number("SELECT count(*) FROM bookings").await, many);
    let digest = "SELECT md5(string_agg(b::text, '' ORDER BY id)) AS of_all FROM bookings b";
    assert_eq!(restored.rows(digest).await, app.rows(digest).await, "each as it was");
}

/// T-bak-time: a drill restores the newest archive elsewhere, and only then a backup is proven.
#[tokio::test(flavor = "multi_thread")]
async fn a_drill_proves_the_newest_backup() {
    let stack = own_stack().await;
    let place = place_on(&stack).await;
    let app = TestApp::on(with_key(&place)).await;
    furnish(&app, 3).await;
    app.deliver().await;
    let made = backups::back_up(&app.app, &|_| {}).await.expect("a backup");
    let empty = empty_stores(&stack, &app.app.config).await;
    // Of a drill's database the user may be more than that of HBS, who may remove nothing from the record.
    let mongodb = empty.mongodb_url.clone().expect("an address").replace("hbs:hbs@", "admin:admin@");
    let mongodb = mongodb.replace("/?", &format!("/{}?", empty.mongodb_database));
    let into = [empty.database_url.clone().expect("an address"), mongodb, empty.object_store_url.clone().expect("a folder")];

    let admin = app.admin().await;
    assert_eq!(admin.get(STATE).await.expect(200).body["proof"], "unproven");
    // A second one shows that the first has left nothing.
    for _ in 0..2 {
        let Drilled { manifest, findings } = backups::drill(&app.app, &into, false, &|_| {}).await.expect("a drill");
        assert_eq!(Some(&manifest.name), made.name.as_ref());
        assert_eq!(findings.len(), 3, "{:?}", findings.iter().map(|Finding(words)| words).collect::<Vec<_>>());
    }
    let state = admin.get(STATE).await.expect(200).body;
    assert_eq!(state["proof"], "proven", "{state}");
    assert!(state["last_proven_restore"].is_string(), "{state}");
    assert_eq!(admin.get(BACKUPS).await.expect(200).body["items"][0]["proof"], "proven");
    assert!(app.event_kinds().await.iter().any(|kind| kind == "backup.proven"));

    // T-bak-time: by itself once a night, at the time of the settings; and a drill that died is in the way of no other.
    let drilling = TestApp::on(Config {
        drill_database_url: Some(into[0].clone()),
        drill_mongodb_url: Some(into[1].clone()),
        drill_object_store_url: Some(into[2].clone()),
        ..app.app.config.clone()
    })
    .await;
    app.sql("UPDATE backups SET drilled_at = '2026-12-01T04:30:00Z'").await;
    drilling.set_clock("2026-12-02T04:29:00Z");
    let due = async || backups::drill_due(&drilling.app, &|_| {}).await.expect("an answer").is_some();
    assert!(!due().await, "not yet");
    drilling.set_clock("2026-12-02T04:30:00Z");
    let left = TestApp::on_nothing(Config { database_url: Some(into[0].clone()), ..app.app.config.clone() }).await;
    left.sql("CREATE TABLE half_restored (); CREATE SCHEMA hbs_drill").await;
    assert!(due().await && !due().await, "once");
    assert_eq!(left.number("SELECT count(*) FROM pg_tables WHERE schemaname = current_schema()").await, 0, "it is empty again");
    let state = admin.get(STATE).await.expect(200).body;
    assert_eq!(
        (&state["last_drill"], &state["last_proven_restore"]),
        (&json!("2026-12-02T04:30:00Z"), &json!("2026-12-02T04:30:00Z"))
    );
    assert_eq!((&state["last_drill_failure"], &state["drills_nightly"]), (&Value::Null, &json!(false)), "this one does not");
    left.sql("CREATE TABLE of_somebody_else ()").await;
    drilling.set_clock("2026-12-03T04:30:00Z");
    let told = words(backups::drill_due(&drilling.app, &|_| {}).await);
    assert!(told.contains("PostgreSQL has 1 tables"), "what is no drill's is never removed: {told}");
    assert!(!due().await, "not again before the next night");
    let state = admin.get(STATE).await.expect(200).body;
    assert!(state["last_drill_failure"].as_str().is_some_and(|why| why.contains("PostgreSQL has 1 tables")), "{state}");
    assert_eq!(state["last_proven_restore"], "2026-12-02T04:30:00Z", "it was proven, and is");
    for kind in ["backup.drill_begun", "backup.drill_failed"] {
        assert!(app.event_kinds().await.iter().any(|told| told == kind), "{kind}");
    }
    left.sql("DROP TABLE of_somebody_else").await;

    // Nor is what somebody else has in the database of MongoDB, nor an HBS that somebody restored where a drill has died.
    let drill = async |into: &[String]| words(backups::drill(&app.app, into, false, &|_| {}).await);
    let there = Config { mongodb_url: Some(into[1].clone()), mongodb_database: empty.mongodb_database.clone(), ..empty.clone() };
    let there = TestApp::on_nothing(there).await;
    let theirs = there.app.mongo.database().collection::<Document>("of_somebody_else");
    theirs.insert_one(doc! {"_id": 1}).await.expect("inserted");
    let told = drill(&into).await;
    assert!(told.contains("has the collection of_somebody_else"), "{told}");
    assert_eq!(theirs.count_documents(doc! {}).await.expect("a number"), 1);
    theirs.drop().await.expect("dropped");
    left.sql("CREATE TABLE installation (id boolean); INSERT INTO installation VALUES (true); CREATE SCHEMA hbs_drill").await;
    let told = drill(&into).await;
    assert!(told.contains("a row in its table installation"), "{told}");
    assert_eq!(left.number("SELECT count(*) FROM installation").await, 1);
    let file = path_of(&app.app.config, &made);
    let told = words(backups::restore(&left.app, &file, Trust::Anybody, &|_| {}).await);
    assert!(told.contains("database_url: leads to a database that a drill has marked"), "{told}");
    left.sql("DROP TABLE installation; DROP SCHEMA hbs_drill").await;

    // Stores of HBS itself are none for drills, however they are written; and one drill is made at a time.
    let own = &app.app.config;
    let own_mongodb = into[1].replace(&empty.mongodb_database, &own.mongodb_database);
    let own_files = format!("{}/", own.object_store_url.as_deref().expect("a folder"));
    for (place, url) in [(0, own.database_url.clone().expect("an address")), (1, own_mongodb), (2, own_files)] {
        let mut into = into.clone();
        into[place] = url;
        let told = drill(&into).await;
        assert!(told.contains("is that of HBS itself") && !told.contains("admin:admin"), "{told}");
    }
    let lock = format!("SELECT pg_advisory_xact_lock({}, hashtext(current_schema()))", lock_of("backups.drill"));
    let mut drilling_already = app.transaction(&lock).await;
    let told = drill(&into).await;
    assert!(told.contains("another drill is under way"), "{told}");
    drilling_already.batch_execute("ROLLBACK").await.expect("ended");

    // An archive that is forged or damaged proves nothing, and takes no proof away.
    let mut bytes = fs::read(&file).expect("the archive");
    let good = backups::catalogue(own).await.expect("manifests").pop().expect("the archive");
    let (archive, beside) = forged(&bytes, &good, |manifest| manifest.contents.files += 1);
    let whole = fs::read(beside_of(&file)).expect("the manifest");
    fs::write(&file, &archive).expect("a file");
    fs::write(beside_of(&file), serde_json::to_vec(&beside).expect("JSON")).expect("a file");
    let told = drill(&into).await;
    assert!(told.contains("manifest.json: is forged"), "{told}");
    fs::write(beside_of(&file), whole).expect("a file");
    let (_, start, _) = entries(&bytes).swap_remove(0);
    bytes[start + 300] ^= 1;
    fs::write(&file, &bytes).expect("a file");
    let told = drill(&into).await;
    assert!(told.contains("postgresql.dump"), "{told}");
    let told = drill(&into[..1]).await;
    assert!(told.contains("--into"), "{told}");
    stack.stop().await.expect("stopped");
}

/// T-bak-fork: MongoDB that knows more than PostgreSQL is noticed at the start, and told by name.
#[tokio::test(flavor = "multi_thread")]
async fn a_mongodb_ahead_of_postgresql_is_refused_at_the_start() {
    let installed = Installed::new().await;
    furnish(&installed.inside, 1).await;
    installed.inside.deliver().await;
    let last = installed.inside.number("SELECT max(position) FROM outbox").await;
    let record = installed.inside.app.mongo.database().collection::<Document>("audit_logs");
    record.insert_one(doc! {"_id": "of a lost time", "position": last + 7}).await.expect("inserted");
    let (is_well, told) = hbs(&installed.config, &["serve"], &[("HBS_LISTEN", "127.0.0.1:0")]).await;
    assert!(!is_well, "{told}");
    assert!(told.contains("MongoDB is ahead of PostgreSQL: audit_logs"), "{told}");
    assert!(told.contains(&(last + 7).to_string()) && told.contains(&last.to_string()), "{told}");
    installed.stack.stop().await.expect("stopped");
}

/// T-bak-faults: a bucket does as well as a folder, of what it does not take nothing is left, and no copy stays behind.
#[tokio::test(flavor = "multi_thread")]
async fn archives_are_kept_in_a_bucket() {
    let bucket = Bucket::start().await;
    let place = place_on(stack().await).await;
    let work_dir = folder(&place).with_extension("at-work");
    let in_bucket = |config: Config| Config {
        backup_url: Some("s3://bucket/hotels/ours".into()),
        backup_endpoint: Some(bucket.endpoint.clone()),
        backup_region: Some("eu-west-1".into()),
        backup_access_key: Some("id".into()),
        backup_secret_key: Some("secret".into()),
        backup_work_dir: Some(work_dir.clone()),
        ..config
    };
    let app = TestApp::on(in_bucket(with_key(&place))).await;
    furnish(&app, 3).await;
    app.deliver().await;
    let at_work = || fs::read_dir(&work_dir).expect("a folder").count();

    for ending in [".hbs", ".manifest.json"] {
        bucket.refuse(Some(ending));
        let told = words(backups::back_up(&app.app, &|_| {}).await);
        assert!(told.contains("backup_url"), "{told}");
        assert_eq!((bucket.names(), at_work()), (Vec::<String>::new(), 0), "of what was not taken nothing is left");
    }
    assert_eq!(app.number("SELECT count(*) FROM backups WHERE status = 'failed'").await, 2);
    bucket.refuse(None);

    let made = backups::back_up(&app.app, &|_| {}).await.expect("a backup");
    let name = made.name.expect("a name");
    assert_eq!(bucket.names(), [format!("hotels/ours/{name}.hbs"), format!("hotels/ours/{name}.manifest.json")]);
    let catalogue = backups::catalogue(&app.app.config).await.expect("manifests");
    assert_eq!(catalogue.iter().map(|manifest| &manifest.name).collect::<Vec<_>>(), [&name]);
    let verified = backups::verify(&app.app.config, Path::new(&name), Trust::Anybody, &|_| {}).await.expect("a good archive");
    assert_eq!(verified.name, name);
    assert_eq!(fs::metadata(&work_dir).expect("a folder").permissions().mode() & 0o777, 0o700, "it is of nobody else");
    // What a process left that was killed while it read goes when another reads, a day later.
    let left = work_dir.join("reading-by-the-killed");
    fs::create_dir(&left).expect("a folder");
    let yesterday = SystemTime::now() - Duration::from_secs(25 * 3600);
    fs::File::open(&left).expect("a folder").set_modified(yesterday).expect("a time");
    let restored = TestApp::on_nothing(in_bucket(empty_stores(stack().await, &place).await)).await;
    backups::restore(&restored.app, Path::new(&format!("{name}.hbs")), Trust::Anybody, &|_| {}).await.expect("restored");
    assert_eq!(tables(&restored).await, tables(&app).await);
    assert_eq!(at_work(), 0, "no copy stays");
    let told = words(backups::verify(&app.app.config, Path::new("hbs-never-made"), Trust::Anybody, &|_| {}).await);
    assert!(told.contains("backup_url") && told.contains("hbs-never-made"), "{told}");
}

/// Archives whose time is over are removed, and the newest never.
#[tokio::test(flavor = "multi_thread")]
async fn old_archives_are_removed() {
    let app = TestApp::with(|config| {
        (config.backup_keep_daily, config.backup_keep_weekly, config.backup_keep_monthly) = (1, 0, 0);
    })
    .await;
    let first = backups::back_up(&app.app, &|_| {}).await.expect("a backup");
    assert!(path_of(&app.app.config, &first).exists());
    let second = backups::back_up(&app.app, &|_| {}).await.expect("a backup");
    assert!(path_of(&app.app.config, &second).exists());
    assert!(!path_of(&app.app.config, &first).exists());
    let left: Vec<String> =
        backups::catalogue(&app.app.config).await.expect("manifests").into_iter().map(|manifest| manifest.name).collect();
    assert_eq!(left, [second.name.clone().expect("a name")]);
    let states = app.rows("SELECT status FROM backups ORDER BY id").await;
    assert_eq!((&states[0]["status"], &states[1]["status"]), (&json!("expired"), &json!("completed")));
}

/// A backup that is due is begun without anybody asking.
#[tokio::test(flavor = "multi_thread")]
async fn a_backup_that_is_due_is_made() {
    let app = TestApp::with(|config| config.backup_every_hours = 24).await;
    app.set_clock("2026-12-01T03:00:00Z");
    let made = backups::run_waiting(&app.app).await.expect("a backup").expect("one that is due");
    assert_eq!(made.cause.to_string(), "schedule");
    app.set_clock("2026-12-02T02:59:00Z");
    assert!(backups::run_waiting(&app.app).await.expect("an answer").is_none());
    app.set_clock("2026-12-02T03:00:00Z");
    assert!(backups::run_waiting(&app.app).await.expect("an answer").is_some());
}

/// T-bak-erase, of the record: an archive that is older than an erasure has what was sealed and no key of it. Nor does a copy of the
/// keys that is older bring it back: the list is replayed before the quarantine ends, and without the list it does not end.
#[tokio::test(flavor = "multi_thread")]
async fn an_archive_older_than_an_erasure_reveals_nothing() {
    let app = TestApp::with_own_person_keys().await;
    app.app.person_keys.fill().await.expect("keys");
    let hotel = app.hotel(HotelSpec::default()).await;
    let booking = hotel.book(&hotel.manager, "2026-12-10", "2026-12-12").await;
    app.deliver().await;
    let made = backups::back_up(&app.app, &|_| {}).await.expect("a backup");
    let file = path_of(&app.app.config, &made);

    // Erased after the backup.
    let id: Uuid = booking.id().parse().expect("an id");
    let ids = key_ids::find(&app.app, &[id], &[id]).await.expect("keys");
    let keys = app.app.config.person_keys_url.as_deref().expect("an address");
    let mut keys = AsyncPgConnection::establish(keys).await.expect("a connection");
    let list = ids.iter().map(|id| format!("'{id}'")).collect::<Vec<_>>().join(",");
    let (copy, wanted) = (unique("copy"), format!("FROM person_keys WHERE id IN ({list})"));
    keys.batch_execute(&format!("CREATE TABLE {copy} AS SELECT * {wanted}")).await.expect("an older copy of the keys");
    assert!(app.app.person_keys.destroy(&ids).await.expect("destroyed") > 0);
    let erasure = ListedErasure {
        id: Uuid::now_v7(),
        user_id: None,
        profile_ids: Vec::new(),
        booking_ids: vec![id],
        erased_at: app.app.clock.now(),
        signature: "of a test".into(),
        key_id: "of a test".into(),
    };
    app.app.person_keys.list_erasure(&erasure).await.expect("listed");

    let empty = empty_stores(stack().await, &app.app.config).await;
    let restored = TestApp::on_nothing(empty.clone()).await;
    backups::restore(&restored.app, &file, Trust::Anybody, &|_| {}).await.expect("restored");
    restored.app.security.ensure_signing_key(None).await.expect("a signing key");
    let auditor = restored.staff(&["audit:read", "privacy:reveal"], None).await;
    let entries = auditor.get(&format!("/v1/audit-logs?kind=booking.created&booking_id={id}")).await.expect(200).body;
    let entry = &entries["items"][0];
    assert_eq!(entry["is_revealable"], true, "it was sealed: {entries}");
    let reveal = async || {
        let path = format!("/v1/audit-logs/entries/{}/reveal", entry["id"].as_str().expect("an id"));
        auditor.post(&path, &json!({"reason": "To see whether it comes back"})).await
    };
    assert_eq!(reveal().await.expect(410).code(), "audit.key_destroyed");

    // The keys were brought back from an older copy as well.
    keys.batch_execute(&format!("INSERT INTO person_keys SELECT * FROM {copy}; DROP TABLE {copy}")).await.expect("brought back");
    reveal().await.expect(200);
    let nowhere = Config { person_keys_url: Some("postgres://hbs@127.0.0.1:9/keys".into()), ..empty };
    let told = words(backups::resume(&TestApp::on_nothing(nowhere).await.app).await);
    assert!(told.contains("person_keys_url: the list of erasures cannot be read"), "{told}");
    assert_eq!(restored.number("SELECT count(*) FROM installation WHERE quarantined_since IS NOT NULL").await, 1);
    let resumed = backups::resume(&restored.app).await.expect("resumed");
    assert_eq!(resumed.erasures, 1, "{resumed:?}");
    assert_eq!(reveal().await.expect(410).code(), "audit.key_destroyed");
}
