//! What mails say: a text and its HTML for each kind, in each language.
use super::queue::MailKind;
use crate::language::Language;
use crate::texts::Locale;
use crate::{Error, Result};
use chrono::TimeDelta;
use minijinja::{Environment, UndefinedBehavior, Value, context};

/// A language with its texts: kind, plain (whose first line is the subject), HTML.
type Texts = (&'static str, &'static [(MailKind, &'static str, &'static str)]);

macro_rules! language {
    ($code:literal: $($kind:ident = $file:literal),+ $(,)?) => {
        ($code, &[$((
            MailKind::$kind,
            include_str!(concat!("templates/", $code, "/", $file, ".txt")),
            include_str!(concat!("templates/", $code, "/", $file, ".html")),
        )),+])
    };
}

const LANGUAGES: &[Texts] = &[
    language!("en":
        VerifyEmail = "verify_email",
        ResetPassword = "reset_password",
        Invitation = "invitation",
        PasswordChanged = "password_changed",
        EmailChanged = "email_changed",
        SecondFactorChanged = "second_factor_changed",
        BookingConfirmed = "booking_confirmed",
        BookingChanged = "booking_changed",
        BookingCancelled = "booking_cancelled",
        WaitlistOffered = "waitlist_offered",
        ChangeProposed = "change_proposed",
    ),
    language!("pt":
        VerifyEmail = "verify_email",
        ResetPassword = "reset_password",
        Invitation = "invitation",
        PasswordChanged = "password_changed",
        EmailChanged = "email_changed",
        SecondFactorChanged = "second_factor_changed",
        BookingConfirmed = "booking_confirmed",
        BookingChanged = "booking_changed",
        BookingCancelled = "booking_cancelled",
        WaitlistOffered = "waitlist_offered",
        ChangeProposed = "change_proposed",
    ),
];

/// What surrounds the HTML of every mail.
const FRAME: (&str, &str) = ("frame.html", include_str!("templates/frame.html"));
/// What the mails about a booking have in common.
const PARTS: &[(&str, &str)] = &[
    ("en/booking.txt", include_str!("templates/en/booking.txt")),
    ("en/booking.html", include_str!("templates/en/booking.html")),
    ("pt/booking.txt", include_str!("templates/pt/booking.txt")),
    ("pt/booking.html", include_str!("templates/pt/booking.html")),
];

/// What is to be written to somebody.
#[derive(Debug, Clone)]
pub struct Letter {
    /// What it tells: perhaps more than the mail was queued for, if others about the same were.
    pub kind: MailKind,
    /// Their language: `pt-PT`.
    pub locale: String,
    /// How they are addressed. Only for somebody whose address is known to be theirs: else one could
    /// have texts of one's own sent to strangers.
    pub name: Option<String>,
    pub link: Option<Link>,
    /// What else the text of this kind uses.
    pub params: serde_json::Value,
    pub attachment: Option<Attachment>,
}

/// A file that goes with a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    pub filename: String,
    pub content_type: &'static str,
    pub content: String,
}

/// A link that is good once.
#[derive(Debug, Clone)]
pub struct Link {
    /// The page of the user interface: `reset-password`.
    pub page: &'static str,
    pub token: String,
    pub lifetime: TimeDelta,
}

/// A mail's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Text {
    pub subject: String,
    pub plain: String,
    pub html: String,
}

pub(super) struct Templates {
    environment: Environment<'static>,
    public_url: String,
}

impl Templates {
    pub(super) fn new(public_url: &str) -> Result<Self> {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        for (name, text) in PARTS.iter().chain([&FRAME]) {
            environment.add_template(name, text).map_err(Error::internal)?;
        }
        for (code, texts) in LANGUAGES {
            for (kind, plain, html) in *texts {
                environment.add_template_owned(name(code, *kind, "txt"), *plain).map_err(Error::internal)?;
                environment.add_template_owned(name(code, *kind, "html"), *html).map_err(Error::internal)?;
            }
        }
        Ok(Self { environment, public_url: public_url.trim_end_matches('/').into() })
    }

    pub(super) fn render(&self, letter: &Letter) -> Result<Text> {
        let Letter { kind, locale, name: person, link, params, attachment: _ } = letter;
        let kind = *kind;
        let code = language_of(locale);
        let lifetime = link.as_ref().map(|link| link.lifetime).unwrap_or_default();
        let values = context! {
            name => person.as_deref().map(one_line),
            link => link.as_ref().map(|link| self.address(link)),
            public_url => Value::from_safe_string(self.public_url.clone()),
            minutes => lifetime.num_minutes(),
            hours => lifetime.num_hours(),
            days => lifetime.num_days(),
            params => minijinja::value::Serde(params),
        };
        let plain = self.fill(&name(code, kind, "txt"), &values)?;
        let (subject, plain) = plain.split_once("\n\n").unwrap_or(("", &plain));
        let body = self.fill(&name(code, kind, "html"), &values)?;
        let frame = context! { language => code, subject => subject, body => Value::from_safe_string(body) };
        Ok(Text { subject: one_line(subject), plain: plain.trim_end().to_owned() + "\n", html: self.fill(FRAME.0, &frame)? })
    }

