//! Numbers of documents as they are shown: enough of them to tell one document from another, and no more. Pure.

/// Most characters of a number that are shown, at its end.
const SHOWN: usize = 4;
/// Stands for the characters that are not shown, however many they are.
const HIDDEN: &str = "••••";

/// Returns a number as it is shown: dots, and its last four characters, of short numbers the last half.
pub fn masked(number: &str) -> String {
    let length = number.chars().count();
    let shown = SHOWN.min(length / 2);
    let end: String = number.chars().skip(length - shown).collect();
    format!("{HIDDEN} {end}").trim_end().to_owned()
}

/// Returns `true` for what is shown in the place of a number.
pub fn is_masked(number: &str) -> bool {
    number.starts_with(HIDDEN)
}

/// Returns the number that is meant: the one that is given, or, where it is given as it is shown, the one on record that is shown
/// so. None: nothing on record is.
pub fn meant<'a>(given: &'a str, on_record: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if is_masked(given) { on_record.into_iter().find(|number| masked(number) == given) } else { Some(given) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_than_the_end_of_a_number_is_shown() {
        for (number, expected) in
            [("CA123456", "•••• 3456"), ("X1234567890Z", "•••• 890Z"), ("AB1234", "•••• 234"), ("7", "••••"), ("ÄÖÜß", "•••• Üß")]
        {
            assert_eq!(masked(number), expected, "{number}");
            assert!(is_masked(&masked(number)) && !is_masked(number), "{number}");
        }
    }

    #[test]
    fn a_number_that_is_given_as_it_is_shown_is_the_one_on_record() {
        let known = ["CA123456", "Y9"];
        assert_eq!(meant("•••• 3456", known), Some("CA123456"));
        assert_eq!(meant("•••• 9", known), Some("Y9"));
        assert_eq!(meant("•••• 0000", known), None);
        assert_eq!(meant("CB654321", known), Some("CB654321"));
    }
}
