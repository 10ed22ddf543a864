//! Pure decisions about signing in.
use crate::contact::{emails, phones};
use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest, Sha256};
use totp_rs::{Builder, Totp};
use uuid::Uuid;

// Throttling. OWASP ASVS 4.0 2.2.1 allows no more than 100 failed attempts an hour on an account;
// NIST SP 800-63B 5.2.2 names waits that grow from 30 seconds to an hour. Here nobody gets more than
// 12 within the first hour, nor more than 35 within a day.

/// Seconds for which nobody may try again, by the number of failures in a row, beginning with the
/// first. Further failures wait as long as the last one here. A slip or two costs nothing, and a
/// person who is still unsure waits for seconds; only from the tenth on it is a lock-out.
pub const PAUSES: [i64; 12] = [0, 0, 0, 0, 0, 1, 2, 4, 8, 15 * 60, 30 * 60, 60 * 60];

/// Time after which failures are forgotten, counted from the last of them.
pub const FAILURES_LAST: TimeDelta = TimeDelta::hours(24);

/// An address from which the person has signed in within this time is counted by itself, so that
/// strangers who guess cannot lock its people out.
pub const ADDRESS_IS_KNOWN: TimeDelta = TimeDelta::days(30);

/// Time after signing in within which the owner of an account is taken to be there still.
pub const SIGN_IN_IS_FRESH: TimeDelta = TimeDelta::minutes(10);

/// Time for which a used refresh token gives the device that used it the same successor again.
pub const REFRESH_GRACE: TimeDelta = TimeDelta::seconds(10);

/// Returns the whole seconds until `end`, at least one: for `Retry-After`.
pub fn seconds_until(end: DateTime<Utc>, now: DateTime<Utc>) -> u32 {
    let left = (end - now).num_milliseconds();
    u32::try_from((left + 999).div_euclid(1000).max(1)).unwrap_or(u32::MAX)
}

/// Login name of a user, in the form in which it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LoginName {
    Email(String),
    /// Phone number, E.164.
    Phone(String),
}

impl LoginName {
    /// Reads a login name: anything that is no phone number is an e-mail address.
    pub fn parse(text: &str) -> Self {
        phones::e164(text).map_or_else(|| Self::Email(emails::normalize(text)), Self::Phone)
    }

    pub fn as_str(&self) -> &str {
        match self {
            Self::Email(text) | Self::Phone(text) => text,
        }
    }
}

// The second factor: TOTP (RFC 6238) as every authenticator app has it, SHA-1, 6 digits, 30 seconds.
// A code counts one step earlier and later too, for clocks that are not quite right.

/// Length of a secret in bytes, as RFC 4226 section 4 recommends.
pub const TOTP_SECRET_BYTES: usize = 20;

/// The secret as people type it, and as the address that a QR code holds.
pub fn totp_invitation(secret: &[u8], issuer: &str, account: &str) -> crate::Result<(String, String)> {
    // A colon divides issuer and account, so neither may have one.
    let (issuer, account) = (issuer.replace(':', " "), account.replace(':', " "));
    let totp = Builder::new()
        .with_secret(secret)
        .with_issuer(Some(issuer))
        .with_account_name(account)
        .build()
        .map_err(|error| crate::Error::internal(error.to_string()))?;
    let address = totp.to_url().map_err(|error| crate::Error::internal(error.to_string()))?;
    Ok((totp.secret().to_base32(), address))
}

/// The time step that a code belongs to, if it is right at this time.
pub fn totp_step(secret: &[u8], code: &str, now: DateTime<Utc>) -> Option<i64> {
    let digits: String = code.chars().filter(|letter| !letter.is_whitespace()).collect();
    let seconds = u64::try_from(now.timestamp()).ok()?;
    totp(secret).check(&digits, seconds).and_then(|step| i64::try_from(step).ok())
}

