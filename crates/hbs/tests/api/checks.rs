//! The program as operators start it: what it refuses in production, what `hbs check` tells, and what pictures cost it.
use crate::faults::{TempDir, free_address, http_client, program};
use crate::support::{
    HotelSpec, MailServer, TestApp, config_for, eventually, is_full_size, make_person_keys, png_chunk, size, stack, together,
    unique,
};
use diesel_async::{AsyncConnection, AsyncPgConnection, SimpleAsyncConnection};
use flate2::Compression;
use flate2::write::ZlibEncoder;
use hbs::config::Config;
use hbs::security::new_data_key;
use hbs_devstack::{DevStack, Options};
use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ExtendedColorType, ImageEncoder, ImageFormat, RgbImage, Rgba, RgbaImage};
use mongodb::bson::doc;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::io::{Cursor, Write};
use std::time::{Duration, Instant};

/// Settings for a place of its own on the stores, with all migrations.
async fn installed(stack: &DevStack) -> Config {
    let config = config_for(stack, &unique("test"));
    let mut conn = AsyncPgConnection::establish(stack.database_url()).await.expect("a connection");
    conn.batch_execute(&format!("CREATE SCHEMA {}", config.mongodb_database)).await.expect("a schema");
    TestApp::on_nothing(config.clone()).await.app.db.migrate().await.expect("migrated");
    make_person_keys(stack).await;
    config
}

type Settings = BTreeMap<&'static str, String>;

/// The settings of a process on the stores that these name.
fn settings(config: &Config) -> Settings {
    let text = |value: &Option<String>| value.clone().expect("set");
    BTreeMap::from([
        ("HBS_LISTEN", "127.0.0.1:0".into()),
        ("HBS_DATABASE_URL", text(&config.database_url)),
        ("HBS_PERSON_KEYS_URL", text(&config.person_keys_url)),
        ("HBS_MONGODB_URL", text(&config.mongodb_url)),
        ("HBS_MONGODB_DATABASE", config.mongodb_database.clone()),
        ("HBS_REDIS_URL", text(&config.redis_url)),
        ("HBS_REDIS_PREFIX", config.redis_prefix.clone()),
        ("HBS_DATA_KEY", text(&config.data_key)),
        ("HBS_OBJECT_STORE_URL", text(&config.object_store_url)),
        ("HBS_LOG", "warn".into()),
    ])
}

/// An installation in production with nothing dangerous about it.
struct Production {
    stack: DevStack,
    dir: TempDir,
    settings: Settings,
    _mail: MailServer,
}

impl Production {
    async fn new() -> Self {
        let dir = TempDir::new();
        // Durable, as those for tests are not.
        let stack = DevStack::start(Options::keep(dir.0.join("dev"))).await.unwrap_or_else(|error| panic!("{error}"));
        let config = installed(&stack).await;
        let mail = MailServer::start(&[]).await;
        let mut settings = settings(&config);
        settings.extend([
            ("HBS_ENVIRONMENT", "production".into()),
            ("HBS_MONGODB_URL", mongodb_user(&stack).await),
            ("HBS_DATA_KEY", new_data_key()),
            ("HBS_SMTP_URL", mail.url.clone()),
            ("HBS_MAIL_FROM", "Hotel <no-reply@hotel.example>".into()),
            ("HBS_PUBLIC_URL", "https://hotel.example".into()),
            ("HBS_DEMO_GATEWAY_SECRET", "of the demo gateway, which is not named".into()),
        ]);
        Self { stack, dir, settings, _mail: mail }
    }

