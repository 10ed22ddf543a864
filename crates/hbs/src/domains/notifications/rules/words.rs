//! The words of notifications. A hotel may have its own, which name variables and choose between texts, and can do nothing
//! else: they are checked when they are saved, and the built-in words stand in for them if they break all the same.
use super::builtin;
use crate::domains::content::ContentKind;
use crate::domains::notifications::model::NotificationKind;
use crate::error::FieldError;
use crate::language::Language;
use crate::mail::one_line;
use crate::money::Money;
use crate::texts::{self, Locale};
use chrono::NaiveDate;
use minijinja::{Environment, UndefinedBehavior};
use serde_json::{Map, Value, json};

/// Variables of every kind.
const COMMON: &[&str] = &["name", "hotel", "count"];
/// Variables of every kind for what the hotel has published, with the kinds of content that they show. That may be long, so they
/// are for bodies alone; and there may be none, so words must come to something without it.
const CONTENT: &[(&str, ContentKind)] = &[
    ("hotel_information", ContentKind::HotelInformation),
    ("policy", ContentKind::Policy),
    ("announcement", ContentKind::Announcement),
];
/// The longest text that words come to, in characters.
const LONGEST: usize = 6000;

/// Own words of a hotel for a kind, in a language.
#[derive(Debug, Clone, Copy)]
pub struct Own<'a> {
    pub locale: &'a str,
    pub title: &'a str,
    pub body: &'a str,
}

/// Words as a person reads them: plain text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    pub title: String,
    pub body: String,
    /// Language of the words.
    pub locale: String,
    /// `true` if own words broke, and the built-in ones stand in for them.
    pub is_fallback: bool,
}

/// Values of variables: what is told, and the names of the person and the hotel.
#[derive(Debug, Clone, Default)]
pub struct Values<'a> {
    pub name: &'a str,
    pub hotel: &'a str,
    pub count: i32,
    pub params: Option<&'a Value>,
    /// What the hotel has published, by variable.
    pub content: &'a [(&'static str, String)],
}

/// Returns the variables that words of a kind may name.
pub fn names(kind: NotificationKind) -> Vec<&'static str> {
    names_of_title(kind).chain(CONTENT.iter().map(|(name, _)| *name)).collect()
}

/// Those of them that titles may name.
fn names_of_title(kind: NotificationKind) -> impl Iterator<Item = &'static str> {
    COMMON.iter().chain(kind.spec().variables).copied()
}

/// Returns the kinds of content that bodies of words may show.
pub fn content_in<'a>(bodies: impl IntoIterator<Item = &'a str>) -> Vec<ContentKind> {
    let bodies: Vec<&str> = bodies.into_iter().collect();
    let is_named = |name: &str| bodies.iter().any(|body| body.contains(name));
    CONTENT.iter().filter(|(name, _)| is_named(name)).map(|(_, kind)| *kind).collect()
}

/// Returns what variables show of what a hotel has published.
pub fn content(published: impl Fn(ContentKind) -> Option<String>) -> Vec<(&'static str, String)> {
    CONTENT.iter().filter_map(|(name, kind)| Some((*name, published(*kind)?))).collect()
}

/// The parts of a text, with whether each is a tag.
fn parts(text: &str) -> Vec<(bool, &str)> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(start) = ["{{", "{%", "{#"].iter().filter_map(|open| rest.find(open)).min() {
        let (plain, tag) = rest.split_at(start);
        let close = match &tag[..2] {
            "{{" => "}}",
            "{%" => "%}",
            _ => "#}",
        };
        let end = tag.find(close).map_or(tag.len(), |end| end + 2);
        found.extend(Some((false, plain)).filter(|(_, plain)| !plain.is_empty()));
        found.push((true, &tag[..end]));
        rest = &tag[end..];
    }
    found.extend(Some((false, rest)).filter(|(_, rest)| !rest.is_empty()));
    found
}

