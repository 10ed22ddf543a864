//! Stripe, over its HTTP API: pages are Checkout Sessions, payments PaymentIntents, guarantees SetupIntents.
mod events;
mod form;
mod shapes;

use super::wire::{Wire, send};
use super::{
    Asked, Charge, Checkout, EventFault, GatewayError, GatewayEvent, GatewayIds, GatewayPayment, GatewayRefund, GatewayStatus,
    PaymentGateway, PaymentMade, Provider, RefundOrder, amounts, signature,
};
use crate::Result;
use crate::money::Money;
use chrono::{DateTime, TimeDelta, Utc};
use form::Form;
use reqwest::RequestBuilder;
use serde::de::DeserializeOwned;
use shapes::{Intent, List, Listed, Refusal, Session, StripeDispute, StripeRefund};
use std::time::Duration;
use uuid::Uuid;

/// Version of the API for which this is written. From it on, what was not captured does not count as refunded.
const VERSION: &str = "2025-03-31.basil";
const VERSION_HEADER: &str = "stripe-version";
const FORM: &str = "application/x-www-form-urlencoded";
/// Time before and after an order within which what it made was made: Stripe forgets its key after a day.
const CLOCKS_APART: TimeDelta = TimeDelta::minutes(10);
const KEY_IS_KNOWN_FOR: TimeDelta = TimeDelta::hours(24);
/// Objects in one page of a list.
const PAGE: &str = "100";

type Answer<T> = Result<T, GatewayError>;

/// An account at Stripe.
pub struct Stripe {
    wire: Wire,
    webhook_secret: String,
}

impl Stripe {
    pub fn new(url: &str, secret_key: &str, webhook_secret: &str, patience: Duration) -> Result<Self> {
        Ok(Self { wire: Wire::new(url, secret_key, patience)?, webhook_secret: webhook_secret.into() })
    }

    async fn look_up<T: DeserializeOwned>(&self, path: &str, query: &[(&str, &str)]) -> Answer<T> {
        ask(self.wire.get(path).query(query)).await
    }

    async fn order<T: DeserializeOwned>(&self, path: &str, key: &str, form: Form) -> Answer<T> {
        let request = self.wire.post(path, key).header("content-type", FORM).body(form.encoded());
        ask(request).await
    }

    async fn open(&self, key: Uuid, order: &Checkout) -> Answer<GatewayPayment> {
        let form = Form::of_checkout(key, order)?;
        let session: Session = self.order("/v1/checkout/sessions", &key.to_string(), form).await?;
        session.payment()
    }

    async fn charged(&self, key: Uuid, order: &Charge) -> Answer<GatewayPayment> {
        let form = Form::of_charge(key, order)?;
        let intent: Intent = self.order("/v1/payment_intents", &key.to_string(), form).await?;
        intent.payment()
    }

    async fn captured(&self, key: Uuid, ids: &GatewayIds, amount: Money) -> Answer<GatewayPayment> {
        let path = format!("/v1/payment_intents/{}/capture", self.intent_id(ids).await?);
        let mut form = Form::default();
        form.add("amount_to_capture", number(amount)?).add("expand[]", "latest_charge");
        let intent: Intent = self.order(&path, &key.to_string(), form).await?;
        Ok(under(ids, intent.payment()?))
    }

    /// Closes a page on which nobody has paid, or gives up what is authorized. Each of the two has a key of its own.
    async fn given_up(&self, key: Uuid, ids: &GatewayIds) -> Answer<GatewayPayment> {
        if is_session(ids) {
            let session = self.session(&ids.id).await?;
            if session.is_open() {
                let path = format!("/v1/checkout/sessions/{}/expire", ids.id);
                let session: Session = self.order(&path, &format!("{key}-page"), Form::default()).await?;
                return Ok(GatewayPayment { status: GatewayStatus::Voided, page: None, ..session.payment()? });
            }
        }
        let current = self.payment_of(ids).await?;
        if matches!(current.status, GatewayStatus::Voided | GatewayStatus::Expired) {
            return Ok(current);
        }
        let path = format!("/v1/payment_intents/{}/cancel", self.intent_id(&current.ids).await?);
        let intent: Intent = self.order(&path, &format!("{key}-cancel"), Form::default()).await?;
        Ok(under(ids, intent.payment()?))
    }

