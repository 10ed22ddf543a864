//! `hbs-bench pages`: a public page of a hotel's site that the server remembers, beside a bare handler that returns the same
//! bytes.

use std::collections::BTreeMap;

use clap::Args;
use serde_json::{Value, json};

use crate::api::Api;
use crate::budget::Budget;
use crate::error::{Context, Result};
use crate::hotel::{self, Created, Hotel};
use crate::load::get_public;
use crate::read::{NEEDS, ReadOptions, Subject, beside_bare};
use crate::server::{OwnArgs, Server, ServerArgs};
use crate::verdict::Verdict;

const PATH: &str = "/v1/pages/breakfast";
const LEAST_RATIO: f64 = 0.6;
/// Number of headings with a text each on the page.
const SECTIONS: usize = 6;
const TEXT: &str = "Breakfast is served **from 7 to 11** in the garden room: bread of the bakery next door, fruit of the season, \
                    eggs as you like them.\n\n* Early birds find coffee from 6 on.\n* Whoever leaves before 7 gets a [box](/box).";

#[derive(Debug, Args)]
pub struct PagesArgs {
    #[command(flatten)]
    options: ReadOptions,
    /// Fail if the ratio is below the budget.
    #[arg(long)]
    strict: bool,
    #[command(flatten)]
    server: ServerArgs,
}

pub async fn run(args: PagesArgs) -> Result<Verdict> {
    let server = args.server.open(NEEDS).await?;
    let budget = measure(&server, &args.options).await?;
    server.stop().await?;
    Ok(budget.print(args.strict))
}

/// Measures with a server of its own.
pub async fn measure_own(own: &OwnArgs, options: &ReadOptions) -> Result<Budget> {
    let server = Server::start(own, NEEDS).await?;
    let budget = measure(&server, options).await?;
    server.stop().await?;
    Ok(budget)
}

async fn measure(server: &Server, options: &ReadOptions) -> Result<Budget> {
    let property_id = publish(&server.api).await?;
    let request = get_public(&format!("{PATH}?property_id={property_id}"));
    let subject = Subject { name: "public page", path: PATH, least: LEAST_RATIO };
    beside_bare(server, options, &subject, async || Ok(request.clone())).await
}

/// Publishes the page at a new hotel; the hotel's id.
async fn publish(api: &Api) -> Result<String> {
    let hotel = Hotel { room_types: BTreeMap::new(), max_nights: 30, max_advance_days: 400, horizon_nights: 400 };
    let property = hotel::build(api, &hotel, "Hotel with a site", 1).await?;
    let section = |n: usize| [json!({"heading": {"level": 2, "text": format!("Part {n}")}}), json!({"text": {"markdown": TEXT}})];
    let blocks: Vec<Value> = (1..=SECTIONS).flat_map(section).collect();
    let page = json!({
        "property_id": property.id, "kind": "page", "name": "Breakfast", "locale": "en", "slug": "breakfast",
        "content": {"title": "Breakfast", "summary": "From 7 to 11 in the garden room.", "blocks": blocks},
    });
    let created: Created = api.post("/content", &page).await.context("cannot add the page")?;
    let path = format!("/content/{}/locales/en/publish", created.id);
    api.post::<Value>(&path, &json!({})).await.context("cannot publish the page")?;
    Ok(property.id)
}
