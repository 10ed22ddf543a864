//! Contents of the stores of a test, to be searched.
use super::{Client, TestApp, eventually};
use futures_util::TryStreamExt;
use mongodb::bson::{Document, doc};
use redis::aio::MultiplexedConnection;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(10);

/// Every collection that HBS writes.
const COLLECTIONS: [&str; 4] = ["audit_logs", "booking_logs", "content_docs", "backup_data_collections"];

/// Commands that read all of a value in Redis, by its type.
const READS: [(&str, &[&str]); 6] = [
    ("string", &["GET", "{}"]),
    ("hash", &["HGETALL", "{}"]),
    ("list", &["LRANGE", "{}", "0", "-1"]),
    ("set", &["SMEMBERS", "{}"]),
    ("zset", &["ZRANGE", "{}", "0", "-1"]),
    ("stream", &["XRANGE", "{}", "-", "+"]),
];

/// A part of a store: where it is, and its bytes.
pub type Part = (String, Vec<u8>);

impl TestApp {
    /// Returns all that is kept beside PostgreSQL: documents, values in Redis, and files.
    pub async fn beside_postgresql(&self) -> Vec<Part> {
        [documents(self).await, values(self).await, files(self).await].concat()
    }

    /// Lets this process keep sessions in Redis, as it does while it is in step with others, and returns when that of a client is
    /// there.
    pub async fn keep_in_step(&self, client: &Client) {
        let app = self.app.clone();
        tokio::spawn(async move { app.security.keep_in_step().await });
        eventually(PATIENCE, async || {
            client.get("/v1/me").await.expect(200);
            values(self).await.iter().any(|(place, _)| place.contains("session:"))
        })
        .await;
    }
}

async fn documents(app: &TestApp) -> Vec<Part> {
    let database = app.app.mongo.database();
    let mut parts = Vec::new();
    for name in COLLECTIONS {
        let documents = database.collection::<Document>(name).find(doc! {}).await.expect("an answer");
        let documents: Vec<Document> = documents.try_collect().await.expect("documents");
        parts.extend(documents.iter().map(|document| (format!("MongoDB: {name}"), document.to_vec().expect("BSON"))));
    }
    parts
}

async fn values(app: &TestApp) -> Vec<Part> {
    let config = &app.app.config;
    let client = redis::Client::open(config.redis_url.as_deref().expect("an address")).expect("a client");
    let mut redis = client.get_multiplexed_async_connection().await.expect("a connection");
    let pattern = format!("{}*", config.redis_prefix);
    let keys: Vec<String> = redis::cmd("KEYS").arg(pattern).query_async(&mut redis).await.expect("keys");
    let mut parts = Vec::new();
    for key in keys {
        let value = value(&mut redis, &key).await;
        parts.push((format!("Redis: {key}"), [key.into_bytes(), value].concat()));
    }
    parts
}

/// The bytes of a value. None if it ended between the question for its name and the one for it.
async fn value(redis: &mut MultiplexedConnection, key: &str) -> Vec<u8> {
    let kind: String = redis::cmd("TYPE").arg(key).query_async(redis).await.expect("a type");
    let Some((_, words)) = READS.iter().find(|(name, _)| *name == kind) else {
        assert_eq!(kind, "none", "{key}");
        return Vec::new();
    };
    let mut command = redis::cmd(words[0]);
    for word in &words[1..] {
        command.arg(if *word == "{}" { key } else { word });
    }
    let value: redis::Value = command.query_async(redis).await.expect("a value");
    let mut bytes = Vec::new();
    flatten(&value, &mut bytes);
    bytes
}

fn flatten(value: &redis::Value, into: &mut Vec<u8>) {
    match value {
        redis::Value::BulkString(bytes) => into.extend(bytes),
        redis::Value::Array(values) | redis::Value::Set(values) => values.iter().for_each(|value| flatten(value, into)),
        redis::Value::Map(pairs) => pairs.iter().for_each(|(key, value)| {
            flatten(key, into);
            flatten(value, into);
        }),
        other => into.extend(format!("{other:?}").bytes()),
    }
}

async fn files(app: &TestApp) -> Vec<Part> {
    let mut parts = Vec::new();
    for name in app.file_names().await {
        let file = app.app.objects.get(&name).await.expect("an answer").expect("a file");
        let content = file.content.map_ok(|part| part.to_vec()).try_concat().await.expect("its content");
        parts.push((format!("file: {name}"), [name.into_bytes(), content].concat()));
    }
    parts
}

impl TestApp {
    /// Returns the names of all files.
    pub async fn file_names(&self) -> Vec<String> {
        self.app.objects.list().map_ok(|file| file.name).try_collect().await.expect("a list")
    }
}
