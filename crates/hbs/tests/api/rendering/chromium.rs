//! Debian's Chromium, where it is installed: it opens pages, and says what they did.
use crate::support::unique;
use serde_json::{Value, json};
use std::fs;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

/// Settings of the browser: no window, no server is ever found, all frames of a page are one process, and orders come by a pipe.
const SETTINGS: [&str; 10] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-features=IsolateOrigins,site-per-process",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--remote-debugging-pipe",
];
/// The browser takes its orders from descriptor 3, and answers at descriptor 4.
const START: &str = r#"exec chromium "$@" 3<&0 4>&1 >/dev/null"#;
const SETTLE: &str = include_str!("settle.js");
/// Maximum time between two messages of the browser.
const PATIENCE: Duration = Duration::from_secs(60);

/// Things that a page did beside showing itself.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Deeds {
    /// Dialogs that it opened: kind and message.
    pub dialogs: Vec<String>,
    /// Addresses that it asked for or opened, beside its own.
    pub requests: Vec<String>,
}

pub struct Chromium {
    process: Child,
    orders: ChildStdin,
    news: BufReader<ChildStdout>,
    /// Number of orders that were given, of which the last has it as its id.
    given: u64,
    folder: PathBuf,
}

impl Chromium {
    /// Starts the browser. None where it is not installed, which is said.
    pub async fn start() -> Option<Self> {
        let found = Command::new("sh").args(["-c", "command -v chromium"]).stdout(Stdio::null()).status().await;
        if !found.expect("a shell").success() {
            eprintln!("SKIPPED, not rendered: there is no chromium on PATH; apt-get install chromium");
            return None;
        }
        let folder = std::env::temp_dir().join(unique("chromium"));
        fs::create_dir_all(&folder).expect("a folder");
        let mut process = Command::new("sh")
            .args(["-c", START, "sh"])
            .args(SETTINGS)
            .arg(format!("--user-data-dir={}", folder.join("profile").display()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("a browser");
        let orders = process.stdin.take().expect("its input");
        let news = BufReader::new(process.stdout.take().expect("its output"));
        Some(Self { process, orders, news, given: 0, folder })
    }

    /// Opens a page and lets it do what it will; what it did, and how many texts (elements of the class `shown`) it shows.
    pub async fn open(&mut self, html: &str) -> (Deeds, u64) {
        let file = self.folder.join(format!("{}.html", unique("page")));
        fs::write(&file, html).expect("a file");
        let url = format!("file://{}", file.display());
        let (mut before, mut deeds) = (Deeds::default(), Deeds::default());
        let page = self.call(None, "Target.createTarget", &json!({"url": "about:blank"}), &mut before).await;
        let page = json!({"targetId": page["targetId"], "flatten": true});
        let attached = self.call(None, "Target.attachToTarget", &page, &mut before).await;
        let session = attached["sessionId"].as_str().expect("a session").to_owned();
        self.call(Some(&session), "Page.enable", &json!({}), &mut before).await;
        self.call(Some(&session), "Network.enable", &json!({}), &mut before).await;
        self.call(None, "Target.setDiscoverTargets", &json!({"discover": true}), &mut before).await;

        self.call(Some(&session), "Page.navigate", &json!({"url": url}), &mut deeds).await;
        let settle = json!({"expression": SETTLE, "awaitPromise": true, "returnByValue": true});
        let settled = self.call(Some(&session), "Runtime.evaluate", &settle, &mut deeds).await;
        let shown = settled["result"]["value"].as_u64().unwrap_or_else(|| panic!("the page did not settle: {settled}"));
        self.call(None, "Target.closeTarget", &json!({"targetId": page["targetId"]}), &mut deeds).await;
        deeds.requests.retain(|request| *request != url);
        (deeds, shown)
    }

    /// Ends the browser.
    pub async fn close(mut self) {
        self.order(None, "Browser.close", &json!({})).await;
        self.process.wait().await.expect("an end");
        // Whatever a helper of it still writes is in nobody's way.
        let _ = fs::remove_dir_all(&self.folder);
    }

    /// Gives an order, to a page or to the browser, and notes what pages do until it is answered.
    async fn call(&mut self, session: Option<&str>, method: &str, params: &Value, deeds: &mut Deeds) -> Value {
        let id = self.order(session, method, params).await;
        loop {
            let message = self.message().await;
            if message["id"] == id {
                assert!(message.get("error").is_none(), "{method}: {message} after {deeds:?}");
                return message["result"].clone();
            }
            self.note(&message, deeds).await;
        }
    }

    async fn order(&mut self, session: Option<&str>, method: &str, params: &Value) -> u64 {
        self.given += 1;
        let mut order = json!({"id": self.given, "method": method, "params": params});
        if let Some(session) = session {
            order["sessionId"] = json!(session);
        }
        let mut bytes = order.to_string().into_bytes();
        bytes.push(0);
        self.orders.write_all(&bytes).await.expect("the browser takes orders");
        self.orders.flush().await.expect("the browser takes orders");
        self.given
    }

    /// The next message of the browser: JSON, which ends with a zero.
    async fn message(&mut self) -> Value {
        let mut bytes = Vec::new();
        let read = tokio::time::timeout(PATIENCE, self.news.read_until(0, &mut bytes)).await;
        read.expect("the browser has something to say").expect("a message");
        assert_eq!(bytes.pop(), Some(0), "the browser has ended");
        serde_json::from_slice(&bytes).expect("JSON")
    }

    /// Notes what a page does, and closes dialogs, in front of which it stands still.
    async fn note(&mut self, message: &Value, deeds: &mut Deeds) {
        let params = &message["params"];
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        match message["method"].as_str().unwrap_or_default() {
            "Page.javascriptDialogOpening" => {
                deeds.dialogs.push(format!("{}: {}", text(&params["type"]), text(&params["message"])));
                self.order(message["sessionId"].as_str(), "Page.handleJavaScriptDialog", &json!({"accept": true})).await;
            }
            "Network.requestWillBeSent" => deeds.requests.push(text(&params["request"]["url"])),
            "Target.targetCreated" if params["targetInfo"]["type"] == "page" => {
                deeds.requests.push(text(&params["targetInfo"]["url"]));
            }
            _ => {}
        }
    }
}
