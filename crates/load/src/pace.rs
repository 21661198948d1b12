//! When requests are sent.
//!
//! In a closed loop each connection sends its next request when it has the answer: a server that stalls is asked less, and
//! looks better than it is. In an open loop requests are due at a fixed rate, and latency counts from when a request was due,
//! so that one stall is felt by all who would have come meanwhile (no coordinated omission).

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::clock;

/// What all connections of a measurement share.
#[derive(Debug)]
pub(crate) struct Pace {
    start: Instant,
    duration: Duration,
    /// Requests a second; none for a closed loop.
    rate: Option<u32>,
    next: AtomicU64,
}

/// One request that may be sent now.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ticket {
    pub(crate) number: u64,
    /// What its latency counts from.
    pub(crate) due: Instant,
}

impl Pace {
    /// Begins now.
    pub(crate) fn begin(duration: Duration, rate: Option<u32>) -> Self {
        Self { start: clock::now(), duration, rate, next: AtomicU64::new(0) }
    }

    /// Waits until the next request is due; `None` when the time is over.
    pub(crate) async fn next(&self) -> Option<Ticket> {
        let Some(rate) = self.rate else {
            let due = clock::now();
            let over = due.duration_since(self.start) >= self.duration;
            return (!over).then(|| Ticket { number: self.next.fetch_add(1, Ordering::Relaxed), due });
        };
        if self.elapsed() >= self.duration {
            return None;
        }
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        if number >= self.all(rate) {
            return None;
        }
        let due = self.start + Duration::from_secs_f64(seconds(number, rate));
        tokio::time::sleep_until(due.into()).await;
        Some(Ticket { number, due })
    }

    /// Requests a second that are due; none for a closed loop.
    pub(crate) const fn rate(&self) -> Option<u32> {
        self.rate
    }

    /// How long it has run.
    pub(crate) fn elapsed(&self) -> Duration {
        clock::now().duration_since(self.start)
    }

    /// Requests that were due and that nobody took, since every connection was waiting for an answer.
    pub(crate) fn unsent(&self) -> u64 {
        let all = self.rate.map_or(0, |rate| self.all(rate));
        all.saturating_sub(self.next.load(Ordering::Relaxed))
    }

    fn all(&self, rate: u32) -> u64 {
        self.duration.as_secs() * u64::from(rate)
    }
}

#[expect(clippy::cast_precision_loss, reason = "requests are due to the microsecond, not to the nanosecond")]
fn seconds(number: u64, rate: u32) -> f64 {
    number as f64 / f64::from(rate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_open_loop_sends_so_many_a_second_and_counts_from_when_they_were_due() {
        let pace = Pace::begin(Duration::from_secs(1), Some(200));
        let mut due = Vec::new();
        while let Some(ticket) = pace.next().await {
            assert!(clock::now() >= ticket.due, "nothing is sent before it is due");
            due.push(ticket);
        }
        assert_eq!(due.len() as u64 + pace.unsent(), 200);
        let gaps = due.windows(2).map(|pair| pair[1].due.duration_since(pair[0].due));
        assert!(gaps.clone().all(|gap| gap.abs_diff(Duration::from_millis(5)) < Duration::from_micros(2)));
    }

    #[tokio::test]
    async fn what_nobody_could_send_is_counted() {
        let pace = Pace::begin(Duration::from_secs(1), Some(100));
        let first = pace.next().await.unwrap();
        assert_eq!(first.number, 0);
        // The only connection waits for its answer until the time is over.
        tokio::time::sleep(Duration::from_millis(1_050)).await;
        assert!(pace.next().await.is_none());
        assert_eq!(pace.unsent(), 99);
    }

    #[tokio::test]
    async fn a_closed_loop_ends_with_its_time() {
        let pace = Pace::begin(Duration::ZERO, None);
        assert!(pace.next().await.is_none());
        assert_eq!(pace.unsent(), 0);
    }
}
