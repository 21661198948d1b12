//! Reading long lists page by page, as the database gives them.

use rollcall_directory::DirectoryError;

use super::Failure;

/// Rows that are read, and held, at a time.
pub(super) const PAGE: u64 = 500;

/// Shows every row. `fetch` reads the page behind a key, the first one behind none; `key` is what the list is sorted by.
pub(super) async fn each<R, K>(
    fetch: impl AsyncFn(Option<K>) -> Result<Vec<R>, DirectoryError>,
    key: impl Fn(&R) -> K,
    mut show: impl AsyncFnMut(R) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut after = None;
    loop {
        let page = fetch(after).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after = Some(key(last));
        for row in page {
            show(row).await?;
        }
    }
}
