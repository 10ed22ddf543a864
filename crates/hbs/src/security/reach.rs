//! The rows that a caller may touch.
use super::permission::Scope;
use super::principal::GuestLink;
use diesel::dsl::auto_type;
use diesel::prelude::*;
use hbs_schema::bookings;
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

    /// The booking that a guest without an account has a link to.
    pub fn of_link(&self) -> of_link<'_> {
        let (booking_id, email) = self.guest.as_ref().map(|guest| (guest.booking_id, guest.email.as_str())).unzip();
        of_link(booking_id, email)
    }

    /// One's own bookings: those of one's account, and the one that a guest without an account has a link to.
    pub fn own_bookings(&self) -> own_bookings<'_> {
        let (booking_id, email) = self.guest.as_ref().map(|guest| (guest.booking_id, guest.email.as_str())).unzip();
        own_bookings(self.owner, booking_id, email)
    }
}

/// The booking is the guest's while it has the address that the link was mailed to, and belongs to no account.
#[auto_type]
fn of_link<'a>(booking_id: Option<Uuid>, email: Option<&'a str>) -> _ {
    bookings::id.nullable().eq(booking_id).and(bookings::user_id.is_null()).and(bookings::contact_email.eq(email))
}

#[auto_type]
fn own_bookings<'a>(owner: Option<Uuid>, booking_id: Option<Uuid>, email: Option<&'a str>) -> _ {
    let of_link: of_link<'a> = of_link(booking_id, email);
    bookings::user_id.eq(owner).or(of_link)
}
