//! The API tests: one binary, real stores. `support` says how a test gets its HBS.
mod architecture;
mod books;
mod boundary;
mod busy_day;
mod checks;
mod connections;
mod demo;
mod every_route;
mod faults;
mod gateways;
mod indexes;
mod large;
mod mail;
mod matrix;
mod migrating;
mod model;
mod money;
mod openapi;
mod propagation;
mod races;
mod rate_limits;
mod record;
mod rendering;
mod schema;
mod support;
mod texts;
mod tokens;
mod values;

#[path = "../../src/domains/accounting/tests.rs"]
mod accounting;
#[path = "../../src/domains/accounts/tests.rs"]
mod accounts;
#[path = "../../src/domains/api_keys/tests.rs"]
mod api_keys;
#[path = "../../src/domains/audit/tests/mod.rs"]
mod audit;
#[path = "../../src/domains/authentication/tests/mod.rs"]
mod authentication;
#[path = "../../src/domains/authorization/tests.rs"]
mod authorization;
#[path = "../../src/domains/availability/tests.rs"]
mod availability;
#[path = "../../src/domains/backups/tests/mod.rs"]
mod backups;
#[path = "../../src/domains/blocks/tests.rs"]
mod blocks;
#[path = "../../src/domains/bookings/tests/mod.rs"]
mod bookings;
#[path = "../../src/domains/calendar/tests.rs"]
mod calendar;
#[path = "../../src/domains/catalogue/tests.rs"]
mod catalogue;
#[path = "../../src/domains/change_requests/tests.rs"]
mod change_requests;
#[path = "../../src/domains/checkpoints/tests.rs"]
mod checkpoints;
#[path = "../../src/domains/content/tests/mod.rs"]
mod content;
#[path = "../../src/domains/drawers/tests.rs"]
mod drawers;
#[path = "../../src/domains/events/tests/mod.rs"]
mod events;
#[path = "../../src/domains/extras/tests.rs"]
mod extras;
#[path = "../../src/domains/feeds/tests/mod.rs"]
mod feeds;
#[path = "../../src/domains/folios/tests.rs"]
mod folios;
#[path = "../../src/domains/front_desk/tests.rs"]
mod front_desk;
#[path = "../../src/domains/groups/tests.rs"]
mod groups;
#[path = "../../src/domains/guests/tests.rs"]
mod guests;
#[path = "../../src/domains/housekeeping/tests.rs"]
mod housekeeping;
#[path = "../../src/domains/images/tests.rs"]
mod images;
#[path = "../../src/domains/invoices/tests/mod.rs"]
mod invoices;
#[path = "../../src/domains/issues/tests/mod.rs"]
mod issues;
#[path = "../../src/domains/lost_property/tests.rs"]
mod lost_property;
#[path = "../../src/domains/night_audit/tests/mod.rs"]
mod night_audit;
#[path = "../../src/domains/notifications/tests/mod.rs"]
mod notifications;
#[path = "../../src/domains/offers/tests/mod.rs"]
mod offers;
#[path = "../../src/domains/openings/tests.rs"]
mod openings;
#[path = "../../src/domains/payment_links/tests.rs"]
mod payment_links;
#[path = "../../src/domains/payments/tests/mod.rs"]
mod payments;
#[path = "../../src/domains/payments_due/tests.rs"]
mod payments_due;
#[path = "../../src/domains/platform/tests.rs"]
mod platform;
#[path = "../../src/domains/privacy/tests/mod.rs"]
mod privacy;
#[path = "../../src/domains/properties/tests.rs"]
mod properties;
#[path = "../../src/domains/rates/tests/mod.rs"]
mod rates;
#[path = "../../src/domains/refunds/tests/mod.rs"]
mod refunds;
#[path = "../../src/domains/registration_cards/tests.rs"]
mod registration_cards;
#[path = "../../src/domains/reports/tests.rs"]
mod reports;
#[path = "../../src/domains/retention/tests.rs"]
mod retention;
#[path = "../../src/domains/reviews/tests/mod.rs"]
mod reviews;
#[path = "../../src/domains/rooms/tests.rs"]
mod rooms;
#[path = "../../src/domains/search/tests.rs"]
mod search;
#[path = "../../src/domains/users/tests.rs"]
mod users;
#[path = "../../src/domains/waitlist/tests.rs"]
mod waitlist;
#[path = "../../src/domains/webhooks/tests/mod.rs"]
mod webhooks;
#[path = "../../src/domains/wishlist/tests.rs"]
mod wishlist;

/// Requests of each domain's operations, for `every_route`.
const REQUESTS: &[fn() -> Vec<every_route::Request>] = &[
    accounting::requests,
    accounts::requests,
    api_keys::requests,
    audit::requests,
    authentication::requests,
    authorization::requests,
    availability::requests,
    backups::requests,
    blocks::requests,
    bookings::requests,
    calendar::requests,
    change_requests::requests,
    checkpoints::requests,
    content::requests,
    drawers::requests,
    events::requests,
    extras::requests,
    feeds::requests,
    folios::requests,
    front_desk::requests,
    groups::requests,
    guests::requests,
    housekeeping::requests,
    images::requests,
    invoices::requests,
    issues::requests,
    lost_property::requests,
    night_audit::requests,
    offers::requests,
    notifications::requests,
    openings::requests,
    payment_links::requests,
    payments::requests,
    payments_due::requests,
    platform::requests,
    privacy::requests,
    properties::requests,
    rates::requests,
    refunds::requests,
    registration_cards::requests,
    reports::requests,
    retention::requests,
    reviews::requests,
    rooms::requests,
    search::requests,
    users::requests,
    waitlist::requests,
    webhooks::requests,
    wishlist::requests,
];