    async fn refunded(&self, key: Uuid, order: &RefundOrder) -> Answer<GatewayRefund> {
        let form = Form::of_refund(key, &self.intent_id(&order.ids).await?, order)?;
        let refund: StripeRefund = self.order("/v1/refunds", &key.to_string(), form).await?;
        refund.refund()
    }

    async fn payment_of(&self, ids: &GatewayIds) -> Answer<GatewayPayment> {
        if !is_session(ids) {
            let intent: Intent =
                self.look_up(&format!("/v1/payment_intents/{}", ids.id), &[("expand[]", "latest_charge")]).await?;
            return self.with_dispute(intent.payment()?, &intent).await;
        }
        let session = self.session(&ids.id).await?;
        match session.intent() {
            Some(intent) => self.with_dispute(session.payment()?, intent).await,
            None => session.payment(),
        }
    }

    async fn session(&self, id: &str) -> Answer<Session> {
        let whole = [("expand[]", "payment_intent.latest_charge"), ("expand[]", "setup_intent")];
        self.look_up(&format!("/v1/checkout/sessions/{id}"), &whole).await
    }

    /// The payment with its newest dispute, if it has one.
    async fn with_dispute(&self, payment: GatewayPayment, intent: &Intent) -> Answer<GatewayPayment> {
        if !intent.is_disputed() {
            return Ok(payment);
        }
        let disputes: List<StripeDispute> =
            self.look_up("/v1/disputes", &[("payment_intent", &intent.id), ("limit", "1")]).await?;
        let dispute = disputes.data.first().map(StripeDispute::dispute).transpose()?.flatten();
        Ok(GatewayPayment { dispute, ..payment })
    }

    /// The id of the PaymentIntent, which a page has from when somebody pays.
    async fn intent_id(&self, ids: &GatewayIds) -> Answer<String> {
        if let Some(id) = &ids.transaction_id {
            return Ok(id.clone());
        }
        if !is_session(ids) {
            return Ok(ids.id.clone());
        }
        let intent = self.session(&ids.id).await?.payment()?.ids.transaction_id;
        intent.ok_or_else(|| GatewayError::Refused { code: "nothing_paid_yet".into() })
    }

    async fn found_payment(&self, key: Uuid, ordered_at: DateTime<Utc>) -> Answer<Option<GatewayPayment>> {
        let from = (ordered_at - CLOCKS_APART).timestamp().to_string();
        let to = (ordered_at + KEY_IS_KNOWN_FOR + CLOCKS_APART).timestamp().to_string();
        let window = [("created[gte]", from.as_str()), ("created[lte]", &to)];
        let session = self.found::<Session>("/v1/checkout/sessions", &window, key).await?.map(|session| session.id);
        let id = match session {
            Some(id) => Some(id),
            None => self.found::<Intent>("/v1/payment_intents", &window, key).await?.map(|intent| intent.id),
        };
        match id {
            Some(id) => Ok(Some(self.payment_of(&GatewayIds { id, transaction_id: None }).await?)),
            None => Ok(None),
        }
    }

    async fn listed_since(&self, since: DateTime<Utc>) -> Answer<Vec<PaymentMade>> {
        let since = since.timestamp().to_string();
        let (mut made, mut after) = (Vec::new(), None::<String>);
        loop {
            let mut query = vec![("limit", PAGE), ("created[gte]", since.as_str())];
            query.extend(after.as_deref().map(|id| ("starting_after", id)));
            let list: List<Intent> = self.look_up("/v1/payment_intents", &query).await?;
            for intent in &list.data {
                // Others may use the account, too.
                if let Some(payment_id) = intent.metadata().and_then(|metadata| metadata.id("hbs_payment")) {
                    made.push(PaymentMade { payment_id, payment: intent.payment()? });
                }
            }
            match list.data.last() {
                Some(last) if list.has_more => after = Some(last.id.clone()),
                _ => return Ok(made),
            }
        }
    }

