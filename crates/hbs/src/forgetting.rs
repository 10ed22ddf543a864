//! Things that are forgotten once their time is over: what is said of them, whatever they are, by whoever keeps them.
use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Date, Uuid as SqlUuid};
use uuid::Uuid;

/// The time of a hotel before a date: what is of it, and not needed any more, is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Past {
    pub property_id: Uuid,
    pub before: NaiveDate,
}

/// A thing that is due, as the query of its kind finds it, with the figures of all that are.
#[derive(Debug, Clone, QueryableByName)]
pub struct DueRow {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = BigInt)]
    total: i64,
    #[diesel(sql_type = Date)]
    oldest: NaiveDate,
}

/// Things of a kind that are due: the oldest ones, as many as were asked for, the number of all, and the date of the oldest.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Due {
    pub ids: Vec<Uuid>,
    pub total: i64,
    pub oldest: Option<NaiveDate>,
}

impl From<Vec<DueRow>> for Due {
    fn from(rows: Vec<DueRow>) -> Self {
        let (total, oldest) = rows.first().map(|first| (first.total, first.oldest)).unzip();
        Self { ids: rows.into_iter().map(|row| row.id).collect(), total: total.unwrap_or(0), oldest }
    }
}

impl Due {
    /// Returns those that are due now that they are locked, of these that were when they were looked for.
    pub fn still(&self, now: &Self) -> Vec<Uuid> {
        self.ids.iter().filter(|id| now.ids.contains(id)).copied().collect()
    }
}

/// Things that were forgotten: their number, and the files that nothing refers to any more.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Forgotten {
    pub count: usize,
    pub files: Vec<String>,
}

impl Forgotten {
    /// Things without files.
    pub fn things(count: usize) -> Self {
        Self { count, files: Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::december;

    #[test]
    fn what_came_back_into_use_while_it_was_locked_stays() {
        let [one, other, third] = [1, 2, 3].map(Uuid::from_u128);
        let due = |ids: &[Uuid]| Due { ids: ids.to_vec(), total: 2, oldest: Some(december(1)) };
        assert_eq!(due(&[one, other]).still(&due(&[other, third])), [other]);
        assert_eq!(Due::from(Vec::new()), Due::default());
    }
}
