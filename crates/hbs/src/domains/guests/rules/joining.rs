//! Merges of two profiles: what the survivor gets of the other one, and how that is taken back.
use crate::domains::guests::model::Details;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Maximum length of notes, which a merge does not exceed.
pub const MAX_NOTES: usize = 4000;
/// Maximum number of tags, and of preferences.
pub const MAX_WORDS: usize = 30;

/// Fields of a survivor that a merge changed.
pub type Filled = BTreeMap<String, Filling>;

/// Change of a field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filling {
    pub before: Value,
    pub after: Value,
}

/// Returns what a survivor knows after a merge: what it lacked, it has from the other one. What has no place stays with the
/// other profile, which is kept.
pub fn joined(survivor: &Details, merged: &Details) -> Details {
    let has_address =
        [&survivor.street, &survivor.city, &survivor.postal_code, &survivor.country].iter().any(|part| part.is_some());
    let address = if has_address { survivor } else { merged };
    let or = |own: &Option<String>, other: &Option<String>| own.clone().or_else(|| other.clone());
    Details {
        email: or(&survivor.email, &merged.email),
        phone: or(&survivor.phone, &merged.phone),
        locale: survivor.locale.clone().or_else(|| merged.locale.clone()),
        street: address.street.clone(),
        city: address.city.clone(),
        postal_code: address.postal_code.clone(),
        country: address.country.clone(),
        birth_date: survivor.birth_date.or(merged.birth_date),
        nationality: or(&survivor.nationality, &merged.nationality),
        notes: joined_notes(survivor.notes.as_deref(), merged.notes.as_deref()),
        preferences: union(&survivor.preferences, &merged.preferences),
        tags: union(&survivor.tags, &merged.tags),
        is_vip: survivor.is_vip || merged.is_vip,
        account_id: survivor.account_id.or(merged.account_id),
    }
}

fn joined_notes(own: Option<&str>, other: Option<&str>) -> Option<String> {
    match (own, other) {
        (Some(own), Some(other)) if own != other => {
            let both = format!("{own}\n\n{other}");
            Some(if both.chars().count() <= MAX_NOTES { both } else { own.to_owned() })
        }
        (Some(one), _) | (None, Some(one)) => Some(one.to_owned()),
        (None, None) => None,
    }
}

fn union(own: &[String], other: &[String]) -> Vec<String> {
    let more = other.iter().filter(|word| !own.contains(word));
    own.iter().chain(more.take(MAX_WORDS.saturating_sub(own.len()))).cloned().collect()
}

/// Returns the fields in which two differ.
pub fn filled(before: &Details, after: &Details) -> serde_json::Result<Filled> {
    let (before, after) = (fields(before)?, fields(after)?);
    let changed = before.into_iter().zip(after).filter(|((_, before), (_, after))| before != after);
    Ok(changed.map(|((name, before), (_, after))| (name, Filling { before, after })).collect())
}

/// Takes a merge back. What was changed since stays as it was changed, and words that came since stay as well.
pub fn parted(now: &Details, filled: &Filled) -> serde_json::Result<Details> {
    let mut fields = fields(now)?;
    for (name, Filling { before, after }) in filled {
        let Some(value) = fields.get_mut(name) else { continue };
        if let (Value::Array(now), Value::Array(before), Value::Array(after)) = (&mut *value, before, after) {
            now.retain(|word| before.contains(word) || !after.contains(word));
        } else if value == after {
            *value = before.clone();
        }
    }
    serde_json::from_value(Value::Object(fields))
}

fn fields(details: &Details) -> serde_json::Result<Map<String, Value>> {
    match serde_json::to_value(details)? {
        Value::Object(fields) => Ok(fields),
        _ => Ok(Map::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ana() -> Details {
        Details {
            email: Some("ana@example.com".into()),
            notes: Some("Allergic to nuts".into()),
            tags: vec!["wine".into()],
            ..Details::default()
        }
    }

    fn other() -> Details {
        Details {
            email: Some("a.sousa@example.com".into()),
            phone: Some("+351910000000".into()),
            city: Some("Lisboa".into()),
            country: Some("PT".into()),
            birth_date: "1990-04-25".parse().ok(),
            notes: Some("Comes by train".into()),
            preferences: vec!["High floor".into()],
            tags: vec!["golf".into(), "wine".into()],
            is_vip: true,
            ..Details::default()
        }
    }

    #[test]
    fn a_survivor_keeps_its_own_and_gets_what_it_lacked() {
        let joined = joined(&ana(), &other());
        assert_eq!(joined.email, ana().email, "its own");
        assert_eq!((&joined.phone, &joined.city, joined.birth_date), (&other().phone, &other().city, other().birth_date));
        assert_eq!(joined.notes.as_deref(), Some("Allergic to nuts\n\nComes by train"));
        assert_eq!(
            (joined.tags, joined.preferences, joined.is_vip),
            (vec!["wine".into(), "golf".into()], other().preferences, true)
        );
        let at_home = Details { street: Some("Rua 1".into()), ..ana() };
        assert_eq!(super::joined(&at_home, &other()).city, None, "addresses are not mixed");
    }

    #[test]
    fn taking_a_merge_back_restores_exactly() {
        for (one, two) in [(ana(), other()), (other(), ana()), (Details::default(), other()), (ana(), ana())] {
            let after = joined(&one, &two);
            let filled = filled(&one, &after).expect("JSON");
            assert_eq!(parted(&after, &filled).expect("details"), one);
        }
    }

    #[test]
    fn what_was_changed_since_a_merge_stays() {
        let after = joined(&ana(), &other());
        let filled = filled(&ana(), &after).expect("JSON");
        let edited =
            Details { phone: Some("+351920000000".into()), tags: vec!["wine".into(), "golf".into(), "late".into()], ..after };
        let back = parted(&edited, &filled).expect("details");
        assert_eq!(back.phone, edited.phone);
        assert_eq!(back.tags, ["wine", "late"]);
        assert_eq!((back.city, back.is_vip), (None, false));
    }

    #[test]
    fn nothing_grows_beyond_its_limit() {
        let long = Details { notes: Some("x".repeat(MAX_NOTES)), tags: (0..30).map(|n| n.to_string()).collect(), ..ana() };
        let joined = joined(&long, &other());
        assert_eq!((&joined.notes, joined.tags.len()), (&long.notes, MAX_WORDS));
    }
}
