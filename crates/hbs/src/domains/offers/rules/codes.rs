//! Codes of offers: as they are written, and as they are compared.
//!
//! Letters count in either case, and what looks alike is one: a guest who copies `SUMMER10` from a poster need not know whether
//! it ends in a zero or in the letter O, and no second offer has the other one.

/// Letters and digits that are not taken for each other.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Characters of a code that is made here: 60 bits, which nobody guesses.
const DRAWN_LENGTH: u32 = 12;

/// Returns a code as it is written down: in capital letters. None if it can be no code.
pub fn written(text: &str) -> Option<String> {
    let code = text.trim().to_ascii_uppercase();
    is_code(&code).then_some(code)
}

/// Returns what codes are compared by, whatever a guest's keyboard made of it. None if it can be no code.
pub fn key(text: &str) -> Option<String> {
    let plain: String = text.trim().chars().map(plain).collect();
    is_code(&plain).then(|| plain.chars().map(alike).collect())
}

/// Draws a new code.
pub fn draw() -> String {
    let bits: u64 = rand::random();
    let character = |place: u32| char::from(ALPHABET[usize::try_from((bits >> (place * 5)) & 31).unwrap_or(0)]);
    (0..DRAWN_LENGTH).map(character).collect()
}

fn is_code(text: &str) -> bool {
    let is_first = |letter: char| letter.is_ascii_uppercase() || letter.is_ascii_digit();
    let is_one = |letter: char| is_first(letter) || letter == '-' || letter == '_';
    (3..=30).contains(&text.len()) && text.starts_with(is_first) && text.chars().all(is_one)
}

/// The capital letter of our alphabet that a character is, or looks like.
fn plain(letter: char) -> char {
    let narrow = match letter {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(letter) - 0xfee0).unwrap_or(letter),
        '\u{2010}'..='\u{2015}' => '-',
        _ => letter,
    };
    match narrow {
        'А' | 'а' | 'Α' | 'α' => 'A',
        'В' | 'в' | 'Β' => 'B',
        'С' | 'с' => 'C',
        'Е' | 'е' | 'Ε' => 'E',
        'Н' | 'н' | 'Η' => 'H',
        'І' | 'і' | 'Ι' | 'ι' | 'ı' | 'İ' => 'I',
        'Ј' | 'ј' => 'J',
        'К' | 'к' | 'Κ' | 'κ' => 'K',
        'М' | 'м' | 'Μ' => 'M',
        'Ν' => 'N',
        'О' | 'о' | 'Ο' | 'ο' => 'O',
        'Р' | 'р' | 'Ρ' | 'ρ' => 'P',
        'Ѕ' | 'ѕ' => 'S',
        'Т' | 'т' | 'Τ' | 'τ' => 'T',
        'Х' | 'х' | 'Χ' | 'χ' => 'X',
        'У' | 'у' | 'Υ' => 'Y',
        'Ζ' => 'Z',
        other => other.to_ascii_uppercase(),
    }
}

/// The one of letters and digits that look alike.
fn alike(letter: char) -> char {
    match letter {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_count_in_either_case_and_look_alikes_are_one() {
        let alike = ["SUMMER10", "summer1o", " Summer-10 ".trim(), "SUMMERIO", "ЅUММЕR10", "ＳＵＭＭＥＲ１０"];
        let keys: Vec<Option<String>> = alike.iter().map(|code| key(&code.replace('-', ""))).collect();
        assert!(keys.iter().all(|key| key.as_deref() == Some("SUMMER10")), "{keys:?}");
        assert_ne!(key("SUMMER10"), key("SUMMER-10"));
        assert_eq!(written(" summer_10 ").as_deref(), Some("SUMMER_10"));
        for wrong in ["", "AB", "-ABC", "A B C", "ÉTÉ-2026", &"A".repeat(31)] {
            assert_eq!((written(wrong), key(wrong)), (None, None), "{wrong:?}");
        }
    }

    #[test]
    fn codes_that_are_drawn_are_codes_and_like_no_other() {
        let code = draw();
        assert_eq!((written(&code).as_deref(), key(&code).as_deref()), (Some(code.as_str()), Some(code.as_str())));
        assert_ne!(code, draw());
    }
}
