//! Choices of whoever pays: how the payment goes, and all that is ordered about it later.
use serde::{Deserialize, Serialize};

/// Choice on the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Choice {
    Succeeds,
    Declined,
    SecondFactor,
    LostAnswers,
    Late,
    RefundsFailLater,
    DisputedLater,
    UnorderedEvents,
    ChargesDeclined,
}

impl Choice {
    pub const ALL: [Self; 9] = [
        Self::Succeeds,
        Self::Declined,
        Self::SecondFactor,
        Self::LostAnswers,
        Self::Late,
        Self::RefundsFailLater,
        Self::DisputedLater,
        Self::UnorderedEvents,
        Self::ChargesDeclined,
    ];

    /// Returns the word of the choice in the page's form.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Succeeds => "succeeds",
            Self::Declined => "declined",
            Self::SecondFactor => "second_factor",
            Self::LostAnswers => "lost_answers",
            Self::Late => "late",
            Self::RefundsFailLater => "refunds_fail_later",
            Self::DisputedLater => "disputed_later",
            Self::UnorderedEvents => "unordered_events",
            Self::ChargesDeclined => "charges_declined",
        }
    }

    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|choice| choice.word() == word)
    }

    /// Returns the name of the choice on the page.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Succeeds => "Goes well",
            Self::Declined => "Is declined",
            Self::SecondFactor => "Needs a second factor",
            Self::LostAnswers => "Times out after it was done",
            Self::Late => "Is answered late",
            Self::RefundsFailLater => "Goes well, refunds fail days later",
            Self::DisputedLater => "Goes well, is disputed days later",
            Self::UnorderedEvents => "Goes well, events come twice and out of order",
            Self::ChargesDeclined => "Goes well, later charges of this card are declined",
        }
    }

    /// Returns what follows from the choice, in a sentence of the page.
    #[must_use]
    pub fn about(self) -> &'static str {
        match self {
            Self::Succeeds => "You come back to the hotel, and the hotel is told.",
            Self::Declined => "The bank says no, and this page is closed.",
            Self::SecondFactor => "The bank asks on a further page whether it is you.",
            Self::LostAnswers => {
                "You do not come back, and the hotel is told late. Captures, refunds and other orders about it are done, and \
                 never answered the first time."
            }
            Self::Late => "The bank takes its time, and so does each answer to the hotel.",
            Self::RefundsFailLater => "Each refund succeeds, and comes back after three days.",
            Self::DisputedLater => "After three days the cardholder's bank takes the money back.",
            Self::UnorderedEvents => "The hotel is told everything twice, the latest first.",
            Self::ChargesDeclined => "What the hotel charges later while you are not there is declined.",
        }
    }
}