/// Checks words of a hotel: what they name is there, what they do is no more than to choose, and they come to something, even
/// where the hotel has published nothing.
pub fn check(kind: NotificationKind, title: &str, body: &str) -> Vec<FieldError> {
    let mut errors = Vec::new();
    for (pointer, text, known) in [("/title", title, names_of_title(kind).collect::<Vec<_>>()), ("/body", body, names(kind))] {
        let wrong = parts(text).into_iter().filter(|(is_tag, _)| *is_tag).find_map(|(_, tag)| wrong_in(tag, &known));
        let wrong = wrong.or_else(|| fill(text, &sample(kind, Language::English)).err());
        errors.extend(wrong.map(|detail| FieldError::body(pointer, detail)));
    }
    errors
}

/// Returns what is wrong with a tag: only `{{ name }}`, `{% if name %}`, `{% if name > 1 %}`, `{% else %}` and `{% endif %}` are
/// known, since a loop could take all the time and memory that there is.
fn wrong_in(tag: &str, known: &[&str]) -> Option<String> {
    let unknown =
        |name: &str| (!known.contains(&name)).then(|| format!("names {name}, and the variables are {}", known.join(", ")));
    let inner = |open: &str, close: &str| tag.strip_prefix(open).and_then(|rest| rest.strip_suffix(close)).map(str::trim);
    if let Some(name) = inner("{{", "}}") {
        return unknown(name);
    }
    let other = || Some(format!("has {tag:?}, and knows only {{{{ name }}}}, {{% if name %}}, {{% else %}} and {{% endif %}}"));
    let Some(words) = inner("{%", "%}") else { return other() };
    match words.split_whitespace().collect::<Vec<_>>()[..] {
        ["else" | "endif"] => None,
        ["if" | "elif", name] => unknown(name),
        ["if" | "elif", name, ">" | "<" | "==", number] if number.parse::<u32>().is_ok() => unknown(name),
        _ => other(),
    }
}

/// The words of a notification, in the best language there is for a reader: own words where the hotel has some in it.
pub fn words(kind: NotificationKind, own: &[Own<'_>], wanted: &[Locale], values: &Values<'_>) -> Words {
    let mut there: Vec<&str> = own.iter().map(|own| own.locale).collect();
    for locale in builtin::locales() {
        there.push(locale);
    }
    let language = Language::first_of(wanted);
    let best = texts::best(wanted, &there).unwrap_or(language.code());
    let filled = |own: &Own<'_>| {
        let values = all(kind, Language::first_of(&own.locale.parse::<Locale>()), values);
        Some((fill(own.title, &values).ok()?, fill(own.body, &values).ok()?))
    };
    let own = own.iter().find(|own| own.locale == best);
    if let Some((own, (title, body))) = own.and_then(|own| Some((own, filled(own)?))) {
        return Words { title: one_line(&title), body, locale: own.locale.to_owned(), is_fallback: false };
    }
    let values = all(kind, language, values);
    let (title, body) = builtin::words(kind, language);
    // They are ours, and a test fills in each.
    let text = |text| fill(text, &values).unwrap_or_default();
    Words { title: one_line(&text(title)), body: text(body), locale: language.code().to_owned(), is_fallback: own.is_some() }
}

/// Words of a hotel filled in with examples of what happens.
pub fn example(kind: NotificationKind, locale: &Locale, title: &str, body: &str, values: &Values<'_>) -> Words {
    let params = example_params();
    let values = Values { count: 1, params: Some(&params), ..*values };
    words(kind, &[Own { locale: locale.as_str(), title, body }], std::slice::from_ref(locale), &values)
}

/// Values of every variable, as one would see them.
fn sample(kind: NotificationKind, language: Language) -> Value {
    let params = example_params();
    all(kind, language, &Values { name: "Ana Sousa", hotel: "Hotel Miramar", count: 1, params: Some(&params), content: &[] })
}

