use crate::error::{DomainError, Problem};
use serde_json::{Map, Value, json};

#[derive(Debug, thiserror::Error)]
pub enum AuthorizationError {
    #[error("You cannot give what you do not hold: {}.", .0.join(", "))]
    Escalation(Vec<String>),
    #[error("The user has this role there already.")]
    AlreadyAssigned,
    #[error("This is the last super administrator.")]
    LastSuperAdmin,
}

const ESCALATION: Problem = Problem {
    code: "authorization.escalation",
    status: 403,
    title: "More than you hold",
    about: "Nobody gives, or takes, a role with permissions that they do not hold themselves at the same property. `missing` names them.",
};
const ALREADY_ASSIGNED: Problem = Problem {
    code: "authorization.already_assigned",
    status: 409,
    title: "Assigned already",
    about: "A user has a role at a property, or at all of them, once.",
};
const LAST_SUPER_ADMIN: Problem = Problem {
    code: "authorization.last_super_admin",
    status: 409,
    title: "Last super administrator",
    about: "Somebody must be able to do everything. Make another super administrator first.",
};

pub const PROBLEMS: &[&Problem] = &[&ESCALATION, &ALREADY_ASSIGNED, &LAST_SUPER_ADMIN];

impl DomainError for AuthorizationError {
    fn problem(&self) -> &'static Problem {
        match self {
            Self::Escalation(_) => &ESCALATION,
            Self::AlreadyAssigned => &ALREADY_ASSIGNED,
            Self::LastSuperAdmin => &LAST_SUPER_ADMIN,
        }
    }

    fn extra(&self) -> Map<String, Value> {
        match self {
            Self::Escalation(missing) => Map::from_iter([("missing".into(), json!(missing))]),
            _ => Map::new(),
        }
    }
}
