//! One entry of a history in words.
use super::labels::{self, Form};
use super::sentences;
use super::things::Thing;
use super::values::{Place, Writer};
use crate::language::Language;
use serde_json::{Map, Value};
use uuid::Uuid;

/// The actor, as far as a reader may know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// The guest whose booking it is.
    Guest,
    /// Somebody at the hotel, for guests.
    Hotel,
    System,
    Anonymous,
    /// An integration, with the name of its key if that is there.
    ApiKey(Option<String>),
    Person(String),
    /// A user who works nowhere by now.
    GuestOrFormerStaff,
    /// A user whose account is gone.
    Unknown,
}

/// The facts of an entry that its reader may know.
#[derive(Debug)]
pub struct Happening<'a> {
    pub kind: &'a str,
    pub entity: &'a str,
    pub entity_id: Uuid,
    pub changes: &'a Map<String, Value>,
    pub actor: &'a Actor,
}

/// An entry in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    pub summary: String,
    pub details: Vec<Detail>,
}

/// A changed field in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Detail {
    pub field: String,
    pub label: String,
    pub before: Option<String>,
    pub after: Option<String>,
    pub is_withheld: bool,
}

/// Tells entries in words.
#[derive(Debug, Clone, Copy)]
pub struct Teller<'a>(pub Writer<'a>);

impl Teller<'_> {
    pub fn tell(&self, happening: &Happening<'_>) -> Told {
        let details: Vec<Detail> =
            happening.changes.iter().filter_map(|(field, change)| self.detail(happening.entity, field, change)).collect();
        let summary = sentences::fill(self.0.language, happening.kind, |name| self.variable(happening, &details, name));
        Told { summary, details }
    }

    /// A field that people read something in and that is another than before, if it is one.
    fn detail(&self, entity: &str, field: &str, change: &Value) -> Option<Detail> {
        if labels::is_silent(field) {
            return None;
        }
        let is_withheld = change["withheld"] == true;
        let write = |value: &Value| self.0.write(entity, field, value, Place::Alone);
        let (before, after) = (write(&change["before"]), write(&change["after"]));
        let label = labels::label(self.0.language, field);
        (is_withheld || before != after).then(|| Detail { field: field.to_owned(), label, before, after, is_withheld })
    }

    /// The value of a variable of a sentence: of a field, after the change and before it (`total`, `total.before`; the latter
    /// only if it differs), or one of those that are made of several.
    fn variable(&self, happening: &Happening<'_>, details: &[Detail], name: &str) -> Option<String> {
        match name {
            "who" => Some(happening.actor.words(self.0.language).1),
            "entity" => Some(labels::entity(self.0.language, happening.entity).to_owned()),
            "thing" => self.0.named.get(Thing::of_entity(happening.entity)?, happening.entity_id).map(str::to_owned),
            "stay" => self.stay(happening, Form::Plain),
            "of_stay" => self.stay(happening, Form::Of),
            "to_stay" => self.stay(happening, Form::To),
            "changes" => self.changes(details),
            "amount" => {
                happening.changes.get("amount_minor")?["after"].as_i64().map(|minor| self.0.amount(minor.saturating_abs()))
            }
            _ => self.field(happening, name),
        }
    }

    fn field(&self, happening: &Happening<'_>, name: &str) -> Option<String> {
        let (field, side) = name.strip_suffix(".before").map_or((name, "after"), |field| (field, "before"));
        let change = happening.changes.get(field)?;
        let write = |side: &str| self.0.write(happening.entity, field, &change[side], Place::InSentence);
        write(side).filter(|_| side == "after" || change["before"] != change["after"])
    }

    /// The stay that the entry is about, if it is about one.
    fn stay(&self, happening: &Happening<'_>, form: Form) -> Option<String> {
        let id = match happening.entity {
            "stay" => happening.entity_id,
            _ => happening.changes.get("stay_id")?["after"].as_str()?.parse().ok()?,
        };
        let (language, named) = (self.0.language, self.0.named);
        let name = named.get(Thing::Stay, id).filter(|_| !named.has_one_stay());
        Some(labels::of_stay(language, form, name))
    }

    fn changes(&self, details: &[Detail]) -> Option<String> {
        let told = |detail: &Detail| {
            let Detail { label, before, after, .. } = detail;
            labels::change(self.0.language, label, before.as_deref(), after.as_deref())
        };
        let told: Vec<String> = details.iter().map(told).collect();
        Some(told.join("; ")).filter(|told| !told.is_empty())
    }
}

impl Actor {
    /// Returns the actor as a name, which is no beginning of a sentence.
    pub fn name(&self, language: Language) -> String {
        let (name, _) = self.words(language);
        name
    }

