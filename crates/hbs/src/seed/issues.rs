//! What guests of the demo hotels have to say.
use crate::Result;
use crate::domains::issues::{self, DemoIssue, IssueCategory};
use crate::outbox::Cause;
use crate::stores::postgres::Conn;
use uuid::Uuid;

/// Issues by the name of the guest who raises them.
const ISSUES: &[(&str, DemoIssue)] = &[
    (
        "Clara Neves",
        DemoIssue {
            category: IssueCategory::RoomDefect,
            is_urgent: true,
            subject: "The shower is cold",
            text: "There has been no warm water in 106 since this morning.",
            answer: Some("We are sorry. Somebody is on the way and should be with you within half an hour."),
            note: Some("Third time this month: have the mixer changed when the room is free."),
        },
    ),
    (
        "Aiko Tanaka",
        DemoIssue {
            category: IssueCategory::Service,
            is_urgent: false,
            subject: "A taxi to the airport",
            text: "Could you order a taxi for the morning we leave, at six?",
            answer: None,
            note: None,
        },
    ),
    (
        "Henry Clarke",
        DemoIssue {
            category: IssueCategory::Noise,
            is_urgent: false,
            subject: "Music until late",
            text: "The bar below us played until two last night. Can we move to a quieter room?",
            answer: Some("We can offer you the suite above from tomorrow on. Shall we move you?"),
            note: None,
        },
    ),
    (
        "Maya Cohen",
        DemoIssue {
            category: IssueCategory::Accessibility,
            is_urgent: false,
            subject: "A chair for the shower",
            text: "My mother needs a chair in the shower. Do you have one?",
            answer: None,
            note: None,
        },
    ),
];

/// Loads what a guest has to say about a booking that was made just now, if anything.
pub async fn load(conn: &Conn, property_id: Uuid, guest: &str, booking_id: Uuid, cause: &Cause) -> Result<()> {
    for (_, issue) in ISSUES.iter().filter(|(name, _)| *name == guest) {
        issues::load_for_demo(conn, property_id, booking_id, issue, cause).await?;
    }
    Ok(())
}
