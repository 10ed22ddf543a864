//! Rules of profiles: who is meant, what a merge adds, who may be the same person, what of a number is shown.
pub mod duplicates;
pub mod joining;
pub mod masking;
pub mod matching;

use std::collections::BTreeSet;

/// Tags in the form in which they are compared: in lower case, each once, in their order.
pub fn tags(typed: Vec<String>) -> Vec<String> {
    let mut seen = BTreeSet::new();
    typed.into_iter().map(|tag| tag.to_lowercase()).filter(|tag| seen.insert(tag.clone())).collect()
}

/// Preferences, each once, in their order.
pub fn distinct(typed: Vec<String>) -> Vec<String> {
    let mut seen = BTreeSet::new();
    typed.into_iter().filter(|text| seen.insert(text.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_differ_by_more_than_case() {
        let typed = ["Wine", "golf", "WINE", "Ärztin"].map(String::from).to_vec();
        assert_eq!(tags(typed), ["wine", "golf", "ärztin"]);
        assert_eq!(distinct(["High floor", "high floor", "High floor"].map(String::from).to_vec()), ["High floor", "high floor"]);
    }
}
