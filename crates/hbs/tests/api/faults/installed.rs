//! The program as an operator runs it, and requests that reach it over the network.
use super::{BOOKINGS, NOON, READY, eventually, own_stack};
use crate::support::{TestApp, config_for, unique};
use hbs::config::Config;
use hbs_devstack::DevStack;
use serde_json::{Value, json};
use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use tokio::process::{Child, Command};

/// A directory that is removed at the end, with what root's PostgreSQL keeps elsewhere.
pub struct TempDir(pub PathBuf);

impl TempDir {
    pub fn new() -> Self {
        let dir = std::env::temp_dir().join(unique("hbs"));
        fs::create_dir_all(&dir).expect("a directory");
        Self(dir)
    }
}

impl Drop for TempDir {
    fn drop(&mut self) {
        if let Ok(postgres) = fs::read_link(self.0.join("dev/postgres")) {
            let _ = fs::remove_dir_all(postgres);
        }
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The program, with no settings but these.
pub fn program(dir: &Path, settings: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hbs"));
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("HBS_")) {
        command.env_remove(name);
    }
    let log = fs::OpenOptions::new().create(true).append(true).open(dir.join("output")).expect("a file");
    let stdout = Stdio::from(log.try_clone().expect("a file"));
    command.current_dir(dir).envs(settings.iter().copied()).stdin(Stdio::null()).stdout(stdout).stderr(log);
    command.kill_on_drop(true);
    command
}

pub fn free_address() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").to_string()
}

/// The program on a stack, as an operator runs it, and beside it an app on the same data that shows
/// what there is.
pub struct Installed {
    pub stack: DevStack,
    pub dir: TempDir,
    pub config: Config,
    pub inside: TestApp,
}

impl Installed {
    pub async fn new() -> Self {
        let stack = own_stack().await;
        // Webhooks of these tests lead to this machine.
        let config = Config { outgoing_unguarded: true, ..config_for(&stack, &unique("test")) };
        let dir = TempDir::new();
        let installed = Self { inside: TestApp::on_nothing(config.clone()).await, stack, dir, config };
        let migrated = installed.command("127.0.0.1:1").arg("migrate").status().await.expect("the program");
        assert!(migrated.success(), "{}", installed.output());
        installed
            .inside
            .app
            .security
            .ensure_signing_key(installed.inside.app.config.jwt_key.as_deref())
            .await
            .expect("a signing key");
        installed
    }

    pub fn command(&self, listen: &str) -> Command {
        let Config { database_url, person_keys_url, mongodb_url, redis_url, .. } = &self.config;
        let Config { mongodb_database, redis_prefix, data_key, .. } = &self.config;
        let settings = [
            ("HBS_LISTEN", listen),
            ("HBS_DATABASE_URL", database_url.as_deref().expect("a database")),
            ("HBS_PERSON_KEYS_URL", person_keys_url.as_deref().expect("a database")),
            ("HBS_MONGODB_URL", mongodb_url.as_deref().expect("a MongoDB")),
            ("HBS_REDIS_URL", redis_url.as_deref().expect("a Redis")),
            ("HBS_MONGODB_DATABASE", mongodb_database),
            ("HBS_REDIS_PREFIX", redis_prefix),
            ("HBS_DATA_KEY", data_key.as_deref().expect("a key")),
            ("HBS_OBJECT_STORE_URL", self.config.object_store_url.as_deref().expect("a folder")),
            ("HBS_TEST_CLOCK", "1"),
            // One person books as fast as a whole hotel here.
            ("HBS_RATE_LIMITS", "off"),
            ("HBS_ACCESS_LOG", "off"),
            ("HBS_LOG", "warn"),
            // Programs without optimization read hostile files slowly, where others use the machine.
            ("HBS_REQUEST_TIMEOUT_SECONDS", "120"),
        ];
        program(&self.dir.0, &settings)
    }

    pub fn output(&self) -> String {
        fs::read_to_string(self.dir.0.join("output")).unwrap_or_default()
    }

    /// A command that does one thing, which must go well.
    pub async fn run(&self, arguments: &[&str]) {
        let status = self.command("127.0.0.1:1").args(arguments).status().await.expect("the program");
        assert!(status.success(), "{arguments:?}: {}", self.output());
    }

    /// Serves, at noon of the hotel's first day.
    pub async fn serve(&self) -> Server {
        self.serve_with(&[]).await
    }

    /// Serves with further settings.
    pub async fn serve_with(&self, more: &[(&str, &str)]) -> Server {
        let address = free_address();
        let child = self.command(&address).envs(more.iter().copied()).arg("serve").spawn().expect("the program");
        let mut server = Server { remote: Remote { http: http_client(), address }, child };
        eventually("it serves", async || {
            assert!(matches!(server.child.try_wait(), Ok(None)), "it ended: {}", self.output());
            server.get(READY).await.is_ok_and(|answer| answer.status() == 200)
        })
        .await;
        let clock = server.http.put(server.url("/v1/test/clock")).json(&json!({"now": NOON})).send().await;
        assert_eq!(clock.expect("an answer").status(), 200);
        server
    }
}

/// A process that serves.
pub struct Server {
    pub remote: Remote,
    pub child: Child,
}

pub fn http_client() -> reqwest::Client {
    hbs::tls::use_ring();
    reqwest::Client::new()
}

/// Remote server, with the means of reaching it.
#[derive(Clone)]
pub struct Remote {
    pub http: reqwest::Client,
    pub address: String,
}

/// Result of a request over the network.
pub struct Sent {
    pub key: String,
    pub request: Value,
    /// Answer, if one came completely.
    pub answer: Option<(u16, Value)>,
}

impl std::ops::Deref for Server {
    type Target = Remote;
    fn deref(&self) -> &Remote {
        &self.remote
    }
}

impl Server {
    pub fn pid(&self) -> u32 {
        self.child.id().expect("a process")
    }
}

impl Remote {
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub async fn get(&self, path: &str) -> reqwest::Result<reqwest::Response> {
        self.http.get(self.url(path)).send().await
    }

    /// Books over the network.
    pub fn book(&self, token: &str, key: String, request: Value) -> impl Future<Output = Sent> + Send + use<> {
        let sent = self.http.post(self.url(BOOKINGS)).bearer_auth(token).header("idempotency-key", &key).json(&request);
        async move {
            let answer = match sent.send().await {
                Ok(answer) => {
                    let status = answer.status().as_u16();
                    answer.json().await.ok().map(|body| (status, body))
                }
                Err(_) => None,
            };
            Sent { key, request, answer }
        }
    }
}
