use super::model::{AccountChange, AccountKind, BusinessAccount};
use crate::contact::{PostalAddress, emails, maybe_at_a_domain, patched_at_a_domain};
use crate::http::valid::{dates, present};
use crate::money::{Currency, Money};
use crate::plain_text::{new_paragraphs, paragraphs};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use serde_with::rust::double_option;
use uuid::Uuid;

/// Largest credit limit, in minor units: what would be more is a slip.
const MAX_CREDIT_MINOR: i64 = 1_000_000_000_000;

/// Company or agent to add.
#[derive(Debug, Clone, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateBusinessAccount {
    /// Identifier of the property.
    #[garde(skip)]
    pub property_id: Uuid,
    /// Kind of the account.
    #[garde(skip)]
    pub kind: AccountKind,
    /// Name of the company or agent, 1 to 200 characters.
    #[garde(length(chars, min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200, example = "Exemplo Viagens, Lda.")]
    pub name: String,
    /// Name of the person to talk to, 1 to 200 characters.
    #[garde(inner(length(chars, min = 1, max = 200)))]
    #[schema(min_length = 1, max_length = 200, example = "Rui Almeida")]
    pub contact_name: Option<String>,
    /// E-mail address, at most 254 characters; stored in lower case.
    #[garde(inner(email, length(max = 254)), custom(maybe_at_a_domain))]
    #[serde(default, deserialize_with = "emails::optional")]
    #[schema(format = "email", max_length = 254, example = "contas@example.com")]
    pub email: Option<String>,
    /// Phone number, 3 to 40 characters in any form.
    #[garde(inner(length(chars, min = 3, max = 40)))]
    #[schema(min_length = 3, max_length = 40, example = "+351210000000")]
    pub phone: Option<String>,
    /// Postal address of the company or agent.
    #[garde(dive)]
    pub address: Option<PostalAddress>,
    /// Tax number as it is to stand on invoices, 1 to 50 characters.
    #[garde(inner(length(chars, min = 1, max = 50)))]
    #[schema(min_length = 1, max_length = 50, example = "PT501234567")]
    pub tax_id: Option<String>,
    /// Payment terms: number of days after an invoice until it is due, 0 to 365; 0 if left out.
    #[garde(range(min = 0, max = 365))]
    #[serde(default)]
    #[schema(minimum = 0, maximum = 365, example = 30)]
    pub payment_days: i32,
    /// Largest amount that may be unpaid, not negative, in the hotel's currency; without a limit if null or left out.
    #[garde(custom(maybe_limit))]
    pub credit_limit: Option<Money>,
    /// Notes on the account for staff, 1 to 4,000 characters.
    #[garde(inner(length(chars, min = 1, max = 4000)))]
    #[serde(default, deserialize_with = "paragraphs")]
    #[schema(min_length = 1, max_length = 4000)]
    pub notes: Option<String>,
    /// `true` if bookings can be made for the account, and guests can check out to it; `true` if left out.
    #[garde(skip)]
    #[serde(default = "yes")]
    pub is_active: bool,
}

fn yes() -> bool {
    true
}

#[expect(clippy::ref_option, reason = "garde's signature of a custom rule")]
fn maybe_limit(limit: &Option<Money>, (): &()) -> garde::Result {
    match limit {
        Some(limit) if !(0..=MAX_CREDIT_MINOR).contains(&limit.minor) => {
            Err(garde::Error::new("must not be negative or absurdly large"))
        }
        _ => Ok(()),
    }
}

#[expect(clippy::ref_option, reason = "garde's signature of a custom rule")]
fn patched_limit(limit: &Option<Option<Money>>, (): &()) -> garde::Result {
    limit.as_ref().map_or(Ok(()), |limit| maybe_limit(limit, &()))
}

impl CreateBusinessAccount {
    pub fn into_account(self, now: DateTime<Utc>) -> BusinessAccount {
        let Self {
            property_id,
            kind,
            name,
            contact_name,
            email,
            phone,
            address,
            tax_id,
            payment_days,
            credit_limit,
            notes,
            is_active,
        } = self;
        let PostalAddress { street, city, postal_code, country } = address.unwrap_or_default();
        BusinessAccount {
            property_id,
            id: Uuid::now_v7(),
            kind,
            name,
            contact_name,
            email,
            phone,
            street,
            city,
            postal_code,
            country,
            tax_id,
            payment_days,
            credit_limit_minor: credit_limit.map(|limit| limit.minor),
            notes,
            is_active,
            version: 1,
            created_at: now,
            updated_at: now,
            tax_exemption: None,
        }
    }
}

