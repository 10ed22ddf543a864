use crate::error::{DomainError, Member, Problem};
use serde_json::{Map, Value, json};
use utoipa::schema;
use uuid::Uuid;

#[derive(Debug, thiserror::Error)]
pub enum GuestError {
    #[error("Bookings, groups or other profiles refer to the profile; merge it into another one instead.")]
    InUse,
    #[error("The profile was merged into another one, which is the one to change.")]
    Merged(Uuid),
    #[error("The profile is not merged into another one.")]
    NotMerged,
    #[error("The profile into which this one was merged was merged itself; take that back first.")]
    MergedFurther(Uuid),
}

pub const IN_USE: Problem = Problem {
    code: "guests.in_use",
    status: 409,
    title: "Profile in use",
    about: "Bookings, stays, groups, folios or other profiles refer to the profile, so it stays. A duplicate is merged into the profile that is to stay.",
    members: &[],
};
pub const MERGED: Problem = Problem {
    code: "guests.merged",
    status: 409,
    title: "Profile merged",
    about: "A profile that was merged into another one is kept as it was, so that the merge can be taken back. Change the profile that `survivor_id` names, or take the merge back first.",
    members: &[Member::value("survivor_id", "Identifier of the profile that stands for this one.", || schema!(Uuid).into())],
};
pub const NOT_MERGED: Problem = Problem {
    code: "guests.not_merged",
    status: 409,
    title: "Profile not merged",
    about: "There is no merge of this profile to take back: it was not merged into another one, or that was taken back already.",
    members: &[],
};
pub const MERGED_FURTHER: Problem = Problem {
    code: "guests.merged_further",
    status: 409,
    title: "Merged further",
    about: "The profile was merged into one that was merged into a third one since. Merges are taken back in turn, the last one first: begin with the profile that `merged_id` names.",
    members: &[Member::value("merged_id", "Identifier of the profile whose merge is to be taken back first.", || {
        schema!(Uuid).into()
    })],
};

pub const PROBLEMS: &[&Problem] = &[&IN_USE, &MERGED, &NOT_MERGED, &MERGED_FURTHER];

impl DomainError for GuestError {
    fn problem(&self) -> &'static Problem {
        match self {
            Self::InUse => &IN_USE,
            Self::Merged(_) => &MERGED,
            Self::NotMerged => &NOT_MERGED,
            Self::MergedFurther(_) => &MERGED_FURTHER,
        }
    }

    fn extra(&self) -> Map<String, Value> {
        match self {
            Self::Merged(survivor_id) => Map::from_iter([("survivor_id".into(), json!(survivor_id))]),
            Self::MergedFurther(merged_id) => Map::from_iter([("merged_id".into(), json!(merged_id))]),
            Self::InUse | Self::NotMerged => Map::new(),
        }
    }
}
