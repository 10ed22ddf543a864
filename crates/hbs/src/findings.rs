//! Words for what the rules of `garde` find in a value.

/// Says what a value must be, where garde says what it is not.
pub fn worded(finding: &str) -> String {
    let bounds = [
        ("length is lower than ", "length must be at least "),
        ("length is greater than ", "length must be at most "),
        ("lower than ", "must be at least "),
        ("greater than ", "must be at most "),
    ];
    let bound = bounds.into_iter().find_map(|(prefix, words)| Some(format!("{words}{}", finding.strip_prefix(prefix)?)));
    let pattern = || Some(format!("must match {}", finding.strip_prefix("does not match pattern /")?.strip_suffix('/')?));
    let email =
        || Some(format!("must be an e-mail address such as ana@example.com: {}", finding.strip_prefix("not a valid email: ")?));
    bound.or_else(pattern).or_else(email).unwrap_or_else(|| finding.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_told_as_what_must_be() {
        for (found, told) in [
            ("length is lower than 1", "length must be at least 1"),
            ("length is greater than 200", "length must be at most 200"),
            ("lower than 0", "must be at least 0"),
            ("greater than 365", "must be at most 365"),
            ("does not match pattern /^[A-Z]{2}$/", "must match ^[A-Z]{2}$"),
            ("must be after `from`", "must be after `from`"),
        ] {
            assert_eq!(worded(found), told);
        }
        assert!(worded("not a valid email: value is missing `@`").starts_with("must be an e-mail address such as"));
    }
}
