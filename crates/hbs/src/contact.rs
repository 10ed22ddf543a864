//! Addresses and numbers of people, in the form in which they are stored and compared.

use serde::{Deserialize, Serialize};

/// Contact person of a booking or group.
#[derive(Debug, Clone, Serialize, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Contact {
    /// Full name of the contact person, 1 to 200 characters.
    #[garde(length(chars, min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200, example = "Ana Sousa")]
    pub full_name: String,
    /// E-mail address of the contact person, at most 254 characters; stored in lower case. Staff can leave it out, or send null:
    /// then no mails are sent.
    #[garde(inner(email, custom(at_a_domain), length(max = 254)))]
    #[serde(default, deserialize_with = "emails::optional")]
    #[schema(format = "email", max_length = 254, example = "ana@example.com")]
    pub email: Option<String>,
    /// Phone number of the contact person, 3 to 40 characters in any form; null or left out if there is none.
    #[garde(inner(length(chars, min = 3, max = 40)))]
    #[schema(min_length = 3, max_length = 40, example = "+351910000000")]
    pub phone: Option<String>,
}

/// Postal address of a guest, a company or an agent. What is not known is left out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PostalAddress {
    /// Street with the house number, 1 to 200 characters; null or left out if it is not known.
    #[garde(inner(length(chars, min = 1, max = 200)))]
    #[schema(min_length = 1, max_length = 200, example = "Rua Augusta 12")]
    pub street: Option<String>,
    /// Name of the city, 1 to 100 characters; null or left out if it is not known.
    #[garde(inner(length(chars, min = 1, max = 100)))]
    #[schema(min_length = 1, max_length = 100, example = "Lisboa")]
    pub city: Option<String>,
    /// Postal code, 1 to 20 characters; null or left out if it is not known.
    #[garde(inner(length(chars, min = 1, max = 20)))]
    #[schema(min_length = 1, max_length = 20, example = "1100-053")]
    pub postal_code: Option<String>,
    /// Country code, ISO 3166-1 alpha-2; null or left out if it is not known.
    #[garde(inner(pattern(r"^[A-Z]{2}$"), custom(a_country)))]
    #[schema(pattern = r"^[A-Z]{2}$", example = "PT")]
    pub country: Option<String>,
}

impl PostalAddress {
    /// Returns what a patch makes of street, city, postal code and country: none of a part that stays as it is.
    pub fn patched(patch: Option<Option<Self>>) -> [Option<Option<String>>; 4] {
        let Some(address) = patch else { return [const { None }; 4] };
        let Self { street, city, postal_code, country } = address.unwrap_or_default();
        [street, city, postal_code, country].map(Some)
    }

    /// Returns the address, if anything of it is known.
    pub fn known(self) -> Option<Self> {
        (self != Self::default()).then_some(self)
    }
}

#[expect(clippy::ref_option, reason = "garde's signature of a custom rule")]
pub(crate) fn maybe_at_a_domain(email: &Option<String>, (): &()) -> garde::Result {
    email.as_deref().map_or(Ok(()), |email| at_a_domain(email, &()))
}

#[expect(clippy::ref_option, reason = "garde's signature of a custom rule")]
pub(crate) fn patched_at_a_domain(email: &Option<Option<String>>, (): &()) -> garde::Result {
    email.as_ref().map_or(Ok(()), |email| maybe_at_a_domain(email, &()))
}

impl Contact {
    /// Returns the address, which guests must give: what they book is told there.
    pub fn needed_email(&self) -> crate::Result<&str> {
        let missing = || crate::Error::invalid("/contact/email", "is missing: only staff of the hotel can book without one");
        self.email.as_deref().ok_or_else(missing)
    }
}

/// Rule for addresses of contacts: at a domain, and not at a number.
pub fn at_a_domain(email: &str, (): &()) -> garde::Result {
    if emails::is_at_a_domain(email) { Ok(()) } else { Err(garde::Error::new(emails::NOT_AT_A_DOMAIN)) }
}

/// Rule for countries: one that there is. `XK` is what the European Union calls Kosovo until ISO has a code for it. What is no
/// code at all is for the pattern to refuse.
pub fn a_country(code: &str, (): &()) -> garde::Result {
    if code.len() != 2 || code == "XK" || code.parse::<iso_country::Country>().is_ok() {
        Ok(())
    } else {
        Err(garde::Error::new("must be the code of a country, ISO 3166-1 alpha-2, such as PT"))
    }
}

/// Rule for nationalities: that of a country, or `XX` for people who have none.
pub fn a_nationality(code: &str, (): &()) -> garde::Result {
    if code == "XX" { Ok(()) } else { a_country(code, &()) }
}

/// E-mail addresses in the form that they are stored and compared in.
pub mod emails {
    use serde::{Deserialize, Deserializer, de};
    use std::net::IpAddr;

    pub const NOT_AT_A_DOMAIN: &str = "must be at a domain, such as ana@example.com, and not at a number";

