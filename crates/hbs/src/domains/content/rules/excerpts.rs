//! Beginnings of texts.

/// Returns a text that is no longer than so many characters: where it is cut, at the end of a word, a mark says so.
pub fn shortened(text: &str, longest: usize) -> String {
    if text.chars().count() <= longest {
        return text.to_owned();
    }
    let kept: String = text.chars().take(longest.saturating_sub(1)).collect();
    let whole_words = kept.rsplit_once(char::is_whitespace).map_or(kept.as_str(), |(before, _)| before);
    format!("{}…", whole_words.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_end_with_a_whole_word_and_a_mark() {
        for (text, expected) in [
            ("Dogs stay free.", "Dogs stay free."),
            ("Dogs stay free of charge.", "Dogs stay…"),
            ("Dogs stay    free of charge", "Dogs stay…"),
            ("Hundebetreuungskosten", "Hundebetreuung…"),
            ("äöüäöüäöüäöüäöüäöü", "äöüäöüäöüäöüäö…"),
        ] {
            let shortened = shortened(text, 15);
            assert_eq!(shortened, expected);
            assert!(shortened.chars().count() <= 15, "{shortened}");
        }
    }
}
