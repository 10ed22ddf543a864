use crate::domains::authentication::{Secret, any_secret};
use crate::domains::privacy::model::erasure::{
    AskedBy, ErasedPlace, Erasure, ErasureId, ErasureStatement, KeptPlace, OtherPlace,
};
use crate::{Error, Result};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Proof that the owner of the account asks for its erasure.
#[derive(Debug, Default, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EraseMe {
    /// Current password of your account. Needed unless you have signed in within the last ten minutes, with the second factor if
    /// the account has one.
    #[garde(inner(custom(any_secret)))]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 256, example = json!(null))]
    pub current_password: Option<Secret>,
    /// Code of 6 digits that the authenticator shows. Needed with `current_password` if the account has a second factor.
    #[garde(inner(custom(any_secret)))]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 256, example = json!(null))]
    pub code: Option<Secret>,
    /// Recovery code, in place of `code` when the device is lost.
    #[garde(inner(custom(any_secret)))]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 256, example = json!(null))]
    pub recovery_code: Option<Secret>,
}

/// Person who is to be erased, named by one of these.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ErasePerson {
    /// Account, with its bookings and profiles at all hotels. Needs the permission for all properties.
    #[garde(skip)]
    pub user_id: Option<Uuid>,
    /// Guest profile, with those that were merged with it and the bookings that were made for it at its hotel.
    #[garde(skip)]
    pub guest_profile_id: Option<Uuid>,
    /// Booking that belongs to no account: the person is whoever has the e-mail address of its contact, with all that was booked with it
    /// at that hotel; by a link, with that booking alone.
    #[garde(skip)]
    pub booking_id: Option<Uuid>,
}

/// Signature of the address of an answer to an erasure.
#[derive(Debug, Deserialize, garde::Validate, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AnswerQuery {
    /// Signature that the address has, which says until when it is good.
    #[garde(length(chars, max = 1000))]
    #[param(max_length = 1000)]
    pub signature: String,
}

/// Erasure of a person: what was erased, what stays, and the proof of it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ErasureOut {
    /// Identifier of the erasure.
    #[schema(value_type = Uuid)]
    pub id: ErasureId,
    /// Who asked for it.
    pub asked_by: AskedBy,
    /// Account that was erased; null if there was none.
    pub user_id: Option<Uuid>,
    /// Guest profiles that were erased.
    pub guest_profile_ids: Vec<Uuid>,
    /// Bookings that name nobody any more.
    pub booking_ids: Vec<Uuid>,
    /// Places in which something was erased.
    pub erased: Vec<ErasedPlace>,
    /// Places in which data stay, with the reason and the date.
    pub kept: Vec<KeptPlace>,
    /// Places outside of the database.
    pub elsewhere: Vec<OtherPlace>,
    /// Proof of the answer; missing in a dry run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proof: Option<ErasureProof>,
    /// Time at which the person was erased (UTC).
    pub erased_at: DateTime<Utc>,
    /// Time at which files were deleted and keys destroyed as well (UTC); null before that.
    pub completed_at: Option<DateTime<Utc>>,
}

/// Proof of an erasure: a text that was signed, which the person keeps.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ErasureProof {
    /// Text that was signed: the answer as canonical JSON (RFC 8785).
    pub statement: String,
    /// Ed25519 signature of the text, in base64url.
    pub signature: String,
    /// Identifier of the key, one of those at `/.well-known/hbs-audit-keys.json`.
    pub key_id: String,
}

impl TryFrom<Erasure> for ErasureOut {
    type Error = Error;

    fn try_from(erasure: Erasure) -> Result<Self> {
        let Erasure {
            id,
            asked_by,
            user_id,
            hotel_ids: _,
            profile_ids,
            booking_ids,
            entity_ids: _,
            files: _,
            statement,
            kid,
            signature,
            erased_at,
            completed_at,
            created_at: _,
            updated_at: _,
        } = erasure;
        let stated: ErasureStatement = serde_json::from_str(&statement).map_err(Error::internal)?;
        let signature = BASE64_URL_SAFE_NO_PAD.encode(signature);
        Ok(Self {
            id,
            asked_by,
            user_id,
            guest_profile_ids: profile_ids.into_iter().flatten().collect(),
            booking_ids: booking_ids.into_iter().flatten().collect(),
            erased: stated.erased,
            kept: stated.kept,
            elsewhere: stated.elsewhere,
            proof: Some(ErasureProof { statement, signature, key_id: kid }),
            erased_at,
            completed_at,
        })
    }
}
