//! Orders as Stripe takes them: forms, with brackets for what is within something else.
use super::{Answer, number};
use crate::gateways::{Capture, Charge, Checkout, Purpose, RefundOrder};
use crate::money::Currency;
use form_urlencoded::Serializer;
use uuid::Uuid;

/// An order that is being written.
#[derive(Default)]
pub struct Form(Vec<(String, String)>);

impl Form {
    pub fn add(&mut self, name: impl Into<String>, value: impl Into<String>) -> &mut Self {
        self.0.push((name.into(), value.into()));
        self
    }

    pub fn encoded(&self) -> String {
        Serializer::new(String::new()).extend_pairs(&self.0).finish()
    }

    pub fn of_checkout(key: Uuid, order: &Checkout) -> Answer<Self> {
        let mut form = Self::default();
        form.add("success_url", &order.return_url)
            .add("cancel_url", &order.cancel_url)
            .add("expires_at", order.expires_at.timestamp().to_string())
            .add("locale", order.language.code())
            .add("client_reference_id", order.payment_id.to_string());
        if let Some(email) = &order.email {
            form.add("customer_email", email);
        }
        let intent = match order.purpose {
            Purpose::Pay { amount, capture, stores_guarantee } => {
                form.add("mode", "payment")
                    .add("line_items[0][quantity]", "1")
                    .add("line_items[0][price_data][currency]", code(amount.currency))
                    .add("line_items[0][price_data][unit_amount]", number(amount)?)
                    .add("line_items[0][price_data][product_data][name]", &order.description)
                    .add("payment_intent_data[capture_method]", capture_method(capture))
                    .add("payment_intent_data[description]", &order.description);
                if stores_guarantee {
                    form.add("customer_creation", "always").add("payment_intent_data[setup_future_usage]", "off_session");
                }
                "payment_intent_data"
            }
            Purpose::Guarantee { currency } => {
                form.add("mode", "setup")
                    .add("currency", code(currency))
                    .add("customer_creation", "always")
                    .add("setup_intent_data[description]", &order.description)
                    .add("metadata[hbs_currency]", code(currency));
                "setup_intent_data"
            }
        };
        for place in [String::new(), intent.to_owned()] {
            form.note(&place, "hbs_key", key).note(&place, "hbs_payment", order.payment_id);
        }
        form.add("expand[]", "payment_intent.latest_charge").add("expand[]", "setup_intent");
        Ok(form)
    }

    pub fn of_charge(key: Uuid, order: &Charge) -> Answer<Self> {
        let mut form = Self::default();
        form.add("amount", number(order.amount)?)
            .add("currency", code(order.amount.currency))
            .add("customer", &order.guarantee.customer_id)
            .add("payment_method", &order.guarantee.method_id)
            .add("capture_method", capture_method(order.capture))
            .add("description", &order.description)
            .add("confirm", "true")
            // Nobody is there who could take part: then it is declined, and a page is needed.
            .add("off_session", "true")
            .add("error_on_requires_action", "true")
            .note("", "hbs_key", key)
            .note("", "hbs_payment", order.payment_id)
            .add("expand[]", "latest_charge");
        Ok(form)
    }

    pub fn of_refund(key: Uuid, intent_id: &str, order: &RefundOrder) -> Answer<Self> {
        let mut form = Self::default();
        form.add("payment_intent", intent_id).add("amount", number(order.amount)?).note("", "hbs_key", key).note(
            "",
            "hbs_refund",
            order.refund_id,
        );
        Ok(form)
    }

    /// Writes an id of ours on the object, or on another one that is made with it.
    fn note(&mut self, place: &str, name: &str, id: Uuid) -> &mut Self {
        let name = if place.is_empty() { format!("metadata[{name}]") } else { format!("{place}[metadata][{name}]") };
        self.add(name, id.to_string())
    }
}

fn code(currency: Currency) -> String {
    currency.code().to_lowercase()
}

fn capture_method(capture: Capture) -> &'static str {
    match capture {
        Capture::Automatic => "automatic",
        Capture::Manual => "manual",
    }
}
