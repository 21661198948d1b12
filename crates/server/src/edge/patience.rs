//! How long a request may take. A few that have to look at a whole company say so, and get more.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::clock::Clock;

/// The time for one request; a handler that holds it may lengthen it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Patience(Arc<AtomicU64>);

impl Patience {
    pub(super) fn of(time: Duration) -> Self {
        Self(Arc::new(AtomicU64::new(milliseconds(time))))
    }

    /// From its beginning on the request may take so long, if it may not take longer already.
    pub(crate) fn lengthen(&self, time: Duration) {
        self.0.fetch_max(milliseconds(time), Ordering::Relaxed);
    }

    pub(crate) fn time(&self) -> Duration {
        Duration::from_millis(self.0.load(Ordering::Relaxed))
    }

    /// What came of the work, or `None` if it took too long.
    pub(crate) async fn over<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        let started = Clock::instant();
        let mut work = pin!(work);
        loop {
            let given = self.time();
            let left = given.saturating_sub(started.elapsed());
            match tokio::time::timeout(left, &mut work).await {
                Ok(done) => return Some(done),
                Err(_) if self.time() > given => {}
                Err(_) => return None,
            }
        }
    }
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn work_ends_when_its_time_is_over_unless_it_asked_for_more() {
        let patience = Patience::of(Duration::ZERO);
        assert_eq!(patience.over(std::future::pending::<()>()).await, None);
        let longer = patience.clone();
        let slow = async {
            longer.lengthen(Duration::from_hours(1));
            for _ in 0..100 {
                tokio::task::yield_now().await;
            }
            1
        };
        assert_eq!(patience.over(slow).await, Some(1));
    }
}