/// Change of an account. Fields that are left out stay as they are.
#[derive(Debug, Clone, Default, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateBusinessAccount {
    /// Kind of the account.
    #[garde(skip)]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub kind: Option<AccountKind>,
    /// Name of the company or agent, 1 to 200 characters.
    #[garde(inner(length(chars, min = 1, max = 200)))]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, min_length = 1, max_length = 200)]
    pub name: Option<String>,
    /// Name of the person to talk to, 1 to 200 characters; null removes it.
    #[garde(inner(inner(length(chars, min = 1, max = 200))))]
    #[serde(default, with = "double_option")]
    #[schema(min_length = 1, max_length = 200)]
    pub contact_name: Option<Option<String>>,
    /// E-mail address, at most 254 characters; null removes it.
    #[garde(inner(inner(email, length(max = 254))), custom(patched_at_a_domain))]
    #[serde(default, deserialize_with = "emails::patched")]
    #[schema(format = "email", max_length = 254)]
    pub email: Option<Option<String>>,
    /// Phone number, 3 to 40 characters in any form; null removes it.
    #[garde(inner(inner(length(chars, min = 3, max = 40))))]
    #[serde(default, with = "double_option")]
    #[schema(min_length = 3, max_length = 40)]
    pub phone: Option<Option<String>>,
    /// New postal address, as a whole; null removes it.
    #[garde(dive)]
    #[serde(default, with = "double_option")]
    pub address: Option<Option<PostalAddress>>,
    /// Tax number, 1 to 50 characters; null removes it.
    #[garde(inner(inner(length(chars, min = 1, max = 50))))]
    #[serde(default, with = "double_option")]
    #[schema(min_length = 1, max_length = 50)]
    pub tax_id: Option<Option<String>>,
    /// Payment terms: number of days after an invoice until it is due, 0 to 365.
    #[garde(inner(range(min = 0, max = 365)))]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, minimum = 0, maximum = 365)]
    pub payment_days: Option<i32>,
    /// Largest amount that may be unpaid, not negative, in the hotel's currency; null takes the limit away.
    #[garde(custom(patched_limit))]
    #[serde(default, with = "double_option")]
    pub credit_limit: Option<Option<Money>>,
    /// Notes on the account for staff, 1 to 4,000 characters; null removes them.
    #[garde(inner(inner(length(chars, min = 1, max = 4000))))]
    #[serde(default, deserialize_with = "new_paragraphs")]
    #[schema(min_length = 1, max_length = 4000)]
    pub notes: Option<Option<String>>,
    /// `true` if bookings can be made for the account, and guests can check out to it.
    #[garde(skip)]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub is_active: Option<bool>,
    /// New exemption from taxes, as a whole; null ends it. It needs `tax_exemptions:write`, and is for stays that are sold from now
    /// on.
    #[garde(dive)]
    #[serde(default, with = "double_option")]
    pub tax_exemption: Option<Option<PayerExemption>>,
}

/// Exemption from taxes of whoever pays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PayerExemption {
    /// First date without the taxes.
    #[garde(skip)]
    #[serde(deserialize_with = "dates::plausible")]
    #[schema(example = "2026-12-24")]
    pub from: NaiveDate,
    /// First date with the taxes again (exclusive), after `from`; null or left out if the exemption has no end.
    #[garde(skip)]
    #[serde(default, deserialize_with = "dates::nullable")]
    pub until: Option<NaiveDate>,
    /// Identifiers of the tax rules that it is exempt from, 1 to 30; all taxes if null or left out.
    #[garde(inner(length(min = 1, max = 30)))]
    #[schema(min_items = 1, max_items = 30)]
    pub tax_rule_ids: Option<Vec<Uuid>>,
    /// Reason of the exemption, 1 to 500 characters.
    #[garde(length(chars, min = 1, max = 500))]
    #[serde(deserialize_with = "paragraphs")]
    #[schema(min_length = 1, max_length = 500, example = "Embassy")]
    pub reason: String,
    /// Number of the certificate, or whatever proves it, 1 to 100 characters.
    #[garde(length(chars, min = 1, max = 100))]
    #[schema(min_length = 1, max_length = 100, example = "MNE-2026-114")]
    pub reference: String,
}

