//! Consumer of what is issued and paid: the files of documents are made, and payments are allocated to them.
use super::service;
use crate::failures::Failures;
use crate::outbox::consumers::Consumer;
use serde_json::Value;
use std::collections::BTreeSet;

/// Kind of events of documents that were issued.
const ISSUED: &str = "invoice.issued";
/// Kinds of events of payments that have brought money.
const PAID: [&str; 2] = ["payment.created", "payment.captured"];
/// Kind of events of payments of which some may have come back.
const UPDATED: &str = "payment.updated";

/// Returns `true` if money of a payment came, or came back: so it does with a refund that fails later, and with
/// a dispute that is won.
fn has_brought_money(kind: &str, changes: &Value) -> bool {
    let fell = |field: &str| changes[field]["after"].as_i64() < changes[field]["before"].as_i64();
    PAID.contains(&kind) || (kind == UPDATED && (fell("refunded_minor") || fell("lost_minor")))
}

pub const CONSUMER: Consumer = Consumer {
    name: "invoices",
    kinds: &[ISSUED, PAID[0], PAID[1], UPDATED],
    handle: |app, events| {
        Box::pin(async move {
            let issued = events.iter().filter(|recorded| recorded.event.kind == ISSUED);
            for recorded in issued {
                let (property_id, id) = (recorded.event.stream_id, recorded.event.entity_id);
                // Whoever asks for a file has it made then, so one that fails holds up nothing.
                if let Err(error) = service::keep_files(app, property_id, id).await {
                    tracing::warn!(%property_id, invoice = %id, ?error, "the file of an invoice was not made ahead");
                }
            }
            let paid = events.iter().filter(|recorded| has_brought_money(&recorded.event.kind, &recorded.event.changes));
            let payments: BTreeSet<_> = paid.map(|recorded| (recorded.event.stream_id, recorded.event.entity_id)).collect();
            let mut failures = Failures::default();
            for (property_id, payment_id) in payments {
                let allocated = service::allocate(app, property_id, payment_id).await;
                failures.note("a payment could not be allocated; it is tried again", payment_id, allocated)?;
            }
            failures.result(())
        })
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn money_that_comes_back_is_allocated_anew() {
        let changed = |field: &str, before: i64, after: i64| json!({field: {"before": before, "after": after}});
        for field in ["refunded_minor", "lost_minor"] {
            assert!(has_brought_money("payment.updated", &changed(field, 500, 0)), "{field}");
            assert!(!has_brought_money("payment.updated", &changed(field, 0, 500)), "{field}");
        }
        assert!(!has_brought_money("payment.updated", &json!({})));
        assert!(has_brought_money("payment.captured", &json!({})));
    }
}
