//! Issue settings of properties.
use crate::Result;
use crate::domains::issues::model::IssueSettings;
use crate::domains::issues::rules::hours::{Targets, WeeklyHours};
use crate::http::valid::dates;
use chrono::NaiveDate;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::json;
use std::collections::BTreeSet;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, Schema, SchemaFormat, Type};
use uuid::Uuid;

/// Maximum number of addresses that are told of new issues, and of characters of one.
const MAX_RECIPIENTS: usize = 10;
const MAX_ADDRESS: usize = 254;

/// Issue settings of a property.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct IssueSettingsOut {
    /// Identifier of the property.
    pub property_id: Uuid,
    /// Service hours of a week, in the time zone of the hotel.
    pub hours: WeeklyHours,
    /// Dates without service.
    #[schema(example = json!(["2026-12-25"]))]
    pub holidays: BTreeSet<NaiveDate>,
    /// Targets by priority.
    pub targets: Targets,
    /// E-mail addresses that are told of new issues of guests; if empty, the address of the property is used.
    #[schema(example = json!(["desk@miramar.example"]))]
    pub recipients: Vec<String>,
    /// Number that grows with each change, 0 while nothing has been set; the `ETag` header carries it.
    pub version: i64,
}

impl IssueSettingsOut {
    pub fn new(row: &IssueSettings) -> Result<Self> {
        Ok(Self {
            property_id: row.property_id,
            hours: row.hours()?,
            holidays: row.holidays()?,
            targets: row.targets()?,
            recipients: row.recipients()?,
            version: row.version,
        })
    }
}

/// New issue settings of a property. They apply to issues that are raised from then on, and to others once their status or
/// priority changes.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetIssueSettings {
    /// Service hours of a week, in the time zone of the hotel.
    #[garde(skip)]
    pub hours: WeeklyHours,
    /// Dates without service, at most 366.
    #[garde(length(max = 366))]
    #[serde(deserialize_with = "days")]
    #[schema(max_items = 366, example = json!(["2026-12-25"]))]
    pub holidays: Vec<NaiveDate>,
    /// Targets by priority.
    #[garde(dive)]
    pub targets: Targets,
    /// E-mail addresses that are told of new issues of guests, at most 10; if empty, the address of the property is used.
    #[garde(custom(few), inner(custom(address)))]
    #[schema(schema_with = described_recipients)]
    pub recipients: Vec<String>,
}

/// Deserializes dates of our time.
fn days<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<NaiveDate>, D::Error> {
    #[derive(Deserialize)]
    struct Day(#[serde(deserialize_with = "dates::plausible")] NaiveDate);
    Ok(Vec::<Day>::deserialize(deserializer)?.into_iter().map(|Day(date)| date).collect())
}

/// Describes addresses that are told of new issues.
fn described_recipients() -> RefOr<Schema> {
    let address = ObjectBuilder::new().schema_type(Type::String).format(Some(SchemaFormat::Custom("email".into())));
    ArrayBuilder::new()
        .items(address.max_length(Some(MAX_ADDRESS)))
        .max_items(Some(MAX_RECIPIENTS))
        .description(Some(
            "E-mail addresses that are told of new issues of guests, at most 10; if empty, the address of the property is used.",
        ))
        .examples([json!(["desk@miramar.example"])])
        .into()
}

fn few(addresses: &[String], (): &()) -> garde::Result {
    match addresses.len() > MAX_RECIPIENTS {
        true => Err(garde::Error::new(format!("must have at most {MAX_RECIPIENTS} items"))),
        false => Ok(()),
    }
}

fn address(address: &str, (): &()) -> garde::Result {
    let is_long = address.chars().count() > MAX_ADDRESS;
    let is_one = address.split_once('@').is_some_and(|(box_name, host)| !box_name.is_empty() && host.contains('.'));
    if is_long || !is_one || address.contains(char::is_whitespace) {
        return Err(garde::Error::new("must be an e-mail address"));
    }
    Ok(())
}
