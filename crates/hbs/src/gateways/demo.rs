//! Client of the demo gateway.
use super::wire::{Wire, send};
use super::{
    Asked, Capture, Charge, Checkout, Decline, DisputeStatus, EventFault, GatewayDispute, GatewayError, GatewayEvent, GatewayIds,
    GatewayPayment, GatewayRefund, GatewayRefundStatus, GatewayStatus, Guarantee, PaymentGateway, PaymentMade, Provider, Purpose,
    RefundOrder, signature,
};
use crate::Result;
use crate::money::{Currency, Money};
use chrono::{DateTime, Utc};
use hbs_demo_gateway::objects::{self, Made, PaymentAnswer, RefundStatus, Status};
use reqwest::RequestBuilder;
use serde::de::DeserializeOwned;
use std::time::Duration;
use uuid::Uuid;

/// The demo gateway, as a process that serves has it.
pub struct DemoGateway {
    wire: Wire,
    secret: String,
}

impl DemoGateway {
    pub fn new(url: &str, secret: &str, patience: Duration) -> Result<Self> {
        Ok(Self { wire: Wire::new(url, secret, patience)?, secret: secret.into() })
    }

    async fn charged(&self, key: Uuid, order: &Charge) -> Result<GatewayPayment, GatewayError> {
        let order = objects::ChargeOrder {
            payment_id: order.payment_id,
            guarantee: order.guarantee.method_id.clone(),
            amount: order.amount.minor,
            currency: order.amount.currency.code().into(),
            digits: order.amount.currency.digits(),
            capture: capture(order.capture),
            description: order.description.clone(),
        };
        let payment = payment(ask(self.wire.post("/v1/charges", &key.to_string()).json(&order)).await?)?;
        match (payment.status, payment.decline) {
            (GatewayStatus::Failed, Some(decline)) => Err(GatewayError::Declined(decline)),
            _ => Ok(payment),
        }
    }

    async fn listed_since(&self, since: DateTime<Utc>) -> Result<Vec<PaymentMade>, GatewayError> {
        let list: Vec<PaymentAnswer> = ask(self.wire.get("/v1/payments").query(&[("since", since.to_rfc3339())])).await?;
        let made = |told: PaymentAnswer| -> Result<_, GatewayError> {
            Ok(PaymentMade { payment_id: told.payment_id, payment: payment(told)? })
        };
        list.into_iter().map(made).collect()
    }

    async fn made(&self, key: Uuid) -> Result<Made, GatewayError> {
        ask(self.wire.get(&format!("/v1/orders/{key}"))).await
    }
}

impl PaymentGateway for DemoGateway {
    fn provider(&self) -> Provider {
        Provider::Demo
    }

    fn checkout<'a>(&'a self, key: Uuid, order: &'a Checkout) -> Asked<'a, GatewayPayment> {
        let request = self.wire.post("/v1/checkouts", &key.to_string()).json(&checkout(order));
        Box::pin(async move { payment(ask(request).await?) })
    }

    fn charge<'a>(&'a self, key: Uuid, order: &'a Charge) -> Asked<'a, GatewayPayment> {
        Box::pin(self.charged(key, order))
    }

    fn capture<'a>(&'a self, key: Uuid, ids: &'a GatewayIds, amount: Money) -> Asked<'a, GatewayPayment> {
        let request = self.wire.post(&format!("/v1/payments/{}/capture", ids.id), &key.to_string());
        let request = request.json(&objects::CaptureOrder { amount: amount.minor });
        Box::pin(async move { payment(ask(request).await?) })
    }

    fn void<'a>(&'a self, key: Uuid, ids: &'a GatewayIds) -> Asked<'a, GatewayPayment> {
        let request = self.wire.post(&format!("/v1/payments/{}/void", ids.id), &key.to_string());
        Box::pin(async move { payment(ask(request).await?) })
    }

    fn refund<'a>(&'a self, key: Uuid, order: &'a RefundOrder) -> Asked<'a, GatewayRefund> {
        let request = self.wire.post("/v1/refunds", &key.to_string()).json(&objects::RefundOrder {
            payment: order.ids.id.clone(),
            refund_id: order.refund_id,
            amount: order.amount.minor,
        });
        Box::pin(async move { refund(&ask(request).await?) })
    }

    fn payment<'a>(&'a self, ids: &'a GatewayIds) -> Asked<'a, GatewayPayment> {
        Box::pin(async move { payment(ask(self.wire.get(&format!("/v1/payments/{}", ids.id))).await?) })
    }

    fn refund_by_id<'a>(&'a self, id: &'a str) -> Asked<'a, GatewayRefund> {
        Box::pin(async move { refund(&ask(self.wire.get(&format!("/v1/refunds/{id}"))).await?) })
    }

