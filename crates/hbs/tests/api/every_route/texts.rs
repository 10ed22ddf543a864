//! Questions about texts: none in a body or a query is blank or holds what does not show.
use super::Asked;
use super::operation::{Operation, operations};
use crate::support::Client;
use crate::texts::{document, is_text, put, walk};
use hbs::config::Config;
use serde_json::{Value, json};

/// Texts of a body that are none, or turn what stands behind them.
const UNCLEAN: [&str; 5] = ["   ", "\u{200b}\u{feff}\u{a0}", "\r\n", "\u{202e}", "\u{1b}[31m"];

/// Texts that do not show, as a query writes them.
const UNCLEAN_IN_A_QUERY: [&str; 6] = ["%20", "+", "%E2%80%8B", "%0D%0A", "%E2%80%AE", "%1B"];

/// Secrets, which are compared as they were typed: whoever has a password of blanks may keep it, and what is no token is
/// refused as one.
const SECRETS: [&str; 8] =
    ["password", "current_password", "new_password", "token", "refresh_token", "mfa_token", "code", "recovery_code"];

/// Places of texts in a body, by the keys that lead there.
type Places<'d> = Vec<Vec<&'d str>>;

/// Returns the places of the secrets in an operation's body, and of its other texts.
fn texts_of_body<'d>(document: &'d Value, operation: &'d Operation) -> (Places<'d>, Places<'d>) {
    let schema = &operation.document["requestBody"]["content"]["application/json"]["schema"];
    let mut texts = Vec::new();
    walk(document, schema, &[], &mut |at, schema| {
        if is_text(schema) && !at.is_empty() && !texts.contains(&at.to_vec()) {
            texts.push(at.to_vec());
        }
    });
    let proves = ["/v1/me", "/v1/api-keys"].contains(&operation.path.as_str());
    let is_of_account = operation.path.starts_with("/v1/auth/") || proves;
    texts.into_iter().partition(|at| is_of_account && SECRETS.contains(at.last().expect("a key")))
}

/// Returns the names of the texts in an operation's query.
fn texts_of_query(operation: &Operation) -> Vec<&str> {
    let parameters = operation.document["parameters"].as_array().into_iter().flatten();
    parameters
        .filter(|parameter| parameter["in"] == "query" && is_text(&parameter["schema"]))
        .map(|parameter| parameter["name"].as_str().expect("a name"))
        .collect()
}

/// None of the questions below is asked of anything that is not found here.
#[test]
fn texts_are_found_in_bodies_and_queries() {
    let (document, operations) = (document(), operations(&Config { test_clock: true, ..Config::defaults().expect("defaults") }));
    let (mut secrets, mut in_bodies, mut in_queries) = (0, 0, 0);
    for operation in &operations {
        let (secret, texts) = texts_of_body(&document, operation);
        secrets += secret.len();
        in_bodies += texts.len() * UNCLEAN.len();
        in_queries += texts_of_query(operation).len() * UNCLEAN_IN_A_QUERY.len();
    }
    assert!(in_bodies > 600 && secrets > 10, "{in_bodies} texts to be sent, {secrets} secrets left out");
    assert!(in_queries > 100, "{in_queries} texts to be sent");
}

impl Asked<'_> {
    pub(super) async fn refuses_texts_that_do_not_show(&self, document: &Value, person: &Client) {
        self.refuses_them_in_a_body(document, person).await;
        self.refuses_them_in_a_query(person).await;
    }

    async fn refuses_them_in_a_body(&self, document: &Value, person: &Client) {
        let Self { operation, call, .. } = self;
        let (_, texts) = texts_of_body(document, operation);
        let valid = call.body().unwrap_or_else(|| json!({}));
        for (at, text) in texts.iter().flat_map(|at| UNCLEAN.map(|text| (at, text))) {
            let mut body = valid.clone();
            let pointer = put(&mut body, at, text);
            let reply = operation.call(person, &(*call).clone().json(&body)).await;
            assert_eq!(
                (reply.status, reply.code(), reply.pointers()),
                (422, "request.invalid", vec![pointer.as_str()]),
                "{} with {text:?} at {pointer}: {}",
                operation.id,
                reply.body
            );
        }
    }

    async fn refuses_them_in_a_query(&self, person: &Client) {
        let Self { operation, call, .. } = self;
        for (name, text) in texts_of_query(operation).iter().flat_map(|name| UNCLEAN_IN_A_QUERY.map(|text| (name, text))) {
            let reply = operation.call(person, &(*call).clone().query(name, text)).await;
            let pointer = format!("/{name}");
            assert_eq!(
                (reply.status, reply.pointers()),
                (422, vec![pointer.as_str()]),
                "{} {text}: {}",
                operation.id,
                reply.body
            );
            assert_eq!(reply.body["errors"][0]["in"], "query");
        }
    }
}
