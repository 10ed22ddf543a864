//! A mail server of a test's own, and what tests ask about mail.
use super::TestApp;
use hbs::{mail, server};
use hbs_devstack::Options;
use serde_json::Value;
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

/// aiosmtpd in a process of its own, which ends with it.
pub struct MailServer {
    pub url: String,
    lines: Lines<BufReader<ChildStdout>>,
    _process: Child,
}

impl MailServer {
    /// A server that gives these answers to the first recipients, and takes what comes then.
    pub async fn start(refusals: &[&str]) -> Self {
        let python = Options::throw_away().venv.join("bin/python");
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/api/support/smtp.py");
        let mut process = Command::new(&python)
            .arg(script)
            .args(refusals)
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap_or_else(|error| panic!("{}: {error}; `make deps` installs it", python.display()));
        let mut lines = BufReader::new(process.stdout.take().expect("its output")).lines();
        let port = lines.next_line().await.expect("a line").expect("a port; `make deps` installs aiosmtpd");
        Self { url: format!("smtp://127.0.0.1:{port}"), lines, _process: process }
    }

    /// Returns the mail that the server took or refused next.
    pub async fn next(&mut self) -> Value {
        let line = self.lines.next_line().await.expect("a line").expect("a mail");
        serde_json::from_str(&line).expect("JSON")
    }
}

impl TestApp {
    /// Sends every mail that is due, and says how many were dealt with.
    pub async fn send_mail(&self) -> usize {
        let writer = server::writer(&self.app.config).expect("texts that parse");
        let mut dealt_with = 0;
        loop {
            match mail::send_due(&self.app, &writer).await.expect("the queue") {
                0 => return dealt_with,
                some => dealt_with += some,
            }
        }
    }

    /// Sends every mail that is due and returns all that went to an address, newest first.
    pub async fn mail_to(&self, address: &str) -> Vec<Value> {
        self.send_mail().await;
        let reply = self.anonymous().get(&format!("/v1/dev/mailbox?to={address}")).await.expect(200);
        reply.body["items"].as_array().expect("mails").clone()
    }

    /// The token of the link in the newest mail to an address.
    pub async fn token_for(&self, address: &str) -> String {
        let mails = self.mail_to(address).await;
        let text = mails.first().and_then(|mail| mail["text"].as_str()).unwrap_or_else(|| panic!("no mail to {address}"));
        let (_, rest) = text.split_once("#token=").unwrap_or_else(|| panic!("no link in {text}"));
        rest.split_whitespace().next().expect("a token").to_owned()
    }
}
