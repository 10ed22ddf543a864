//! Two types of one name would be one schema of the API document: clients would be told of one for both.
use super::source::files;
use hbs::config::Config;
use std::collections::BTreeMap;

/// Returns the names of the schemas that code declares: derived ones, and those of `text_enum!`.
fn schemas(code: &str) -> Vec<String> {
    let (mut names, mut attributes, mut is_words) = (Vec::new(), String::new(), false);
    for line in code.lines().map(str::trim) {
        let item = line.trim_start_matches("pub(crate) ").trim_start_matches("pub ");
        let name = item.strip_prefix("struct ").or_else(|| item.strip_prefix("enum "));
        if let Some(name) = name {
            let name = name.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
            let renamed = attributes.split("schema(as = ").nth(1).and_then(|rest| rest.split([')', ',']).next());
            if is_words || attributes.contains("ToSchema") {
                names.push(renamed.unwrap_or(name).to_owned());
            }
        }
        is_words = line.starts_with("text_enum!") || is_words && line.starts_with("#[");
        let is_item_over = name.is_some() || line.ends_with([';', '}']);
        attributes = if is_item_over { String::new() } else { attributes + line };
    }
    names
}

/// U5: one name in the document is one schema.
#[test]
fn every_schema_has_a_name_of_its_own() {
    let mut places: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for file in files("") {
        for name in schemas(&file.code) {
            places.entry(name).or_default().push(file.name.clone());
        }
    }
    assert!(places.len() > 200, "only {} schemas found", places.len());
    let document = hbs::server::document(&Config::defaults().expect("defaults"));
    let shown = document.components.expect("components").schemas;
    let twice: Vec<_> = places.iter().filter(|(name, places)| shown.contains_key(*name) && places.len() > 1).collect();
    assert!(twice.is_empty(), "give one of each a name of its own: {twice:#?}");
}

#[test]
fn schemas_are_found() {
    let code = "#[derive(Debug, utoipa::ToSchema)]\n#[schema(as = Money)]\npub struct MoneyOut {\n}\n\
        text_enum! {\n    pub enum Status {\n    }\n}\n#[derive(Debug)]\npub struct Row {\n}\n#[derive(ToSchema)]\nenum Kind {}\n";
    assert_eq!(schemas(code), ["Money", "Status", "Kind"]);
}
