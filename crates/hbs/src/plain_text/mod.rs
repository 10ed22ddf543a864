//! The one rule for all names, notes and other texts that clients send, wherever they come from: JSON, the query of an
//! address, cells of a sheet. Secrets such as passwords are outside of it.
//!
//! A text is stored in one form: composed (Unicode NFC), without blanks around it. A text of nothing but blanks is refused,
//! as are characters that do not show but change what is shown or compared: control characters, marks that turn the
//! direction of writing, characters without width.
mod reader;

pub use reader::{Clean, new_paragraphs, paragraphs, verbatim};

use std::borrow::Cow;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

/// Kind of a text, which says what it may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A name, a code, a reason: one line.
    Line,
    /// A description, notes, a message: lines, with tabs, and marks of direction where scripts are mixed.
    Paragraphs,
    /// A secret, which is compared as it was typed.
    Verbatim,
}

/// Reason why a text is refused, as a sentence without subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unclean {
    #[error("must not be empty or hold blanks only")]
    Blank,
    #[error("must not hold line breaks")]
    LineBreak,
    #[error("must not hold control characters, such as U+{0:04X}")]
    Control(u32),
    #[error("must not hold characters that do not show, such as U+{0:04X}")]
    Invisible(u32),
}

/// Returns a text in its one form. An empty text stays empty: whether there must be one, the limits of the field say.
pub fn clean(text: &str, kind: Kind) -> Result<Cow<'_, str>, Unclean> {
    if kind == Kind::Verbatim {
        return Ok(text.into());
    }
    let core = text.trim_matches(is_blank);
    if core.is_empty() {
        // Marks of direction alone show nothing either, but are no blanks.
        return if text.is_empty() { Ok(text.into()) } else { Err(Unclean::Blank) };
    }
    // Most texts are of this kind, and are in their form already.
    if core.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        return Ok(core.into());
    }
    let lines = if kind == Kind::Paragraphs { with_plain_breaks(core) } else { core.into() };
    check(&lines, kind)?;
    Ok(composed(lines))
}

/// Returns a line in its one form.
pub fn line(text: &str) -> Result<Cow<'_, str>, Unclean> {
    clean(text, Kind::Line)
}

/// Returns the words that somebody looks for. A number that is written in groups, such as `+351 910 000`, is one word of its
/// digits, without the zeros that stand for a plus sign or for a call within the country. Case and accents are the database's
/// matter: `folded`.
pub fn words(text: &str) -> Vec<String> {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let is_number = text.chars().all(|letter| letter.is_ascii_digit() || " +-()./".contains(letter));
    if is_number && digits.len() >= 3 {
        let number = digits.trim_start_matches('0');
        return vec![if number.len() >= 4 { number.to_owned() } else { digits }];
    }
    let words = text.split(|letter: char| letter.is_whitespace() || ",;".contains(letter));
    words.filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// Returns `true` for what shows as nothing, at the end of a text: blanks, and characters without width.
fn is_blank(letter: char) -> bool {
    letter.is_whitespace()
        || matches!(
            letter,
            '\u{ad}' | '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180e}' | '\u{200b}'..='\u{200d}'
                | '\u{2060}'..='\u{2064}' | '\u{2800}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}'
        )
}

/// Writes line breaks as `\n`, as databases and files of Unix have them.
fn with_plain_breaks(text: &str) -> Cow<'_, str> {
    if !text.contains(['\r', '\u{85}', '\u{2028}', '\u{2029}']) {
        return text.into();
    }
    text.replace("\r\n", "\n").replace(['\r', '\u{85}', '\u{2028}', '\u{2029}'], "\n").into()
}

