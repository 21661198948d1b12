//! One plan of a connection at a time: everybody in a company is judged for it, and nobody is to start that any number of
//! times.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rollcall_policy::ConnectionId;

use crate::app::Refusal;

/// The connections for which this instance judges people right now.
#[derive(Clone, Debug, Default)]
pub struct InTheMaking(Arc<Mutex<BTreeSet<ConnectionId>>>);

/// Holds the place of one connection until it is dropped, however the judging ends.
#[derive(Debug)]
pub struct Place {
    all: InTheMaking,
    connection: ConnectionId,
}

impl InTheMaking {
    /// The place of this connection, unless somebody has it.
    pub fn take(&self, connection: ConnectionId) -> Result<Place, Refusal> {
        if self.connections().insert(connection) {
            Ok(Place { all: self.clone(), connection })
        } else {
            Err(Refusal::PlanInTheMaking)
        }
    }

    fn connections(&self) -> MutexGuard<'_, BTreeSet<ConnectionId>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.all.connections().remove(&self.connection);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_has_one_place_and_another_connection_its_own() {
        let all = InTheMaking::default();
        let [one, other] = [1, 2].map(ConnectionId::from_u128);
        let held = all.take(one).unwrap();
        assert!(matches!(all.clone().take(one), Err(Refusal::PlanInTheMaking)));
        assert!(all.take(other).is_ok());
        drop(held);
        assert!(all.take(one).is_ok());
    }
}
