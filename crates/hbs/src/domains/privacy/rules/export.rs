//! An export as it is written: once for programs (`data.json`), and once for people (`index.html`).
//!
//! Both are written piece by piece, so that whatever its length, a piece at a time is in memory. The page needs nothing but itself:
//! no script, no picture, no other server.
use super::export_labels::LABELS;
use crate::domains::privacy::model::export::Heading;
use crate::language::Language;
use crate::money::Money;
use chrono::{DateTime, TimeDelta, Utc};
use minijinja::HtmlEscape;
use serde_json::{Map, Value, json};

/// Name of the form of `data.json`.
const FORMAT: &str = "hbs personal data 1";
/// Ending of members that are amounts in minor units, whose currency stands beside them.
const MINOR: &str = "_minor";
/// Attempts at making an export before it is given up.
pub const ATTEMPTS: i32 = 6;
/// Exports that a person may ask for in a day.
pub const A_DAY: i64 = 5;
/// Time for which the archive is kept.
pub const KEPT: TimeDelta = TimeDelta::days(7);
/// Time for which an address is good under which the archive can be downloaded.
pub const ADDRESS_LASTS: TimeDelta = TimeDelta::hours(24);

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:75rem;padding:0 1rem;color:#1c1c1c}\
    h1{font-size:1.6rem}h2{font-size:1.2rem;margin-top:2.5rem}div{overflow-x:auto}\
    table{border-collapse:collapse;font-size:.9rem}th,td{border:1px solid #c8c8c8;padding:.3rem .6rem;text-align:left;vertical-align:top}\
    th{background:#f3f3f3}td{white-space:pre-wrap}";

/// Form of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Json,
    Html,
}

/// What is said at the head of an export.
#[derive(Debug, Clone)]
pub struct About {
    pub language: Language,
    pub made_at: DateTime<Utc>,
    /// Address of the installation.
    pub installation: String,
    /// `false`: numbers of identity documents are masked, and the head says so.
    pub with_documents: bool,
}

/// Sentence about numbers that are masked.
const MASKED: (&str, &str) = (
    "Numbers of identity documents are masked, since whoever asked for this export may not read them. In one that you ask for \
     yourself they are in full.",
    "Os números dos documentos de identificação estão ocultados, porque quem pediu esta exportação não os pode ler. Numa pedida \
     por si estão completos.",
);

/// Returns the label of a member.
pub fn label(language: Language, member: &str) -> Option<&'static str> {
    let (_, words) = LABELS.iter().find(|(name, _)| *name == member)?;
    Some(of(language, *words))
}

fn of(language: Language, (english, portuguese): (&'static str, &'static str)) -> &'static str {
    match language {
        Language::English => english,
        Language::Portuguese => portuguese,
    }
}

/// Makes a row readable: amounts in minor units become amounts of money.
pub fn readable(row: Map<String, Value>) -> Map<String, Value> {
    let currency = row.get("currency").and_then(Value::as_str).and_then(|code| code.parse().ok());
    let Some(currency) = currency else { return row };
    let member = |(name, value): (String, Value)| match (name.strip_suffix(MINOR), value.as_i64()) {
        (Some(bare), Some(minor)) => (bare.to_owned(), json!(Money::new(minor, currency))),
        (Some(bare), None) => (bare.to_owned(), Value::Null),
        (None, _) => (name, value),
    };
    row.into_iter().filter(|(name, _)| name != "currency").map(member).collect()
}

/// Returns `true` if an export is to be tried now: after a failure a while later, and later each time.
pub fn is_due(failures: i32, tried_at: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    let minutes = (1_i64 << failures.clamp(0, ATTEMPTS)) - 1;
    tried_at + TimeDelta::minutes(minutes) <= now
}

/// Returns a name that is harmless in an archive, wherever that is unpacked.
pub fn safe_name(name: &str) -> String {
    let harmless = |letter: char| if letter.is_ascii_alphanumeric() || ".-_".contains(letter) { letter } else { '-' };
    let name: String = name.trim_start_matches('.').chars().map(harmless).take(80).collect();
    if name.is_empty() { "file".into() } else { name }
}

