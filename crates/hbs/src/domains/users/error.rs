use super::model::UserStatus;
use crate::domains::authentication;
use crate::error::{DomainError, Member, Problem};
use serde_json::{Map, Value, json};

#[derive(Debug, thiserror::Error)]
pub enum UserError {
    #[error("There is an account with this e-mail address already; give that one a role instead.")]
    EmailTaken,
    #[error("You cannot do this to your own account; ask a colleague.")]
    Oneself,
    #[error(
        "The user is also elsewhere, where you lack the permission: works or books there, or has not verified the e-mail address."
    )]
    BeyondScope,
    #[error("The account is {from}, so it cannot be made {to}.")]
    IllegalMove { from: UserStatus, to: UserStatus },
    #[error("The account is {0}, so it cannot be invited again.")]
    NotInvited(UserStatus),
}

pub const ONESELF: Problem = Problem {
    code: "users.self",
    status: 403,
    title: "Not to oneself",
    about: "You cannot suspend or delete your own account, nor reset your own second factor, through the back office: a slip, or a stolen session, would lock you out.",
    members: &[],
};
pub const BEYOND_SCOPE: Problem = Problem {
    code: "users.beyond_scope",
    status: 403,
    title: "Works elsewhere too",
    about: "With a permission for some properties, you can act only on accounts that are nowhere else: whose users have no roles, no bookings and no entries in waitlists at other properties, and have verified the e-mail address. Somebody whose permission holds at all properties can help. You can always take a role at your property away.",
    members: &[],
};
pub const ILLEGAL_MOVE: Problem = Problem {
    code: "users.illegal_move",
    status: 409,
    title: "Not in this state",
    about: "An account is `invited`, `active` or `suspended`, and not every status can follow every other. `from` is the present status, `to` the one asked for.",
    members: &[
        Member::object::<UserStatus>("from", "Current status of the account."),
        Member::object::<UserStatus>("to", "Status that was asked for."),
    ],
};
pub const NOT_INVITED: Problem = Problem {
    code: "users.not_invited",
    status: 409,
    title: "Not invited",
    about: "Only an account that was invited and has not accepted yet can be invited again.",
    members: &[],
};

pub const PROBLEMS: &[&Problem] = &[&ONESELF, &BEYOND_SCOPE, &ILLEGAL_MOVE, &NOT_INVITED];

impl DomainError for UserError {
    fn problem(&self) -> &'static Problem {
        match self {
            Self::EmailTaken => &authentication::EMAIL_TAKEN,
            Self::Oneself => &ONESELF,
            Self::BeyondScope => &BEYOND_SCOPE,
            Self::IllegalMove { .. } => &ILLEGAL_MOVE,
            Self::NotInvited(_) => &NOT_INVITED,
        }
    }

    fn extra(&self) -> Map<String, Value> {
        match self {
            Self::IllegalMove { from, to } => Map::from_iter([("from".into(), json!(from)), ("to".into(), json!(to))]),
            _ => Map::new(),
        }
    }
}
