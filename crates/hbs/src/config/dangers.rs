//! Settings that are dangerous in production: those that it refuses, those that it warns of, and those worth knowing.
use super::{Config, Environment};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Weight of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// HBS does not start.
    Refused,
    /// HBS starts and warns.
    Danger,
    /// Nobody is warned; `hbs check` tells it.
    Note,
}

/// A finding about a setting, or about what it leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub level: Level,
    /// Setting or store that it is about.
    pub about: &'static str,
    /// The finding in a sentence without its end, never with a secret.
    pub text: String,
}

impl Finding {
    pub fn refused(about: &'static str, text: impl Into<String>) -> Self {
        Self { level: Level::Refused, about, text: text.into() }
    }

    pub fn danger(about: &'static str, text: impl Into<String>) -> Self {
        Self { level: Level::Danger, about, text: text.into() }
    }

    pub fn note(about: &'static str, text: impl Into<String>) -> Self {
        Self { level: Level::Note, about, text: text.into() }
    }
}

impl std::fmt::Display for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.about, self.text)
    }
}

/// Secrets of 32 random bytes that have fewer different ones are not random: of a billion, none has.
const LEAST_DIFFERENT_BYTES: usize = 16;
/// The shortest token that is not guessed.
const LEAST_TOKEN: usize = 16;

/// Passwords that manuals and images come with.
const DEFAULT_PASSWORDS: &[&str] = &[
    "admin",
    "changeit",
    "changeme",
    "default",
    "example",
    "guest",
    "hbs",
    "minioadmin",
    "mongo",
    "mongodb",
    "pass",
    "password",
    "postgres",
    "qwerty",
    "redis",
    "root",
    "secret",
    "test",
];

/// Findings about the settings. In development there are none but about money.
pub fn of(config: &Config) -> Vec<Finding> {
    if config.environment == Environment::Development {
        return stripe(config);
    }
    let mut found = missing(config);
    found.extend(stripe(config));
    found.extend(for_development(config));
    found.extend(config.data_key.as_deref().and_then(data_key));
    found.extend(config.smtp_url.as_deref().and_then(mail_server));
    found.extend(public(config));
    found.extend(origins(config));
    found.extend(network(config));
    found.extend(stores(config));
    found.sort_by_key(|finding| finding.level);
    found
}

fn missing(config: &Config) -> Vec<Finding> {
    let needed = [
        ("data_key", config.data_key.is_some()),
        ("smtp_url", config.smtp_url.is_some()),
        ("object_store_url", config.object_store_url.is_some()),
    ];
    let missing = needed.into_iter().filter(|(_, is_set)| !is_set);
    missing.map(|(key, _)| Finding::refused(key, format!("is not set: set HBS_{}", key.to_uppercase()))).collect()
}

fn for_development(config: &Config) -> Vec<Finding> {
    let switches = [("test_clock", config.test_clock), ("outgoing_unguarded", config.outgoing_unguarded)];
    let switches = switches.into_iter().chain([("demo_gateway_url", config.demo_gateway_url.is_some())]);
    let on = switches.filter(|(_, is_on)| *is_on);
    let mut found: Vec<_> = on.map(|(key, _)| Finding::refused(key, "is for development and refused in production")).collect();
    if !config.rate_limits {
        found.push(Finding::danger("rate_limits", "is off: passwords and codes can be guessed at any rate"));
    }
    if ["debug", "trace"].iter().any(|level| config.log.to_lowercase().contains(level)) {
        found.push(Finding::note("log", "has details that are for development"));
    }
    found
}

/// Money must move in production and nowhere else.
fn stripe(config: &Config) -> Vec<Finding> {
    const KEY: &str = "stripe_secret_key";
    const URL: &str = "stripe_api_url";
    let Some(key) = config.stripe_secret_key.as_deref() else { return Vec::new() };
    let is_production = config.environment == Environment::Production;
    let begins_with = |starts: [&str; 2]| starts.iter().any(|start| key.starts_with(start));
    let mut found = Vec::new();
    if !begins_with(["sk_", "rk_"]) {
        found.push(Finding::refused(KEY, "is no secret key of Stripe: those begin with sk_ or rk_"));
    } else if is_production && begins_with(["sk_test_", "rk_test_"]) {
        found.push(Finding::danger(KEY, "is a test key: guests seem to pay, and no money comes"));
    } else if !is_production && begins_with(["sk_live_", "rk_live_"]) {
        found.push(Finding::danger(KEY, "is a live key in development: real cards are charged"));
    }
    if config.stripe_webhook_secret.is_none() {
        let text = "is not set: what happens at Stripe is learned late. Set HBS_STRIPE_WEBHOOK_SECRET";
        let level = if is_production { Level::Refused } else { Level::Danger };
        found.push(Finding { level, about: "stripe_webhook_secret", text: text.into() });
    }
    if let Some(address) = Address::parse(&config.stripe_api_url).filter(|_| is_production) {
        if address.scheme != "https" && address.place() != Place::Here {
            found.push(Finding::refused(URL, "must begin with https:// in production: the secret key travels there"));
        } else if address.hosts != ["api.stripe.com"] {
            found.push(Finding::danger(URL, format!("leads to {} and not to Stripe", address.hosts.join(","))));
        }
    }
    found
}

