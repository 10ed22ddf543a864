//! The sender and the mail server, as settings name them. The settings themselves are checked by it, so it knows nothing of them.
use lettre::address::AddressError;
use lettre::message::Mailbox;
use lettre::transport::smtp::{AsyncSmtpTransportBuilder, Error};
use lettre::{AsyncSmtpTransport, Tokio1Executor};

/// The sender of all mails, as `mail_from` names it.
pub fn sender(mail_from: &str) -> Result<Mailbox, AddressError> {
    mail_from.parse()
}

/// The way to the mail server, as `smtp_url` names it.
pub fn smtp(smtp_url: &str) -> Result<AsyncSmtpTransportBuilder, Error> {
    AsyncSmtpTransport::<Tokio1Executor>::from_url(smtp_url)
}
