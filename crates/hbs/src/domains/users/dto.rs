use super::model::{Account, UserStatus};
use crate::contact::{emails, phones};
use crate::domains::authorization::{CreateAssignment, RoleHeld, RoleInvitationOut};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Invitation of a member of staff.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InviteUser {
    /// E-mail address; upper and lower case are the same.
    #[serde(deserialize_with = "emails::normal")]
    #[garde(email, length(max = 254))]
    #[schema(format = "email", max_length = 254, example = "rui@example.com")]
    pub email: String,
    /// Full name of the invited person, 1 to 200 characters.
    #[garde(length(chars, min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200, example = "Rui Costa")]
    pub full_name: String,
    /// Phone number in international form, at most 40 characters; stored as E.164: `+351910000001`.
    #[serde(default, deserialize_with = "phones::optional")]
    #[garde(inner(length(max = 40)))]
    #[schema(max_length = 40, example = "+351 910 000 001")]
    pub phone: Option<String>,
    /// Language of the mails to this account.
    #[garde(inner(pattern(r"^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?$")))]
    #[schema(pattern = r"^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?$", example = "pt-PT", default = "en")]
    pub locale: Option<String>,
    /// First roles of the account. At least one is needed if your `users:invite` holds at some properties only: a role
    /// at one of those.
    #[garde(length(max = 50), dive)]
    #[serde(default)]
    #[schema(max_items = 50)]
    pub assignments: Vec<CreateAssignment>,
}

/// Suspension of an account.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SuspendUser {
    /// Reason of the suspension, for colleagues to read.
    #[garde(length(chars, min = 1, max = 500))]
    #[schema(min_length = 1, max_length = 500, example = "Left the company")]
    pub reason: String,
}

/// Filter of accounts.
#[derive(Debug, Default, Deserialize, garde::Validate, utoipa::IntoParams)]
#[garde(allow_unvalidated)]
#[serde(default)]
pub struct UserFilter {
    /// Words of the name, parts of the e-mail address or digits of the phone number, in any order; case and accents do not
    /// matter.
    #[garde(inner(length(chars, max = 200)))]
    #[param(example = "costa", max_length = 200)]
    pub q: Option<String>,
    /// Status of the account.
    #[param(inline)]
    pub status: Option<UserStatus>,
    /// Code of a role that the account holds.
    #[garde(inner(length(chars, max = 50)))]
    #[param(example = "front_desk", max_length = 50)]
    pub role: Option<String>,
    /// Property at which the account holds a role.
    pub property_id: Option<Uuid>,
    /// Order of the accounts; the newest comes first if left out.
    #[param(inline)]
    pub sort: UserSort,
}

/// Order of accounts; with `-`, the greatest or latest comes first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub enum UserSort {
    #[serde(rename = "created_at")]
    Created,
    #[default]
    #[serde(rename = "-created_at")]
    CreatedLast,
    #[serde(rename = "full_name")]
    Name,
    #[serde(rename = "-full_name")]
    NameLast,
    /// Last sign-in; accounts that never signed in come first.
    #[serde(rename = "last_login_at")]
    Login,
    #[serde(rename = "-last_login_at")]
    LoginLast,
}

/// A place in a list of accounts: the order, and the last account seen.
#[derive(Debug, Serialize, Deserialize)]
pub struct Place {
    pub sort: UserSort,
    pub at: SortKey,
    pub id: Uuid,
}

#[derive(Debug, Serialize, Deserialize)]
pub enum SortKey {
    Time(DateTime<Utc>),
    Name(String),
}

impl Place {
    pub fn of(sort: UserSort, account: &Account) -> Self {
        let at = match sort {
            UserSort::Created | UserSort::CreatedLast => SortKey::Time(account.created_at),
            UserSort::Name | UserSort::NameLast => SortKey::Name(account.full_name.clone()),
            UserSort::Login | UserSort::LoginLast => SortKey::Time(account.last_login_at.unwrap_or(DateTime::UNIX_EPOCH)),
        };
        Self { sort, at, id: account.id }
    }

