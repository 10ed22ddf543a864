//! Strength of passwords, and lifetimes of secrets in mails.
use chrono::TimeDelta;
use zxcvbn::{Score, zxcvbn};

/// Lifetime of the link that verifies an address. OWASP ASVS 2.3 and 6.4: links in mails are good once and not for
/// long.
pub const VERIFICATION_LIFETIME: TimeDelta = TimeDelta::hours(24);
pub const RESET_LIFETIME: TimeDelta = TimeDelta::hours(1);
pub const INVITATION_LIFETIME: TimeDelta = TimeDelta::days(7);
/// Pause between two links: one that was asked for again so soon is the one that is on its way, so there is no flood of
/// mails.
pub const LINK_PAUSE: TimeDelta = TimeDelta::seconds(60);
/// Time for which ended sessions are kept.
pub const KEEP_SESSIONS: TimeDelta = TimeDelta::days(90);

/// Lowest acceptable score: "safely unguessable", about 10^8 guesses or more, enough against the slow hash that is
/// stored.
const LEAST_SCORE: Score = Score::Three;

/// Words that everybody tries first here.
const OURS: &[&str] = &["hbs", "hotel", "booking"];

/// Returns the reason why a password is too easy to guess, in words for its owner. `about` is what is known of them:
/// address, names.
pub fn weakness(password: &str, about: &[&str]) -> Option<String> {
    let parts = about.iter().flat_map(|text| text.split([' ', '@', '.', '-', '_', '+'])).filter(|part| part.len() > 2);
    let known: Vec<&str> = about.iter().copied().chain(parts).chain(OURS.iter().copied()).collect();
    let entropy = zxcvbn(password, &known);
    if entropy.score() >= LEAST_SCORE {
        return None;
    }
    let mut words = vec!["is too easy to guess.".to_owned()];
    if let Some(feedback) = entropy.feedback() {
        words.extend(feedback.warning().map(|warning| warning.to_string()));
        words.extend(feedback.suggestions().iter().map(ToString::to_string));
    }
    Some(words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_must_not_be_guessable() {
        for password in ["password", "12345678", "horse1234", "qwertyuiop", "Sunshine2024!", "hotelbooking", "aaaaaaaaaaaaaaaa"] {
            let weakness = weakness(password, &[]).unwrap_or_else(|| panic!("{password} is taken"));
            assert!(weakness.starts_with("is too easy to guess. ") && weakness.len() > 30, "{weakness}");
        }
        for password in ["correct horse battery staple", "tr0ub-Adour&3x", "violet kettle orbit", "Bench-019b76da-a800-7db2"] {
            assert_eq!(weakness(password, &[]), None, "{password}");
        }
        let about = ["severina.kowalewska@example.com", "Severina Kowalewska"];
        assert_eq!(weakness("severinakowalewska", &[]), None);
        assert!(weakness("severinakowalewska", &about).is_some(), "made of what everybody knows of its owner");
    }

    /// Long passwords are rated off the async threads, but rating must end.
    #[test]
    fn long_passwords_take_no_long_time() {
        for password in ["a".repeat(256), "aB1!".repeat(64), "passwordqwerty1234".repeat(14)] {
            let started = std::time::Instant::now();
            weakness(&password, &["ana@example.com"]);
            assert!(started.elapsed().as_secs() < 5, "{:?}", started.elapsed());
        }
    }
}
