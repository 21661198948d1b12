//! Lists: `?limit=&cursor=`, answered as `{"items":[...],"next_cursor":"..."|null}` (design.md 6).

use std::fmt::Display;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;

use crate::edge::{Failure, Problem};

/// Items of a page when nothing is said.
const DEFAULT: u64 = 50;
/// Items of a page at most.
const MOST: u64 = 200;
/// Bytes of a cursor at most.
const LONGEST: usize = 1_024;

/// Which page of a list is wanted.
///
/// A cursor is the key of the last item shown, and opens nothing: every page is asked for with the caller's own rights.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Page {
    limit: u64,
    after: Option<String>,
}

/// A page of a list.
#[derive(Debug, Serialize)]
pub(super) struct Items<T> {
    pub(super) items: Vec<T>,
    pub(super) next_cursor: Option<String>,
}

impl Page {
    pub(super) fn of(limit: Option<&str>, cursor: Option<&str>) -> Result<Self, Problem> {
        let limit = limit.map_or(Some(DEFAULT), |text| text.parse().ok().filter(|limit| (1..=MOST).contains(limit)));
        let Some(limit) = limit else {
            return Err(Failure::malformed(format!("`limit` is a whole number from 1 to {MOST}")).into());
        };
        let after = cursor.map(|cursor| opened(cursor).ok_or_else(not_ours)).transpose()?;
        Ok(Self { limit, after })
    }

    /// What to fetch: one more than is shown tells whether there is a next page.
    pub(super) fn fetch(&self) -> u64 {
        self.limit + 1
    }

    /// The key of the last item that was shown, if this is not the first page.
    pub(super) fn after<K: FromStr>(&self) -> Result<Option<K>, Problem> {
        self.after.as_deref().map(|after| after.parse().map_err(|_| not_ours())).transpose()
    }

    /// The same for lists by name: what follows `""` is everything.
    pub(super) fn after_name(&self) -> &str {
        self.after.as_deref().unwrap_or_default()
    }

    /// The page of the rows that were fetched; `key` is what the list is sorted by.
    pub(super) fn items<R, K: Display, T>(
        &self,
        mut rows: Vec<R>,
        key: impl Fn(&R) -> K,
        show: impl FnMut(R) -> T,
    ) -> Items<T> {
        let shown = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let more = rows.len() > shown;
        rows.truncate(shown);
        let next_cursor = rows.last().filter(|_| more).map(|last| URL_SAFE_NO_PAD.encode(key(last).to_string()));
        Items { items: rows.into_iter().map(show).collect(), next_cursor }
    }
}

fn opened(cursor: &str) -> Option<String> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).ok().filter(|bytes| !bytes.is_empty() && bytes.len() <= LONGEST)?;
    String::from_utf8(bytes).ok()
}

fn not_ours() -> Problem {
    Failure::malformed("`cursor` is not one that this list gave out; begin without it").into()
}

#[cfg(test)]
mod tests {
    use rollcall_policy::AccountId;

    use super::*;

    fn numbers(page: &Page, rows: Vec<u32>) -> Items<u32> {
        page.items(rows, |row| *row, |row| row)
    }

    #[test]
    fn pages_follow_each_other_to_the_end() {
        let page = Page::of(Some("2"), None).unwrap();
        assert_eq!((page.fetch(), page.after::<u32>().unwrap()), (3, None));
        let items = numbers(&page, vec![1, 2, 3]);
        let next = Page::of(Some("2"), items.next_cursor.as_deref()).unwrap();
        assert_eq!((items.items, next.after::<u32>().unwrap()), (vec![1, 2], Some(2)));
        let last = numbers(&next, vec![3, 4]);
        assert_eq!((last.items, last.next_cursor), (vec![3, 4], None));
        assert_eq!(numbers(&page, vec![]).next_cursor, None);
    }

    #[test]
    fn what_is_no_page_is_refused() {
        for limit in ["0", "201", "-1", "x", "", "1.5"] {
            assert!(Page::of(Some(limit), None).is_err(), "{limit}");
        }
        assert_eq!(Page::of(None, None).unwrap().fetch(), 51);
        for cursor in ["", "!", "a", "_w", &"QUFB".repeat(400)] {
            assert!(Page::of(None, Some(cursor)).is_err(), "{cursor}");
        }
        let name = Page::of(None, Some(&URL_SAFE_NO_PAD.encode("acme"))).unwrap();
        assert_eq!(name.after_name(), "acme");
        assert!(name.after::<AccountId>().is_err());
    }
}