/// A key must be 32 bytes of chance.
fn data_key(text: &str) -> Option<Finding> {
    let make = "`openssl rand -base64 32` writes one";
    let Ok(key) = BASE64_STANDARD.decode(text.trim()) else {
        return Some(Finding::refused("data_key", format!("is not base64: {make}")));
    };
    if key.len() != 32 {
        return Some(Finding::refused("data_key", format!("has {} bytes and must have 32: {make}", key.len())));
    }
    if is_pattern(&key) {
        return Some(Finding::refused("data_key", format!("is a pattern that can be guessed: {make}")));
    }
    let is_text = key.iter().all(|byte| byte.is_ascii_graphic() || *byte == b' ');
    is_text.then(|| Finding::danger("data_key", format!("is text and no 32 bytes of chance: {make}")))
}

fn is_pattern(key: &[u8]) -> bool {
    let mut different = key.to_vec();
    different.sort_unstable();
    different.dedup();
    let repeats = (1..=key.len() / 2).any(|period| key.iter().zip(&key[period..]).all(|(one, next)| one == next));
    let steps: Vec<u8> = key.iter().zip(&key[1..]).map(|(one, next)| next.wrapping_sub(*one)).collect();
    let counts = (1..=steps.len() / 2).any(|period| steps.iter().zip(&steps[period..]).all(|(one, next)| one == next));
    different.len() < LEAST_DIFFERENT_BYTES || repeats || counts
}

fn mail_server(url: &str) -> Option<Finding> {
    let address = Address::parse(url)?;
    if address.scheme != "smtp" || address.parameter("tls").is_some_and(|tls| tls == "required") {
        return None;
    }
    let text = format!(
        "mail goes to {} unencrypted, with the links to accounts in it: use smtps:// or ?tls=required",
        address.hosts.join(",")
    );
    match address.place() {
        Place::Here => None,
        Place::Near => Some(Finding::danger("smtp_url", text)),
        Place::Far => Some(Finding::refused("smtp_url", text)),
    }
}

fn public(config: &Config) -> Vec<Finding> {
    let mut found = Vec::new();
    if !config.public_url.starts_with("https://") {
        found.push(Finding::refused("public_url", "must begin with https:// in production: links in mails hold secrets"));
    } else if place(&config.host()) == Place::Here {
        found.push(Finding::danger("public_url", "leads to this machine, and so do the links in mails"));
    }
    if config.mail_from.trim_end_matches('>').ends_with("@localhost") {
        found.push(Finding::danger("mail_from", "is not set: mail from localhost is refused or thrown away elsewhere"));
    }
    found
}

fn origins(config: &Config) -> Vec<Finding> {
    let judge = |origin: &String| match origin.as_str() {
        "*" => Some(Finding::refused("cors_origins", "* lets pages of any origin call the API: name those that may")),
        "null" => Some(Finding::refused("cors_origins", "null stands for any local file and any sandbox: name origins")),
        _ if origin.starts_with("https://") => None,
        _ if origin.starts_with("http://") => Some(Finding::danger(
            "cors_origins",
            format!("{origin} is not encrypted: whoever is on the way can call as its users"),
        )),
        _ => Some(Finding::refused("cors_origins", format!("{origin} is not an origin such as https://hotel.example"))),
    };
    config.cors_origins.iter().filter_map(judge).collect()
}