impl BusinessAccount {
    /// Returns its exemption from taxes.
    pub fn exemption(&self) -> Option<PayerExemption> {
        self.tax_exemption.clone().and_then(|stored| serde_json::from_value(stored).ok())
    }
}

impl From<UpdateBusinessAccount> for AccountChange {
    fn from(patch: UpdateBusinessAccount) -> Self {
        let UpdateBusinessAccount {
            kind,
            name,
            contact_name,
            email,
            phone,
            address,
            tax_id,
            payment_days,
            credit_limit,
            notes,
            is_active,
            tax_exemption,
        } = patch;
        let [street, city, postal_code, country] = PostalAddress::patched(address);
        Self {
            kind,
            name,
            contact_name,
            email,
            phone,
            street,
            city,
            postal_code,
            country,
            tax_id,
            payment_days,
            credit_limit_minor: credit_limit.map(|limit| limit.map(|limit| limit.minor)),
            notes,
            is_active,
            tax_exemption: tax_exemption.map(|wanted| wanted.map(|wanted| serde_json::json!(wanted))),
        }
    }
}

/// Filter of accounts.
#[derive(Debug, Default, Deserialize, garde::Validate, utoipa::IntoParams)]
#[garde(allow_unvalidated)]
#[serde(default)]
pub struct BusinessAccountFilter {
    /// Identifier of the property.
    pub property_id: Option<Uuid>,
    /// Kind of the account.
    #[param(inline)]
    pub kind: Option<AccountKind>,
    /// `true` for accounts for which bookings can be made, `false` for the others.
    pub is_active: Option<bool>,
    /// Words of the name, the contact, the e-mail address, the city or the tax number, or digits of the phone number, in any
    /// order; case and accents do not matter.
    #[garde(inner(length(chars, max = 200)))]
    #[param(example = "exemplo lisboa", max_length = 200)]
    pub q: Option<String>,
}

/// A company or an agent.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct BusinessAccountOut {
    /// Identifier of the account.
    pub id: Uuid,
    /// Identifier of the property.
    pub property_id: Uuid,
    /// Kind of the account.
    pub kind: AccountKind,
    /// Name of the company or agent.
    #[schema(example = "Exemplo Viagens, Lda.")]
    pub name: String,
    /// Name of the person to talk to; null if none is known.
    pub contact_name: Option<String>,
    /// E-mail address; null if none is known.
    pub email: Option<String>,
    /// Phone number; null if none is known.
    pub phone: Option<String>,
    /// Postal address; null if none is known.
    pub address: Option<PostalAddress>,
    /// Tax number; null if none is known.
    pub tax_id: Option<String>,
    /// Payment terms: number of days after an invoice until it is due.
    #[schema(example = 30)]
    pub payment_days: i32,
    /// Largest amount that may be unpaid; null if there is no limit.
    pub credit_limit: Option<Money>,
    /// Notes on the account for staff; null if there are none.
    pub notes: Option<String>,
    /// `true` if bookings can be made for the account, and guests can check out to it.
    pub is_active: bool,
    /// Exemption from taxes that stays get which are sold to the account; null if there is none.
    pub tax_exemption: Option<PayerExemption>,
    /// Number that grows with each change; the `ETag` header carries it.
    pub version: i64,
    /// Time of creation (UTC).
    pub created_at: DateTime<Utc>,
    /// Time of the last change (UTC).
    pub updated_at: DateTime<Utc>,
}

impl BusinessAccountOut {
    pub fn new(account: BusinessAccount, currency: Currency) -> Self {
        let exemption = account.exemption();
        let BusinessAccount {
            property_id,
            id,
            kind,
            name,
            contact_name,
            email,
            phone,
            street,
            city,
            postal_code,
            country,
            tax_id,
            payment_days,
            credit_limit_minor,
            notes,
            is_active,
            version,
            created_at,
            updated_at,
            tax_exemption: _,
        } = account;
        Self {
            id,
            property_id,
            kind,
            name,
            contact_name,
            email,
            phone,
            address: PostalAddress { street, city, postal_code, country }.known(),
            tax_id,
            payment_days,
            credit_limit: credit_limit_minor.map(|minor| Money::new(minor, currency)),
            notes,
            is_active,
            tax_exemption: exemption,
            version,
            created_at,
            updated_at,
        }
    }
}
