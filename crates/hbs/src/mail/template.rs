//! The texts of letters, and how they are filled in.
use super::queue::Queued;
use crate::app::App;
use crate::language::Language;
use crate::texts::Locale;
use crate::{Error, Result};
use chrono::TimeDelta;
use futures_util::future::BoxFuture;
use minijinja::{Environment, UndefinedBehavior, Value, context};
use std::collections::HashMap;

/// The letters of a domain.
#[derive(Clone, Copy)]
pub struct Letters {
    /// The texts of each kind, one group for each language.
    pub texts: &'static [Texts],
    /// Templates that several texts include: name and template.
    pub parts: &'static [(&'static str, &'static str)],
    /// Function that finds out the content of letters, when they are sent.
    pub prepare: Prepare,
}

/// The code of a language with its texts: kind, plain (whose first line is the subject), HTML.
pub type Texts = (&'static str, &'static [(&'static str, &'static str, &'static str)]);

/// Function that finds out the content of letters and makes their one-time tokens. Where it gives no letter, nobody is
/// to be written to any more.
#[derive(Clone, Copy)]
pub enum Prepare {
    /// One mail after the other.
    Each(PrepareEach),
    /// Many mails with the round trips of one. As many letters, in the same order; an error prepares none of them.
    Together(PrepareTogether),
}

type PrepareEach = for<'a> fn(&'a App, &'a Queued) -> BoxFuture<'a, Result<Option<Letter>>>;
type PrepareTogether = for<'a> fn(&'a App, &'a [Queued]) -> BoxFuture<'a, Result<Vec<Option<Letter>>>>;

/// The texts of some kinds in a language, from the files `letters/<language>/<kind>.txt` and `.html` beside who says it.
macro_rules! texts {
    ($code:literal: $($kind:literal),+ $(,)?) => {
        ($code, &[$((
            $kind,
            include_str!(concat!("letters/", $code, "/", $kind, ".txt")),
            include_str!(concat!("letters/", $code, "/", $kind, ".html")),
        )),+])
    };
}

pub(crate) use texts;

/// Frame of the HTML of every mail.
const FRAME: (&str, &str) = ("frame.html", include_str!("frame.html"));

/// A mail to be written.
#[derive(Debug, Clone)]
pub struct Letter {
    /// Kind of the letter: perhaps more than the mail was queued for, if others about the same were.
    pub kind: &'static str,
    /// Language of the letter, such as `pt-PT`.
    pub locale: String,
    /// Name of the recipient. Only if the address is known to be theirs: else one could have texts of one's own sent to
    /// strangers.
    pub name: Option<String>,
    pub link: Option<Link>,
    /// Further parameters of the text of this kind. A letter that its account may do without has in `unsubscribe` the address at
    /// which one request ends such letters; that of a letter that its mailbox may do without is added by the worker.
    pub params: serde_json::Value,
    pub attachment: Option<Attachment>,
}

/// A file that goes with a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    pub filename: String,
    pub content_type: &'static str,
    pub content: Vec<u8>,
}

/// A link with a token.
#[derive(Debug, Clone)]
pub struct Link {
    /// Page of the user interface, such as `reset-password`.
    pub page: &'static str,
    pub token: String,
    pub lifetime: TimeDelta,
}

/// A mail's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    pub subject: String,
    pub plain: String,
    pub html: String,
    /// Address at which one request takes the recipient off the list, where there is one (RFC 8058).
    pub unsubscribe: Option<String>,
}

/// The writer of letters: the texts of all domains, and who prepares which.
pub struct Writer {
    environment: Environment<'static>,
    letters: Vec<Letters>,
    /// The kinds of letters, each with its place in `letters`.
    kinds: HashMap<&'static str, usize>,
    public_url: String,
}

impl Writer {
    /// Reads the letters of all domains. A text that does not parse is refused here.
    pub fn new(public_url: &str, letters: impl IntoIterator<Item = Letters>) -> Result<Self> {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.add_template(FRAME.0, FRAME.1).map_err(Error::internal)?;
        let letters: Vec<Letters> = letters.into_iter().collect();
        let mut kinds = HashMap::new();
        for (place, Letters { texts, parts, .. }) in letters.iter().enumerate() {
            for (name, text) in *parts {
                environment.add_template(name, text).map_err(Error::internal)?;
            }
            for (code, kind, plain, html) in
                texts.iter().flat_map(|(code, texts)| texts.iter().map(|(k, p, h)| (*code, *k, *p, *h)))
            {
                environment.add_template_owned(name(code, kind, "txt"), plain).map_err(Error::internal)?;
                environment.add_template_owned(name(code, kind, "html"), html).map_err(Error::internal)?;
                kinds.insert(kind, place);
            }
        }
        Ok(Self { environment, letters, kinds, public_url: public_url.trim_end_matches('/').into() })
    }

    /// Returns every kind of letter.
    pub fn kinds(&self) -> impl Iterator<Item = &'static str> {
        self.kinds.keys().copied()
    }

    /// Letters for mails, in their order, prepared by the domains that queued them.
    pub async fn prepare(&self, app: &App, mails: &[Queued]) -> Vec<Result<Option<Letter>>> {
        let mut letters = Vec::with_capacity(mails.len());
        for of_domain in mails.chunk_by(|one, next| self.domain(one) == self.domain(next)) {
            letters.extend(self.prepare_chunk(app, of_domain).await);
        }
        letters
    }

    /// The place in `letters` of the domain that queued a mail.
    fn domain(&self, mail: &Queued) -> Option<usize> {
        self.kinds.get(mail.kind.as_str()).copied()
    }

    /// Prepares mails of one domain. Where they cannot be prepared together, each is by itself, so that one that cannot
    /// be written holds up no other.
    async fn prepare_chunk(&self, app: &App, mails: &[Queued]) -> Vec<Result<Option<Letter>>> {
        let letters = mails.first().and_then(|mail| self.domain(mail)).and_then(|place| self.letters.get(place));
        let mut prepared = Vec::with_capacity(mails.len());
        match letters.map(|letters| letters.prepare) {
            Some(Prepare::Each(prepare)) => {
                for mail in mails {
                    prepared.push(prepare(app, mail).await);
                }
            }
            Some(Prepare::Together(prepare)) => match prepare(app, mails).await {
                Ok(letters) => prepared.extend(letters.into_iter().map(Ok)),
                Err(error) if mails.len() == 1 => prepared.push(Err(error)),
                Err(_) => {
                    for mail in mails {
                        let alone = prepare(app, std::slice::from_ref(mail)).await;
                        prepared.push(alone.map(|mut letters| letters.pop().flatten()));
                    }
                }
            },
            None => {
                let unknown = |mail: &Queued| Err(Error::internal(format!("no domain writes letters of the kind {}", mail.kind)));
                prepared.extend(mails.iter().map(unknown));
            }
        }
        prepared
    }

    /// A letter in words, with its frame.
    pub fn render(&self, letter: &Letter) -> Result<Text> {
        let Letter { kind, locale, name: person, link, params, attachment: _ } = letter;
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
        Ok(Text {
            subject: one_line(subject),
            plain: plain.trim_end().to_owned() + "\n",
            html: self.fill(FRAME.0, &frame)?,
            unsubscribe: params["unsubscribe"].as_str().map(str::to_owned),
        })
    }

    /// Makes the address of a link, of letters that need no escaping in HTML: the settings allow no others in
    /// `public_url`. The token is in the fragment, which browsers keep to themselves: it is in nobody's access log.
    fn address(&self, link: &Link) -> Value {
        Value::from_safe_string(format!("{}/{}#token={}", self.public_url, link.page, link.token))
    }

    fn fill(&self, template: &str, values: &Value) -> Result<String> {
        self.environment.get_template(template).and_then(|template| template.render(values)).map_err(Error::internal)
    }
}

fn name(language: &str, kind: &str, format: &str) -> String {
    format!("{language}/{kind}.{format}")
}

/// The language of a locale that there are texts in.
fn language_of(locale: &str) -> &'static str {
    let locale: Option<Locale> = locale.parse().ok();
    Language::first_of(&locale).code()
}

/// Makes a text one line, without line breaks and the like.
pub fn one_line(text: &str) -> String {
    text.split(|letter: char| letter.is_control() || letter.is_whitespace())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_has_no_text_in_their_language_gets_it_in_english() {
        for (locale, code) in [("pt-PT", "pt"), ("pt", "pt"), ("en-GB", "en"), ("de-DE", "en"), ("ptx", "en"), ("", "en")] {
            assert_eq!(language_of(locale), code, "{locale}");
        }
    }
}