fn network(config: &Config) -> Vec<Finding> {
    let mut found = Vec::new();
    if config.trusted_proxies.iter().any(|proxies| proxies.0.prefix_len() == 0) {
        let text = "trusts every address: anybody can say where a request comes from, and so gets around the limits";
        found.push(Finding::refused("trusted_proxies", text));
    }
    let has_way_around = config.tls_cert.is_none() && config.trusted_proxies.is_empty();
    if has_way_around && !config.listen.ip().is_loopback() {
        let text = "listens without TLS to other machines, and no proxy is named in trusted_proxies that would speak it";
        found.push(Finding::danger("listen", text));
    }
    if config.metrics_token.as_ref().is_some_and(|token| token.len() < LEAST_TOKEN) {
        found.push(Finding::danger("metrics_token", format!("is shorter than {LEAST_TOKEN} letters and can be guessed")));
    }
    found
}

fn stores(config: &Config) -> Vec<Finding> {
    let mut found = Vec::new();
    let has_tls = |address: &Address| match address.scheme.as_str() {
        "rediss" | "https" | "mongodb+srv" => address.parameter("tls").is_none_or(|tls| tls != "false"),
        "mongodb" => ["tls", "ssl"].iter().any(|name| address.parameter(name).is_some_and(|value| value == "true")),
        _ => false,
    };
    for (about, url, without_password) in [
        ("database_url", &config.database_url, false),
        ("person_keys_url", &config.person_keys_url, false),
        ("mongodb_url", &config.mongodb_url, true),
        ("redis_url", &config.redis_url, true),
        ("drill_database_url", &config.drill_database_url, false),
        ("drill_mongodb_url", &config.drill_mongodb_url, true),
    ] {
        let Some(address) = url.as_deref().and_then(Address::parse) else { continue };
        found.extend(password(about, &address, without_password));
        found.extend((!has_tls(&address)).then(|| unencrypted(about, &address)).flatten());
        if ["tlsinsecure", "tlsallowinvalidcertificates"].iter().any(|name| address.parameter(name).is_some_and(|v| v == "true"))
            || address.is_insecure
        {
            found.push(Finding::danger(about, "does not ask for the certificate of the server: anybody can be it"));
        }
    }
    for (name, endpoint) in
        [("object_store_endpoint", &config.object_store_endpoint), ("backup_endpoint", &config.backup_endpoint)]
    {
        let address = endpoint.as_deref().and_then(Address::parse).filter(|address| !has_tls(address));
        found.extend(address.and_then(|address| unencrypted(name, &address)));
    }
    for (name, secret, id) in [
        ("object_store_secret_key", &config.object_store_secret_key, &config.object_store_access_key),
        ("backup_secret_key", &config.backup_secret_key, &config.backup_access_key),
    ] {
        if secret.as_deref().is_some_and(|secret| is_default(secret, id.as_deref())) {
            found.push(Finding::refused(name, "is one that everybody knows"));
        }
    }
    found
}

fn password(about: &'static str, address: &Address, is_needed: bool) -> Option<Finding> {
    let place = address.place();
    match &address.password {
        Some(password) if is_default(password, address.user.as_deref()) => {
            let text = "has a password that everybody knows";
            Some(if place == Place::Here { Finding::danger(about, text) } else { Finding::refused(about, text) })
        }
        None if is_needed || place != Place::Here => {
            let text = "has no password";
            Some(if place == Place::Here { Finding::note(about, text) } else { Finding::danger(about, text) })
        }
        _ => None,
    }
}

fn is_default(password: &str, user: Option<&str>) -> bool {
    let password = password.to_lowercase();
    let is_counted = password.len() <= 10 && "1234567890".starts_with(&password);
    is_counted || DEFAULT_PASSWORDS.contains(&password.as_str()) || user.is_some_and(|user| user.to_lowercase() == password)
}

fn unencrypted(about: &'static str, address: &Address) -> Option<Finding> {
    let text = format!("{} is reached unencrypted", address.hosts.join(","));
    match address.place() {
        Place::Here => None,
        Place::Near => Some(Finding::note(about, format!("{text}: let nobody else into that network"))),
        Place::Far => Some(Finding::danger(about, format!("{text}: keep it in a network of its own, or encrypt the way to it"))),
    }
}

/// Place of a machine, as far as its name tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    /// This machine.
    Here,
    /// A private network.
    Near,
    Far,
}