    /// Deserializes an e-mail address: without the blanks around it that come from pasting, in lower case.
    pub fn normal<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
        let address = String::deserialize(deserializer).map(|text| normalize(&text))?;
        if is_at_a_domain(&address) { Ok(address) } else { Err(de::Error::custom(NOT_AT_A_DOMAIN)) }
    }

    /// Returns `false` for an address at a number (`ana@[192.0.2.1]`), which could be any machine that only the mail
    /// server reaches. What is no address at all is for others to find out.
    pub fn is_at_a_domain(address: &str) -> bool {
        let Some((_, domain)) = address.rsplit_once('@') else { return true };
        let (domain, last) = (domain.trim(), domain.trim().trim_end_matches('.').rsplit('.').next().unwrap_or_default());
        let is_number = domain.parse::<IpAddr>().is_ok() || last.starts_with(|letter: char| letter.is_ascii_digit());
        !(domain.starts_with('[') || is_number)
    }

    /// Deserializes an e-mail address of a merge patch, which can be left out but not removed.
    pub fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
        normal(deserializer).map(Some)
    }

    /// Deserializes an e-mail address that may be left out or null.
    pub fn optional<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
        Ok(Option::<String>::deserialize(deserializer)?.map(|text| normalize(&text)))
    }

    /// Deserializes an e-mail address of a merge patch, or null to remove it.
    pub fn patched<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
        optional(deserializer).map(Some)
    }

    pub fn normalize(text: &str) -> String {
        let address = text.trim().to_lowercase();
        let in_ascii = address.rsplit_once('@').and_then(|(name, domain)| Some(format!("{name}@{}", ascii(domain)?)));
        in_ascii.unwrap_or(address)
    }

    /// Returns a domain with letters beyond ASCII as mail servers know it: `münchen.example` is `xn--mnchen-3ya.example`.
    fn ascii(domain: &str) -> Option<String> {
        let is_name = !domain.is_ascii()
            && domain.chars().all(|letter| !letter.is_ascii() || letter.is_ascii_alphanumeric() || "-.".contains(letter));
        let url = is_name.then(|| reqwest::Url::parse(&format!("http://{domain}")).ok()).flatten()?;
        url.host_str().map(str::to_owned)
    }
}

/// Phone numbers, which are stored as E.164: `+351910000000`.
pub mod phones {
    use serde::{Deserialize, Deserializer, de};

    /// Maximum length of a phone number with its country code and the characters that people put between digits.
    const MAX_LENGTH: usize = 40;

    /// Deserializes a phone number that may be left out.
    pub fn optional<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
        let Some(text) = Option::<String>::deserialize(deserializer)? else { return Ok(None) };
        let wrong = || de::Error::custom("is not a phone number in international form, such as \"+351 910 000 000\"");
        e164(&text).map(Some).ok_or_else(wrong)
    }

    /// Deserializes a phone number of a merge patch, or null to remove it.
    pub fn patched<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
        optional(deserializer).map(Some)
    }

    /// Returns the E.164 form of a number that begins with `+` and its country code, if the numbering plan of its
    /// country allows such a number.
    pub fn e164(text: &str) -> Option<String> {
        let text = text.trim();
        let digits = text.strip_prefix('+')?;
        let is_plain = |letter: char| letter.is_ascii_digit() || " -./()\u{a0}".contains(letter);
        if text.len() > MAX_LENGTH || !digits.chars().all(is_plain) {
            return None;
        }
        let number = phonenumber::parse(None, text).ok().filter(phonenumber::is_valid)?;
        Some(number.format().mode(phonenumber::Mode::E164).to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phone_numbers_are_stored_in_one_form() {
        for text in ["+351910000000", "+351 910 000 000", " +351 (910) 000-000 ", "+351.910.000.000", "+351\u{a0}910/000000"] {
            assert_eq!(phones::e164(text).as_deref(), Some("+351910000000"), "{text}");
        }
        assert_eq!(phones::e164("+49 30 901820").as_deref(), Some("+4930901820"));
        for text in [
            "",
            "+",
            "910000000",
            "00351910000000",
            "+351 91",
            "+999910000000",
            "+351910000000;ext=5",
            "+35191000000a",
            "++351910000000",
        ] {
            assert_eq!(phones::e164(text), None, "{text}");
        }
        assert_eq!(phones::e164(&format!("+{}", "1".repeat(60))), None);
    }

    #[test]
    fn countries_are_those_that_there_are() {
        for code in ["PT", "AD", "ZW", "SS", "XK"] {
            assert!(a_country(code, &()).is_ok() && a_nationality(code, &()).is_ok(), "{code}");
        }
        for code in ["ZZ", "AA", "QM", "EU", "UK", "12"] {
            assert!(a_country(code, &()).is_err() && a_nationality(code, &()).is_err(), "{code}");
        }
        assert!(a_country("XX", &()).is_err() && a_nationality("XX", &()).is_ok(), "people without a nationality");
    }

    #[test]
    fn addresses_are_compared_in_one_form() {
        assert_eq!(emails::normalize(" Ana@Example.COM\n"), "ana@example.com");
        for (typed, known) in [
            ("Ana@MÜNCHEN.example", "ana@xn--mnchen-3ya.example"),
            ("ana@xn--mnchen-3ya.example", "ana@xn--mnchen-3ya.example"),
            ("ana@例え。jp", "ana@xn--r8jz45g.jp"),
            // No domains.
            ("ana@mün/chen.example", "ana@mün/chen.example"),
            ("ana@münchen.example:25", "ana@münchen.example:25"),
            ("müller", "müller"),
        ] {
            assert_eq!(emails::normalize(typed), known, "{typed}");
        }
    }

    #[test]
    fn addresses_are_at_domains_and_not_at_numbers() {
        for address in ["ana@example.com", "ana@xn--mnchen-3ya.example", "ana@3com.com", "\"@[\"@example.com", "nobody"] {
            assert!(emails::is_at_a_domain(address), "{address}");
        }
        for address in [
            "x@[127.0.0.1]",
            "x@[IPv6:::1]",
            "x@127.0.0.1",
            "x@::1",
            "x@2130706433",
            "x@127.1",
            "x@0x7f.0.0.1",
            "x@127.0.0.1.",
            "a@b@[10.0.0.1]",
        ] {
            assert!(!emails::is_at_a_domain(address), "{address}");
        }
    }
}
