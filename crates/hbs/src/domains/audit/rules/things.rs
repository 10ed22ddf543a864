//! Things that the record names by their ids, and the names that people know them by.
use super::labels;
use crate::language::Language;
use crate::money::Money;
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// Kind of a thing that has a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Thing {
    Account,
    ApiKey,
    Drawer,
    Extra,
    Folio,
    Group,
    Invoice,
    Payment,
    PaymentLink,
    Person,
    RatePlan,
    Refund,
    Room,
    RoomType,
    Stay,
    TaxRule,
}

impl Thing {
    /// Returns what a field has the ids of.
    pub fn of_field(field: &str) -> Option<Self> {
        Some(match field {
            "account_id" | "to_account_id" => Self::Account,
            "created_by_key" => Self::ApiKey,
            "drawer_id" => Self::Drawer,
            "extra_id" => Self::Extra,
            "folio_id" | "to_folio_id" => Self::Folio,
            "group_id" => Self::Group,
            "corrects_id" | "issued_with_id" => Self::Invoice,
            "payment_id" => Self::Payment,
            "created_by" | "decided_by" | "requested_by" | "taken_by" | "user_id" => Self::Person,
            "rate_plan_id" => Self::RatePlan,
            "room_id" => Self::Room,
            "booked_room_type_id" | "room_type_id" => Self::RoomType,
            "split_from" | "split_into" | "stay_id" => Self::Stay,
            "tax_rule_ids" => Self::TaxRule,
            _ => return None,
        })
    }

    /// Returns the kind by its name in the record; none for what has no name of its own.
    pub fn of_entity(entity: &str) -> Option<Self> {
        Some(match entity {
            "account" => Self::Account,
            "drawer" => Self::Drawer,
            "extra" => Self::Extra,
            "folio" => Self::Folio,
            "group" => Self::Group,
            "invoice" => Self::Invoice,
            "payment" => Self::Payment,
            "payment_link" => Self::PaymentLink,
            "rate_plan" => Self::RatePlan,
            "refund" => Self::Refund,
            "room" => Self::Room,
            "room_type" => Self::RoomType,
            "stay" => Self::Stay,
            "tax_rule" => Self::TaxRule,
            _ => return None,
        })
    }

    /// Returns the name of such a thing: as it was given, or of what has none by what it is and its amount.
    pub fn named(self, language: Language, name: &str, amount: Option<Money>) -> String {
        let amount = amount.map(|amount| language.money(amount)).unwrap_or_default();
        let word = |entity| labels::code(language, entity, name).unwrap_or(name);
        match self {
            Self::Folio => labels::folio(language, word("folio")),
            Self::Invoice => word("invoice").to_owned(),
            Self::Payment => format!("{amount} ({})", word("payment")),
            Self::PaymentLink | Self::Refund => amount,
            Self::Stay => labels::stay(language, name),
            _ => name.to_owned(),
        }
    }

    /// Returns the words for one that is not there any more.
    pub fn gone(self, language: Language) -> &'static str {
        let (english, portuguese) = match self {
            Self::Account => ("an account that is no more", "uma conta corrente que já não existe"),
            Self::ApiKey => ("an API key that is no more", "uma chave de API que já não existe"),
            Self::Drawer => ("a cash drawer that is no more", "uma caixa que já não existe"),
            Self::Extra => ("an extra that is no more", "um extra que já não existe"),
            Self::Folio => ("a folio that is no more", "uma conta que já não existe"),
            Self::Group => ("a group that is no more", "um grupo que já não existe"),
            Self::Invoice => ("a document that is no more", "um documento que já não existe"),
            Self::Payment => ("a payment that is no more", "um pagamento que já não existe"),
            Self::PaymentLink => ("a payment link that is no more", "uma ligação de pagamento que já não existe"),
            Self::Person => ("somebody whose account is no more", "alguém cuja conta já não existe"),
            Self::RatePlan => ("a rate plan that is no more", "uma tarifa que já não existe"),
            Self::Refund => ("a refund that is no more", "um reembolso que já não existe"),
            Self::Room => ("a room that is no more", "um quarto que já não existe"),
            Self::RoomType => ("a room type that is no more", "um tipo de quarto que já não existe"),
            Self::Stay => ("a stay that is no more", "uma estadia que já não existe"),
            Self::TaxRule => ("a tax that is no more", "uma taxa que já não existe"),
        };
        match language {
            Language::English => english,
            Language::Portuguese => portuguese,
        }
    }
}

/// Names of the things that some entries tell of, in one language.
#[derive(Debug, Default)]
pub struct Named {
    names: HashMap<(Thing, Uuid), String>,
    /// Rooms of which it is certain that the guests have them, or had them.
    certain_rooms: HashSet<Uuid>,
}

impl Named {
    pub fn put(&mut self, thing: Thing, id: Uuid, name: String) {
        self.names.insert((thing, id), name);
    }

    pub fn put_certain_room(&mut self, room_id: Uuid) {
        self.certain_rooms.insert(room_id);
    }

    pub fn get(&self, thing: Thing, id: Uuid) -> Option<&str> {
        self.names.get(&(thing, id)).map(String::as_str)
    }

    /// Returns `true` for a room that guests may know of.
    pub fn is_certain(&self, room_id: Uuid) -> bool {
        self.certain_rooms.contains(&room_id)
    }

    /// Returns `true` if the booking has no second stay.
    pub fn has_one_stay(&self) -> bool {
        self.names.keys().filter(|(thing, _)| *thing == Thing::Stay).count() == 1
    }
}