impl Form {
    pub const fn file(self) -> &'static str {
        match self {
            Self::Json => "data.json",
            Self::Html => "index.html",
        }
    }

    /// What comes before the first section.
    pub fn head(self, about: &About) -> String {
        let About { language, made_at, installation, with_documents } = about;
        let note = if *with_documents { None } else { Some(of(*language, MASKED)) };
        match self {
            Self::Json => {
                let mut members =
                    json!({"format": FORMAT, "made_at": made_at, "installation": installation, "language": language.code()});
                if let Some(note) = note {
                    members["note"] = note.into();
                }
                // The object goes on with the sections.
                let text = members.to_string();
                format!("{},\"sections\":{{", text.strip_suffix('}').unwrap_or(&text))
            }
            Self::Html => {
                let title = of(*language, ("Your personal data", "Os seus dados pessoais"));
                let told = of(
                    *language,
                    (
                        "This is what is kept of you. Times are UTC. The same is in data.json for programs, and your files are in \
                         the folder files. Notes of the staff and the data of other guests are not in it.",
                        "Isto é o que se guarda sobre si. As horas são UTC. O mesmo está em data.json para programas, e os seus \
                         ficheiros estão na pasta files. As notas do pessoal e os dados de outros hóspedes não estão incluídos.",
                    ),
                );
                format!(
                    "<!doctype html>\n<html lang=\"{}\"><head><meta charset=\"utf-8\"><title>{title}</title>\
                     <meta name=\"viewport\" content=\"width=device-width\"><style>{STYLE}</style></head><body>\n\
                     <h1>{title}</h1>\n<p>{}, {}</p>\n<p>{told}</p>\n{}",
                    language.code(),
                    HtmlEscape(installation),
                    made_at.format("%Y-%m-%d %H:%M"),
                    note.map(|note| format!("<p>{}</p>\n", HtmlEscape(note))).unwrap_or_default(),
                )
            }
        }
    }

    /// The beginning of a section.
    pub fn begin(self, heading: &Heading, language: Language, is_first: bool) -> String {
        match self {
            Self::Json => format!("{}\n{}:[", if is_first { "" } else { "," }, Value::from(heading.key)),
            Self::Html => {
                let title = of(language, heading.title);
                format!("<h2 id=\"{}\">{}</h2>\n", HtmlEscape(heading.key), HtmlEscape(title))
            }
        }
    }

    /// A row of a section: its members in the order of the heading.
    pub fn row(self, heading: &Heading, language: Language, row: &Map<String, Value>, is_first: bool) -> String {
        match self {
            Self::Json => {
                let members = heading.fields.iter().map(|field| {
                    let value = row.get(*field).unwrap_or(&Value::Null);
                    format!("{}:{value}", Value::from(*field))
                });
                format!("{}\n{{{}}}", if is_first { "" } else { "," }, members.collect::<Vec<_>>().join(","))
            }
            Self::Html => {
                let cell = |field: &&str| format!("<td>{}</td>", HtmlEscape(&text(language, row.get(*field))));
                let cells: String = heading.fields.iter().map(cell).collect();
                format!("{}<tr>{cells}</tr>\n", if is_first { columns(heading, language) } else { String::new() })
            }
        }
    }

    /// The end of a section.
    pub fn end(self, language: Language, is_empty: bool) -> String {
        match self {
            Self::Json => "]".into(),
            Self::Html if is_empty => format!("<p>{}</p>\n", of(language, ("Nothing.", "Nada."))),
            Self::Html => "</tbody></table></div>\n".into(),
        }
    }

    /// What comes after the last section: the names of the files.
    pub fn foot(self, language: Language, files: &[String]) -> String {
        match self {
            Self::Json => format!("}},\n\"files\":{}}}\n", json!(files)),
            Self::Html => {
                let item = |file: &String| format!("<li><a href=\"{0}\">{0}</a></li>\n", HtmlEscape(file));
                let items: String = files.iter().map(item).collect();
                let list = if items.is_empty() {
                    format!("<p>{}</p>", of(language, ("Nothing.", "Nada.")))
                } else {
                    format!("<ul>\n{items}</ul>")
                };
                format!("<h2 id=\"files\">{}</h2>\n{list}\n</body></html>\n", of(language, ("Files", "Ficheiros")))
            }
        }
    }
}

fn columns(heading: &Heading, language: Language) -> String {
    let column = |field: &&'static str| format!("<th>{}</th>", HtmlEscape(label(language, field).unwrap_or(*field)));
    let columns: String = heading.fields.iter().map(column).collect();
    format!("<div><table><thead><tr>{columns}</tr></thead><tbody>\n")
}

