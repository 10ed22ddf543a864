use crate::app::App;
use foldhash::fast::RandomState;
use http::Method;
use metrics::{Counter, Histogram};
use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

/// Requests counted and timed. Each counter is looked up by its labels once, since making labels costs more than counting.
#[derive(Default)]
pub struct RequestMetrics(RwLock<HashMap<String, Vec<Series>, RandomState>>);

/// Metrics of one method and status of a route.
struct Series {
    method: &'static str,
    status: u16,
    requests: Counter,
    durations: Histogram,
}

impl RequestMetrics {
    pub(super) fn record(&self, method: &Method, route: &str, status: u16, elapsed: Duration) {
        let method = method_label(method);
        if !self.record_known(method, route, status, elapsed) {
            let series = Series::new(method, route, status);
            series.record(elapsed);
            self.0.write().unwrap_or_else(PoisonError::into_inner).entry(route.to_owned()).or_default().push(series);
        }
    }

    fn record_known(&self, method: &'static str, route: &str, status: u16, elapsed: Duration) -> bool {
        let routes = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let all = routes.get(route).map(Vec::as_slice).unwrap_or_default();
        let series = all.iter().find(|series| series.method == method && series.status == status);
        if let Some(series) = series {
            series.record(elapsed);
        }
        series.is_some()
    }
}

impl Series {
    fn new(method: &'static str, route: &str, status: u16) -> Self {
        let route = route.to_owned();
        Self {
            method,
            status,
            durations: metrics::histogram!("http_request_duration_seconds", "method" => method, "route" => route.clone()),
            requests: metrics::counter!("http_requests_total", "method" => method, "route" => route, "status" => status.to_string()),
        }
    }

    fn record(&self, elapsed: Duration) {
        self.durations.record(elapsed);
        self.requests.increment(1);
    }
}

/// Returns the label of a method. Methods that nobody serves share one: labels must not be the client's to make.
fn method_label(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

/// Pause between two sums, in seconds.
const SUM_UP_SECONDS: u64 = 5;

/// Sums up the measured values every few seconds: the recorder keeps each until then, or until somebody asks.
pub async fn sum_up_metrics(app: App) {
    let Some(metrics) = &app.metrics else { return };
    let mut ticks = tokio::time::interval(Duration::from_secs(SUM_UP_SECONDS));
    loop {
        ticks.tick().await;
        metrics.run_upkeep();
    }
}
