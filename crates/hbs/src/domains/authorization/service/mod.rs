//! Use cases: `roles` says what roles permit, `assignments` who has them, `invitations` who may take them, `letters` what they
//! are told.
mod assignments;
mod invitations;
mod letters;
mod roles;

pub use assignments::{
    assign, assign_by_code, check_places, check_power_over, give_roles, keep_a_super_admin, list_assignments, my_permissions,
    take_all_roles, unassign,
};
pub use invitations::{accept, decline, invite_to_roles, my_invitations, sent_invitations, withdraw};
pub use letters::prepare_mail;
pub use roles::{create_role, delete_role, ensure_default_roles, get_role, list_roles, update_role};

use super::error::AuthorizationError;
use crate::Result;
use crate::security::Caller;
use crate::security::permission::is_known;
use std::collections::BTreeSet;
use uuid::Uuid;

/// 403 unless the caller holds all of it: (permission, property or all). Names that the code no
/// longer knows grant nothing, so nobody needs to hold them.
pub fn check_holds<'a>(caller: &Caller, asked_for: impl IntoIterator<Item = (&'a str, Option<Uuid>)>) -> Result<()> {
    let missing = missing(caller, asked_for);
    if missing.is_empty() { Ok(()) } else { Err(AuthorizationError::Escalation(missing).into()) }
}

fn missing<'a>(caller: &Caller, asked_for: impl IntoIterator<Item = (&'a str, Option<Uuid>)>) -> Vec<String> {
    let lacking =
        asked_for.into_iter().filter(|(permission, property_id)| is_known(permission) && !caller.holds(permission, *property_id));
    let names: BTreeSet<&str> = lacking.map(|(permission, _)| permission).collect();
    names.into_iter().map(String::from).collect()
}
