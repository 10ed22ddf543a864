//! What guests of the demo hotels have to say, and what is answered often.
use crate::Result;
use crate::app::App;
use crate::domains::issues::{self, DemoAnswer, DemoIssue, IssueCategory};
use crate::outbox::Cause;
use crate::stores::postgres::Conn;
use diesel_async::AsyncConnection;
use uuid::Uuid;

const ANSWERS: &[DemoAnswer] = &[
    DemoAnswer {
        title: "Somebody is on the way",
        english: "Dear {{guest_name}},\nwe are sorry. Somebody is on the way to you.\n{{agent_name}}",
        portuguese: "Caro hóspede {{guest_name}},\nlamentamos o sucedido. Alguém vai já ter consigo.\n{{agent_name}}",
    },
    DemoAnswer {
        title: "Breakfast hours",
        english: "Breakfast is from 7:00 to 10:30, on Sundays until 11:30.",
        portuguese: "O pequeno-almoço é das 7h00 às 10h30, aos domingos até às 11h30.",
    },
    DemoAnswer {
        title: "Late departure",
        english: "Dear {{guest_name}},\nyou can keep the room until 14:00 on {{check_out}}.\n{{agent_name}}",
        portuguese: "Caro hóspede {{guest_name}},\npode ficar com o quarto até às 14h00 de {{check_out}}.\n{{agent_name}}",
    },
];

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

/// Loads what the staff of a hotel answer often, in the languages of its guests.
pub async fn load_answers(app: &App, property_id: Uuid) -> Result<()> {
    let cause = Cause::system(app.clock.now());
    let mut conn = app.db.conn().await?;
    conn.transaction(async |conn| issues::load_answers_for_demo(conn, property_id, ANSWERS, &cause).await).await
}