/// A value as people read it.
fn text(language: Language, value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::Bool(is_so)) => of(language, if *is_so { ("yes", "sim") } else { ("no", "não") }).into(),
        Some(Value::String(words)) => words.clone(),
        Some(Value::Number(number)) => number.to_string(),
        Some(Value::Array(items)) => items.iter().map(|item| text(language, Some(item))).collect::<Vec<_>>().join(", "),
        Some(Value::Object(members)) => match (members.get("amount"), members.get("currency")) {
            (Some(Value::String(amount)), Some(Value::String(currency))) => format!("{amount} {currency}"),
            _ => Value::Object(members.clone()).to_string(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADING: Heading = Heading { key: "stays", title: ("Stays", "Estadias"), fields: &["guest_name", "total", "adults"] };

    fn about() -> About {
        let made_at = crate::testing::december(1).and_time(chrono::NaiveTime::MIN).and_utc();
        About { language: Language::Portuguese, made_at, installation: "hotel.test".into(), with_documents: true }
    }

    fn row() -> Map<String, Value> {
        let row = json!({"guest_name": "<script>alert(1)</script>", "total_minor": 12_345, "currency": "EUR", "adults": 2});
        readable(row.as_object().expect("an object").clone())
    }

    fn written(form: Form, rows: &[Map<String, Value>]) -> String {
        let about = about();
        let mut text = form.head(&about);
        text += &form.begin(&HEADING, about.language, true);
        for (place, row) in rows.iter().enumerate() {
            text += &form.row(&HEADING, about.language, row, place == 0);
        }
        text += &form.end(about.language, rows.is_empty());
        text + &form.foot(about.language, &["files/avatar/1.jpg".into()])
    }

    #[test]
    fn programs_read_what_is_written() {
        let expected =
            json!({"guest_name": "<script>alert(1)</script>", "total": {"amount": "123.45", "currency": "EUR"}, "adults": 2});
        for rows in [vec![], vec![row()], vec![row(), row()]] {
            let read: Value = serde_json::from_str(&written(Form::Json, &rows)).expect("JSON");
            assert_eq!(read["sections"]["stays"], json!(vec![expected.clone(); rows.len()]));
            assert_eq!((&read["format"], &read["files"]), (&json!(FORMAT), &json!(["files/avatar/1.jpg"])));
        }
    }

    #[test]
    fn people_read_words_and_no_script() {
        let page = written(Form::Html, &[row()]);
        assert!(page.contains("&lt;script&gt;") && !page.contains("<script"), "{page}");
        for part in ["<html lang=\"pt\">", "Estadias", "<th>Hóspede</th>", "<td>123.45 EUR</td>", "files&#x2f;avatar&#x2f;1.jpg"]
        {
            assert!(page.contains(part), "{part} in {page}");
        }
        assert!(written(Form::Html, &[]).contains("<p>Nada.</p>"));
    }

    #[test]
    fn what_is_masked_is_said_at_the_head() {
        let masked = About { with_documents: false, ..about() };
        for form in [Form::Json, Form::Html] {
            assert!(form.head(&masked).contains(MASKED.1), "{}", form.head(&masked));
            assert!(!form.head(&about()).contains(MASKED.1));
        }
        let text = Form::Json.head(&masked) + &Form::Json.foot(Language::Portuguese, &[]);
        let read: Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!((&read["note"], &read["format"]), (&json!(MASKED.1), &json!(FORMAT)));
    }

    #[test]
    fn names_stay_within_the_archive() {
        for (name, safe) in
            [("../../etc/passwd", "-..-etc-passwd"), ("a b.pdf", "a-b.pdf"), ("", "file"), ("FT 1/2026", "FT-1-2026")]
        {
            assert_eq!(safe_name(name), safe, "{name}");
        }
    }

    #[test]
    fn attempts_come_later_and_later() {
        let at = about().made_at;
        let after = |minutes: i64| at + TimeDelta::minutes(minutes);
        assert!(is_due(0, at, at) && !is_due(1, at, at) && is_due(1, at, after(1)));
        assert!(!is_due(3, at, after(6)) && is_due(3, at, after(7)) && is_due(ATTEMPTS, at, after(63)));
    }

    #[test]
    fn labels_are_in_order() {
        assert!(LABELS.is_sorted_by(|(one, _), (other, _)| one < other));
    }
}
