//! The domains, and what each adds to the whole: routes, problems, jobs, consumers of events, mail.
pub mod api_keys;
pub mod audit;
pub mod authentication;
pub mod authorization;
pub mod availability;
pub mod blocks;
pub mod bookings;
pub mod calendar;
pub mod catalogue;
pub mod change_requests;
pub mod feeds;
pub mod front_desk;
pub mod groups;
pub mod images;
pub mod inventory;
pub mod night_audit;
pub mod platform;
pub mod properties;
pub mod rates;
pub mod reports;
pub mod rooms;
pub mod users;
pub mod waitlist;
pub mod wishlist;

use crate::Result;
use crate::app::App;
use crate::config::Config;
use crate::error::Problem;
use crate::idempotency;
use crate::jobs::Job;
use crate::mail::{Letter, MailKind, Queued};
use crate::outbox::consumers::Consumer;
use futures_util::future::BoxFuture;
use std::time::Duration;
use utoipa_axum::router::OpenApiRouter;

/// Every route.
pub fn router(config: &Config) -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .merge(authentication::router())
        .merge(authorization::router())
        .merge(users::router())
        .merge(api_keys::router())
        .merge(properties::router())
        .merge(rooms::router())
        .merge(images::router())
        .merge(rates::router())
        .merge(availability::router())
        .merge(bookings::router())
        .merge(groups::router())
        .merge(change_requests::router())
        .merge(waitlist::router())
        .merge(wishlist::router())
        .merge(blocks::router())
        .merge(feeds::router())
        .merge(calendar::router())
        .merge(front_desk::router())
        .merge(night_audit::router())
        .merge(reports::router())
        .merge(audit::router())
        .merge(platform::router(config))
}

/// Every problem that a domain knows.
pub fn problems() -> impl Iterator<Item = &'static Problem> {
    [
        authentication::PROBLEMS,
        authorization::PROBLEMS,
        users::PROBLEMS,
        api_keys::PROBLEMS,
        properties::PROBLEMS,
        rooms::PROBLEMS,
        images::PROBLEMS,
        rates::PROBLEMS,
        availability::PROBLEMS,
        bookings::PROBLEMS,
        groups::PROBLEMS,
        change_requests::PROBLEMS,
        waitlist::PROBLEMS,
        wishlist::PROBLEMS,
        blocks::PROBLEMS,
        feeds::PROBLEMS,
        calendar::PROBLEMS,
        front_desk::PROBLEMS,
        night_audit::PROBLEMS,
        reports::PROBLEMS,
        audit::PROBLEMS,
        platform::PROBLEMS,
    ]
    .into_iter()
    .flatten()
    .copied()
}

/// Every job.
pub fn jobs() -> Vec<Job> {
    let mut jobs = vec![Job {
        name: "idempotency.sweep",
        every: Duration::from_secs(3600),
        follows_clock: false,
        run: |app| {
            Box::pin(async move {
                let conn = app.db.conn().await?;
                idempotency::sweep(&conn).await?;
                Ok(())
            })
        },
    }];
    jobs.extend(authentication::jobs());
    jobs.extend(inventory::jobs());
    jobs.extend(bookings::jobs());
    jobs.extend(groups::jobs());
    jobs.extend(change_requests::jobs());
    jobs.extend(waitlist::jobs());
    jobs.extend(night_audit::jobs());
    jobs.extend(images::jobs());
    jobs
}

/// Every consumer of events.
pub fn consumers() -> Vec<Consumer> {
    vec![waitlist::CONSUMER]
}

/// What is to be written in a mail: the domain knows that queued it.
pub fn prepare_mail<'a>(app: &'a App, mail: &'a Queued) -> BoxFuture<'a, Result<Option<Letter>>> {
    match mail.kind {
        MailKind::VerifyEmail
        | MailKind::ResetPassword
        | MailKind::Invitation
        | MailKind::PasswordChanged
        | MailKind::EmailChanged
        | MailKind::SecondFactorChanged => Box::pin(authentication::prepare_mail(app, mail)),
        MailKind::BookingConfirmed | MailKind::BookingChanged | MailKind::BookingCancelled => {
            Box::pin(bookings::prepare_mail(app, mail))
        }
        MailKind::WaitlistOffered => Box::pin(waitlist::prepare_mail(app, mail)),
        MailKind::ChangeProposed => Box::pin(change_requests::prepare_mail(app, mail)),
    }
}