fn place(host: &str) -> Place {
    let host = host.trim_matches(['[', ']']).trim_end_matches('.').to_lowercase();
    if let Ok(address) = host.parse::<IpAddr>() {
        return match address.to_canonical() {
            address if address.is_loopback() => Place::Here,
            IpAddr::V4(address) if is_private_v4(address) => Place::Near,
            IpAddr::V6(address) if is_private_v6(address) => Place::Near,
            _ => Place::Far,
        };
    }
    let ends = |suffixes: &[&str]| suffixes.iter().any(|suffix| host.ends_with(suffix));
    // A path is a socket of this machine.
    if host.is_empty() || host == "localhost" || host.starts_with('/') || host.starts_with("%2f") || ends(&[".localhost"]) {
        return Place::Here;
    }
    let is_near = !host.contains('.') || ends(&[".internal", ".local", ".lan", ".home.arpa"]);
    if is_near { Place::Near } else { Place::Far }
}

fn is_private_v4(address: Ipv4Addr) -> bool {
    address.is_private() || address.is_link_local()
}

fn is_private_v6(address: Ipv6Addr) -> bool {
    address.is_unique_local() || address.is_unicast_link_local()
}

/// An address of a server: `scheme://user:password@host:port,host:port/path?parameter=value`, or for PostgreSQL also
/// `host=… user=… password=…`.
#[derive(Debug, Default)]
struct Address {
    scheme: String,
    user: Option<String>,
    password: Option<String>,
    hosts: Vec<String>,
    parameters: Vec<(String, String)>,
    /// `true` for `rediss://…/#insecure`.
    is_insecure: bool,
}

impl Address {
    fn parse(text: &str) -> Option<Self> {
        let Some((scheme, rest)) = text.trim().split_once("://") else { return Self::of_words(text) };
        let (rest, fragment) = rest.split_once('#').unwrap_or((rest, ""));
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let authority = rest.split('/').next().unwrap_or_default();
        let (who, hosts) = authority.rsplit_once('@').unwrap_or(("", authority));
        let (user, password) = who.split_once(':').map_or((who, None), |(user, password)| (user, Some(password)));
        let parameters: Vec<_> =
            form_urlencoded::parse(query.as_bytes()).map(|(name, value)| (name.to_lowercase(), value.to_lowercase())).collect();
        let named = parameters.iter().find(|(name, _)| name == "host").map(|(_, value)| value.clone());
        let hosts = hosts.split(',').map(|host| without_port(host).to_owned()).filter(|host| !host.is_empty());
        Some(Self {
            scheme: scheme.to_lowercase(),
            user: Some(decoded(user)).filter(|user| !user.is_empty()),
            password: password.map(decoded).filter(|password| !password.is_empty()),
            hosts: hosts.chain(named).collect(),
            parameters,
            is_insecure: fragment == "insecure",
        })
    }

    fn of_words(text: &str) -> Option<Self> {
        let words: Vec<(&str, &str)> = text.split_whitespace().filter_map(|word| word.split_once('=')).collect();
        let word =
            |wanted: &str| words.iter().find(|(name, _)| *name == wanted).map(|(_, value)| value.trim_matches('\'').to_owned());
        let hosts = word("host").or_else(|| word("hostaddr"))?;
        let hosts = hosts.split(',').map(String::from).collect();
        Some(Self { scheme: "postgres".into(), user: word("user"), password: word("password"), hosts, ..Self::default() })
    }

    fn parameter(&self, wanted: &str) -> Option<&str> {
        self.parameters.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str())
    }

    /// The place of the one that is farthest away.
    fn place(&self) -> Place {
        self.hosts.iter().map(|host| place(host)).max().unwrap_or(Place::Here)
    }
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) && (!host.contains(':') || host.ends_with(']')) => {
            host
        }
        _ => host,
    }
}