    /// Runs a command, with one setting changed or (empty) left out, and returns its status and what it said.
    async fn run(&self, command: &str, change: Option<(&'static str, &str)>) -> (i32, String) {
        let mut settings = self.settings.clone();
        if let Some((name, value)) = change {
            settings.insert(name, value.into());
        }
        let output = self.dir.0.join("output");
        let _ = fs::remove_file(&output);
        let settings: Vec<_> =
            settings.iter().filter(|(_, value)| !value.is_empty()).map(|(name, value)| (*name, value.as_str())).collect();
        let status = tokio::time::timeout(Duration::from_secs(60), program(&self.dir.0, &settings).arg(command).status());
        let status =
            status.await.unwrap_or_else(|_| panic!("`hbs {command}` does not end with {change:?}")).expect("the program");
        (status.code().expect("an end"), fs::read_to_string(output).unwrap_or_default())
    }
}

/// The address of a user of MongoDB with the rights of HBS, and with a password that nobody knows.
async fn mongodb_user(stack: &DevStack) -> String {
    let admin = stack.mongodb_url().replace("hbs:hbs@", "admin:admin@");
    let (name, password) = (unique("user"), unique("password"));
    let client = mongodb::Client::with_uri_str(&admin).await.expect("a client");
    let command = doc! {"createUser": &name, "pwd": &password, "roles": ["hbs"]};
    client.database("admin").run_command(command).await.expect("a user");
    stack.mongodb_url().replace("hbs:hbs@", &format!("{name}:{password}@"))
}

/// S15: what is dangerous is refused at the start in production, and `hbs check` names it with an exit status.
#[tokio::test(flavor = "multi_thread")]
async fn dangerous_installations_are_refused_or_told_of() {
    let production = Production::new().await;
    let (status, said) = production.run("check", None).await;
    assert_eq!(status, 0, "{said}");
    assert!(said.ends_with("to know\n") && said.contains("0 refused, 0 dangerous"), "{said}");
    assert!(said.lines().all(|line| line.starts_with("note ") || line.starts_with("0 ")), "{said}");

    let root = production.stack.mongodb_url().replace("hbs:hbs@", "admin:admin@");
    let weak_key = "A".repeat(43) + "=";
    // What is refused at start, too.
    for (name, value, about) in [
        ("HBS_DATA_KEY", weak_key.as_str(), "data_key: is a pattern"),
        ("HBS_DATA_KEY", "", "data_key: is not set"),
        ("HBS_SMTP_URL", "smtp://user:secret-word@mail.example:587", "smtp_url: mail goes to mail.example unencrypted"),
        ("HBS_SMTP_URL", "", "smtp_url: is not set"),
        ("HBS_CORS_ORIGINS", "*", "cors_origins: *"),
        ("HBS_PUBLIC_URL", "http://hotel.example", "public_url: must begin with https://"),
        ("HBS_OBJECT_STORE_URL", "", "object_store_url: is not set"),
        ("HBS_TEST_CLOCK", "on", "test_clock: is for development"),
        ("HBS_TRUSTED_PROXIES", "0.0.0.0/0", "trusted_proxies: trusts every address"),
        ("HBS_REDIS_URL", "redis://:redis@cache.example", "redis_url: has a password that everybody knows"),
        ("HBS_MAX_CONNECTIONS", "0", "max_connections: must be at least 1"),
        ("HBS_DEMO_GATEWAY_URL", "http://127.0.0.1:8090", "demo_gateway_url: is for development"),
        ("HBS_STRIPE_SECRET_KEY", "sk_live_secret-word", "stripe_webhook_secret: is not set"),
        ("HBS_STRIPE_SECRET_KEY", "pk_live_secret-word", "stripe_secret_key: is no secret key of Stripe"),
    ] {
        let (status, said) = production.run("check", Some((name, value))).await;
        assert_eq!(status, 1, "{name}={value}: {said}");
        let line = said.lines().find(|line| line.contains(about)).unwrap_or_else(|| panic!("{name}={value}: {said}"));
        assert!(line.starts_with("refused "), "{line}");
        assert!(!said.contains("secret-word"), "{said}");
        let (status, said) = production.run("serve", Some((name, value))).await;
        assert_eq!(status, 1, "{name}={value}: {said}");
        assert!(said.starts_with("hbs: ") && said.contains(about), "{name}={value}: {said}");
    }
    // What only the stores can tell, and what is dangerous only.
    for (name, value, level, about) in [
        ("HBS_DATABASE_URL", "postgres://hbs@127.0.0.1:9/hbs", "refused", "database_url: cannot be reached"),
        ("HBS_MONGODB_URL", "mongodb://user:long-password@127.0.0.1:9", "refused", "mongodb_url: cannot be reached"),
        ("HBS_REDIS_URL", "redis://127.0.0.1:9", "refused", "redis_url: cannot be reached"),
        ("HBS_SMTP_URL", "smtp://127.0.0.1:9", "refused", "smtp_url: leads to a mail server that cannot be reached"),
        ("HBS_OBJECT_STORE_URL", "file:///proc/nowhere", "refused", "object_store_url: takes no files"),
        ("HBS_DATABASE_URL", "", "refused", "database_url: is not set"),
        ("HBS_TLS_CERT", "/nowhere/cert.pem", "refused", "tls_cert"),
        ("HBS_MONGODB_URL", root.as_str(), "danger", "mongodb_url: has a user who may change what is on the record"),
        ("HBS_RATE_LIMITS", "off", "danger", "rate_limits: is off"),
        ("HBS_LISTEN", "0.0.0.0:8080", "danger", "listen: listens without TLS"),
        ("HBS_METRICS_TOKEN", "metrics", "danger", "metrics_token: is shorter"),
    ] {
        let (status, said) = production.run("check", Some((name, value))).await;
        assert_eq!(status, 1, "{name}={value}: {said}");
        let line = said.lines().find(|line| line.contains(about)).unwrap_or_else(|| panic!("{name}={value}: {said}"));
        assert!(line.starts_with(level), "{line}");
    }
    let (status, said) = production.run("check", Some(("HBS_ENVIRONMENT", "development"))).await;
    assert_eq!(status, 0, "{said}");
    assert!(said.contains("note     environment: is development"), "{said}");

    demo_accounts_and_foreign_keys_are_found(&production).await;
    production.stack.stop().await.expect("stopped");
}

async fn demo_accounts_and_foreign_keys_are_found(production: &Production) {
    let url = &production.settings["HBS_DATABASE_URL"];
    let mut conn = AsyncPgConnection::establish(url).await.expect("a connection");
    let account = "INSERT INTO users (id, email, full_name, password_hash, status, created_at, updated_at)
                   VALUES (gen_random_uuid(), 'desk@demo.example', 'Dora Desk', 'x', 'active', now(), now())";
    conn.batch_execute(account).await.expect("an account");
    for command in ["check", "serve"] {
        let (status, said) = production.run(command, None).await;
        assert_eq!(status, 1, "{said}");
        assert!(said.contains("database_url: leads to accounts of the demo") && said.contains("desk@demo.example"), "{said}");
    }
    conn.batch_execute("UPDATE users SET is_deleted = true, deleted_at = now()").await.expect("removed");
    // Made by `serve` with the one key, and not to be opened with another.
    let mut settings: Vec<_> = production.settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let address = free_address();
    settings.push(("HBS_LISTEN", address.as_str()));
    let mut server = program(&production.dir.0, &settings).arg("serve").spawn().expect("the program");
    let (http, ready) = (http_client(), format!("http://{address}/health/ready"));
    eventually(Duration::from_secs(60), async || http.get(&ready).send().await.is_ok_and(|answer| answer.status() == 200)).await;
    server.kill().await.expect("killed");
    let (status, said) = production.run("check", None).await;
    assert_eq!(status, 0, "{said}");
    let (status, said) = production.run("check", Some(("HBS_DATA_KEY", new_data_key().as_str()))).await;
    assert_eq!(status, 1, "{said}");
    assert!(said.contains("refused  data_key: does not open the signing keys"), "{said}");
    conn.batch_execute(
        "DELETE FROM __diesel_schema_migrations WHERE version = (SELECT max(version) FROM __diesel_schema_migrations)",
    )
    .await
    .expect("one less");
    let (status, said) = production.run("check", None).await;
    assert!(status == 1 && said.contains("lacks 1 migrations: run `hbs migrate`"), "{said}");
}

// Pictures

fn png(picture: impl Into<DynamicImage>) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    picture.into().write_to(&mut file, ImageFormat::Png).expect("a picture");
    file.into_inner()
}