    /// Returns the actor as a name, and as a sentence begins with it.
    fn words(&self, language: Language) -> (String, String) {
        let (english, portuguese) = match self {
            Self::Guest => (("guest", "The guest"), ("hóspede", "O hóspede")),
            Self::Hotel => (("hotel", "The hotel"), ("hotel", "O hotel")),
            Self::System => (("system", "The system"), ("sistema", "O sistema")),
            Self::Anonymous => {
                let english = ("somebody not signed in", "Somebody not signed in");
                (english, ("alguém sem sessão iniciada", "Alguém sem sessão iniciada"))
            }
            Self::GuestOrFormerStaff => {
                let english = ("guest or former staff", "A guest or former member of staff");
                (english, ("hóspede ou antigo colaborador", "Um hóspede ou antigo colaborador"))
            }
            Self::Unknown => {
                let english = ("somebody whose account is no more", "Somebody whose account is no more");
                (english, ("alguém cuja conta já não existe", "Alguém cuja conta já não existe"))
            }
            Self::ApiKey(None) => {
                let english = ("an API key that is no more", "An API key that is no more");
                (english, ("uma chave de API que já não existe", "Uma chave de API que já não existe"))
            }
            Self::ApiKey(Some(name)) => {
                let begins = match language {
                    Language::English => format!("API key {name}"),
                    Language::Portuguese => format!("A chave de API {name}"),
                };
                return (name.clone(), begins);
            }
            Self::Person(name) => return (name.clone(), name.clone()),
        };
        let (name, begins) = match language {
            Language::English => english,
            Language::Portuguese => portuguese,
        };
        (name.to_owned(), begins.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::super::things::Named;
    use super::*;
    use serde_json::json;

    fn told(language: Language, kind: &str, changes: &Value) -> Told {
        let mut named = Named::default();
        for (number, room) in [("101", Uuid::nil()), ("102", Uuid::max())] {
            named.put(Thing::Room, room, number.to_owned());
        }
        named.put(Thing::Stay, Uuid::nil(), Thing::Stay.named(language, "1", None));
        named.put(Thing::Stay, Uuid::max(), Thing::Stay.named(language, "2", None));
        let currency = "EUR".parse().expect("a currency");
        let writer = Writer { language, currency, zone: chrono_tz::Tz::Europe__Lisbon, named: &named };
        let entity = kind.split('.').next().expect("an entity");
        let actor = Actor::Person("Maria Costa".to_owned());
        let changes = changes.as_object().expect("changes");
        Teller(writer).tell(&Happening { kind, entity, entity_id: Uuid::max(), changes, actor: &actor })
    }

    #[test]
    fn a_move_names_the_rooms() {
        let changes = json!({"room_id": {"before": Uuid::nil(), "after": Uuid::max()}});
        let english = told(Language::English, "stay.moved", &changes);
        assert_eq!(english.summary, "Maria Costa moved stay 2 from room 101 to room 102.");
        let detail = &english.details[0];
        assert_eq!(
            (detail.label.as_str(), detail.before.as_deref(), detail.after.as_deref()),
            ("room", Some("101"), Some("102"))
        );
        let portuguese = told(Language::Portuguese, "stay.moved", &changes);
        assert_eq!(portuguese.summary, "Maria Costa mudou a estadia 2 de quarto (antes quarto 101, agora quarto 102).");
    }

    #[test]
    fn what_is_withheld_is_said_to_have_changed() {
        let changes = json!({"special_requests": {"withheld": true}, "guest_id": {"withheld": true},
                             "arrival_time": {"before": null, "after": "14:00:00"}});
        let english = told(Language::English, "booking.updated", &changes);
        assert_eq!(english.summary, "Maria Costa changed the booking: arrival time 14:00; special requests changed.");
        let portuguese = told(Language::Portuguese, "booking.updated", &changes);
        assert_eq!(
            portuguese.summary,
            "Maria Costa atualizou a reserva: hora de chegada 14:00; pedidos especiais com alterações."
        );
        let withheld: Vec<bool> = english.details.iter().map(|detail| detail.is_withheld).collect();
        assert_eq!(withheld, [false, true]);
    }

    #[test]
    fn what_stays_as_it_was_is_not_told() {
        let same = json!({"amount": "200.00", "currency": "EUR"});
        let changes =
            json!({"total": {"before": same, "after": same}, "check_out": {"before": "2026-12-12", "after": "2026-12-13"}});
        let english = told(Language::English, "booking.amended", &changes);
        assert_eq!(english.details.len(), 1, "{english:?}");
        assert!(!english.summary.contains("200.00"), "{english:?}");
    }

    #[test]
    fn what_nobody_has_words_for_is_told_all_the_same() {
        let changes = json!({"status": {"before": "open", "after": "signed"}});
        let of = |language: Language, kind: &str| told(language, kind, &changes).summary;
        assert_eq!(of(Language::English, "review.sung"), "Maria Costa changed the review: status from open to signed.");
        assert_eq!(of(Language::Portuguese, "oddity.deleted"), "Maria Costa removeu algo da reserva.");
        assert_eq!(
            of(Language::English, "oddity.created"),
            "Maria Costa added something of the booking: status from open to signed."
        );
    }
}