    /// Of letters that need no escaping in HTML: the settings allow no others in `public_url`. The token
    /// is in the fragment, which browsers keep to themselves: it is in nobody's access log.
    fn address(&self, link: &Link) -> Value {
        Value::from_safe_string(format!("{}/{}#token={}", self.public_url, link.page, link.token))
    }

    fn fill(&self, template: &str, values: &Value) -> Result<String> {
        self.environment.get_template(template).and_then(|template| template.render(values)).map_err(Error::internal)
    }
}

fn name(language: &str, kind: MailKind, format: &str) -> String {
    format!("{language}/{kind}.{format}")
}

/// The language of a locale that there are texts in.
fn language_of(locale: &str) -> &'static str {
    let locale: Option<Locale> = locale.parse().ok();
    Language::first_of(&locale).code()
}

/// Without line breaks and the like.
pub fn one_line(text: &str) -> String {
    text.split(|letter: char| letter.is_control() || letter.is_whitespace())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn letter(kind: MailKind, locale: &str) -> Letter {
        let link = Link { page: "reset-password", token: "t0ken".into(), lifetime: TimeDelta::hours(48) };
        let stay = json!({
            "room_type": "Double <b>", "guest_name": "Eva <b>", "adults": 2, "children": 1, "ages": "7", "check_in": null, "check_out": null,
            "total": "220.00 EUR", "terms": "Free.", "is_cancelled": false,
        });
        let params = json!({
            "change": true, "room_type": "Double room", "until": "2026-12-20 18:00", "booking_id": "b",
            "difference": "20.00 EUR", "answer": "A suite <b>from Monday on.",
            "hotel": {"name": "Hotel <b>", "address": "Rua 1", "phone": "+351", "email": null},
            "reference": "HBS-7KQ2M9XA", "check_in": "1", "check_out": "2", "check_in_time": "15:00", "check_out_time": "11:00",
            "nights": 1, "stays": [stay], "lines": [{"name": "Tax <b>", "amount": "2.00 EUR"}], "rooms": "218.00 EUR", "fee": null, "total": "220.00 EUR",
        });
        Letter { kind, locale: locale.into(), name: Some("Ana <b>\r\nSousa".into()), link: Some(link), params, attachment: None }
    }

    #[test]
    fn every_kind_is_written_in_every_language() {
        let templates = Templates::new("https://hotel.example/").expect("templates that parse");
        for (code, _) in LANGUAGES {
            for kind in MailKind::ALL {
                let text = templates.render(&letter(*kind, code)).unwrap_or_else(|error| panic!("{code} {kind}: {error:?}"));
                assert!((5..80).contains(&text.subject.len()), "{code} {kind}: {:?}", text.subject);
                assert!(!text.subject.contains('\n') && text.plain.len() > 80, "{code} {kind}: {}", text.plain);
                assert!(text.html.contains(&format!("<html lang=\"{code}\">")), "{}", text.html);
                assert!(!text.html.contains("<b>"), "a name is not markup: {}", text.html);
                assert!(!text.plain.contains("&#") && !text.plain.contains("{{"), "{}", text.plain);
                let has_link = text.plain.contains("https://hotel.example/reset-password#token=t0ken");
                let asks = matches!(kind, MailKind::VerifyEmail | MailKind::ResetPassword | MailKind::Invitation);
                assert_eq!(has_link, asks, "{code} {kind}: {}", text.plain);
                assert_eq!(text.html.contains("#token=t0ken"), asks, "{code} {kind}: {}", text.html);
                for other in LANGUAGES.iter().filter(|(other, _)| other != code) {
                    assert_ne!(templates.render(&letter(*kind, other.0)).expect("text").plain, text.plain, "{kind}");
                }
            }
        }
    }

    #[test]
    fn who_has_no_text_in_their_language_gets_it_in_english() {
        for (locale, code) in [("pt-PT", "pt"), ("pt", "pt"), ("en-GB", "en"), ("de-DE", "en"), ("ptx", "en"), ("", "en")] {
            assert_eq!(language_of(locale), code, "{locale}");
        }
    }
}