    /// Finds the object of a list that an order with this key has made. Lists show at once what was made, searches only
    /// after some time.
    async fn found<T: DeserializeOwned + Listed>(&self, path: &str, filter: &[(&str, &str)], key: Uuid) -> Answer<Option<T>> {
        let mut after: Option<String> = None;
        loop {
            let mut query = vec![("limit", PAGE)];
            query.extend_from_slice(filter);
            query.extend(after.as_deref().map(|id| ("starting_after", id)));
            let list: List<T> = self.look_up(path, &query).await?;
            let last = list.data.last().map(|object| object.id().to_owned());
            let found = list
                .data
                .into_iter()
                .find(|object| object.metadata().is_some_and(|metadata| metadata.id("hbs_key") == Some(key)));
            if found.is_some() || !list.has_more || last.is_none() {
                return Ok(found);
            }
            after = last;
        }
    }

    async fn found_refund(&self, key: Uuid, ids: &GatewayIds) -> Answer<Option<GatewayRefund>> {
        let intent_id = self.intent_id(ids).await?;
        let refund = self.found::<StripeRefund>("/v1/refunds", &[("payment_intent", &intent_id)], key).await?;
        refund.as_ref().map(StripeRefund::refund).transpose()
    }
}

impl PaymentGateway for Stripe {
    fn provider(&self) -> Provider {
        Provider::Stripe
    }

    fn checkout<'a>(&'a self, key: Uuid, order: &'a Checkout) -> Asked<'a, GatewayPayment> {
        Box::pin(self.open(key, order))
    }

    fn charge<'a>(&'a self, key: Uuid, order: &'a Charge) -> Asked<'a, GatewayPayment> {
        Box::pin(self.charged(key, order))
    }

    fn capture<'a>(&'a self, key: Uuid, ids: &'a GatewayIds, amount: Money) -> Asked<'a, GatewayPayment> {
        Box::pin(self.captured(key, ids, amount))
    }

    fn void<'a>(&'a self, key: Uuid, ids: &'a GatewayIds) -> Asked<'a, GatewayPayment> {
        Box::pin(self.given_up(key, ids))
    }

    fn refund<'a>(&'a self, key: Uuid, order: &'a RefundOrder) -> Asked<'a, GatewayRefund> {
        Box::pin(self.refunded(key, order))
    }

    fn payment<'a>(&'a self, ids: &'a GatewayIds) -> Asked<'a, GatewayPayment> {
        Box::pin(self.payment_of(ids))
    }

    fn refund_by_id<'a>(&'a self, id: &'a str) -> Asked<'a, GatewayRefund> {
        Box::pin(async move { self.look_up::<StripeRefund>(&format!("/v1/refunds/{id}"), &[]).await?.refund() })
    }

    fn find_payment(&self, key: Uuid, ordered_at: DateTime<Utc>) -> Asked<'_, Option<GatewayPayment>> {
        Box::pin(self.found_payment(key, ordered_at))
    }

    fn find_refund<'a>(&'a self, key: Uuid, ids: &'a GatewayIds) -> Asked<'a, Option<GatewayRefund>> {
        Box::pin(self.found_refund(key, ids))
    }

    fn made_since(&self, since: DateTime<Utc>) -> Asked<'_, Vec<PaymentMade>> {
        Box::pin(self.listed_since(since))
    }

    fn event(&self, signed: Option<&str>, body: &[u8], now: DateTime<Utc>) -> Result<GatewayEvent, EventFault> {
        signature::verify(&self.webhook_secret, signed, body, now)?;
        events::read(body)
    }
}

async fn ask<T: DeserializeOwned>(request: RequestBuilder) -> Answer<T> {
    let reply = send(request.header(VERSION_HEADER, VERSION)).await?;
    reply.read(|body| match serde_json::from_slice::<Refusal>(body) {
        Ok(refusal) => refusal.error(),
        Err(_) => GatewayError::Unclear("the gateway's refusal is not as expected"),
    })
}

fn is_session(ids: &GatewayIds) -> bool {
    ids.id.starts_with("cs_")
}

/// The payment under the ids by which it is known.
fn under(ids: &GatewayIds, payment: GatewayPayment) -> GatewayPayment {
    GatewayPayment { ids: GatewayIds { id: ids.id.clone(), ..payment.ids.clone() }, ..payment }
}

/// The number that says an amount; refused where there is none.
fn number(amount: Money) -> Answer<String> {
    let number = amounts::to_stripe(amount).ok_or_else(|| GatewayError::Refused { code: "amount_not_supported".into() })?;
    Ok(number.to_string())
}