fn totp(secret: &[u8]) -> Totp {
    Builder::new().with_secret(secret).build_noncompliant()
}

// Recovery codes: 80 random bits, hashed with the user's id as a salt (OWASP ASVS 4.0 2.6.2).

pub const RECOVERY_CODES: usize = 10;
pub const RECOVERY_CODE_BYTES: usize = 10;
/// Alphabet of Crockford's base 32: no I, L, O or U.
const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Random bytes as a code that can be read aloud: `7K4M-9QXT-2B3C-H8WZ`.
pub fn recovery_code(random: [u8; RECOVERY_CODE_BYTES]) -> String {
    let (mut bits, mut count, mut letters) = (0_u32, 0, String::new());
    for byte in random {
        bits = (bits << 8) | u32::from(byte);
        count += 8;
        while count >= 5 {
            count -= 5;
            let index = usize::try_from((bits >> count) & 31).unwrap_or_default();
            if letters.len() % 5 == 4 {
                letters.push('-');
            }
            letters.push(char::from(LETTERS[index]));
        }
    }
    letters
}

/// Returns the stored hash of a recovery code, however it was typed.
pub fn recovery_code_hash(user_id: Uuid, code: &str) -> Vec<u8> {
    let plain = code.chars().filter(|letter| letter.is_ascii_alphanumeric()).map(|letter| match letter.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    });
    Sha256::new().chain_update(user_id).chain_update(plain.collect::<String>()).finalize().to_vec()
}

/// A device in a person's words, by its `User-Agent`: "Firefox on Linux". None if it says nothing.
pub fn device(user_agent: &str) -> Option<String> {
    const UNKNOWN: &str = "UNKNOWN";
    let found = woothee::parser::Parser::new().parse(user_agent);
    let known = |text: &str| Some(text.to_owned()).filter(|text| text != UNKNOWN && !text.is_empty());
    let (name, os) = found.map_or((None, None), |found| (known(found.name), known(found.os)));
    match (name.or_else(|| product(user_agent)), os) {
        (Some(name), Some(os)) => Some(format!("{name} on {os}")),
        (name, os) => name.or(os),
    }
}

