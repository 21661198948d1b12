//! Slows down whoever keeps presenting wrong tokens.
//!
//! Only failures count and only failures are answered 429: a valid token is never locked out by a neighbour behind the
//! same address. With 256 random bits nothing can be guessed; this keeps the log readable and the database idle.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use crate::clock::SECOND;

/// Addresses remembered at a time.
const REMEMBERED: usize = 10_000;
const MINUTE: i64 = 60 * SECOND;

/// Failures by address, as buckets that empty themselves within a minute.
#[derive(Debug)]
pub(super) struct Throttle {
    /// Microseconds that one failure weighs.
    weight: i64,
    empty_at: Mutex<BTreeMap<IpAddr, i64>>,
}

impl Throttle {
    /// Allows so many failures per address within a minute.
    pub(super) fn new(failures_per_minute: u32) -> Self {
        Self { weight: MINUTE / i64::from(failures_per_minute.max(1)), empty_at: Mutex::default() }
    }

    /// Notes a failure; the seconds to wait once there are too many.
    pub(super) fn failed(&self, address: IpAddr, now: i64) -> Option<u32> {
        // A bucket is one instant: when it will be empty. Each failure pushes it further away.
        let mut buckets = self.empty_at.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= REMEMBERED {
            buckets.retain(|_, empty_at| *empty_at > now);
            if buckets.len() >= REMEMBERED {
                buckets.pop_first();
            }
        }
        let empty_at = buckets.entry(network(address)).or_insert(now);
        let next = (*empty_at).max(now) + self.weight;
        let over = next - now - MINUTE;
        if over <= 0 {
            *empty_at = next;
            return None;
        }
        Some(u32::try_from(over / SECOND + 1).unwrap_or(u32::MAX))
    }
}

/// One IPv6 client usually owns a whole /64.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(six) => IpAddr::V6((six.to_bits() & !u128::from(u64::MAX)).into()),
        four @ IpAddr::V4(_) => four,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_800_000_000_000_000;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn failures_over_the_limit_wait_and_the_wait_ends() {
        let throttle = Throttle::new(3);
        let ada = address("192.0.2.1");
        assert!((0..3).all(|_| throttle.failed(ada, NOW).is_none()));
        assert_eq!(throttle.failed(ada, NOW), Some(21));
        assert_eq!(throttle.failed(address("192.0.2.2"), NOW), None, "another address is free");
        assert_eq!(throttle.failed(ada, NOW + 21 * SECOND), None);
    }

    #[test]
    fn a_client_cannot_escape_within_its_own_network() {
        let throttle = Throttle::new(1);
        assert_eq!(throttle.failed(address("2001:db8::1"), NOW), None);
        assert!(throttle.failed(address("2001:db8::2"), NOW).is_some());
        assert_eq!(throttle.failed(address("2001:db8:0:1::1"), NOW), None);
    }

    #[test]
    fn memory_is_bounded() {
        let throttle = Throttle::new(1);
        for number in 0..20_000 {
            throttle.failed(IpAddr::V4(std::net::Ipv4Addr::from_bits(number)), NOW);
        }
        assert!(throttle.empty_at.lock().unwrap().len() <= REMEMBERED);
    }
}
