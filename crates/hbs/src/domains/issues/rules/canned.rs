//! Canned answers: texts with variables such as `{{guest_name}}`.
use crate::error::FieldError;
use std::collections::BTreeMap;

/// Variables of canned answers.
pub const VARIABLES: &[&str] =
    &["guest_name", "hotel_name", "subject", "reference", "check_in", "check_out", "room_number", "agent_name"];

/// A piece of a text.
#[derive(Debug, PartialEq, Eq)]
enum Piece<'a> {
    Text(&'a str),
    Variable(&'a str),
    /// Braces that are not closed.
    Broken,
}

fn pieces(mut text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    while let Some((before, rest)) = text.split_once("{{") {
        pieces.push(Piece::Text(before));
        let Some((name, after)) = rest.split_once("}}") else {
            pieces.push(Piece::Broken);
            return pieces;
        };
        pieces.push(Piece::Variable(name.trim()));
        text = after;
    }
    pieces.push(Piece::Text(text));
    pieces
}

/// Checks that a text uses known variables only.
pub fn check(pointer: &str, text: &str) -> Vec<FieldError> {
    let wrong = |piece: Piece<'_>| match piece {
        Piece::Variable(name) if !VARIABLES.contains(&name) => {
            Some(FieldError::body(pointer, format!("has the unknown variable {name:?}; there are {}", VARIABLES.join(", "))))
        }
        Piece::Broken => Some(FieldError::body(pointer, "has {{ without }}")),
        Piece::Text(_) | Piece::Variable(_) => None,
    };
    pieces(text).into_iter().filter_map(wrong).collect()
}

/// Fills in the variables. What is not known stays empty; what values hold is not looked at again.
pub fn fill(text: &str, values: &BTreeMap<&'static str, String>) -> String {
    let of = |piece: Piece<'_>| match piece {
        Piece::Text(text) => text.to_owned(),
        Piece::Variable(name) => values.get(name).cloned().unwrap_or_default(),
        Piece::Broken => "{{".to_owned(),
    };
    pieces(text).into_iter().map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_filled_in_once() {
        let values = BTreeMap::from([("guest_name", "{{hotel_name}}".to_owned()), ("hotel_name", "Miramar".to_owned())]);
        let text = "Dear {{ guest_name }},\n{{hotel_name}} thanks you. {{reference}}";
        assert_eq!(fill(text, &values), "Dear {{hotel_name}},\nMiramar thanks you. ");
        assert_eq!(check("/texts/en", text), []);
    }

    #[test]
    fn what_is_not_known_is_refused() {
        let details = |text: &str| check("/x", text).into_iter().map(|error| error.detail).collect::<Vec<_>>();
        assert!(details("{{password}}")[0].starts_with("has the unknown variable \"password\""));
        assert_eq!(details("Dear {{guest_name"), ["has {{ without }}"]);
        assert_eq!(details("{ {{hotel_name}} }"), Vec::<String>::new());
    }
}