    /// Returns `true` if a list in this order can have such a place.
    pub fn is_in(&self, sort: UserSort) -> bool {
        self.sort == sort
            && match (sort, &self.at) {
                (UserSort::Name | UserSort::NameLast, SortKey::Name(_)) => true,
                // PostgreSQL's calendar begins later than ours.
                (UserSort::Created | UserSort::CreatedLast | UserSort::Login | UserSort::LoginLast, SortKey::Time(at)) => {
                    *at >= DateTime::UNIX_EPOCH
                }
                _ => false,
            }
    }
}

/// An account of a guest or of staff.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct AccountOut {
    /// Identifier of the account.
    pub id: Uuid,
    /// `true` if only the name, the status and the roles within your scope are shown, because your permission holds for some
    /// properties only, and the user is also elsewhere: works there, or has bookings or waits for rooms there as a guest, or has
    /// not verified the e-mail address. The other members are null or false then, whatever they are.
    pub is_restricted: bool,
    /// E-mail address of the account, in lower case; null if it is not shown.
    pub email: Option<String>,
    /// `true` if the user has proved that the e-mail address is theirs.
    pub email_verified: bool,
    /// Phone number in E.164 form: `+351910000001`; null if there is none.
    pub phone: Option<String>,
    /// Full name of the user.
    pub full_name: String,
    /// Language of the mails to this account.
    pub locale: String,
    /// Status of the account.
    pub status: UserStatus,
    /// Time of the suspension (UTC); null unless the account is suspended.
    pub suspended_at: Option<DateTime<Utc>>,
    /// Reason of the suspension, for colleagues to read; null unless the account is suspended.
    pub suspended_reason: Option<String>,
    /// `true` if the user signs in with a second factor.
    pub has_second_factor: bool,
    /// Time of the last sign-in (UTC); null if there was none.
    pub last_login_at: Option<DateTime<Utc>>,
    /// Time until which sign-in is refused after wrong passwords; null if it is not.
    pub locked_until: Option<DateTime<Utc>>,
    /// Roles of the account, as far as you may see them; empty for a guest.
    pub role_assignments: Vec<RoleHeldOut>,
    /// Number that grows with each change; the `ETag` header carries it.
    pub version: i64,
    /// Time of creation (UTC).
    pub created_at: DateTime<Utc>,
    /// Time of the last change (UTC).
    pub updated_at: DateTime<Utc>,
}

/// A role that an account holds.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct RoleHeldOut {
    /// Identifier of the assignment.
    pub id: Uuid,
    /// Identifier of the role.
    pub role_id: Uuid,
    /// Code of the role.
    #[schema(example = "front_desk")]
    pub role_code: String,
    /// Property at which the role holds; null for all properties.
    pub property_id: Option<Uuid>,
}

impl From<RoleHeld> for RoleHeldOut {
    fn from(held: RoleHeld) -> Self {
        let RoleHeld { user_id: _, assignment_id, role_id, role_code, property_id } = held;
        Self { id: assignment_id, role_id, role_code, property_id }
    }
}

impl AccountOut {
    pub fn new(account: Account, locked_until: Option<DateTime<Utc>>, held: Vec<RoleHeld>) -> Self {
        let Account {
            id,
            email,
            phone,
            full_name,
            status,
            has_password: _,
            email_verified_at,
            locale,
            second_factor_since,
            suspended_at,
            suspended_reason,
            last_login_at,
            version,
            created_at,
            updated_at,
        } = account;
        Self {
            id,
            is_restricted: false,
            email: Some(email),
            email_verified: email_verified_at.is_some(),
            phone,
            full_name,
            locale,
            status,
            suspended_at,
            suspended_reason,
            has_second_factor: second_factor_since.is_some(),
            last_login_at,
            locked_until,
            role_assignments: held.into_iter().map(Into::into).collect(),
            version,
            created_at,
            updated_at,
        }
    }

    /// The account as those see it who share its user with others.
    pub fn restricted(self) -> Self {
        Self {
            is_restricted: true,
            email: None,
            email_verified: false,
            phone: None,
            suspended_reason: None,
            has_second_factor: false,
            last_login_at: None,
            locked_until: None,
            ..self
        }
    }
}

/// Invitation of somebody with an account that is not within your scope: they get the roles once they accept.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct InvitedOut {
    /// Invitations to the roles, in the order of `assignments`.
    pub role_invitations: Vec<RoleInvitationOut>,
}
