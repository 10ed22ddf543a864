//! The page that is printed.
use super::cards::{find, opened, signature_of};
use crate::app::App;
use crate::domains::properties;
use crate::domains::registration_cards::model::{CardDocument, CardGuest, Content, RegistrationCardId};
use crate::domains::registration_cards::rules::Words;
use crate::error::Or404;
use crate::language::Language;
use crate::outbox::{self, Event};
use crate::security::permission::{GuestDocumentsRead, GuestsRead};
use crate::security::{Permission, Staff};
use crate::{Error, Result};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use diesel_async::AsyncConnection;
use futures_util::TryStreamExt;
use minijinja::{Environment, UndefinedBehavior, Value, context};
use serde_json::json;
use sha2::{Digest, Sha256};

const STYLE: &str = include_str!("card.css");
const TEMPLATE: &str = include_str!("card.html");

/// A card as a page, with the rights that a browser gives it: nothing runs, and the signature is in the page.
pub struct Page {
    pub html: String,
    pub policy: String,
}

/// Stands for the number of a document that whoever prints the card may not read.
const HIDDEN: &str = "•••••";

/// A card as it was made, with its signature if there is one. Numbers of documents are for those who may read these, and whoever
/// does is on the record.
pub async fn print(app: &App, staff: &Staff<GuestsRead>, id: RegistrationCardId) -> Result<Page> {
    let mut conn = app.db.conn().await?;
    let card = find(&conn, &staff.scope, id).await?;
    let property = properties::find(&conn, card.property_id).await?.or_404("registration card")?;
    let mut content = opened(&card, &app.security.data_key)?;
    let documents = content.guests.iter().filter(|guest| guest.document.is_some()).count();
    if !staff.caller.holds(GuestDocumentsRead::NAME, Some(card.property_id)) {
        content.hide_numbers(HIDDEN);
    } else if documents > 0 {
        let cause = staff.caller.cause(app.clock.now());
        let event = Event::of("registration_card.documents_read", &card).with("documents", documents);
        conn.transaction(async |conn| outbox::publish(conn, &cause, [event]).await).await?;
        app.relay.wake();
    }
    drop(conn);
    let signature = match signature_of(&card) {
        Some((name, format)) => {
            let file = app.objects.get(&name).await?.or_404("signature")?;
            let bytes = file.content.map_ok(|part| part.to_vec()).try_concat().await.map_err(Error::internal)?;
            Some(format!("data:{};base64,{}", format.content_type(), BASE64_STANDARD.encode(bytes)))
        }
        None => None,
    };
    let language = Language::of(&card.locale).unwrap_or(Language::English);
    let signed_on = card.signed_at.map(|at| {
        let local = property.local_time(at);
        format!("{}, {}", language.date(local.date()), local.format("%H:%M"))
    });
    let html = fill(&content, language, signature.as_deref(), card.signed_by.as_deref(), signed_on.as_deref())?;
    let style = BASE64_STANDARD.encode(Sha256::digest(STYLE));
    let policy = format!(
        "default-src 'none'; img-src data:; style-src 'sha256-{style}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    );
    Ok(Page { html, policy })
}

fn fill(
    content: &Content,
    language: Language,
    signature: Option<&str>,
    signed_by: Option<&str>,
    signed_on: Option<&str>,
) -> Result<String> {
    let words = Words::of(language);
    let document =
        |document: &CardDocument| format!("{} {} ({})", words.of_document(document.kind), document.number, document.country);
    let guest = |guest: &CardGuest| {
        json!({
            "full_name": guest.full_name,
            "birth_date": guest.birth_date.map(|date| date.format("%d.%m.%Y").to_string()),
            "nationality": guest.nationality,
            "document": guest.document.as_ref().map(document).unwrap_or_default(),
        })
    };
    let guests: Vec<serde_json::Value> = content.guests.iter().map(guest).collect();
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.add_template("card.html", TEMPLATE).map_err(Error::internal)?;
    let values = context! {
        language => language.code(),
        style => Value::from_safe_string(STYLE.into()),
        words => minijinja::value::Serde(words),
        card => minijinja::value::Serde(content),
        guests => minijinja::value::Serde(guests),
        check_in => language.date(content.check_in),
        check_out => language.date(content.check_out),
        signature => signature.map(|data| Value::from_safe_string(data.into())),
        signed_by => signed_by,
        signed_on => signed_on,
    };
    environment.get_template("card.html").and_then(|template| template.render(values)).map_err(Error::internal)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domains::guests::DocumentKind;
    use crate::testing::december;

    #[test]
    fn what_guests_are_called_does_nothing_in_the_page() {
        let document = CardDocument { kind: DocumentKind::Passport, number: "CA1".into(), country: "PT".into() };
        let guest = |name: &str, document| CardGuest { full_name: name.into(), birth_date: None, nationality: None, document };
        let content = Content {
            hotel: "Miramar & Sons".into(),
            address: vec!["Rua 1".into(), "1000 Lisboa".into()],
            reference: "HBS-7KQ2M9XA".into(),
            room_number: None,
            check_in: december(10),
            check_out: december(12),
            adults: 2,
            children: 1,
            guests: vec![guest("<script>alert(1)</script>", Some(document)), guest("Rui", None)],
            terms: Some("Leave by 11:00.\n\"Quiet\" & <b>clean</b>.".into()),
        };
        let html = fill(&content, Language::Portuguese, Some("data:image/jpeg;base64,AA=="), Some("Ana"), None).expect("a page");
        assert!(html.contains("&lt;script&gt;") && !html.contains("<script") && !html.contains("<b>"), "{html}");
        for part in [
            "Miramar &amp; Sons",
            "Ficha de registo",
            "quinta-feira, 10 de dezembro de 2026",
            "Passaporte CA1 (PT)",
            "data:image/jpeg;base64,AA==",
            "Rua 1, 1000 Lisboa",
        ] {
            assert!(html.contains(part), "no {part:?} in {html}");
        }
        let unsigned = fill(&content, Language::English, None, None, None).expect("a page");
        assert!(!unsigned.contains("<img") && unsigned.contains("Registration card"), "{unsigned}");
        let style = unsigned.split("<style>").nth(1).and_then(|rest| rest.split("</style>").next());
        assert_eq!(style, Some(STYLE), "the digest in the policy is of what stands there");
    }
}