    fn find_payment(&self, key: Uuid, _ordered_at: DateTime<Utc>) -> Asked<'_, Option<GatewayPayment>> {
        Box::pin(async move { self.made(key).await?.payment.map(payment).transpose() })
    }

    fn find_refund<'a>(&'a self, key: Uuid, _ids: &'a GatewayIds) -> Asked<'a, Option<GatewayRefund>> {
        Box::pin(async move { self.made(key).await?.refund.as_ref().map(refund).transpose() })
    }

    fn made_since(&self, since: DateTime<Utc>) -> Asked<'_, Vec<PaymentMade>> {
        Box::pin(self.listed_since(since))
    }

    fn event(&self, signed: Option<&str>, body: &[u8], now: DateTime<Utc>) -> Result<GatewayEvent, EventFault> {
        signature::verify(&self.secret, signed, body, now)?;
        let event: objects::Event = serde_json::from_slice(body).map_err(|_| EventFault::Unreadable)?;
        Ok(GatewayEvent {
            amount: money(event.amount, &event.currency).ok(),
            id: event.id,
            kind: event.kind,
            occurred_at: event.occurred_at,
            payment_id: Some(event.payment_id),
            refund_id: event.refund_id,
            ids: [Some(event.payment), event.refund].into_iter().flatten().collect(),
        })
    }
}

async fn ask<T: DeserializeOwned>(request: RequestBuilder) -> Result<T, GatewayError> {
    send(request).await?.read(|body| {
        let code = serde_json::from_slice::<objects::Refused>(body).map(|refused| refused.code);
        GatewayError::Refused { code: code.unwrap_or_else(|_| "unknown".into()) }
    })
}

fn checkout(order: &Checkout) -> objects::CheckoutOrder {
    let (purpose, amount, currency, when, stores_guarantee) = match order.purpose {
        Purpose::Pay { amount, capture, stores_guarantee } => {
            (objects::Purpose::Pay, amount.minor, amount.currency, capture, stores_guarantee)
        }
        Purpose::Guarantee { currency } => (objects::Purpose::Guarantee, 0, currency, Capture::Automatic, true),
    };
    objects::CheckoutOrder {
        payment_id: order.payment_id,
        purpose,
        amount,
        currency: currency.code().into(),
        digits: currency.digits(),
        capture: capture(when),
        stores_guarantee,
        description: order.description.clone(),
        email: order.email.clone(),
        return_url: order.return_url.clone(),
        cancel_url: order.cancel_url.clone(),
        expires_at: order.expires_at,
    }
}

fn capture(capture: Capture) -> objects::Capture {
    match capture {
        Capture::Automatic => objects::Capture::Automatic,
        Capture::Manual => objects::Capture::Manual,
    }
}

fn payment(told: PaymentAnswer) -> Result<GatewayPayment, GatewayError> {
    let money = |amount| money(amount, &told.currency);
    let dispute = |dispute: objects::Dispute| -> Result<_, GatewayError> {
        let status = if dispute.is_lost { DisputeStatus::Lost } else { DisputeStatus::Open };
        let answer_before = Some(dispute.answer_before);
        Ok(GatewayDispute { id: dispute.id, status, amount: money(dispute.amount)?, answer_before })
    };
    let guarantee = |id: String| Guarantee { customer_id: told.payment_id.to_string(), method_id: id };
    Ok(GatewayPayment {
        amount: money(told.amount)?,
        capturable: money(told.capturable)?,
        captured: money(told.captured)?,
        refunded: money(told.refunded)?,
        dispute: told.dispute.map(dispute).transpose()?,
        guarantee: told.guarantee.map(guarantee),
        ids: GatewayIds { id: told.id, transaction_id: None },
        status: status(told.status),
        capture_before: told.capture_before,
        page: told.url,
        decline: told.decline.map(|reason| reason.parse().unwrap_or(Decline::CardDeclined)),
    })
}

fn status(status: Status) -> GatewayStatus {
    match status {
        Status::Open => GatewayStatus::Open,
        Status::Processing => GatewayStatus::Processing,
        Status::Authorized => GatewayStatus::Authorized,
        Status::Captured => GatewayStatus::Captured,
        Status::Stored => GatewayStatus::Stored,
        Status::Failed => GatewayStatus::Failed,
        Status::Voided => GatewayStatus::Voided,
        Status::Expired => GatewayStatus::Expired,
    }
}

fn refund(told: &objects::Refund) -> Result<GatewayRefund, GatewayError> {
    let status = match told.status {
        RefundStatus::Succeeded => GatewayRefundStatus::Succeeded,
        RefundStatus::Failed => GatewayRefundStatus::Failed,
    };
    let amount = money(told.amount, &told.currency)?;
    Ok(GatewayRefund { id: told.id.clone(), refund_id: Some(told.refund_id), status, amount })
}

fn money(amount: i64, currency: &str) -> Result<Money, GatewayError> {
    let currency: Result<Currency, _> = currency.parse();
    currency
        .map(|currency| Money::new(amount, currency))
        .map_err(|_| GatewayError::Unclear("the gateway's answer has no known currency"))
}
