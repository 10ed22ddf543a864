//! Guards that keep texts from being formulas in spreadsheets, whoever wrote them
//! (<https://owasp.org/www-community/attacks/CSV_Injection>).
use std::borrow::Cow;

/// Character that spreadsheets take for "this is text".
const GUARD: char = '\'';
/// Characters with which formulas begin, also as East Asian keyboards write them.
const STARTS: &[char] = &['=', '+', '-', '@', '＝', '＋', '－', '＠'];
/// Characters at which a program may cut a cell in two that was told another separator than ours.
const SEPARATORS: &[char] = &[',', ';', '\t', '|', '\n', '\r'];
/// Characters at which a text is guarded when it begins with them.
const CONTROLS: &[char] = &['\t', '\n', '\r'];

/// Returns a text that no spreadsheet takes for a formula, wherever it cuts it: a guard stands before each beginning of
/// one. [`without_guards`] takes them away again.
pub fn safe_cell(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for place in places(text) {
        safe.push_str(place.before);
        if place.needs_guard() {
            safe.push(GUARD);
        }
        safe.push_str(place.rest);
    }
    safe
}

/// Returns the text that was guarded.
pub fn without_guards(text: &str) -> Cow<'_, str> {
    if !text.contains(GUARD) {
        return Cow::Borrowed(text);
    }
    let pieces = places(text).flat_map(|place| [place.before, place.unguarded()]);
    Cow::Owned(pieces.collect())
}

/// A part of a text that a spreadsheet may take for a cell of its own.
struct Place<'a> {
    /// Separator and blanks.
    before: &'a str,
    rest: &'a str,
    /// `true` if the text begins with a control character here, perhaps behind guards.
    is_control: bool,
}

impl<'a> Place<'a> {
    /// Returns `true` if a formula begins here, behind any number of guards.
    fn is_formula(&self) -> bool {
        self.is_control || self.rest.trim_start_matches(GUARD).starts_with(STARTS)
    }

    fn needs_guard(&self) -> bool {
        self.is_formula() && !is_phone(self.rest)
    }

    fn unguarded(&self) -> &'a str {
        self.rest.strip_prefix(GUARD).filter(|_| self.is_formula()).unwrap_or(self.rest)
    }
}

/// Cuts a text before each separator.
fn places(text: &str) -> impl Iterator<Item = Place<'_>> {
    let mut left = Some(text);
    let mut is_first = true;
    std::iter::from_fn(move || {
        let here = left?;
        let separator = if is_first { 0 } else { here.chars().next().map_or(0, char::len_utf8) };
        let content = here[separator..].trim_start_matches(is_blank);
        let (rest, next) = content.split_at(content.find(SEPARATORS).unwrap_or(content.len()));
        let before = &here[..here.len() - content.len()];
        let is_control = is_first && before.is_empty() && rest.trim_start_matches(GUARD).is_empty() && next.starts_with(CONTROLS);
        left = Some(next).filter(|next| !next.is_empty());
        is_first = false;
        Some(Place { before, rest, is_control })
    })
}

fn is_blank(letter: char) -> bool {
    letter.is_whitespace() && !CONTROLS.contains(&letter) || is_invisible(letter)
}

fn is_invisible(letter: char) -> bool {
    matches!(letter, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{feff}' | '\u{ad}')
}

/// Returns `true` for a phone number of digits, which is no formula that does anything.
fn is_phone(text: &str) -> bool {
    let Some(digits) = text.strip_prefix('+') else { return false };
    let groups = digits.trim_end().split(' ');
    digits.len() <= 30 && groups.into_iter().all(|group| !group.is_empty() && group.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// S14: formulas are guarded wherever a program may take a cell to begin, full-width signs included.
    #[test]
    fn formulas_are_guarded_wherever_a_cell_may_begin() {
        for (text, safe) in [
            ("=1+1", "'=1+1"),
            (" =1+1", " '=1+1"),
            ("\u{200b}=1", "\u{200b}'=1"),
            ("-2", "'-2"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("＝1", "'＝1"),
            ("＋1", "'＋1"),
            ("－1", "'－1"),
            ("＠a", "'＠a"),
            (";=1+1", ";'=1+1"),
            ("Ana;=1+1", "Ana;'=1+1"),
            ("Ana, -1", "Ana, '-1"),
            ("a|@b\t=c", "a|'@b\t'=c"),
            ("Ana\r\n=1", "Ana\r\n'=1"),
            ("\tx", "'\tx"),
            ("\r=1", "'\r'=1"),
            ("'=1", "''=1"),
            ("+351910000000", "+351910000000"),
            ("+351 910 000 000", "+351 910 000 000"),
            ("+351-910", "'+351-910"),
            ("+1+1", "'+1+1"),
            ("'+351910000000", "''+351910000000"),
            ("O'Neill", "O'Neill"),
            ("'quoted'", "'quoted'"),
            ("Smith-Jones", "Smith-Jones"),
            ("ana@example.com", "ana@example.com"),
            ("", ""),
        ] {
            assert_eq!(safe_cell(text), safe, "{text:?}");
            assert_eq!(without_guards(safe), text, "{safe:?}");
        }
    }

    #[test]
    fn the_guard_of_a_phone_is_taken_away() {
        assert_eq!(without_guards("'+351910000000"), "+351910000000");
        assert_eq!(without_guards("'Hof"), "'Hof");
    }

    proptest! {
        #[test]
        fn what_is_guarded_comes_back(text in "[-=+@＝ \u{200b}'a1,;|\t\r\n]{0,12}") {
            let safe = safe_cell(&text);
            prop_assert_eq!(without_guards(&safe), text);
        }

        #[test]
        fn no_piece_of_a_guarded_text_is_a_formula(text in "[-=+@＝＋ 'ab1,;|\t\r\n]{0,12}") {
            let safe = safe_cell(&text);
            for piece in safe.split([',', ';', '|', '\t', '\r', '\n']) {
                let piece = piece.trim_start();
                let starts = piece.starts_with(STARTS);
                prop_assert!(!starts || is_phone(piece), "{:?} of {:?}", piece, safe);
            }
        }
    }
}
