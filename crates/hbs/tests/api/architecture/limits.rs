//! Limits of bodies and queries: what the server refuses by a `garde` rule, the API document tells by an attribute of
//! `schema` or `param`.
use super::source::files;
use std::collections::BTreeSet;

/// A field of a struct that is in the document; its name is `Struct.field`.
struct Field {
    name: String,
    kind: String,
    attributes: String,
    /// Attribute that tells the limits.
    told_by: &'static str,
}

/// Returns the fields that have `garde` rules or tell limits, of structs that are bodies or queries.
fn fields(code: &str) -> Vec<Field> {
    let (mut fields, mut attributes, mut schema) = (Vec::new(), String::new(), None);
    for line in code.lines().map(str::trim) {
        let item = line.trim_start_matches("pub(crate) ").trim_start_matches("pub ");
        let is_name = |name: &str| name.chars().all(|letter| letter.is_alphanumeric() || letter == '_');
        let field = item.strip_suffix(',').and_then(|item| item.split_once(": ")).filter(|(name, _)| is_name(name));
        if let Some(rest) = item.strip_prefix("struct ") {
            let name = rest.split(|letter: char| !letter.is_alphanumeric()).next().unwrap_or_default();
            let told_by = if attributes.contains("IntoParams") { "param" } else { "schema" };
            let is_shown = attributes.contains("ToSchema") || told_by == "param";
            schema = is_shown.then(|| (name.to_owned(), told_by));
        } else if let (Some((schema, told_by)), Some((name, kind))) = (&schema, field)
            && (attributes.contains("#[garde(") || attributes.contains("#[param("))
        {
            let name = format!("{schema}.{name}");
            fields.push(Field { name, kind: kind.to_owned(), attributes: attributes.clone(), told_by });
        }
        let is_item_over = item.starts_with("struct ") || field.is_some() || line.ends_with(';') || line == "}";
        attributes = if is_item_over { String::new() } else { attributes + line };
    }
    fields
}

impl Field {
    /// Returns what an attribute of this name has in its brackets, and what follows them.
    fn attribute(&self, name: &str) -> &str {
        let start = format!("{name}(");
        self.attributes.split("#[").find_map(|attribute| attribute.strip_prefix(&start)).unwrap_or_default()
    }

    /// Returns the limits that the rules have, as `schema` tells them. It cannot tell how many members a map may have.
    fn rules(&self) -> BTreeSet<String> {
        let garde = self.attribute("garde");
        let calls = |rule: &'static str| garde.split(rule).skip(1).filter_map(move |rest| Some((rule, rest.split_once(')')?.0)));
        let mut limits = BTreeSet::new();
        for (rule, arguments) in calls("length(").chain(calls("range(")).filter(|_| !self.kind.contains("BTreeMap<")) {
            let is_of_list = self.kind.contains("Vec<") && !arguments.starts_with("chars") && !arguments.starts_with("bytes");
            let (least, most) = match (rule, is_of_list) {
                ("range(", _) => ("minimum", "maximum"),
                (_, true) => ("min_items", "max_items"),
                (_, false) => ("min_length", "max_length"),
            };
            limits.extend(number(arguments, "min").map(|number| format!("{least} = {number}")));
            limits.extend(number(arguments, "max").map(|number| format!("{most} = {number}")));
        }
        limits.extend(pattern(garde, "pattern("));
        limits.extend(garde.contains("email").then(|| "format = \"email\"".to_owned()));
        limits
    }

    /// Returns the limits that the document tells.
    fn told(&self) -> BTreeSet<String> {
        let schema = self.attribute(self.told_by);
        let names = ["min_length", "max_length", "min_items", "max_items", "minimum", "maximum"];
        // A limit that is itself beyond what is allowed stands as `exclusive_…`, for which `garde` has no rule.
        let schema = &schema.replace("exclusive_minimum = ", "").replace("exclusive_maximum = ", "");
        let numbers = names.iter().filter_map(|name| number(schema, name).map(|number| format!("{name} = {number}")));
        let format = schema.contains("format = \"email\"").then(|| "format = \"email\"".to_owned());
        numbers.chain(pattern(schema, "pattern = ")).chain(format).collect()
    }

    /// Returns where the two differ. A custom rule may have any limit, and a pattern may be that of a parser.
    fn faults(&self) -> Vec<String> {
        let (rules, told) = (self.rules(), self.told());
        let is_known = |limit: &&String| !limit.starts_with("pattern") && !self.attribute("garde").contains("custom(");
        let untold = rules.difference(&told).map(|limit| format!("{} lacks {limit}", self.name));
        untold.chain(told.difference(&rules).filter(is_known).map(|limit| format!("{} has no rule {limit}", self.name))).collect()
    }
}

/// Returns the number that follows `name = `, as short as it can be written: `10000` for `10_000`, `90` for `90.0`.
fn number(text: &str, name: &str) -> Option<String> {
    let number = text.split_once(&format!("{name} = "))?.1.split([',', ')']).next()?.replace('_', "");
    Some(number.trim_end_matches(".0").to_owned())
}

fn pattern(text: &str, start: &str) -> Option<String> {
    let (_, rest) = text.split_once(&format!("{start}r\""))?;
    rest.split_once('"').map(|(pattern, _)| format!("pattern = {pattern}"))
}

#[test]
fn the_document_tells_the_limits_that_the_server_has() {
    let mut seen = 0;
    let mut faults = Vec::new();
    for file in files("") {
        let fields = fields(&file.code);
        seen += fields.iter().filter(|field| !field.rules().is_empty()).count();
        faults.extend(fields.iter().flat_map(Field::faults).map(|fault| format!("{}: {fault}", file.name)));
    }
    assert!(seen > 150, "only {seen} fields with limits found");
    assert!(faults.is_empty(), "fields whose `garde` and `schema` differ: {faults:#?}");
}

#[test]
fn differing_limits_are_found() {
    let code = "#[derive(garde::Validate, utoipa::ToSchema)]\npub struct A {\n\
        #[garde(inner(length(chars, min = 1, max = 200)))]\n#[schema(max_length = 20)]\npub name: Option<String>,\n\
        #[garde(length(max = 50), inner(range(min = 0, max = 10_000)))]\n#[schema(max_items = 50, minimum = 0,\n\
        maximum = 10000)]\npub ages: Vec<i32>,\n#[garde(email)]\npub email: String,\n\
        #[garde(skip)]\n#[schema(minimum = 1)]\nx: i32,\n}\n\
        #[derive(garde::Validate, utoipa::IntoParams)]\npub struct Q {\n#[garde(inner(range(min = 1, max = 200)))]\n\
        #[param(minimum = 1)]\nlimit: Option<i64>,\n#[param(minimum = 1)]\ndays: i32,\n}\n";
    let faults: Vec<String> = fields(code).iter().flat_map(Field::faults).collect();
    let expected = [
        "A.name lacks max_length = 200",
        "A.name lacks min_length = 1",
        "A.name has no rule max_length = 20",
        "A.email lacks format = \"email\"",
        "A.x has no rule minimum = 1",
        "Q.limit lacks maximum = 200",
        "Q.days has no rule minimum = 1",
    ];
    assert_eq!(faults, expected);
}
