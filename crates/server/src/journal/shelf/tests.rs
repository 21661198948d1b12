//! What is counted, and what has an end.

use rollcall_directory::testing::sqlite;
use rollcall_policy::{CompanyId, ConnectionId};

use super::*;

const ONE: Scope = Scope { company: CompanyId::from_u128(1), connection: ConnectionId::from_u128(2) };
const OTHER: Scope = Scope { company: CompanyId::from_u128(1), connection: ConnectionId::from_u128(3) };

#[tokio::test]
async fn room_and_refusals_have_an_end_and_losses_are_counted() {
    let directory = sqlite().await;
    let shelf = Shelf::new(Directory::clone(&directory), Metrics::default(), Mode::Redacted);
    assert!(shelf.reserve(QUEUE_BYTES) && !shelf.reserve(1));
    shelf.release(5);
    assert!(shelf.reserve(5) && !shelf.reserve(1));
    let minute = 60 * SECOND;
    assert!((0..REFUSALS).all(|_| shelf.takes_refusal(ONE, minute)));
    assert!(!shelf.takes_refusal(ONE, 2 * minute - 1), "the minute is full");
    assert!(shelf.takes_refusal(OTHER, minute), "another connection's minute is its own");
    assert!(shelf.takes_refusal(ONE, 2 * minute), "the next minute is another");
    assert!(!(0..REFUSALS).all(|_| shelf.takes_refusal(ONE, minute)), "a late one begins no minute anew");
    assert!((0..EXCHANGES).all(|_| shelf.takes(ONE, minute)), "refusals are counted by themselves");
    assert!(!shelf.takes(ONE, minute) && shelf.takes(OTHER, minute) && shelf.takes(ONE, 2 * minute));
    shelf.lose(ONE, 1);
    shelf.lose(OTHER, 2);
    shelf.put_back(ONE, 4);
    assert_eq!(shelf.take_lost(), [(ONE, 5), (OTHER, 2)]);
    assert_eq!(shelf.take_lost(), []);
}