/// Composes a text: `u` and a diaeresis become `ü`.
fn composed(text: Cow<'_, str>) -> Cow<'_, str> {
    match is_nfc_quick(text.chars()) {
        IsNormalized::Yes => text,
        IsNormalized::No | IsNormalized::Maybe => text.nfc().collect::<String>().into(),
    }
}

fn check(text: &str, kind: Kind) -> Result<(), Unclean> {
    let mut letters = text.chars().peekable();
    let mut before = None;
    while let Some(letter) = letters.next() {
        match letter {
            '\n' | '\t' if kind == Kind::Paragraphs => {}
            '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => return Err(Unclean::LineBreak),
            control if control.is_control() => return Err(Unclean::Control(control.into())),
            '\u{200c}' | '\u{200d}'
                if before.is_some_and(may_be_joined) && letters.peek().copied().is_some_and(may_be_joined) => {}
            '\u{ad}' | '\u{61c}' | '\u{200e}' | '\u{200f}' if kind == Kind::Paragraphs => {}
            invisible if is_invisible(invisible) => return Err(Unclean::Invisible(invisible.into())),
            _ => {}
        }
        before = Some(letter);
    }
    Ok(())
}

/// Returns `true` for letters of scripts in which words need joiners between letters (Persian, Hindi), and for the signs
/// that joiners make one picture of.
fn may_be_joined(letter: char) -> bool {
    letter >= '\u{600}' && !is_blank(letter) && !is_invisible(letter)
}

/// Returns `true` for characters that format or do nothing, and for what is no character.
fn is_invisible(letter: char) -> bool {
    matches!(
        letter,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180e}' | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
            | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e007f}' | '\u{e0fff}'
    ) || u32::from(letter) & 0xfffe == 0xfffe
        || ('\u{fdd0}'..='\u{fdef}').contains(&letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cleaned(text: &str, kind: Kind) -> Result<String, Unclean> {
        clean(text, kind).map(Cow::into_owned)
    }

    #[test]
    fn texts_are_stored_in_one_form() {
        for text in [
            "Zoë Müller",
            " Zoë Müller\n",
            "Zoe\u{308} Mu\u{308}ller",
            "\u{feff}Zoë Müller\u{a0}\u{200b}",
            "\u{3000}Zoë Müller\t",
        ] {
            assert_eq!(cleaned(text, Kind::Line).as_deref(), Ok("Zoë Müller"), "{text:?}");
        }
        assert!(matches!(line(" 101 "), Ok(Cow::Borrowed("101"))), "what is plain costs nothing");
        assert_eq!(cleaned("", Kind::Line).as_deref(), Ok(""), "limits of the field say whether there must be a text");
        assert_eq!(cleaned(" late\r\narrival\u{2028}\tcall \r\n", Kind::Paragraphs).as_deref(), Ok("late\narrival\n\tcall"));
        assert_eq!(cleaned(" p\u{0}ss ", Kind::Verbatim).as_deref(), Ok(" p\u{0}ss "));
    }

    #[test]
    fn words_are_found_in_any_order_and_numbers_by_their_digits() {
        assert_eq!(words(" Almeida,  Ana;"), ["Almeida", "Ana"]);
        for number in ["351 910", "+351-910", "(351) 910", "351910", "00351 910", "351.910", "(0351) 910"] {
            assert_eq!(words(number), ["351910"], "{number}");
        }
        assert_eq!(
            (words("ana 12"), words("12"), words("HBS-12")),
            (vec!["ana".into(), "12".into()], vec!["12".to_owned()], vec!["HBS-12".to_owned()])
        );
        assert_eq!(words("007"), ["007"], "the number of a room");
        assert!(words(" , ").is_empty());
    }

    /// F18: blanks of all kinds, and characters of no width, are no text.
    #[test]
    fn what_shows_nothing_is_no_text() {
        for text in
            [" ", "\t\r\n", "\u{a0}", "\u{200b}", "\u{feff}\u{200b}", "\u{2060}", "\u{200d}", "\u{3164}", "\u{2800}", "\u{ad}"]
        {
            for kind in [Kind::Line, Kind::Paragraphs] {
                assert_eq!(cleaned(text, kind), Err(Unclean::Blank), "{text:?}");
            }
        }
    }

    /// S14: control characters, and those that turn the direction of writing, are refused.
    #[test]
    fn what_does_not_show_is_refused() {
        for text in ["Ana\r\nBcc: x", "a\nb", "a\u{2028}b", "a\u{85}b"] {
            assert_eq!(cleaned(text, Kind::Line), Err(Unclean::LineBreak), "{text:?}");
        }
        for text in ["a\tb", "a\0b", "\u{1b}[31mred", "a\u{9b}b", "a\u{7f}"] {
            assert!(matches!(cleaned(text, Kind::Line), Err(Unclean::Control(_))), "{text:?}");
        }
        let turned = ["a\u{202e}b", "\u{202e}", "a\u{2066}b\u{2069}", "a\u{202a}b", "\u{2067}"];
        let hidden = ["a\u{200b}b", "a\u{feff}b", "a\u{2060}b", "a\u{200d}b", "a\u{200c} b", "a\u{e0041}b", "a\u{ffff}"];
        for text in turned.into_iter().chain(hidden) {
            for kind in [Kind::Line, Kind::Paragraphs] {
                assert!(matches!(cleaned(text, kind), Err(Unclean::Invisible(_))), "{text:?} {kind:?}");
            }
        }
        assert_eq!(cleaned("a\u{200f}b", Kind::Line), Err(Unclean::Invisible(0x200f)));
        assert_eq!(cleaned("a\u{200f}b", Kind::Paragraphs).as_deref(), Ok("a\u{200f}b"), "where scripts are mixed");
        assert_eq!(cleaned("a\u{1b}b", Kind::Paragraphs), Err(Unclean::Control(0x1b)));
    }

    #[test]
    fn names_of_all_scripts_are_names() {
        for name in [
            "Nguyễn Văn An",
            "O’Brien-Smith, Jr.",
            "山田　太郎",
            "김민준",
            "محمد رضا علی\u{200c}پور",
            "क्\u{200d}ष",
            "Иван Грозный",
            "อรุณ",
            "👩\u{200d}🍳 Chef",
            "Ænima Łódź",
        ] {
            assert_eq!(cleaned(name, Kind::Line).as_deref(), Ok(name), "{name:?}");
        }
    }
}
