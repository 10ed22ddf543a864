//! Kinds of events that an endpoint wants: exact ones, or all of an entity.

const ALL_OF: &str = "*";

fn is_word(text: &str) -> bool {
    text.starts_with(|letter: char| letter.is_ascii_lowercase())
        && text.chars().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_')
}

/// Returns `true` if a text is a kind, or names all of an entity: `booking.created`, `booking.*`.
pub fn is_pattern(text: &str) -> bool {
    text.split_once('.').is_some_and(|(entity, verb)| is_word(entity) && (verb == ALL_OF || is_word(verb)))
}

/// Returns `true` if an event of a kind is wanted; none wanted means every kind. The same is said in SQL where deliveries are
/// made.
pub fn takes(wanted: &[String], kind: &str) -> bool {
    let entity = kind.split_once('.').map_or(kind, |(entity, _)| entity);
    let is_of = |pattern: &String| pattern == kind || pattern.strip_suffix(".*").is_some_and(|of| of == entity);
    wanted.is_empty() || wanted.iter().any(is_of)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_exact_or_all_of_an_entity() {
        for pattern in ["booking.created", "booking.*", "feed_import.stale", "a.b2"] {
            assert!(is_pattern(pattern), "{pattern}");
        }
        for text in ["", "*", "booking", "booking.", ".created", "*.created", "booking.**", "Booking.created", "a.b.c", "a b.c"] {
            assert!(!is_pattern(text), "{text}");
        }
    }

    #[test]
    fn what_is_wanted_is_taken() {
        let wanted = ["booking.*".to_owned(), "payment.captured".to_owned()];
        assert!(takes(&wanted, "booking.created") && takes(&wanted, "payment.captured"));
        assert!(!takes(&wanted, "payment.voided") && !takes(&wanted, "booking_group.created"));
        assert!(takes(&[], "anything.at_all"));
    }
}
