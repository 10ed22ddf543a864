//! The log as JSON lines, one event each.
use crate::clock::Clock;
use chrono::SecondsFormat;
use std::fmt::{self, Debug, Write};
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::FmtContext;
use tracing_subscriber::fmt::format::{FormatEvent, FormatFields, Writer};
use tracing_subscriber::registry::LookupSpan;

/// Format of events, written straight into their lines. That of `tracing-subscriber` goes through a serializer and checks
/// each piece of a line for UTF-8, which was a quarter of all that a small request costs.
pub struct JsonLines;

/// Capacity of a line, in bytes: that of a request fits.
const CAPACITY: usize = 512;

impl<S, N> FormatEvent<S, N> for JsonLines
where
    S: Subscriber + for<'lookup> LookupSpan<'lookup>,
    N: for<'writer> FormatFields<'writer> + 'static,
{
    fn format_event(&self, _: &FmtContext<'_, S, N>, mut writer: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let metadata = event.metadata();
        let mut line = Line { text: String::with_capacity(CAPACITY), target: None };
        line.text.push_str("{\"timestamp\":\"");
        line.text.push_str(&Clock::real_now().to_rfc3339_opts(SecondsFormat::Micros, true));
        line.text.push_str("\",\"level\":\"");
        line.text.push_str(metadata.level().as_str());
        line.text.push('"');
        event.record(&mut line);
        let target = line.target.take();
        line.string("target", target.as_deref().unwrap_or(metadata.target()));
        line.text.push_str("}\n");
        writer.write_str(&line.text)
    }
}

/// A line as far as it is written.
struct Line {
    text: String,
    /// Target that an event of the crate `log` names in a field.
    target: Option<String>,
}

impl Line {
    fn key(&mut self, name: &str) {
        self.text.push_str(",\"");
        self.text.push_str(name.strip_prefix("r#").unwrap_or(name));
        self.text.push_str("\":");
    }

    fn string(&mut self, name: &str, value: &str) {
        self.key(name);
        self.text.push('"');
        escape(value, &mut self.text);
        self.text.push('"');
    }

    fn integer(&mut self, name: &str, value: impl itoa::Integer) {
        self.key(name);
        self.text.push_str(itoa::Buffer::new().format(value));
    }
}

impl Visit for Line {
    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "log.target" => self.target = Some(value.to_owned()),
            name if name.starts_with("log.") => {}
            name => self.string(name, value),
        }
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        if !field.name().starts_with("log.") {
            self.integer(field.name(), value);
        }
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.integer(field.name(), value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.key(field.name());
        self.text.push_str(if value { "true" } else { "false" });
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.key(field.name());
        // JSON has neither infinity nor NaN. Writing into a string does not fail.
        let _ = if value.is_finite() { write!(self.text, "{value}") } else { write!(self.text, "\"{value}\"") };
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.key(field.name());
        self.text.push('"');
        let _ = write!(Escaped(&mut self.text), "{value:?}");
        self.text.push('"');
    }
}

/// A writer into a JSON string.
struct Escaped<'a>(&'a mut String);

impl Write for Escaped<'_> {
    fn write_str(&mut self, piece: &str) -> fmt::Result {
        escape(piece, self.0);
        Ok(())
    }
}

/// Appends text as the content of a JSON string (RFC 8259, section 7).
fn escape(text: &str, out: &mut String) {
    let is_special = |byte: u8| byte < b' ' || byte == b'"' || byte == b'\\';
    // Without a way out in the middle, the compiler looks at many bytes at once.
    if !text.bytes().fold(false, |found, byte| found | is_special(byte)) {
        return out.push_str(text);
    }
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            c if c < ' ' => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};
    use std::sync::{Arc, Mutex};
    use tracing_subscriber::fmt;
    use tracing_subscriber::layer::SubscriberExt;

    fn logged(act: impl FnOnce()) -> Vec<Value> {
        let written = Arc::new(Mutex::new(Vec::new()));
        let out = written.clone();
        let make = move || Shared(out.clone());
        let layer = fmt::layer().event_format(JsonLines).with_writer(make);
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), act);
        let written = written.lock().expect("a lock").clone();
        let lines = String::from_utf8(written).expect("UTF-8");
        lines.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect()
    }

    struct Shared(Arc<Mutex<Vec<u8>>>);

    impl std::io::Write for Shared {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().expect("a lock").extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn every_event_is_a_line_of_json() {
        let hostile = "a \"b\" \\ c\nd\u{1}é\u{1f3e8}";
        let lines = logged(|| {
            tracing::info!(target: "access", method = "GET", status = 200_u16, micros = 17_u64, ratio = f64::NAN, request_id = hostile);
            tracing::error!(error = %std::io::Error::other(hostile), left = -1, is_last = true, "it {}", hostile);
        });
        let [access, error] = &lines[..] else { panic!("{lines:?}") };
        let time = access["timestamp"].as_str().expect("a time");
        assert!(time.len() == 27 && time.ends_with('Z') && chrono::DateTime::parse_from_rfc3339(time).is_ok(), "{time}");
        assert_eq!((&access["level"], &access["target"], &access["method"]), (&json!("INFO"), &json!("access"), &json!("GET")));
        assert_eq!((&access["status"], &access["micros"], &access["ratio"]), (&json!(200), &json!(17), &json!("NaN")));
        assert_eq!(access["request_id"], hostile);
        assert_eq!((&error["error"], &error["left"], &error["is_last"]), (&json!(hostile), &json!(-1), &json!(true)));
        assert_eq!(error["message"], format!("it {hostile}"));
    }
}
