//! Structured logs on standard error.

use tracing_subscriber::EnvFilter;

use crate::config::{Log, LogFormat};

/// Starts logging for the whole process. A filter that does not parse was refused with the configuration already.
pub(crate) fn start(log: &Log) {
    let filter = EnvFilter::builder().parse_lossy(&log.filter);
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // A second start, as in tests, leaves the first one alone.
    let _ = match log.format {
        LogFormat::Text => builder.with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr())).try_init(),
        LogFormat::Json => builder.json().flatten_event(true).with_current_span(true).with_span_list(false).try_init(),
    };
    crate::edge::log_panics();
}
