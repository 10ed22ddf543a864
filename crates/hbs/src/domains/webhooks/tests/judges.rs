//! The official libraries of Standard Webhooks, which HBS has no part in, as judges of what it sends.
use super::receiver::Told;
use crate::support::is_full_size;
use hbs_devstack::Options;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

const PYTHON: &str = "
import json, sys
from standardwebhooks import Webhook, WebhookVerificationError
verdicts = []
for secret, headers, body in json.load(sys.stdin):
    try:
        verdicts.append(Webhook(secret).verify(body, headers)['type'])
    except WebhookVerificationError:
        verdicts.append(None)
print(json.dumps(verdicts))
";

const JAVASCRIPT: &str = "
const { Webhook, WebhookVerificationError } = require('standardwebhooks');
function verdict([secret, headers, body]) {
  try {
    return new Webhook(secret).verify(body, headers).type;
  } catch (refused) {
    if (refused instanceof WebhookVerificationError) return null;
    throw refused;
  }
}
let input = '';
process.stdin.on('data', (part) => { input += part; });
process.stdin.on('end', () => console.log(JSON.stringify(JSON.parse(input).map(verdict))));
";

/// A library, and what installs it.
struct Judge {
    program: PathBuf,
    arguments: [&'static str; 2],
    folder: PathBuf,
    installed_by: &'static str,
}

/// Returns what the libraries in Python and JavaScript say of messages, each with a secret: its kind, or null where it is not
/// genuine. A library that is not installed says nothing, which a run in full does not accept.
pub async fn judged(messages: &[(&str, &Told)]) -> Vec<Vec<Value>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let judges = [
        Judge {
            program: Options::throw_away().venv.join("bin/python"),
            arguments: ["-c", PYTHON],
            folder: root.clone(),
            installed_by: "scripts/install-deps.sh judges",
        },
        Judge {
            program: "node".into(),
            arguments: ["-e", JAVASCRIPT],
            folder: root.join("clients/typescript"),
            installed_by: "npm ci in clients/typescript",
        },
    ];
    let mut verdicts = Vec::new();
    for judge in judges {
        match judge.verdicts(messages).await {
            Some(of_judge) => verdicts.push(of_judge),
            None => {
                let missing =
                    format!("not judged by {}; {} installs what is missing", judge.program.display(), judge.installed_by);
                assert!(!is_full_size(), "{missing}");
                eprintln!("SKIPPED, {missing}");
            }
        }
    }
    verdicts
}

impl Judge {
    async fn verdicts(&self, messages: &[(&str, &Told)]) -> Option<Vec<Value>> {
        let headers = |told: &Told| -> BTreeMap<String, String> {
            let names = ["webhook-id", "webhook-timestamp", "webhook-signature"];
            names.into_iter().map(|name| (name.to_owned(), told.header(name).to_owned())).collect()
        };
        let input: Vec<Value> = messages.iter().map(|(secret, told)| json!([secret, headers(told), told.text])).collect();
        let mut command = Command::new(&self.program);
        command.args(self.arguments).current_dir(&self.folder).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn().ok()?;
        let mut stdin = process.stdin.take().expect("input");
        // Where the library is missing, nobody reads.
        let _ = stdin.write_all(json!(input).to_string().as_bytes()).await;
        drop(stdin);
        let output = process.wait_with_output().await.expect("an end");
        serde_json::from_slice(&output.stdout).ok()
    }
}
