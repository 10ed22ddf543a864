//! Default roles, which every installation begins with.
use crate::security::Permission;
use crate::security::permission as p;

/// A role as it is first written.
pub struct DefaultRole {
    pub code: &'static str,
    pub name: &'static str,
    pub description: &'static str,
    /// Permissions of the role; none for all, including those that are added later.
    pub permissions: Option<&'static [&'static str]>,
}

/// Code of the role that holds every permission.
pub const SUPER_ADMIN: &str = "super_admin";

pub const DEFAULT_ROLES: &[DefaultRole] = &[
    DefaultRole { code: SUPER_ADMIN, name: "Super administrator", description: "Everything.", permissions: None },
    DefaultRole {
        code: "property_manager",
        name: "Property manager",
        description: "Runs a hotel: its rooms, prices, bookings and staff.",
        permissions: Some(&[
            p::PropertiesUpdate::NAME,
            p::AmenitiesWrite::NAME,
            p::ImagesWrite::NAME,
            p::ContentWrite::NAME,
            p::ContentPublish::NAME,
            p::RoomTypesWrite::NAME,
            p::RoomsRead::NAME,
            p::RoomsWrite::NAME,
            p::HousekeepingWrite::NAME,
            p::HousekeepingPlan::NAME,
            p::LostPropertyRead::NAME,
            p::LostPropertyWrite::NAME,
            p::RoomBlocksWrite::NAME,
            p::InventoryOverride::NAME,
            p::FeedsRead::NAME,
            p::FeedsWrite::NAME,
            p::TaxRulesWrite::NAME,
            p::RatesRead::NAME,
            p::RatesWrite::NAME,
            p::ExtrasRead::NAME,
            p::ExtrasWrite::NAME,
            p::BookingsRead::NAME,
            p::BookingsWrite::NAME,
            p::BookingsPrice::NAME,
            p::BookingsOverride::NAME,
            p::BookingsWaiveFee::NAME,
            p::FoliosRead::NAME,
            p::FoliosWrite::NAME,
            p::TaxExemptionsWrite::NAME,
            p::AdjustmentsWrite::NAME,
            p::PaymentsRead::NAME,
            p::PaymentsWrite::NAME,
            p::PaymentsOverpay::NAME,
            p::RefundsRequest::NAME,
            p::RefundsApprove::NAME,
            p::GroupsRead::NAME,
            p::GroupsWrite::NAME,
            p::GuestsRead::NAME,
            p::GuestsWrite::NAME,
            p::GuestDocumentsRead::NAME,
            p::GuestDocumentsWrite::NAME,
            p::AccountsRead::NAME,
            p::AccountsWrite::NAME,
            p::AccountsCharge::NAME,
            p::StaysCheckIn::NAME,
            p::StaysCheckOut::NAME,
            p::StaysNoShow::NAME,
            p::StaysUndo::NAME,
            p::StaysOverride::NAME,
            p::NightAuditRead::NAME,
            p::NightAuditRun::NAME,
            p::NightAuditCloseEarly::NAME,
            p::ReportsRead::NAME,
            p::AccountingWrite::NAME,
            p::AuditRead::NAME,
            p::RolesRead::NAME,
            p::RolesAssign::NAME,
            p::UsersRead::NAME,
            p::UsersInvite::NAME,
            p::UsersSuspend::NAME,
            p::ApiKeysRead::NAME,
            p::ApiKeysWrite::NAME,
        ]),
    },
    DefaultRole {
        code: "front_desk",
        name: "Front desk",
        description: "Books, checks guests in and out.",
        permissions: Some(&[
            p::RoomsRead::NAME,
            p::HousekeepingWrite::NAME,
            p::LostPropertyRead::NAME,
            p::LostPropertyWrite::NAME,
            p::RoomBlocksWrite::NAME,
            p::FeedsRead::NAME,
            p::RatesRead::NAME,
            p::ExtrasRead::NAME,
            p::BookingsRead::NAME,
            p::BookingsWrite::NAME,
            p::FoliosRead::NAME,
            p::FoliosWrite::NAME,
            p::PaymentsRead::NAME,
            p::PaymentsWrite::NAME,
            p::RefundsRequest::NAME,
            p::GroupsRead::NAME,
            p::GuestsRead::NAME,
            p::GuestsWrite::NAME,
            p::GuestDocumentsRead::NAME,
            p::GuestDocumentsWrite::NAME,
            p::AccountsRead::NAME,
            p::AccountsCharge::NAME,
            p::StaysCheckIn::NAME,
            p::StaysCheckOut::NAME,
            p::StaysNoShow::NAME,
            p::StaysUndo::NAME,
            p::NightAuditRead::NAME,
            p::NightAuditRun::NAME,
        ]),
    },
    DefaultRole {
        code: "housekeeping",
        name: "Housekeeping",
        description: "Makes up rooms and records what is found in them.",
        permissions: Some(&[p::RoomsRead::NAME, p::HousekeepingWrite::NAME, p::LostPropertyWrite::NAME]),
    },
    DefaultRole {
        code: "head_housekeeper",
        name: "Head housekeeper",
        description: "Plans the day of the attendants, inspects rooms, keeps lost property.",
        permissions: Some(&[
            p::RoomsRead::NAME,
            p::HousekeepingWrite::NAME,
            p::HousekeepingPlan::NAME,
            p::RoomBlocksWrite::NAME,
            p::LostPropertyRead::NAME,
            p::LostPropertyWrite::NAME,
        ]),
    },
    DefaultRole {
        code: "revenue_manager",
        name: "Revenue manager",
        description: "Sets prices and watches the figures.",
        permissions: Some(&[
            p::RoomTypesWrite::NAME,
            p::RoomsRead::NAME,
            p::FeedsRead::NAME,
            p::FeedsWrite::NAME,
            p::RatesRead::NAME,
            p::RatesWrite::NAME,
            p::ExtrasRead::NAME,
            p::ExtrasWrite::NAME,
            p::BookingsRead::NAME,
            p::GroupsRead::NAME,
            p::GroupsWrite::NAME,
            p::AccountsRead::NAME,
            p::ReportsRead::NAME,
        ]),
    },
    DefaultRole {
        code: "finance",
        name: "Finance",
        description: "Reads bookings and reports, keeps folios, payments and taxes, approves refunds.",
        permissions: Some(&[
            p::TaxRulesWrite::NAME,
            p::BookingsRead::NAME,
            p::FoliosRead::NAME,
            p::FoliosWrite::NAME,
            p::TaxExemptionsWrite::NAME,
            p::AdjustmentsWrite::NAME,
            p::PaymentsRead::NAME,
            p::PaymentsWrite::NAME,
            p::RefundsApprove::NAME,
            p::AccountsRead::NAME,
            p::AccountsWrite::NAME,
            p::AccountsCharge::NAME,
            p::NightAuditRead::NAME,
            p::ReportsRead::NAME,
            p::AccountingWrite::NAME,
        ]),
    },
    DefaultRole {
        code: "support_agent",
        name: "Support agent",
        description: "Helps guests with their bookings.",
        permissions: Some(&[
            p::BookingsRead::NAME,
            p::BookingsWrite::NAME,
            p::PaymentsRead::NAME,
            p::GroupsRead::NAME,
            p::AccountsRead::NAME,
        ]),
    },
    DefaultRole {
        code: "content_editor",
        name: "Content editor",
        description: "Describes the hotel: its amenities, its pictures and the pages of its website.",
        permissions: Some(&[p::AmenitiesWrite::NAME, p::ImagesWrite::NAME, p::ContentWrite::NAME, p::ContentPublish::NAME]),
    },
    DefaultRole {
        code: "auditor",
        name: "Auditor",
        description: "Reads everything, changes nothing.",
        permissions: Some(&[
            p::RoomsRead::NAME,
            p::LostPropertyRead::NAME,
            p::FeedsRead::NAME,
            p::RatesRead::NAME,
            p::BookingsRead::NAME,
            p::FoliosRead::NAME,
            p::PaymentsRead::NAME,
            p::GroupsRead::NAME,
            p::AccountsRead::NAME,
            p::NightAuditRead::NAME,
            p::ReportsRead::NAME,
            p::AuditRead::NAME,
            p::RolesRead::NAME,
            p::UsersRead::NAME,
            p::ApiKeysRead::NAME,
        ]),
    },
];

impl DefaultRole {
    pub fn permission_names(&self) -> Vec<&'static str> {
        self.permissions.map_or_else(|| p::CATALOGUE.iter().map(|entry| entry.name).collect(), <[_]>::to_vec)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_hold_known_permissions() {
        for role in DEFAULT_ROLES {
            for name in role.permission_names() {
                assert!(p::CATALOGUE.iter().any(|entry| entry.name == name), "{}: {name}", role.code);
            }
        }
    }
}
