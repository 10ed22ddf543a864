//! Delivery of mails: to a mail server, or in development to the log and a mailbox in memory.
use super::queue::Queued;
use super::settings::{sender, smtp};
use super::template::{Attachment, Letter, Text};
use crate::config::Config;
use crate::contact::emails;
use crate::{Error, Result};
use chrono::{DateTime, Utc};
use lettre::message::header::{Header, HeaderName, HeaderValue};
use lettre::message::{self, Mailbox, MultiPart};
use lettre::transport::smtp::PoolConfig;
use lettre::transport::smtp::response::Category;
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;

/// Maximum time that a mail server may take for one answer, and for a whole mail.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(20);
pub(super) const SEND_TIMEOUT: Duration = Duration::from_secs(60);
/// Connections to the mail server per process.
const POOL_SIZE: u32 = 4;
/// Maximum number of mails in the mailbox of development.
const MAILBOX_SIZE: usize = 200;

/// A mail as the mailbox of development keeps it.
#[derive(Debug, Clone)]
pub struct Sent {
    pub to: String,
    pub subject: String,
    pub text: String,
    pub html: String,
    pub attachment: Option<Attachment>,
    /// Address of `List-Unsubscribe`, if it has one.
    pub unsubscribe: Option<String>,
    pub sent_at: DateTime<Utc>,
}

enum Transport {
    Smtp(AsyncSmtpTransport<Tokio1Executor>),
    Memory(Mutex<VecDeque<Sent>>),
}

/// The sender of mails.
pub struct Mailer {
    transport: Transport,
    from: Mailbox,
    bell: Notify,
}

/// Failure of a mail server to take a mail.
#[derive(Debug)]
pub(super) struct Failure {
    /// Text for the row of the mail. It may name the address.
    pub text: String,
    /// The mail server's code, if it answered.
    pub code: Option<String>,
    /// `true` if trying again is of no use.
    pub is_final: bool,
}

impl Failure {
    pub(super) fn later(text: String) -> Self {
        Self { text, code: None, is_final: false }
    }
}

/// Returns `true` if mails are kept for `GET /v1/dev/mailbox`: in development, without a mail server.
pub fn keeps_mailbox(config: &Config) -> bool {
    !config.is_production() && config.smtp_url.is_none()
}

impl Mailer {
    /// Sets up what the settings say; the first connection is made for the first mail.
    pub fn new(config: &Config) -> Result<Self> {
        let transport = match &config.smtp_url {
            Some(url) => {
                let pool = PoolConfig::new().max_size(POOL_SIZE);
                let builder = smtp(url).map_err(Error::internal)?;
                Transport::Smtp(builder.timeout(Some(ANSWER_TIMEOUT)).pool_config(pool).build())
            }
            None => Transport::Memory(Mutex::default()),
        };
        let from = sender(&config.mail_from).map_err(Error::internal)?;
        Ok(Self { transport, from, bell: Notify::new() })
    }

    /// The address that mails come from.
    pub fn sender(&self) -> String {
        self.from.email.to_string()
    }

    /// Wakes the mailer: there are new mails.
    pub fn wake(&self) {
        self.bell.notify_one();
    }

    pub(super) async fn wait(&self, at_most: Duration) {
        let _ = tokio::time::timeout(at_most, self.bell.notified()).await;
    }

    pub(super) async fn send(&self, mail: &Queued, text: &Text, letter: &Letter) -> Result<(), Failure> {
        match &self.transport {
            Transport::Smtp(smtp) => {
                let sending = smtp.send(self.message(mail, text, letter)?);
                match tokio::time::timeout(SEND_TIMEOUT, sending).await {
                    Ok(Ok(_)) => Ok(()),
                    Ok(Err(error)) => Err(refused(&error)),
                    Err(_) => Err(Failure::later(format!("the mail server took longer than {SEND_TIMEOUT:?}"))),
                }
            }
            Transport::Memory(mails) => {
                keep(mails, mail, text, letter.attachment.as_ref());
                Ok(())
            }
        }
    }

