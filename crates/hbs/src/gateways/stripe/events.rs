//! Events of Stripe: whose they are, and which amount they tell.
use super::shapes::Metadata;
use crate::gateways::{EventFault, GatewayEvent, amounts};
use crate::money::Money;
use chrono::DateTime;
use serde::Deserialize;
use uuid::Uuid;

#[derive(Deserialize)]
struct Event {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    created: i64,
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    object: Object,
}

/// Object of an event, whichever it is.
#[derive(Deserialize)]
struct Object {
    id: Option<String>,
    object: Option<String>,
    payment_intent: Option<Reference>,
    setup_intent: Option<Reference>,
    charge: Option<Reference>,
    client_reference_id: Option<String>,
    amount: Option<i64>,
    amount_total: Option<i64>,
    currency: Option<String>,
    metadata: Option<Metadata>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Reference {
    Id(String),
    Object { id: String },
}

impl Reference {
    fn id(self) -> String {
        match self {
            Self::Id(id) | Self::Object { id } => id,
        }
    }
}

/// Reads an event that is genuine.
pub fn read(body: &[u8]) -> Result<GatewayEvent, EventFault> {
    let event: Event = serde_json::from_slice(body).map_err(|_| EventFault::Unreadable)?;
    let occurred_at = DateTime::from_timestamp(event.created, 0).ok_or(EventFault::Unreadable)?;
    let object = event.data.object;
    let amount = object.amount();
    let metadata = object.metadata.unwrap_or_default();
    let named: Option<Uuid> = object.client_reference_id.and_then(|id| id.parse().ok());
    let references = [object.payment_intent, object.setup_intent, object.charge].into_iter().flatten().map(Reference::id);
    Ok(GatewayEvent {
        id: event.id,
        kind: event.kind,
        occurred_at,
        payment_id: metadata.id("hbs_payment").or(named),
        refund_id: metadata.id("hbs_refund"),
        ids: object.id.into_iter().chain(references).collect(),
        amount,
    })
}

impl Object {
    /// Amount of a payment or a refund. That of a dispute is its own, and a guarantee has none.
    fn amount(&self) -> Option<Money> {
        let number = match self.object.as_deref()? {
            "checkout.session" => self.amount_total?,
            "payment_intent" | "refund" => self.amount?,
            _ => return None,
        };
        amounts::from_stripe(number, self.currency.as_deref()?)
    }
}