/// The first product that a `User-Agent` names: `HotelApp/2.1 (…)` is "HotelApp".
fn product(user_agent: &str) -> Option<String> {
    const LONGEST: usize = 40;
    let name: String = user_agent.split(['/', ' ', '(']).next()?.chars().take(LONGEST).collect();
    Some(name).filter(|name| !name.is_empty() && name.chars().all(|letter| letter.is_ascii_graphic()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_stay_within_the_limits() {
        assert!(PAUSES.iter().take(5).all(|pause| *pause == 0), "slips cost nothing");
        assert!(PAUSES.windows(2).all(|pair| pair[0] <= pair[1]) && PAUSES[5..].windows(2).all(|pair| pair[0] < pair[1]));
        assert!(PAUSES[9] >= 15 * 60 && PAUSES[11] <= 60 * 60);
        // How many guesses somebody gets who uses every second.
        let within = |seconds: i64| {
            let pauses = PAUSES.iter().chain(std::iter::repeat(&PAUSES[11]));
            let ends = pauses.scan(0, |at, pause| {
                let tried_at = *at;
                *at += pause;
                Some(tried_at)
            });
            ends.take_while(|at| *at <= seconds).count()
        };
        assert_eq!((within(0), within(60), within(3600), within(24 * 3600)), (6, 10, 12, 35));
    }

    #[test]
    fn seconds_are_rounded_up() {
        let now: DateTime<Utc> = "2026-12-01T12:00:00Z".parse().expect("an instant");
        for (milliseconds, seconds) in [(-5000, 1), (0, 1), (1, 1), (1000, 1), (1001, 2), (900_000, 900)] {
            assert_eq!(seconds_until(now + TimeDelta::milliseconds(milliseconds), now), seconds, "{milliseconds}");
        }
    }

    #[test]
    fn logins_are_found_however_they_are_written() {
        let email = |text: &str| LoginName::Email(text.into());
        let phone = |text: &str| LoginName::Phone(text.into());
        for (written, login) in [
            ("Ana@Example.com", email("ana@example.com")),
            ("  ana@example.com ", email("ana@example.com")),
            ("+351 910 000 000", phone("+351910000000")),
            ("+351 (910) 000-000", phone("+351910000000")),
            ("+351910000000", phone("+351910000000")),
            ("910000000", email("910000000")),
            ("nobody", email("nobody")),
            ("+", email("+")),
            ("", email("")),
            ("+351910000000@example.com", email("+351910000000@example.com")),
        ] {
            assert_eq!(LoginName::parse(written), login, "{written}");
        }
    }

    #[test]
    fn codes_are_those_of_rfc_6238() {
        let secret = b"12345678901234567890";
        // Appendix B, the last six of its eight digits.
        for (seconds, code) in [(59, "287082"), (1_111_111_109, "081804"), (1_234_567_890, "005924"), (20_000_000_000, "353130")]
        {
            let now = DateTime::from_timestamp(seconds, 0).expect("an instant");
            assert_eq!(totp_step(secret, code, now), Some(seconds / 30), "{seconds}");
            let (early, late) = (now - TimeDelta::seconds(30), now + TimeDelta::seconds(30));
            assert_eq!((totp_step(secret, code, early), totp_step(secret, code, late)), (Some(seconds / 30), Some(seconds / 30)));
            assert_eq!(totp_step(secret, code, now + TimeDelta::seconds(60)), None);
            assert_eq!(totp_step(secret, &format!("{} {}", &code[..3], &code[3..]), now), Some(seconds / 30), "as apps show it");
            assert_eq!(totp_step(b"another secret of 20", code, now), None);
        }
        for wrong in ["", "12345", "1234567", "abcdef", "28708２"] {
            assert_eq!(totp_step(secret, wrong, DateTime::from_timestamp(59, 0).expect("an instant")), None, "{wrong}");
        }
    }

    #[test]
    fn an_authenticator_gets_all_it_needs() {
        let (secret, address) = totp_invitation(b"12345678901234567890", "HBS", "ana@example.com").expect("an address");
        assert_eq!(secret, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        assert!(
            address.starts_with("otpauth://totp/") && address.contains(&secret) && address.contains("issuer=HBS"),
            "{address}"
        );
        assert!(totp_invitation(b"12345678901234567890", "A: B", "\"a:b\"@example.com").is_ok());
    }

    #[test]
    fn recovery_codes_are_read_as_people_type_them() {
        assert_eq!(recovery_code([0; 10]), "0000-0000-0000-0000");
        assert_eq!(recovery_code([255; 10]), "ZZZZ-ZZZZ-ZZZZ-ZZZZ");
        let (ana, rui) = (Uuid::now_v7(), Uuid::now_v7());
        let hash = recovery_code_hash(ana, "01AB-CDEF-GHJK-MNPQ");
        for typed in ["01abcdefghjkmnpq", "OlAB CDEF GHJK MNPQ", "0iab-cdef-ghjk-mnpq"] {
            assert_eq!(recovery_code_hash(ana, typed), hash, "{typed}");
        }
        assert_ne!(recovery_code_hash(rui, "01AB-CDEF-GHJK-MNPQ"), hash, "salted");
    }

    #[test]
    fn devices_are_told_in_words() {
        for (user_agent, words) in [
            ("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", Some("Firefox on Linux")),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
                Some("Safari on iPhone"),
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
                Some("Chrome on Windows 10"),
            ),
            ("HotelApp/2.1", Some("HotelApp")),
            ("", None),
            ("Überraschung", None),
        ] {
            assert_eq!(device(user_agent).as_deref(), words, "{user_agent}");
        }
    }
}
