//! The words of registration cards. Pure.
use crate::domains::guests::DocumentKind;
use crate::language::Language;
use crate::texts::{self, Locale};
use serde::Serialize;
use std::collections::BTreeMap;

/// Words that are printed on a card.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Words {
    pub title: &'static str,
    pub reference: &'static str,
    pub room: &'static str,
    pub arrival: &'static str,
    pub departure: &'static str,
    pub adults: &'static str,
    pub children: &'static str,
    pub name: &'static str,
    pub birth_date: &'static str,
    pub nationality: &'static str,
    pub document: &'static str,
    pub terms: &'static str,
    pub signature: &'static str,
    pub signed_by: &'static str,
    pub date: &'static str,
    pub passport: &'static str,
    pub identity_card: &'static str,
    pub driving_licence: &'static str,
    pub residence_permit: &'static str,
}

const ENGLISH: Words = Words {
    title: "Registration card",
    reference: "Booking",
    room: "Room",
    arrival: "Arrival",
    departure: "Departure",
    adults: "Adults",
    children: "Children",
    name: "Name",
    birth_date: "Date of birth",
    nationality: "Nationality",
    document: "Document",
    terms: "Terms",
    signature: "Signature",
    signed_by: "Signed by",
    date: "Date",
    passport: "Passport",
    identity_card: "Identity card",
    driving_licence: "Driving licence",
    residence_permit: "Residence permit",
};

const PORTUGUESE: Words = Words {
    title: "Ficha de registo",
    reference: "Reserva",
    room: "Quarto",
    arrival: "Chegada",
    departure: "Partida",
    adults: "Adultos",
    children: "Crianças",
    name: "Nome",
    birth_date: "Data de nascimento",
    nationality: "Nacionalidade",
    document: "Documento",
    terms: "Condições",
    signature: "Assinatura",
    signed_by: "Assinado por",
    date: "Data",
    passport: "Passaporte",
    identity_card: "Cartão de identidade",
    driving_licence: "Carta de condução",
    residence_permit: "Título de residência",
};

impl Words {
    pub fn of(language: Language) -> Self {
        match language {
            Language::English => ENGLISH,
            Language::Portuguese => PORTUGUESE,
        }
    }

    /// Returns the word for a kind of document.
    pub fn of_document(self, kind: DocumentKind) -> &'static str {
        match kind {
            DocumentKind::Passport => self.passport,
            DocumentKind::IdentityCard => self.identity_card,
            DocumentKind::DrivingLicence => self.driving_licence,
            DocumentKind::ResidencePermit => self.residence_permit,
        }
    }
}

/// Returns the text that suits readers of these languages best, best language first; the first one there is if none does.
pub fn best<'a>(texts: &'a BTreeMap<Locale, String>, wanted: &[&Locale]) -> Option<&'a str> {
    let there: Vec<&str> = texts.keys().map(Locale::as_str).collect();
    let suits = texts::best(wanted.iter().copied(), &there);
    let chosen = suits.and_then(|suits| texts.iter().find(|(locale, _)| locale.as_str() == suits));
    chosen.or_else(|| texts.iter().next()).map(|(_, text)| text.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_are_in_the_language_that_suits_best() {
        let locale = |text: &str| text.parse::<Locale>().expect("a locale");
        let texts: BTreeMap<Locale, String> = [("en", "English"), ("pt-BR", "Brazilian"), ("pt", "Portuguese")]
            .map(|(at, text)| (locale(at), text.to_owned()))
            .into();
        for (wanted, expected) in [
            (&["pt-BR", "en"][..], "Brazilian"),
            (&["pt-PT"], "Portuguese"),
            (&["de", "en-GB"], "English"),
            (&["fr"], "English"),
            (&[], "English"),
        ] {
            let wanted: Vec<Locale> = wanted.iter().map(|text| locale(text)).collect();
            assert_eq!(best(&texts, &wanted.iter().collect::<Vec<_>>()), Some(expected), "{wanted:?}");
        }
        assert_eq!(best(&BTreeMap::new(), &[&locale("en")]), None);
    }
}