/// A PNG of one pixel with a colour profile of 1 GiB, in small 64 MiB: a thousand times what is kept of one.
fn with_endless_profile() -> Vec<u8> {
    let mut profile = ZlibEncoder::new(b"p\0\0".to_vec(), Compression::best());
    let some = vec![0; 1024 * 1024];
    for _ in 0..size(64, 1024) {
        profile.write_all(&some).expect("packed");
    }
    let small = png(RgbImage::new(1, 1));
    let after_head = 8 + 25;
    [&small[..after_head], &png_chunk(b"iCCP", &profile.finish().expect("packed")), &small[after_head..]].concat()
}

fn striped(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        if (x / 64 + y / 64) % 2 == 0 { image::Rgb([200, 30, 30]) } else { image::Rgb([30, 30, 200]) }
    })
}

/// A JPEG that lies on its side.
fn lying(width: u32, height: u32) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = JpegEncoder::new_with_quality(&mut file, 80);
    encoder.set_exif_metadata(b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0".to_vec()).expect("metadata");
    encoder.write_image(&striped(width, height), width, height, ExtendedColorType::Rgb8).expect("a picture");
    file
}

/// A progressive JPEG of so many pixels, of which nothing but the head is there.
fn progressive(width: u16, height: u16) -> Vec<u8> {
    let mut file = b"\xff\xd8\xff\xc2\0\x11\x08".to_vec();
    file.extend(height.to_be_bytes());
    file.extend(width.to_be_bytes());
    file.extend(b"\x03\x01\x11\0\x02\x11\0\x03\x11\0\xff\xda\0\x0c\x03\x01\0\x02\0\x03\0\0\0\0\xff\xd9");
    file
}

