//! The permissions that a request is answered by, so that its answer is given again only to somebody who still holds them.
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use uuid::Uuid;

/// A permission that an answer was given by, at one property or at all.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ReliedOn {
    pub permission: String,
    pub property_id: Option<Uuid>,
    /// `true` if the permission decided which rows are there for the caller: without it, they are not found.
    pub is_reach: bool,
}

/// Notes of what one request asked of its caller's permissions, and of the properties at which it changed something.
#[derive(Debug, Default)]
pub struct Reliance(Mutex<Notes>);

#[derive(Debug, Default)]
struct Notes {
    /// Permissions whose scope bounds the rows.
    scopes: BTreeSet<&'static str>,
    held: BTreeSet<(String, Option<Uuid>)>,
    properties: BTreeSet<Uuid>,
}

impl Reliance {
    /// Notes that the scope of a permission decides which rows there are.
    pub fn on_scope(&self, permission: &'static str) {
        self.notes().scopes.insert(permission);
    }

    /// Notes that the caller had to hold a permission at a property, or (None) at all of them.
    pub fn on(&self, permission: &str, property_id: Option<Uuid>) {
        self.notes().held.insert((permission.to_owned(), property_id));
    }

    /// Notes the properties at which something changed.
    pub fn at(&self, properties: impl IntoIterator<Item = Uuid>) {
        self.notes().properties.extend(properties);
    }

    /// Returns what the answer relies on. `reached` tells of a permission at which of the properties where something changed
    /// it holds; of none, where nothing did, all at which it holds.
    pub fn relied_on(&self, reached: impl Fn(&str, &BTreeSet<Uuid>) -> Vec<Option<Uuid>>) -> Vec<ReliedOn> {
        let notes = self.notes();
        let held = notes.held.iter().map(|(permission, at)| relied_on(permission, *at, false));
        let of_scope = |permission: &&'static str| {
            let places = reached(permission, &notes.properties);
            places.into_iter().map(|at| relied_on(permission, at, true)).collect::<Vec<_>>()
        };
        // What is out of reach is not found, whatever else is missing.
        notes.scopes.iter().flat_map(of_scope).chain(held).collect()
    }

    fn notes(&self) -> MutexGuard<'_, Notes> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn relied_on(permission: &str, property_id: Option<Uuid>, is_reach: bool) -> ReliedOn {
    ReliedOn { permission: permission.to_owned(), property_id, is_reach }
}
