//! Dates in the document: the years that HBS takes, which the format `date` does not tell.
use utoipa::openapi::path::Operation;
use utoipa::openapi::schema::{AdditionalProperties, ArrayItems, Components, KnownFormat, SchemaFormat};
use utoipa::openapi::{RefOr, Schema};

/// Dates of the years that `http::valid::dates` takes: 1900 to 2999.
const PLAUSIBLE: &str = "^(19|2[0-9])[0-9]{2}-[0-9]{2}-[0-9]{2}$";

/// Tells the years of all dates of an operation's parameters.
pub fn tell_in_parameters(operation: &mut Operation) {
    for parameter in operation.parameters.iter_mut().flatten() {
        if let RefOr::T(parameter) = parameter
            && let Some(schema) = &mut parameter.schema
        {
            tell(schema);
        }
    }
}

/// Tells the years of all dates of the schemas.
pub fn tell_in_schemas(components: &mut Components) {
    components.schemas.values_mut().for_each(tell);
}

fn tell(schema: &mut RefOr<Schema>) {
    let RefOr::T(schema) = schema else { return };
    match schema {
        Schema::Object(object) => {
            if object.format == Some(SchemaFormat::KnownFormat(KnownFormat::Date)) {
                object.pattern.get_or_insert_with(|| PLAUSIBLE.into());
            }
            object.properties.values_mut().for_each(tell);
            if let Some(AdditionalProperties::RefOr(more)) = object.additional_properties.as_deref_mut() {
                tell(more);
            }
        }
        Schema::Array(array) => {
            if let ArrayItems::RefOrSchema(items) = &mut array.items {
                tell(items);
            }
        }
        Schema::OneOf(alternatives) => alternatives.items.iter_mut().for_each(tell),
        Schema::AllOf(parts) => parts.items.iter_mut().for_each(tell),
        Schema::AnyOf(alternatives) => alternatives.items.iter_mut().for_each(tell),
        _ => {}
    }
}
