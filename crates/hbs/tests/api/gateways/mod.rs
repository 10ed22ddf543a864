//! Gateways that take payments: the demo gateway with its page and its books, and Stripe by what it answers.
mod demo;
mod kills;
mod localstripe;
mod process;
mod stripe;

use chrono::{DateTime, TimeDelta, Utc};
use hbs::clock::Clock;
use hbs::gateways::{Capture, Checkout, Purpose};
use hbs::language::Language;
use hbs::money::Money;
use uuid::Uuid;

fn eur(amount: &str) -> Money {
    Money::parse(amount, "EUR".parse().expect("EUR")).expect(amount)
}

/// An order of a page on which a hundred euros are paid.
fn order(capture: Capture) -> Checkout {
    Checkout {
        payment_id: Uuid::now_v7(),
        purpose: Purpose::Pay { amount: eur("100.00"), capture, stores_guarantee: false },
        description: "Booking HBS-7K2M9QXT at Hotel Miramar".into(),
        email: Some("ada@guest.example".into()),
        language: Language::English,
        return_url: "https://hotel.example/paid?b=1&c=2".into(),
        cancel_url: "https://hotel.example/not-paid".into(),
        expires_at: in_an_hour(),
    }
}

/// An order of a page on which a guarantee is left.
fn guarantee_order() -> Checkout {
    let currency = "EUR".parse().expect("EUR");
    Checkout { purpose: Purpose::Guarantee { currency }, ..order(Capture::Automatic) }
}

fn in_an_hour() -> DateTime<Utc> {
    Clock::real_now() + TimeDelta::hours(1)
}
