//! Letters about bookings: their texts, in each language.
use super::service;
use crate::mail::{Letters, Prepare, texts};

pub const LETTERS: Letters = Letters {
    texts: &[
        texts!(
            "en": "booking_confirmed", "booking_changed", "booking_cancelled", "booking_access", "booking_look_up",
            "booking_address_changed"
        ),
        texts!(
            "pt": "booking_confirmed", "booking_changed", "booking_cancelled", "booking_access", "booking_look_up",
            "booking_address_changed"
        ),
    ],
    // All tell of the booking in the same words, and those about a stay to come of what the hotel has written.
    parts: &[
        ("information.txt", include_str!("letters/information.txt")),
        ("information.html", include_str!("letters/information.html")),
        ("en/booking.txt", include_str!("letters/en/booking.txt")),
        ("en/booking.html", include_str!("letters/en/booking.html")),
        ("pt/booking.txt", include_str!("letters/pt/booking.txt")),
        ("pt/booking.html", include_str!("letters/pt/booking.html")),
    ],
    prepare: Prepare::Together(|app, mails| Box::pin(service::prepare_mails(app, mails))),
};
