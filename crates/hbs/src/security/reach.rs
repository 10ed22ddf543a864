//! The rows that a caller may touch.
use super::{GuestLink, Scope};
use std::collections::BTreeSet;
use uuid::Uuid;

/// Rows that a caller may touch: those of `owner`, all of the properties in `scope`, and the booking of `guest`.
#[derive(Debug, Clone)]
pub struct Reach {
    pub owner: Option<Uuid>,
    /// Guest without an account. The booking is theirs while it has their address and belongs to no account.
    pub guest: Option<GuestLink>,
    pub scope: Scope,
}

impl Reach {
    /// The rows of the properties in scope, whosever they are.
    pub const fn of_scope(scope: Scope) -> Self {
        Self { owner: None, guest: None, scope }
    }

    /// The booking of a guest without an account.
    pub const fn of_guest(guest: GuestLink) -> Self {
        Self { owner: None, guest: Some(guest), scope: Scope::Properties(BTreeSet::new()) }
    }

    /// Returns `true` if there is no property in scope. Lists ask for the owner's rows alone then: an OR with nothing
    /// on its other side is served by no index.
    pub fn is_own_only(&self) -> bool {
        !self.scope.is_all() && self.scope.ids().is_empty()
    }

    /// Returns the guest's booking with the address that it must have.
    pub fn guest_booking(&self) -> (Option<Uuid>, Option<&str>) {
        (self.guest.as_ref().map(|guest| guest.booking_id), self.guest.as_ref().map(|guest| guest.email.as_str()))
    }
}
