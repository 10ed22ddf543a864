//! Permissions: their catalogue, and those that a person holds.
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// A permission, as a type, so that a handler's signature says who may call it.
pub trait Permission: Send + Sync + 'static {
    const NAME: &'static str;
}

/// An entry of the catalogue.
#[derive(Debug, Clone, Copy, Serialize, utoipa::ToSchema)]
pub struct Entry {
    /// Name of the permission, by which roles and API keys refer to it.
    #[schema(example = "bookings:read")]
    pub name: &'static str,
    /// Description of what the permission allows.
    pub about: &'static str,
}

macro_rules! permissions {
    ($($name:ident = $value:literal: $about:literal),* $(,)?) => {
        $(pub struct $name; impl Permission for $name { const NAME: &'static str = $value; })*
        /// Every permission.
        pub const CATALOGUE: &[Entry] = &[$(Entry { name: $value, about: $about }),*];
    };
}

permissions! {
    PropertiesCreate = "properties:create": "Add a hotel.",
    PropertiesUpdate = "properties:update": "Change a hotel's details and settings.",
    PropertiesDelete = "properties:delete": "Remove a hotel.",
    AmenitiesWrite = "amenities:write": "Add, change and remove a hotel's amenities, and assign them to room types.",
    ImagesWrite = "images:write": "Add, change, order and remove the pictures of a hotel, its room types and its offers.",
    ContentWrite = "content:write": "See content with its drafts and versions, write it, and add pictures to it.",
    ContentPublish = "content:publish": "Publish content, by hand or by schedule, and withdraw it.",
    RoomTypesWrite = "room_types:write": "Add, change and remove room types.",
    RoomsRead = "rooms:read": "See the rooms and their blocks.",
    RoomsWrite = "rooms:write": "Add, change and remove rooms.",
    HousekeepingWrite = "housekeeping:write": "Make up rooms: set their housekeeping state, and report what is found in them.",
    HousekeepingPlan = "housekeeping:plan": "Plan housekeeping: give rooms to attendants, set credits, and inspect rooms.",
    LostPropertyRead = "lost_property:read": "See lost property.",
    LostPropertyWrite = "lost_property:write": "Record lost property, and what becomes of it.",
    IssuesRead = "issues:read": "See issues with all that the staff know of them, and canned answers.",
    IssuesWrite = "issues:write": "See to issues: answer, note, assign and solve them, and write canned answers.",
    RoomBlocksWrite = "room_blocks:write": "Block rooms, and release them.",
    InventoryOverride = "inventory:override": "Force room blocks: beyond capacity, and by taking rooms from stays to come.",
    FeedsRead = "feeds:read": "See calendar exports and imports, and the conflicts of imports.",
    FeedsWrite = "feeds:write": "Export calendars of rooms and room types, import calendars, and dismiss their conflicts.",
    TaxRulesWrite = "tax_rules:write": "Add, change and remove tax rules.",
    RatesRead = "rates:read": "See rates night by night, the history of their changes, and plans that are not sold.",
    RatesWrite = "rates:write": "Set rate plans, rates, cancellation policies and age bands.",
    ExtrasRead = "extras:read": "See which extras are to be served on a day, and to whom.",
    ExtrasWrite = "extras:write": "Add, change and remove extras.",
    OffersRead = "offers:read": "See all offers with their codes, and what came of them.",
    OffersWrite = "offers:write": "Add, change and remove offers, and make codes for them.",
    BookingsRead = "bookings:read": "See everybody's bookings.",
    BookingsWrite = "bookings:write": "Book for others, and confirm and cancel others' bookings.",
    BookingsPrice = "bookings:price": "Sell at a nightly price other than the rate plan's.",
    BookingsOverride = "bookings:override": "Sell despite the restrictions of rate plans.",
    BookingsWaiveFee = "bookings:waive_fee": "Waive fees for cancelling, no-shows and leaving early.",
    FoliosRead = "folios:read": "See folios with their entries, and the rules that send entries to them.",
    FoliosWrite = "folios:write": "Open and close folios, post charges to them, and move and split what is on them.",
    TaxExemptionsWrite = "tax_exemptions:write": "Exempt stays from taxes.",
    AdjustmentsWrite = "adjustments:write": "Post allowances and corrections to folios.",
    PaymentsRead = "payments:read": "See payments and refunds, and how the hotel takes and refunds them.",
    PaymentsWrite = "payments:write": "Take payments: record, capture and void them.",
    PaymentsOverpay = "payments:overpay": "Take more than is left to be paid, as a deposit.",
    DrawersCount = "drawers:count": "Open a cash drawer of one's own, move cash in it, and count it.",
    RefundsRequest = "refunds:request": "Request refunds of payments.",
    RefundsApprove = "refunds:approve": "Approve and reject refunds that others have requested.",
    InvoicesRead = "invoices:read": "See invoices, credit notes and receipts.",
    InvoicesIssue = "invoices:issue": "Issue, credit and mail invoices and receipts.",
    GroupsRead = "groups:read": "See groups and the rooms that are set aside for them.",
    GroupsWrite = "groups:write": "Set rooms aside for groups, and release them.",
    GuestsRead = "guests:read": "See guest profiles, and the guests of stays with their documents.",
    GuestsWrite = "guests:write": "Add, change, merge and remove guest profiles.",
    GuestDocumentsRead = "guest_documents:read": "See the identity documents in guest profiles.",
    GuestDocumentsWrite = "guest_documents:write": "Record and remove the identity documents in guest profiles.",
    AccountsRead = "accounts:read": "See accounts of companies and agents.",
    AccountsWrite = "accounts:write": "Add, change and remove accounts of companies and agents.",
    AccountsCharge = "accounts:charge": "Send what is due to accounts of companies and agents, and check guests out to them, within their limits.",
    StaysCheckIn = "stays:check_in": "Check guests in.",
    StaysCheckOut = "stays:check_out": "Check guests out.",
    StaysNoShow = "stays:no_show": "Record no-shows.",
    StaysUndo = "stays:undo": "Undo cancellations, check-ins, check-outs and no-shows on the same business date, no-shows on the next one, too.",
    StaysOverride = "stays:override": "Put guests into rooms that are not ready or too small, and check out guests with an unpaid balance.",
    NightAuditRead = "night_audit:read": "See night audits, and preview the next.",
    NightAuditRun = "night_audit:run": "Close business dates.",
    NightAuditCloseEarly = "night_audit:close_early": "Close a business date before its day has ended.",
    ReviewsRespond = "reviews:respond": "See all reviews of a hotel and their figures, and answer them.",
    ReviewsModerate = "reviews:moderate": "Publish and hide reviews, and see and decide what is reported of them.",
    NotificationsBroadcast = "notifications:broadcast": "Send messages to staff with a role and to guests, all at once.",
    TemplatesWrite = "templates:write": "Set the words of notifications.",
    ReportsRead = "reports:read": "Read reports.",
    AccountingWrite = "accounting:write": "Set the codes of the general ledger, and bring in balances from another system.",
    AuditRead = "audit:read": "Read the audit trail and verify it.",
    EventsRead = "events:read": "Follow the feed of events.",
    AuditWrite = "audit:write": "Deliver to MongoDB again what it lacks of the audit trail.",
    PrivacyReveal = "privacy:reveal": "Reveal personal values of the audit trail, which is on the record.",
    BackupsRead = "backups:read": "See the backups of the installation, and whether they were proven.",
    BackupsRun = "backups:run": "Make backups of the installation.",
    PrivacyErase = "privacy:erase": "Erase people on their behalf: what the law lets go of them.",
    PrivacyExport = "privacy:export": "Export what is kept of a person.",
    RolesRead = "roles:read": "See the roles with their permissions.",
    RolesWrite = "roles:write": "Add, change and remove roles, within one's own permissions.",
    RolesAssign = "roles:assign": "Give roles to users and take them away, within one's own permissions.",
    UsersRead = "users:read": "Find users and see their roles.",
    UsersInvite = "users:invite": "Invite staff.",
    UsersSuspend = "users:suspend": "Suspend and reactivate users, lift lock-outs and reset second factors.",
    UsersDelete = "users:delete": "Delete users.",
    ApiKeysRead = "api_keys:read": "See API keys, without their secrets.",
    ApiKeysWrite = "api_keys:write": "Create API keys, within one's own permissions, and revoke them.",
    WebhooksRead = "webhooks:read": "See webhooks, without their secrets, and what they were told.",
    WebhooksWrite = "webhooks:write": "Let other programs be told of whatever happens, by webhooks, and see to these.",
}

/// Returns `true` if there is such a permission.
pub fn is_known(name: &str) -> bool {
    CATALOGUE.iter().any(|entry| entry.name == name)
}

/// Scope of a permission: the properties at which it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    All,
    Properties(BTreeSet<Uuid>),
}

impl Scope {
    /// Returns `true` if a property is within the scope. The stream of what belongs to no property, which has the nil UUID, is
    /// within the scope of all alone.
    pub fn covers(&self, property_id: Uuid) -> bool {
        match self {
            Self::All => true,
            Self::Properties(ids) => ids.contains(&property_id),
        }
    }

    pub fn is_all(&self) -> bool {
        *self == Self::All
    }

    /// The properties, if they are counted: for `is_all OR property_id = ANY(ids)`.
    pub fn ids(&self) -> Vec<Uuid> {
        match self {
            Self::All => Vec::new(),
            Self::Properties(ids) => ids.iter().copied().collect(),
        }
    }

    /// The property of a scope of one. Lists ask for it by `=`: so an index gives its rows in order, where for `ANY` the rows of all
    /// properties are read in order, or all of these properties are sorted.
    pub fn only(&self) -> Option<Uuid> {
        match self {
            Self::Properties(ids) if ids.len() == 1 => ids.first().copied(),
            _ => None,
        }
    }
}

/// Permissions of a person, each with its scope.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<(String, Option<Uuid>)>", into = "Vec<(String, Option<Uuid>)>")]
pub struct Grants(BTreeMap<String, Scope>);

impl Grants {
    /// Returns the scope of a permission, if the person holds it anywhere.
    pub fn scope(&self, permission: &str) -> Option<&Scope> {
        self.0.get(permission)
    }

    /// Returns `true` if the person holds the permission at a property, or with `None` at all of them.
    pub fn holds(&self, permission: &str, property_id: Option<Uuid>) -> bool {
        self.scope(permission).is_some_and(|scope| property_id.map_or_else(|| scope.is_all(), |id| scope.covers(id)))
    }

    /// Returns the property at which the person holds something, if it is one alone.
    pub fn only_property(&self) -> Option<Uuid> {
        let mut only = None;
        for scope in self.0.values() {
            match scope {
                Scope::Properties(ids) if ids.iter().all(|id| only.is_none_or(|only| only == *id)) && ids.len() <= 1 => {
                    only = only.or_else(|| ids.first().copied());
                }
                Scope::All | Scope::Properties(_) => return None,
            }
        }
        only
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, &Scope)> {
        self.0.iter().map(|(name, scope)| (name.as_str(), scope))
    }
}

/// Grants of a person's roles: permission, property or all, and whether a second factor is needed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleGrants(pub Vec<(String, Option<Uuid>, bool)>);

impl RoleGrants {
    /// Splits the grants into those that hold in a session, and those withheld for want of a second factor.
    pub fn split(self, second_factor: bool) -> (Grants, Grants) {
        let (withheld, held): (Vec<_>, Vec<_>) =
            self.0.into_iter().partition(|(.., takes_second)| *takes_second && !second_factor);
        let grants = |rows: Vec<(String, Option<Uuid>, bool)>| {
            Grants::from(rows.into_iter().map(|(permission, property_id, _)| (permission, property_id)).collect::<Vec<_>>())
        };
        (grants(held), grants(withheld))
    }
}

/// Makes grants from rows of (permission, property or all).
impl From<Vec<(String, Option<Uuid>)>> for Grants {
    fn from(rows: Vec<(String, Option<Uuid>)>) -> Self {
        let mut grants: BTreeMap<String, Scope> = BTreeMap::new();
        for (permission, property_id) in rows {
            let scope = grants.entry(permission).or_insert_with(|| Scope::Properties(BTreeSet::new()));
            match (property_id, &mut *scope) {
                (None, scope) => *scope = Scope::All,
                (Some(id), Scope::Properties(ids)) => {
                    ids.insert(id);
                }
                (Some(_), Scope::All) => {}
            }
        }
        Self(grants)
    }
}

impl From<Grants> for Vec<(String, Option<Uuid>)> {
    fn from(grants: Grants) -> Self {
        let flat = |(name, scope): (String, Scope)| match scope {
            Scope::All => vec![(name, None)],
            Scope::Properties(ids) => ids.into_iter().map(|id| (name.clone(), Some(id))).collect(),
        };
        grants.0.into_iter().flat_map(flat).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_takes_a_second_factor_is_withheld_without_one() {
        let rows = RoleGrants(vec![("a:b".into(), None, true), ("c:d".into(), None, false), ("c:d".into(), None, true)]);
        let (held, withheld) = rows.clone().split(false);
        assert!(!held.holds("a:b", None) && held.holds("c:d", None) && withheld.holds("a:b", None));
        let (held, withheld) = rows.split(true);
        assert!(held.holds("a:b", None) && held.holds("c:d", None) && withheld.iter().next().is_none());
    }

    #[test]
    fn all_swallows_single_properties_in_any_order() {
        let hotel = Uuid::now_v7();
        for rows in [
            vec![("a:b".to_owned(), Some(hotel)), ("a:b".to_owned(), None)],
            vec![("a:b".to_owned(), None), ("a:b".to_owned(), Some(hotel))],
        ] {
            let grants = Grants::from(rows);
            assert_eq!(grants.scope("a:b"), Some(&Scope::All));
            assert!(grants.holds("a:b", None));
        }
        let one = Grants::from(vec![("a:b".to_owned(), Some(hotel))]);
        assert!(one.holds("a:b", Some(hotel)) && !one.holds("a:b", Some(Uuid::now_v7())) && !one.holds("a:b", None));
        assert_eq!(one.scope("a:c"), None);
    }

    #[test]
    fn who_works_at_one_hotel_has_one_property() {
        let (here, there) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let only = |rows: &[(&str, Option<Uuid>)]| {
            Grants::from(rows.iter().map(|(name, place)| ((*name).to_owned(), *place)).collect::<Vec<_>>()).only_property()
        };
        assert_eq!(only(&[("a:b", Some(here)), ("c:d", Some(here))]), Some(here));
        assert_eq!(only(&[("a:b", Some(here)), ("c:d", Some(there))]), None);
        assert_eq!(only(&[("a:b", Some(here)), ("a:b", Some(there))]), None);
        assert_eq!(only(&[("a:b", Some(here)), ("c:d", None)]), None);
        assert_eq!(only(&[]), None);
    }
}
