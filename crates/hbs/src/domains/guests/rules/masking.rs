//! Numbers of documents as they are shown: enough of them to tell one document from another, and no more. Pure.
use crate::domains::guests::model::DocumentKind;

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

/// Document whose number may be given as it is shown.
#[derive(Debug, Clone, Copy)]
pub struct Numbered<'a> {
    pub kind: DocumentKind,
    pub country: &'a str,
    pub number: &'a str,
}

/// What is wrong with a number that is given as it is shown, where nothing on record is shown so.
pub const NOT_ON_RECORD: &str = "is masked, and no document on record has such a number";

/// Returns the number that is meant in each place that has a document: of documents on record of the same kind and country, first of
/// the one in the same place. The error is the place of one that is masked and not on record.
pub fn numbers<'a>(given: &[Option<Numbered<'a>>], known: &[Option<Numbered<'a>>]) -> Result<Vec<Option<&'a str>>, usize> {
    let number = |(place, document): (usize, Option<Numbered<'a>>)| {
        let Some(document) = document else { return Ok(None) };
        let alike = known.get(place).into_iter().chain(known).copied().flatten();
        let alike = alike.filter(|other| other.kind == document.kind && other.country == document.country);
        meant(document.number, alike.map(|other| other.number)).map(Some).ok_or(place)
    };
    given.iter().copied().enumerate().map(number).collect()
}

/// Returns the number that is meant: the one that is given, or, where it is given as it is shown, the one on record that is shown
/// so. None: nothing on record is.
fn meant<'a>(given: &'a str, on_record: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
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

    #[test]
    fn of_numbers_that_are_shown_alike_that_of_the_same_place_is_meant() {
        let of = |country: &'static str, number: &'static str| Some(Numbered { kind: DocumentKind::Passport, country, number });
        let known = [of("PT", "CA123456"), None, of("PT", "CB993456"), of("ES", "X0003456")];
        let given = [of("PT", "•••• 3456"), of("ES", "•••• 3456"), of("PT", "•••• 3456"), None, of("FR", "N1")];
        assert_eq!(numbers(&given, &known), Ok(vec![Some("CA123456"), Some("X0003456"), Some("CB993456"), None, Some("N1")]));
        assert_eq!(numbers(&[None, of("FR", "•••• 3456")], &known), Err(1), "none of that country is on record");
    }
}