/// Bytes of a process in memory: now, or at most since the last time that it was asked to begin anew.
fn memory(pid: u32, line: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).expect("a process");
    let value = status.lines().find_map(|found| found.strip_prefix(line)).expect("a line");
    value.split_whitespace().nth(1).expect("a number").parse::<u64>().expect("a number") * 1024
}

/// A hostile picture: its name, how it is made, and the status and code that answer it.
type Case<'a> = (&'a str, &'a dyn Fn() -> Vec<u8>, u16, &'a str);

/// S4: pictures of millions of pixels, and profiles without end, take less than 100 MB and hold nobody up.
#[tokio::test(flavor = "multi_thread")]
async fn pictures_cost_little_memory_and_hold_nobody_up() {
    const MEGABYTE: u64 = 1_000_000;
    let config = installed(stack().await).await;
    let inside = TestApp::on(config.clone()).await;
    let hotel = inside.hotel(HotelSpec::default()).await;
    let (dir, address) = (TempDir::new(), free_address());
    let mut settings = settings(&config);
    settings.extend([
        ("HBS_LISTEN", address.clone()),
        ("HBS_RATE_LIMITS", "off".into()),
        ("HBS_REQUEST_TIMEOUT_SECONDS", "120".into()),
    ]);
    let settings: Vec<_> = settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let mut server = program(&dir.0, &settings).arg("serve").spawn().expect("the program");
    let (http, base) = (http_client(), format!("http://{address}"));
    let live = format!("{base}/health/live");
    eventually(Duration::from_secs(60), async || http.get(&live).send().await.is_ok_and(|answer| answer.status() == 200)).await;
    let pid = server.id().expect("a process");
    let upload = |method: http::Method, path: String, file: Vec<u8>| {
        let request = http.request(method, format!("{base}{path}")).bearer_auth(hotel.manager.access_token());
        async move {
            let answer = request.header("content-type", "application/octet-stream").body(file).send().await.expect("an answer");
            let status = answer.status().as_u16();
            (status, answer.json::<Value>().await.unwrap_or(Value::Null)["code"].as_str().unwrap_or_default().to_owned())
        }
    };
    let images = format!("/v1/room-types/{}/images", hotel.double);
    let read = async |times: usize| {
        let mut slowest = Duration::ZERO;
        for _ in 0..times {
            let began = Instant::now();
            let answer = http.get(format!("{base}/v1/properties/{}", hotel.id)).send().await.expect("an answer");
            assert_eq!(answer.status(), 200);
            slowest = slowest.max(began.elapsed());
        }
        slowest
    };
    let upload_both = |file: &[u8]| {
        let (photo, avatar) = (
            upload(http::Method::POST, images.clone(), file.into()),
            upload(http::Method::PUT, "/v1/me/avatar".into(), file.into()),
        );
        together([photo, avatar])
    };
    // What is needed once, such as threads, connections and what they keep, is not the picture's.
    for _ in 0..size(2, 5) {
        let (answers, _) = futures_util::join!(upload_both(&png(striped(600, 450))), read(40));
        assert!(answers.iter().all(|(status, _)| *status < 300));
    }

    // Programs without optimization take many seconds for each large one that is taken, and so do these to be made.
    let grey = if is_full_size() { 7000 } else { 2000 };
    let files: [Case<'_>; 7] = [
        ("the largest PNG", &|| png(striped(5000, 4400)), 201, ""),
        ("a JPEG of 24 million pixels on its side", &|| lying(6000, 4000), 201, ""),
        (
            "PNG with alpha, too large",
            &|| png(RgbaImage::from_pixel(5000, 4000, Rgba([9, 9, 9, 255]))),
            422,
            "image.too_many_pixels",
        ),
        ("PNG of 16 bits", &|| png(DynamicImage::new_rgba16(7000, 7000)), 422, "image.too_many_pixels"),
        ("a large grey PNG", &|| png(DynamicImage::new_luma8(grey, grey)), 201, ""),
        ("a profile without end", &with_endless_profile, 0, ""),
        ("progressive JPEG", &|| progressive(7000, 7000), 422, "image.too_many_pixels"),
    ];
    for (what, file, status, code) in files.into_iter().skip(size(4, 0)) {
        let file = file();
        assert!(file.len() < 10 * 1024 * 1024, "{what}: {} bytes", file.len());
        fs::write(format!("/proc/{pid}/clear_refs"), "5").expect("a new beginning");
        let before = memory(pid, "VmRSS");
        let (answers, slowest) = futures_util::join!(upload_both(&file), read(20));
        for (answered, its_code) in answers {
            let expected = if answered == 200 { 201 } else { answered };
            // The profile is left out, or the file is broken by it: either will do.
            assert!(
                status == 0 && [201, 422].contains(&expected) || (expected, its_code.as_str()) == (status, code),
                "{what}: {answered} {its_code}"
            );
        }
        let grown = memory(pid, "VmHWM").saturating_sub(before);
        println!("{what}: {} MB more, others waited {slowest:?}", grown / MEGABYTE);
        assert!(grown < 100 * MEGABYTE, "{what} took {} MB", grown / MEGABYTE);
        assert!(slowest < Duration::from_secs(2), "{what}: others waited {slowest:?}");
    }
    server.kill().await.expect("killed");
}

