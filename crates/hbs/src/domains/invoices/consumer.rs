//! Consumer of what is issued and paid: the files of documents are made, and payments are allocated to them.
use super::service;
use crate::outbox::consumers::Consumer;
use std::collections::BTreeSet;

/// Kind of events of documents that were issued.
const ISSUED: &str = "invoice.issued";
/// Kinds of events of payments that have brought money.
const PAID: &[&str] = &["payment.created", "payment.captured"];

pub const CONSUMER: Consumer = Consumer {
    name: "invoices",
    handle: |app, events| {
        Box::pin(async move {
            let issued = events.iter().filter(|recorded| recorded.event.kind == ISSUED);
            for recorded in issued {
                service::keep_files(app, recorded.event.stream_id, recorded.event.entity_id).await?;
            }
            let paid = events.iter().filter(|recorded| PAID.contains(&recorded.event.kind.as_str()));
            let payments: BTreeSet<_> = paid.map(|recorded| (recorded.event.stream_id, recorded.event.entity_id)).collect();
            for (property_id, payment_id) in payments {
                service::allocate(app, property_id, payment_id).await?;
            }
            Ok(())
        })
    },
};
