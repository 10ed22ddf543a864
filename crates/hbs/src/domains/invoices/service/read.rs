//! Reading documents: as they are, and as files.
use super::files::{self, File};
use super::{beside, content, shown};
use crate::app::App;
use crate::domains::invoices::dto::{Beside, InvoiceFilter, InvoiceOut, InvoiceSummary};
use crate::domains::invoices::model::{FileFormat, Invoice, InvoiceId, InvoiceState, XmlSyntax};
use crate::domains::invoices::repository;
use crate::error::Or404;
use crate::page::{Page, PageQuery};
use crate::security::OwnOr;
use crate::security::permission::InvoicesRead;
use crate::{Error, Result};
use serde_json::json;
use std::collections::HashMap;
use uuid::Uuid;

/// Form in which a document is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    Json,
    Pdf,
    PdfCopy,
    Xml(XmlSyntax),
}

/// A document, in the form that was asked for.
pub enum Shown {
    Document { version: i64, body: Box<InvoiceOut> },
    File { version: i64, name: String, content_type: &'static str, content: Vec<u8> },
}

pub async fn list(
    app: &App,
    who: &OwnOr<InvoicesRead>,
    filter: &InvoiceFilter,
    page: &PageQuery,
) -> Result<Page<InvoiceSummary>> {
    let (limit, before) = (page.limit()?, page.after()?);
    let conn = app.db.conn().await?;
    let rows = repository::list(&conn, &who.reach, filter, before, limit + 1).await?;
    let page = page.page(rows, |(invoice, _)| invoice.id)?;
    let mut known: HashMap<Uuid, Vec<&Invoice>> = HashMap::new();
    for (invoice, _) in &page.items {
        known.entry(invoice.property_id).or_default().push(invoice);
    }
    let mut all = Beside::default();
    for (property_id, invoices) in known {
        let Beside { paid, issued_with, fiscal } = beside(&conn, property_id, &invoices).await?;
        all.paid.extend(paid);
        all.issued_with.extend(issued_with);
        all.fiscal.extend(fiscal);
    }
    let show = |(invoice, state): &(Invoice, InvoiceState)| Ok(InvoiceSummary::new(invoice, &content(invoice)?, state, &all));
    let items = page.items.iter().map(show).collect::<Result<_>>()?;
    Ok(Page { items, next_cursor: page.next_cursor })
}

/// A document within reach, in the form that is asked for.
pub async fn show(app: &App, who: &OwnOr<InvoicesRead>, id: Uuid, wanted: Wanted) -> Result<Shown> {
    let conn = app.db.conn().await?;
    let id: InvoiceId = serde_json::from_value(json!(id)).map_err(Error::internal)?;
    let (invoice, state) = repository::find(&conn, &who.reach, id).await?.or_404("invoice")?;
    let version = state.version;
    let format = match wanted {
        Wanted::Json => {
            return Ok(Shown::Document { version, body: Box::new(shown(&conn, &invoice, &state).await?) });
        }
        Wanted::Pdf => FileFormat::Pdf,
        Wanted::PdfCopy => FileFormat::PdfCopy,
        Wanted::Xml(XmlSyntax::Cii) => FileFormat::Cii,
        Wanted::Xml(XmlSyntax::Ubl) => FileFormat::Ubl,
    };
    drop(conn);
    let File { name, content_type, content } = files::file(app, &invoice, format).await?;
    Ok(Shown::File { version, name, content_type, content })
}