/// A name or a password, as its owner writes it elsewhere.
fn decoded(text: &str) -> String {
    let text = text.replace('+', "%2B").replace('&', "%26").replace('=', "%3D");
    form_urlencoded::parse(text.as_bytes()).next().map(|(name, _)| name.into_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn good() -> Config {
        let mut config = Config::defaults().expect("defaults");
        config.environment = Environment::Production;
        config.database_url = Some("postgres://hbs:Vq5uY0rE8w@127.0.0.1/hbs".into());
        config.mongodb_url = Some("mongodb://hbs:Vq5uY0rE8w@localhost:27017/?authSource=admin".into());
        config.redis_url = Some("redis://:Vq5uY0rE8w@[::1]:6379".into());
        config.smtp_url = Some("smtps://u:p@mail.example:465".into());
        config.mail_from = "Hotel <no-reply@hotel.example>".into();
        config.public_url = "https://hotel.example".into();
        config.data_key = Some("3q2+7wTW0s5h8x0bZQmIY1l8n7oV2rJk9uXcAeGfBtM=".into());
        config.object_store_url = Some("s3://bucket".into());
        config
    }

    fn with_stripe(config: &mut Config, key: &str) {
        config.stripe_secret_key = Some(key.into());
        config.stripe_webhook_secret = Some("whsec_Vq5uY0rE8w".into());
    }

    #[test]
    fn a_live_key_charges_cards_in_development_too() {
        let mut config = Config::defaults().expect("defaults");
        for (key, findings) in [("sk_test_1", 0), ("rk_test_1", 0), ("sk_live_1", 1), ("rk_live_1", 1), ("whsec_1", 1)] {
            with_stripe(&mut config, key);
            let found = of(&config);
            assert_eq!(found.len(), findings, "{key}: {found:?}");
            assert!(found.iter().all(|finding| finding.about == "stripe_secret_key"), "{key}: {found:?}");
        }
        with_stripe(&mut config, "sk_test_1");
        config.stripe_webhook_secret = None;
        let found = of(&config);
        assert_eq!(
            found.iter().map(|found| (found.level, found.about)).collect::<Vec<_>>(),
            [(Level::Danger, "stripe_webhook_secret")]
        );
    }

    #[track_caller]
    fn finds(change: impl FnOnce(&mut Config), level: Level, about: &str) {
        let mut config = good();
        change(&mut config);
        let found = of(&config);
        assert!(found.iter().any(|finding| (finding.level, finding.about) == (level, about)), "{about}: {found:?}");
        assert!(found.iter().all(|finding| finding.level >= level), "something worse than {level:?}: {found:?}");
        let told: String = found.iter().map(ToString::to_string).collect();
        assert!(!told.contains("Vq5uY0rE8w") && !told.contains("u:p"), "a password is shown: {told}");
    }

    #[test]
    fn nothing_is_found_where_nothing_is_dangerous() {
        assert_eq!(of(&good()), []);
        assert_eq!(of(&Config::defaults().expect("defaults")), [], "in development");
        for smtp in ["smtp://mail.example:587?tls=required", "smtp://127.0.0.1:25", "smtp://localhost", "smtp://[::1]:25"] {
            assert_eq!(of(&Config { smtp_url: Some(smtp.into()), ..good() }), [], "{smtp}");
        }
        for database in ["postgres://hbs@%2Fvar%2Frun%2Fpostgresql/hbs", "host=/var/run/postgresql user=hbs", "postgres:///hbs"] {
            assert_eq!(of(&Config { database_url: Some(database.into()), ..good() }), [], "{database}");
        }
        for tls in ["mongodb://a:Vq5uY0rE8w@m1.example,m2.example/?tls=true", "mongodb+srv://a:Vq5uY0rE8w@m.example"] {
            assert_eq!(of(&Config { mongodb_url: Some(tls.into()), ..good() }), [], "{tls}");
        }
    }

    #[test]
    fn what_production_refuses() {
        use Level::Refused;
        finds(|config| config.data_key = None, Refused, "data_key");
        finds(|config| config.smtp_url = None, Refused, "smtp_url");
        finds(|config| config.object_store_url = None, Refused, "object_store_url");
        finds(|config| config.test_clock = true, Refused, "test_clock");
        finds(|config| config.outgoing_unguarded = true, Refused, "outgoing_unguarded");
        finds(|config| config.demo_gateway_url = Some("http://127.0.0.1:8090".into()), Refused, "demo_gateway_url");
        finds(|config| config.stripe_secret_key = Some("pk_live_Vq5uY0rE8w".into()), Refused, "stripe_secret_key");
        finds(|config| config.stripe_secret_key = Some("sk_live_Vq5uY0rE8w".into()), Refused, "stripe_webhook_secret");
        let unencrypted = |config: &mut Config| {
            with_stripe(config, "sk_live_Vq5uY0rE8w");
            config.stripe_api_url = "http://stripe.example".into();
        };
        finds(unencrypted, Refused, "stripe_api_url");
        let counting: Vec<u8> = (0..32).collect();
        let backwards: Vec<u8> = (0..32).rev().map(|byte| byte * 3).collect();
        for key in [vec![0; 32], vec![0xff; 32], b"0123456789abcdef".repeat(2), [1, 2].repeat(16), counting, backwards] {
            finds(|config| config.data_key = Some(BASE64_STANDARD.encode(&key)), Refused, "data_key");
        }
        for key in ["d", "c2hvcnQ=", "not base64!"] {
            finds(|config| config.data_key = Some(key.into()), Refused, "data_key");
        }
        for smtp in ["smtp://u:p@mail.example:587", "smtp://mail.example?tls=opportunistic", "smtp://192.0.2.9:25"] {
            finds(|config| config.smtp_url = Some(smtp.into()), Refused, "smtp_url");
        }
        finds(|config| config.public_url = "http://hotel.example".into(), Refused, "public_url");
        for origin in ["*", "null", "hotel.example"] {
            finds(|config| config.cors_origins = vec!["https://a.example".into(), origin.into()], Refused, "cors_origins");
        }
        for all in ["0.0.0.0/0", "::/0"] {
            finds(|config| config.trusted_proxies = vec![all.parse().expect("a network")], Refused, "trusted_proxies");
        }
        for url in ["postgres://postgres:postgres@db.example/hbs", "postgres://hbs:HBS@db/hbs", "host=db user=a password=secret"]
        {
            finds(|config| config.database_url = Some(url.into()), Refused, "database_url");
        }
        finds(|config| config.mongodb_url = Some("mongodb://root:example@mongodb:27017".into()), Refused, "mongodb_url");
        finds(|config| config.redis_url = Some("rediss://:123456@cache.example".into()), Refused, "redis_url");
        let of_drills = Some("postgres://postgres:postgres@db.example/drill".to_owned());
        finds(|config| config.drill_database_url = of_drills, Refused, "drill_database_url");
        let minio = |config: &mut Config| config.object_store_secret_key = Some("minioadmin".into());
        finds(minio, Refused, "object_store_secret_key");
        finds(|config| config.backup_secret_key = Some("minioadmin".into()), Refused, "backup_secret_key");
    }

    #[test]
    fn what_is_dangerous_and_what_is_worth_knowing() {
        use Level::{Danger, Note};
        finds(|config| config.data_key = Some(BASE64_STANDARD.encode(b"correct horse battery staple 123")), Danger, "data_key");
        finds(|config| config.smtp_url = Some("smtp://postfix:25".into()), Danger, "smtp_url");
        for key in ["sk_test_Vq5uY0rE8w", "rk_test_Vq5uY0rE8w"] {
            finds(|config| with_stripe(config, key), Danger, "stripe_secret_key");
        }
        let elsewhere = |config: &mut Config| {
            with_stripe(config, "sk_live_Vq5uY0rE8w");
            config.stripe_api_url = "https://stripe.example".into();
        };
        finds(elsewhere, Danger, "stripe_api_url");
        finds(|config| config.mail_from = "HBS <no-reply@localhost>".into(), Danger, "mail_from");
        finds(|config| config.public_url = "https://localhost:8443".into(), Danger, "public_url");
        finds(|config| config.cors_origins = vec!["http://hotel.example".into()], Danger, "cors_origins");
        finds(|config| config.rate_limits = false, Danger, "rate_limits");
        finds(|config| config.listen = "0.0.0.0:8080".parse().expect("an address"), Danger, "listen");
        finds(|config| config.metrics_token = Some("metrics".into()), Danger, "metrics_token");
        let with = |url: &str| Some(url.to_owned());
        finds(|config| config.database_url = with("postgres://hbs:Vq5uY0rE8w@db.example/hbs"), Danger, "database_url");
        finds(|config| config.database_url = with("postgres://postgres:postgres@localhost/hbs"), Danger, "database_url");
        finds(|config| config.mongodb_url = with("mongodb://10.0.0.1,10.0.0.2"), Danger, "mongodb_url");
        finds(|config| config.drill_mongodb_url = with("mongodb://10.0.0.1/drill"), Danger, "drill_mongodb_url");
        finds(|config| config.redis_url = with("redis://cache"), Danger, "redis_url");
        finds(|config| config.redis_url = with("rediss://:Vq5uY0rE8w@cache.example/#insecure"), Danger, "redis_url");
        finds(|config| config.object_store_endpoint = with("http://objects.example"), Danger, "object_store_endpoint");
        finds(|config| config.database_url = with("postgres://hbs:Vq5uY0rE8w@postgres:5432/hbs"), Note, "database_url");
        finds(|config| config.redis_url = with("redis://127.0.0.1"), Note, "redis_url");
        finds(|config| config.log = "info,hbs=debug".into(), Note, "log");
    }
}
