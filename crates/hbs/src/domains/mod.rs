//! The domains: one line each in [`ALL`].
pub mod accounting;
pub mod accounts;
pub mod api_keys;
pub mod audit;
pub mod authentication;
pub mod authorization;
pub mod availability;
pub mod backups;
pub mod blocks;
pub mod bookings;
pub mod calendar;
pub mod catalogue;
pub mod change_requests;
pub mod checkpoints;
pub mod content;
pub mod drawers;
pub mod events;
pub mod extras;
pub mod feeds;
pub mod folios;
pub mod front_desk;
pub mod groups;
pub mod guests;
pub mod housekeeping;
pub mod images;
pub mod inventory;
pub mod invoices;
pub mod issues;
pub mod lost_property;
pub mod night_audit;
pub mod notifications;
pub mod offers;
pub mod openings;
pub mod payment_links;
pub mod payments;
pub mod payments_due;
pub mod platform;
pub mod privacy;
pub mod properties;
pub mod rates;
pub mod refunds;
pub mod registration_cards;
pub mod reports;
pub mod retention;
pub mod reviews;
pub mod rooms;
pub mod search;
pub mod stays;
pub mod users;
pub mod waitlist;
pub mod webhooks;
pub mod wishlist;

use crate::domain::Domain;

/// Every domain, in reading order.
pub const ALL: &[Domain] = &[
    authentication::DOMAIN,
    properties::DOMAIN,
    images::DOMAIN,
    content::DOMAIN,
    stays::DOMAIN,
    inventory::DOMAIN,
    rooms::DOMAIN,
    blocks::DOMAIN,
    feeds::DOMAIN,
    rates::DOMAIN,
    catalogue::DOMAIN,
    availability::DOMAIN,
    guests::DOMAIN,
    accounts::DOMAIN,
    bookings::DOMAIN,
    drawers::DOMAIN,
    extras::DOMAIN,
    offers::DOMAIN,
    folios::DOMAIN,
    accounting::DOMAIN,
    openings::DOMAIN,
    payment_links::DOMAIN,
    payments::DOMAIN,
    payments_due::DOMAIN,
    refunds::DOMAIN,
    invoices::DOMAIN,
    groups::DOMAIN,
    change_requests::DOMAIN,
    waitlist::DOMAIN,
    wishlist::DOMAIN,
    reviews::DOMAIN,
    calendar::DOMAIN,
    front_desk::DOMAIN,
    search::DOMAIN,
    housekeeping::DOMAIN,
    lost_property::DOMAIN,
    issues::DOMAIN,
    registration_cards::DOMAIN,
    night_audit::DOMAIN,
    notifications::DOMAIN,
    reports::DOMAIN,
    retention::DOMAIN,
    authorization::DOMAIN,
    users::DOMAIN,
    api_keys::DOMAIN,
    audit::DOMAIN,
    events::DOMAIN,
    checkpoints::DOMAIN,
    webhooks::DOMAIN,
    backups::DOMAIN,
    privacy::DOMAIN,
    platform::DOMAIN,
];