fn example_params() -> Value {
    let (arrival, departure) = (NaiveDate::from_ymd_opt(2026, 12, 10), NaiveDate::from_ymd_opt(2026, 12, 12));
    let amount = "EUR".parse().ok().map(|currency| Money::new(12_345, currency));
    json!({
        "reference": "HBS-7KQ2M9XA", "check_in": arrival, "check_out": departure, "date": arrival, "amount": amount,
        "subject": "Breakfast moves", "message": "Breakfast is on the terrace tomorrow.",
    })
}

/// Returns the values of all variables of a kind. One that has no value is an empty text.
fn all(kind: NotificationKind, language: Language, values: &Values<'_>) -> Value {
    let mut told = Map::new();
    for name in names(kind) {
        let value = match name {
            "name" => json!(one_line(values.name)),
            "hotel" => json!(one_line(values.hotel)),
            "count" => json!(values.count),
            "message" => json!(values.params.and_then(|params| params[name].as_str()).unwrap_or_default()),
            _ if CONTENT.iter().any(|(one, _)| *one == name) => {
                json!(values.content.iter().find(|(one, _)| *one == name).map_or("", |(_, text)| text.as_str()))
            }
            _ => json!(worded(language, values.params.map_or(&Value::Null, |params| &params[name]))),
        };
        told.insert(name.to_owned(), value);
    }
    Value::Object(told)
}

/// Returns a value as people write it: dates and amounts in their language.
fn worded(language: Language, value: &Value) -> String {
    if let Ok(money) = serde_json::from_value::<Money>(value.clone()) {
        return language.money(money);
    }
    let Some(text) = value.as_str() else { return String::new() };
    text.parse::<NaiveDate>().map_or_else(|_| one_line(text), |date| language.date(date))
}