/// S8: the smallest number of connections that is allowed is enough for all that a process does at its start.
#[tokio::test(flavor = "multi_thread")]
async fn the_smallest_pool_does_not_starve_at_the_start() {
    let app = TestApp::with(|config| config.database_pool_size = 8).await;
    let hotel = app.hotel(HotelSpec::default()).await;
    for _ in 0..3 {
        let second = app.second().await;
        let began = Instant::now();
        let searches = together((0..40).map(|_| {
            let guest = hotel.manager.at(second.router.clone());
            async move { guest.get("/v1/bookings").await.status }
        }));
        assert!(searches.await.iter().all(|status| *status == 200));
        let took = began.elapsed();
        assert!(took < Duration::from_secs(5), "requests waited {took:?} for a connection");
    }
}

/// S1, S16: checks `compose.yaml`, read as text: HBS is nobody's administrator, takes no more memory than it may, and nothing
/// that it starts is of an unknown version.
#[test]
fn what_compose_starts_is_bounded_of_known_versions_and_no_root() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let read = |file: &str| std::fs::read_to_string(root.join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
    let (compose, dockerfile) = (read("compose.yaml"), read("Dockerfile"));
    let after = |start: &'static str| {
        let lines = compose.lines().chain(dockerfile.lines()).map(str::trim);
        lines.filter_map(move |line| line.strip_prefix(start)).map(str::to_owned).collect::<Vec<_>>()
    };
    let images: Vec<String> = after("image: ").into_iter().chain(after("FROM ")).filter(|image| image != "hbs:local").collect();
    assert!(images.len() >= 5, "{images:?}");
    for image in &images {
        let tag = image.split(' ').next().and_then(|image| image.split_once(':')).map_or("", |(_, tag)| tag);
        assert!(!tag.is_empty() && tag != "latest", "{image} is of whatever version");
    }
    for (setting, user) in
        [("HBS_DATABASE_URL: ", "postgres://hbs:"), ("HBS_MONGODB_URL: ", "mongodb://hbs:"), ("mem_limit: ", "${HBS_MEMORY:-")]
    {
        let values = after(setting);
        assert!(!values.is_empty() && values.iter().all(|value| value.starts_with(user)), "{setting}{values:?}");
    }
}
