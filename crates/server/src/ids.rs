//! Where ids and secrets come from: `UUIDv7` (RFC 9562 §5.7) and random bytes, or fixed ones for tests.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use sha2::{Digest, Sha256};
use uuid::{Builder, Uuid};

/// Makes ids and secrets.
#[derive(Clone, Debug)]
pub struct Ids(Source);

#[derive(Clone, Debug)]
enum Source {
    System,
    Seeded { seed: u64, drawn: Arc<AtomicU64> },
}

impl Ids {
    /// From the operating system's generator.
    pub const fn system() -> Self {
        Self(Source::System)
    }

    /// The same sequence for the same seed: for tests, where a run must be repeatable.
    pub fn seeded(seed: u64) -> Self {
        Self(Source::Seeded { seed, drawn: Arc::new(AtomicU64::new(0)) })
    }

    /// A fresh `UUIDv7` for the instant `now` (UTC microseconds).
    ///
    /// The twelve bits after the millisecond hold its fraction (RFC 9562 §6.2, method 3), so ids of one instance sort
    /// by creation to the microsecond and land next to each other in an index.
    pub fn uuid(&self, now: i64) -> Uuid {
        let now = u64::try_from(now).unwrap_or(0);
        let fraction = (now % 1_000) * 4_096 / 1_000;
        let mut random: [u8; 10] = self.bytes();
        let [first, second, ..] = &mut random;
        let [.., high, low] = fraction.to_be_bytes();
        (*first, *second) = (high, low);
        Builder::from_unix_timestamp_millis(now / 1_000, &random).into_uuid()
    }

    /// 256 random bits.
    pub fn secret(&self) -> [u8; 32] {
        self.bytes()
    }

    /// So many random numbers of up to nine digits, for names that people see.
    pub fn numbers(&self, count: usize) -> Vec<u32> {
        (0..count).map(|_| u32::from_be_bytes(self.bytes()) % 1_000_000_000).collect()
    }

    /// `N` random bytes.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        match &self.0 {
            Source::System => {
                if let Err(error) = getrandom::fill(&mut bytes) {
                    // Going on would hand out guessable secrets.
                    tracing::error!(%error, "the operating system gives no random bytes; stopping at once");
                    std::process::abort();
                }
            }
            Source::Seeded { seed, drawn } => {
                for chunk in bytes.chunks_mut(32) {
                    let turn = drawn.fetch_add(1, Ordering::SeqCst);
                    let block =
                        Sha256::new().chain_update(seed.to_be_bytes()).chain_update(turn.to_be_bytes()).finalize();
                    for (to, from) in chunk.iter_mut().zip(block) {
                        *to = from;
                    }
                }
            }
        }
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_sort_by_the_microsecond_of_their_creation() {
        let ids = Ids::system();
        let made: Vec<Uuid> = (0..2_000).map(|step| ids.uuid(1_800_000_000_000_000 + step)).collect();
        assert!(made.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(made.iter().all(|id| id.get_version_num() == 7 && id.get_variant() == uuid::Variant::RFC4122));
    }

    /// an id is safe in a path and never holds `bulkId`.
    #[test]
    fn an_id_is_lower_case_hexadecimal_and_hyphens() {
        let id = Ids::system().uuid(1_800_000_000_000_000).to_string();
        assert!(id.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f' | b'-')), "{id}");
    }

    #[test]
    fn the_same_seed_gives_the_same_sequence_and_no_repetition() {
        let (one, two) = (Ids::seeded(7), Ids::seeded(7));
        let first: [u8; 40] = one.bytes();
        assert_eq!(first, two.bytes::<40>());
        assert_ne!(first, one.bytes::<40>());
        assert_ne!(Ids::system().secret(), Ids::system().secret());
    }
}
