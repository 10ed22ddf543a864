use crate::error::{DomainError, Member, Problem};
use serde_json::{Map, Value, json};
use utoipa::schema;

#[derive(Debug, thiserror::Error)]
pub enum AuthorizationError {
    #[error("This takes permissions that you do not hold there: {}.", .0.join(", "))]
    Escalation(Vec<String>),
    #[error("The user has this role there already.")]
    AlreadyAssigned,
    #[error("The user has not verified the e-mail address yet, so it is not known to be theirs.")]
    Unverified,
    #[error("This is the last super administrator.")]
    LastSuperAdmin,
    #[error("Whoever invited you may not give this role any more; ask for another invitation.")]
    InvitationLapsed,
    #[error("There is a role with this code already.")]
    CodeTaken,
    #[error("{0} assignments of this role are left; take it away from everybody first.")]
    InUse(i64),
    #[error("The super administrator always holds every permission.")]
    Protected,
}

pub const ESCALATION: Problem = Problem {
    code: "authorization.escalation",
    status: 403,
    title: "More than you hold",
    about: "You can neither give nor take permissions that you do not hold yourself at the same property, nor act on somebody who holds more than you do. `missing` names the permissions that you lack.",
    members: &[Member::value("missing", "Permissions that you do not hold.", || schema!(Vec<String>).into())],
};
pub const ALREADY_ASSIGNED: Problem = Problem {
    code: "authorization.already_assigned",
    status: 409,
    title: "Assigned already",
    about: "A user can have a role at a property, or at all of them, only once.",
    members: &[],
};
pub const UNVERIFIED: Problem = Problem {
    code: "authorization.unverified",
    status: 409,
    title: "Address not verified",
    about: "Anybody can register with a colleague's address. A role can be given to an account only after its e-mail address was verified, or to an invited user, who proves the address by accepting.",
    members: &[],
};
pub const INVITATION_LAPSED: Problem = Problem {
    code: "authorization.invitation_lapsed",
    status: 409,
    title: "Invitation lapsed",
    about: "A role is given only while whoever invited you holds everything that is in it, and may give it. Ask the hotel for another invitation.",
    members: &[],
};
pub const LAST_SUPER_ADMIN: Problem = Problem {
    code: "authorization.last_super_admin",
    status: 409,
    title: "Last super administrator",
    about: "There must always be a super administrator. Make another one first.",
    members: &[],
};

pub const CODE_TAKEN: Problem = Problem {
    code: "authorization.code_taken",
    status: 409,
    title: "Code taken",
    about: "Each role has a code of its own.",
    members: &[],
};
pub const ROLE_IN_USE: Problem = Problem {
    code: "authorization.role_in_use",
    status: 409,
    title: "Role in use",
    about: "A role can be removed only when nobody has it. `assignments` says how many there are.",
    members: &[Member::value("assignments", "Number of assignments of the role.", || schema!(i64).into())],
};
pub const PROTECTED_ROLE: Problem = Problem {
    code: "authorization.protected_role",
    status: 409,
    title: "Protected role",
    about: "The super administrator holds every permission there is, so that somebody always can do everything. The role cannot be removed, and only its `requires_second_factor` can be changed.",
    members: &[],
};

pub const PROBLEMS: &[&Problem] = &[
    &ESCALATION,
    &ALREADY_ASSIGNED,
    &UNVERIFIED,
    &INVITATION_LAPSED,
    &LAST_SUPER_ADMIN,
    &CODE_TAKEN,
    &ROLE_IN_USE,
    &PROTECTED_ROLE,
];

impl DomainError for AuthorizationError {
    fn problem(&self) -> &'static Problem {
        match self {
            Self::Escalation(_) => &ESCALATION,
            Self::AlreadyAssigned => &ALREADY_ASSIGNED,
            Self::Unverified => &UNVERIFIED,
            Self::InvitationLapsed => &INVITATION_LAPSED,
            Self::LastSuperAdmin => &LAST_SUPER_ADMIN,
            Self::CodeTaken => &CODE_TAKEN,
            Self::InUse(_) => &ROLE_IN_USE,
            Self::Protected => &PROTECTED_ROLE,
        }
    }

    fn extra(&self) -> Map<String, Value> {
        match self {
            Self::Escalation(missing) => Map::from_iter([("missing".into(), json!(missing))]),
            Self::InUse(assignments) => Map::from_iter([("assignments".into(), json!(assignments))]),
            _ => Map::new(),
        }
    }
}
