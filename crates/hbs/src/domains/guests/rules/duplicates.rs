//! Ranking of profiles that may be of the same person.
use crate::words::text_enum;
use std::cmp::Reverse;

text_enum! {
    /// Reason why two profiles may be of the same person.
    pub enum DuplicateReason {
        /// The e-mail address is the same.
        Email = "email",
        /// The phone number is the same.
        Phone = "phone",
        /// The name is the same, whatever its case, its accents and the order of its words.
        Name = "name",
        /// The date of birth is the same.
        BirthDate = "birth_date",
    }
}

impl DuplicateReason {
    /// Weight of the reason: two of the lesser ones are more than one of the greater.
    fn weight(self) -> i32 {
        match self {
            Self::Email => 40,
            Self::Phone => 35,
            Self::Name => 30,
            Self::BirthDate => 25,
        }
    }
}

/// Likelihood that two profiles are of the same person, from 0 to 100: it grows with the reasons, and an other date of birth
/// speaks against it.
pub fn score(reasons: &[DuplicateReason], is_born_otherwise: bool) -> i32 {
    let sum: i32 = reasons.iter().map(|reason| reason.weight()).sum();
    let sum = if is_born_otherwise { sum - 30 } else { sum };
    sum.clamp(0, 100)
}

/// Puts the likeliest first; of equals the older profile. Those for whom nothing speaks are left out.
pub fn ranked<T, K: Ord>(candidates: Vec<(i32, T)>, age: impl Fn(&T) -> K) -> Vec<(i32, T)> {
    let mut ranked: Vec<(i32, T)> = candidates.into_iter().filter(|(score, _)| *score > 0).collect();
    ranked.sort_by_key(|(score, candidate)| (Reverse(*score), age(candidate)));
    ranked
}

#[cfg(test)]
mod tests {
    use super::DuplicateReason::{BirthDate, Email, Name, Phone};
    use super::*;

    #[test]
    fn more_reasons_weigh_more() {
        let scores =
            [&[Email, Phone, Name, BirthDate][..], &[Email, Name], &[Phone, Name], &[Name, BirthDate], &[Email], &[Name]]
                .map(|reasons| score(reasons, false));
        assert!(scores.is_sorted_by(|one, other| one > other), "{scores:?}");
        assert_eq!(score(&[Name], true), 0, "another person of the same name");
        assert!(score(&[Email, Name], true) > 0, "a slip in one of the dates");
    }

    #[test]
    fn the_likeliest_is_first() {
        let ranked = ranked(vec![(30, 'c'), (70, 'b'), (0, 'd'), (70, 'a')], |one| *one);
        assert_eq!(ranked, [(70, 'a'), (70, 'b'), (30, 'c')]);
    }
}
