use crate::domains::payments::model::PaymentSettings;
use crate::stores::postgres::{Conn, RunQueryDsl};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use hbs_schema::payment_settings;
use uuid::Uuid;

/// The settings of a hotel's payments, if it has said anything.
pub async fn settings_of(mut conn: &Conn, property_id: Uuid) -> QueryResult<Option<PaymentSettings>> {
    payment_settings::table.find(property_id).select(PaymentSettings::as_select()).first(&mut conn).await.optional()
}

/// Writes the settings of a hotel, with the version after theirs. The caller holds the property.
pub async fn set(mut conn: &Conn, settings: &PaymentSettings, now: DateTime<Utc>) -> QueryResult<PaymentSettings> {
    let PaymentSettings {
        property_id,
        methods,
        refund_approval_above_minor,
        allows_own_approval,
        charges_guarantees,
        version,
        updated_at: _,
    } = settings;
    let values = (
        payment_settings::methods.eq(methods),
        payment_settings::refund_approval_above_minor.eq(refund_approval_above_minor),
        payment_settings::allows_own_approval.eq(allows_own_approval),
        payment_settings::charges_guarantees.eq(charges_guarantees),
        payment_settings::version.eq(version + 1),
        payment_settings::updated_at.eq(now),
    );
    diesel::insert_into(payment_settings::table)
        .values((payment_settings::property_id.eq(property_id), values, payment_settings::created_at.eq(now)))
        .on_conflict(payment_settings::property_id)
        .do_update()
        .set(values)
        .returning(PaymentSettings::as_returning())
        .get_result(&mut conn)
        .await
}
