//! What a letter tells: some things in full, and how many more there were.

use serde::{Deserialize, Serialize};

use super::Item;

/// Things that a letter names; of more it says only how many.
const MOST: usize = 50;

/// What a letter tells.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// The first ones.
    pub items: Vec<Item>,
    /// So many more.
    pub more: u64,
}

impl Told {
    /// From the column of a letter; nothing if another version wrote what this one does not understand.
    pub fn of(text: &str) -> Self {
        serde_json::from_str(text).unwrap_or_default()
    }

    /// As it is stored.
    pub fn text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Whether it says this already.
    pub fn says(&self, item: &Item) -> bool {
        self.items.iter().any(|known| known.repeats(item))
    }

    /// Tells one thing more.
    pub fn add(&mut self, item: Item) {
        if self.items.len() < MOST {
            self.items.push(item);
        } else {
            self.more += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use rollcall_policy::AccountId;

    use super::*;

    fn joined(number: u128) -> Item {
        let (name, email, organization) = (String::new(), String::new(), "acme".to_owned());
        Item::Joined { account: AccountId::from_u128(number), name, email, organization, at: 0 }
    }

    #[test]
    fn many_things_are_counted() {
        let mut told = Told::default();
        (0..60).for_each(|number| told.add(joined(number)));
        assert_eq!((told.items.len(), told.more), (50, 10));
        assert!(told.says(&joined(3)) && !told.says(&joined(90)));
        assert_eq!(Told::of(&told.text()), told);
        assert_eq!(Told::of("{\"items\":[{\"item\":\"later\"}],\"more\":0}"), Told::default());
    }
}
