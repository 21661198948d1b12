//! Figures for Prometheus. Labels are bounded: routes, not paths; no company, no person.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use metrics::{Counter, Gauge, Key, Label, Level, Metadata, Recorder};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle, PrometheusRecorder};
use rollcall_scim::tolerance::Tolerance;

/// Upper bounds of the duration histogram, in seconds.
const SECONDS: [f64; 12] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0];

const METADATA: Metadata<'static> = Metadata::new("rollcall", Level::INFO, None);

/// One server's figures; cheap to clone. Not process-wide, so two servers in one process count apart.
#[derive(Clone)]
pub struct Metrics(Arc<Inner>);

struct Inner {
    recorder: PrometheusRecorder,
    handle: PrometheusHandle,
    connections: Gauge,
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Metrics")
    }
}

impl Default for Metrics {
    fn default() -> Self {
        let builder = PrometheusBuilder::new();
        // The bounds are a constant list that is not empty, which is all that can be wrong with them.
        let recorder = builder.set_buckets(&SECONDS).unwrap_or_else(|_| PrometheusBuilder::new()).build_recorder();
        let handle = recorder.handle();
        describe(&recorder);
        let connections = recorder.register_gauge(&Key::from_static_name("rollcall_http_connections"), &METADATA);
        let build = Key::from_parts("rollcall_build_info", vec![Label::new("version", env!("CARGO_PKG_VERSION"))]);
        recorder.register_gauge(&build, &METADATA).set(1.0);
        Self(Arc::new(Inner { recorder, handle, connections }))
    }
}

fn describe(recorder: &PrometheusRecorder) {
    for (name, about) in [
        ("rollcall_http_requests_total", "Requests answered, by method, route and status"),
        ("rollcall_authentications_refused_total", "Requests refused for their credentials, by reason"),
        ("rollcall_scim_tolerances_total", "Deviations from the RFCs that were accepted, by name"),
        ("rollcall_database_statements_total", "Statements sent to the database"),
        ("rollcall_journal_lost_total", "Exchanges that the journal could not keep"),
    ] {
        recorder.describe_counter(name.into(), None, about.into());
    }
    recorder.describe_histogram("rollcall_http_request_seconds".into(), None, "Time to answer, by route".into());
    recorder.describe_gauge("rollcall_http_connections".into(), None, "Connections open now".into());
    recorder.describe_gauge("rollcall_build_info".into(), None, "1, with the version as a label".into());
}

impl Metrics {
    pub(crate) fn request(&self, method: &'static str, route: &str, status: u16, elapsed: Duration) {
        let route = Label::new("route", route.to_owned());
        let labels = vec![Label::new("method", method), route.clone(), Label::new("status", status.to_string())];
        self.counter("rollcall_http_requests_total", labels).increment(1);
        let key = Key::from_parts("rollcall_http_request_seconds", vec![route]);
        self.0.recorder.register_histogram(&key, &METADATA).record(elapsed.as_secs_f64());
    }

    pub(crate) fn connection_opened(&self) {
        self.0.connections.increment(1.0);
    }

    pub(crate) fn connection_closed(&self) {
        self.0.connections.decrement(1.0);
    }

    /// Counts a refusal for its credentials; `reason` is one of few fixed words.
    pub(crate) fn authentication_refused(&self, reason: &'static str) {
        self.counter("rollcall_authentications_refused_total", vec![Label::new("reason", reason)]).increment(1);
    }

    /// Counts the deviations that a request needed (K-47).
    pub fn tolerances(&self, used: &[Tolerance]) {
        for tolerance in used {
            let labels = vec![Label::new("tolerance", tolerance.as_str())];
            self.counter("rollcall_scim_tolerances_total", labels).increment(1);
        }
    }

    /// Counts exchanges that the journal could not keep.
    pub(crate) fn journal_lost(&self, count: u64) {
        self.counter("rollcall_journal_lost_total", Vec::new()).increment(count);
    }

    /// The text that Prometheus reads; `statements` is the directory's own count.
    pub(crate) fn render(&self, statements: u64) -> String {
        self.counter("rollcall_database_statements_total", Vec::new()).absolute(statements);
        self.0.handle.render()
    }

    /// Folds measured durations into their buckets; without it they pile up between two scrapes.
    pub(crate) fn fold(&self) {
        self.0.handle.run_upkeep();
    }

    fn counter(&self, name: &'static str, labels: Vec<Label>) -> Counter {
        self.0.recorder.register_counter(&Key::from_parts(name, labels), &METADATA)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_carry_routes_and_names_and_nothing_else() {
        let metrics = Metrics::default();
        metrics.request("GET", "/scim/v2/Users/{id}", 200, Duration::from_millis(2));
        metrics.tolerances(&[Tolerance::OperationCase]); // K-47
        metrics.connection_opened();
        metrics.fold();
        let text = metrics.render(7);
        for line in [
            "rollcall_http_requests_total{method=\"GET\",route=\"/scim/v2/Users/{id}\",status=\"200\"} 1",
            "rollcall_http_request_seconds_bucket{route=\"/scim/v2/Users/{id}\",le=\"0.0025\"} 1",
            "rollcall_scim_tolerances_total{tolerance=\"operation_case\"} 1",
            "rollcall_http_connections 1",
            "rollcall_database_statements_total 7",
        ] {
            assert!(text.lines().any(|have| have == line), "no line `{line}` in\n{text}");
        }
    }
}