/// Fills a text in, as plain text.
fn fill(text: &str, values: &Value) -> Result<String, String> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
    let values = minijinja::Value::from(minijinja::value::Serde(values));
    let filled = environment.render_str(text, values).map_err(|error| format!("cannot be filled in: {error}"))?;
    match filled.trim() {
        "" => Err("comes to nothing".to_owned()),
        filled => Ok(filled.chars().take(LONGEST).collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use NotificationKind::{BookingCreated, Broadcast, MyRefund};

    fn locale(text: &str) -> Locale {
        text.parse().expect("a locale")
    }

    #[test]
    fn every_kind_has_words_in_every_language() {
        for kind in NotificationKind::ALL {
            for language in Language::ALL {
                let (title, body) = builtin::words(*kind, *language);
                assert_eq!(check(*kind, title, body), [], "{kind} {language:?}");
                for count in [1, 12] {
                    let params = json!({"reference": "HBS-1", "subject": "S", "message": "M"});
                    let values = Values { name: "Ana", hotel: "Miramar", count, params: Some(&params), content: &[] };
                    let words = words(*kind, &[], &[language.locale()], &values);
                    assert!(!words.title.is_empty() && !words.body.is_empty(), "{kind} {language:?} {count}");
                    assert!(!words.body.contains("{{") && !words.body.contains("  "), "{kind}: {words:?}");
                }
            }
        }
    }

    /// T-not-tpl: what nobody knows is refused, and so is what could take all the time that there is.
    #[test]
    fn not_tpl_words_that_name_what_is_not_there_are_refused() {
        let pointers = |title: &str, body: &str| -> Vec<String> {
            check(BookingCreated, title, body).into_iter().map(|error| error.pointer).collect()
        };
        assert_eq!(pointers("{{ hotel }}", "{% if count > 1 %}{{ count }}{% else %}{{ reference }}{% endif %}"), [""; 0]);
        for wrong in [
            "{{ guest_name }}",
            "{{ name.upper() }}",
            "{{ 'x' * 1000000000 }}",
            "{% for n in range(100000000) %}x{% endfor %}",
            "{% include 'x' %}",
            "{% if secret %}x{% endif %}",
            "{% if name %}x",
            "{{ name",
            "{# x #}",
            "{% if count > 99 %}x{% endif %}",
        ] {
            assert_eq!(pointers("Fine", wrong), ["/body"], "{wrong}");
            assert_eq!(pointers(wrong, "Fine"), ["/title"], "{wrong}");
        }
        assert_eq!(check(MyRefund, "{{ amount }}", "{{ check_in }}").len(), 1, "another kind has other variables");
    }

    #[test]
    fn not_tpl_words_are_in_the_readers_language_and_fall_back() {
        let params = json!({"reference": "HBS-1", "check_in": "2026-12-10"});
        let values = Values { name: "Ana", hotel: "Miramar", count: 1, params: Some(&params), content: &[] };
        let german = Own { locale: "de", title: "Neu: {{ reference }}", body: "Anreise {{ check_in }}" };
        let broken = Own { locale: "pt", title: "{{ gone }}", body: "x" };
        let of = |wanted: &str| words(BookingCreated, &[german, broken], &[locale(wanted)], &values);
        assert_eq!(of("de-AT").title, "Neu: HBS-1");
        assert!(of("de-AT").body.contains("December"), "dates are written in a language that HBS knows");
        let portuguese = of("pt-BR");
        assert_eq!((portuguese.locale.as_str(), portuguese.is_fallback), ("pt", true));
        assert_ne!(portuguese.title, of("en").title);
        assert_eq!((of("ja").locale.as_str(), of("ja").is_fallback), ("en", false), "a locale that nobody has words in");
    }

    #[test]
    fn not_tpl_what_is_told_is_no_template() {
        let params = json!({"subject": "{{ name }}", "message": "<b>{% for %}</b>"});
        let values = Values { name: "{{ hotel }}\r\n<script>", hotel: "Miramar", count: 1, params: Some(&params), content: &[] };
        let words = words(Broadcast, &[], &[locale("en")], &values);
        assert_eq!(words.title, "Miramar: {{ name }}");
        assert!(words.body.contains("<b>{% for %}</b>"), "{words:?}");
    }

    /// T-not-tpl: what a hotel has published is text in its words, which nothing fills in, and words do without it.
    #[test]
    fn not_tpl_words_show_what_the_hotel_has_published() {
        let params = json!({"reference": "HBS-1"});
        let content = content(|kind| (kind == ContentKind::Policy).then(|| "No {{ name }}.\n<b>No dogs.</b>".to_owned()));
        let values = Values { name: "Ana", hotel: "Miramar", count: 1, params: Some(&params), content: &content };
        let body = "{{ reference }}{% if policy %}\n{{ policy }}{% endif %}\
                    {% if announcement %}!{% endif %}{{ hotel_information }}";
        assert_eq!(check(MyRefund, "{{ hotel }}", body), []);
        let own = Own { locale: "en", title: "{{ hotel }}", body };
        let shown = words(MyRefund, &[own], &[locale("en")], &values);
        assert_eq!((shown.body.as_str(), shown.is_fallback), ("HBS-1\nNo {{ name }}.\n<b>No dogs.</b>", false));
        let without = words(MyRefund, &[own], &[locale("en")], &Values { content: &[], ..values });
        assert_eq!((without.body.as_str(), without.is_fallback), ("HBS-1", false));

        let pointers: Vec<String> = check(MyRefund, "{{ policy }}", "{{ policy }}").into_iter().map(|one| one.pointer).collect();
        assert_eq!(pointers, ["/title", "/body"], "titles are short, and a hotel may have no policy");
        assert_eq!(content_in(["Our {{ policy }}", "{{ announcement }}"]), [ContentKind::Policy, ContentKind::Announcement]);
        assert_eq!(content_in(["Hello {{ name }}"]), []);
    }

    #[test]
    fn amounts_are_written_as_people_write_them() {
        let params = json!({"reference": "HBS-1", "amount": {"amount": "1234.50", "currency": "EUR"}, "status": "completed"});
        let values = Values { name: "Ana", hotel: "Miramar", count: 1, params: Some(&params), content: &[] };
        assert!(words(MyRefund, &[], &[locale("en")], &values).body.contains("1,234.50 EUR"));
    }
}