    /// The mails of development, newest first; none where they go to a mail server.
    pub fn mailbox(&self) -> Vec<Sent> {
        match &self.transport {
            Transport::Smtp(_) => Vec::new(),
            Transport::Memory(mails) => mails.lock().unwrap_or_else(PoisonError::into_inner).iter().rev().cloned().collect(),
        }
    }

    fn message(&self, mail: &Queued, text: &Text, letter: &Letter) -> Result<Message, Failure> {
        let never = |error: &dyn std::fmt::Display| Failure { text: error.to_string(), code: None, is_final: true };
        if !emails::is_at_a_domain(&mail.address) {
            return Err(never(&emails::NOT_AT_A_DOMAIN));
        }
        let address = mail.address.parse().map_err(|error| never(&error))?;
        // Each attempt of a mail with a link has an id of its own, since its link is another: where the first got through
        // after all, the one with the good link is not thrown away as its duplicate. Of the others a duplicate is one.
        let domain = self.from.email.domain();
        let id = match &letter.link {
            Some(_) => format!("<{}.{}@{domain}>", mail.id, mail.attempts),
            None => format!("<{}@{domain}>", mail.id),
        };
        let words = MultiPart::alternative_plain_html(text.plain.clone(), text.html.clone());
        let body = match &letter.attachment {
            Some(Attachment { filename, content_type, content }) => {
                let content_type = content_type.parse().map_err(|error| never(&error))?;
                let file = message::Attachment::new(filename.clone());
                let file = match String::from_utf8(content.clone()) {
                    Ok(text) => file.body(text, content_type),
                    Err(binary) => file.body(binary.into_bytes(), content_type),
                };
                MultiPart::mixed().multipart(words).singlepart(file)
            }
            None => words,
        };
        let mut message = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, address))
            .subject(&text.subject)
            .message_id(Some(id))
            .date_now()
            .header(AutoSubmitted);
        if let Some(address) = &text.unsubscribe {
            message = message.header(ListUnsubscribe(address.clone())).header(ListUnsubscribePost);
        }
        message.multipart(body).map_err(|error| never(&error))
    }
}

/// 55x is about this mail (RFC 5321, 4.2.3): no such mailbox, say. Everything else may pass, also a
/// refused password (535), which whoever runs HBS sets right.
fn refused(error: &lettre::transport::smtp::Error) -> Failure {
    let code = error.status();
    let is_final = error.is_permanent() && code.is_some_and(|code| code.category == Category::MailSystem);
    Failure { text: error.to_string(), code: code.map(|code| code.to_string()), is_final }
}

fn keep(mails: &Mutex<VecDeque<Sent>>, mail: &Queued, text: &Text, attachment: Option<&Attachment>) {
    let Text { subject, plain, html, unsubscribe } = text;
    tracing::info!(target: "mail", to = mail.address, subject, text = plain, "a mail that would have been sent");
    let sent = Sent {
        to: mail.address.clone(),
        subject: subject.clone(),
        text: plain.clone(),
        html: html.clone(),
        attachment: attachment.cloned(),
        unsubscribe: unsubscribe.clone(),
        sent_at: crate::clock::Clock::real_now(),
    };
    let mut mails = mails.lock().unwrap_or_else(PoisonError::into_inner);
    if mails.len() == MAILBOX_SIZE {
        mails.pop_front();
    }
    mails.push_back(sent);
}

/// Tells machines that answer mail not to answer this one (RFC 3834).
#[derive(Debug, Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }
    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }
    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".into())
    }
}

/// Address at which mail programs end letters of a kind (RFC 2369).
#[derive(Debug, Clone)]
struct ListUnsubscribe(String);

impl Header for ListUnsubscribe {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("List-Unsubscribe")
    }
    fn parse(text: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self(text.trim_matches(['<', '>']).to_owned()))
    }
    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), format!("<{}>", self.0))
    }
}

/// Says that one POST to that address is enough, without a page that asks again (RFC 8058).
#[derive(Debug, Clone)]
struct ListUnsubscribePost;

impl Header for ListUnsubscribePost {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("List-Unsubscribe-Post")
    }
    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }
    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "List-Unsubscribe=One-Click".into())
    }
}
