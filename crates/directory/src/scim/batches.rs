//! Long lists of ids in statements of few different texts, so that the databases' caches of prepared statements hold.

/// How many places a statement has; a list is filled up to the next size by repeating its last entry.
const SIZES: [usize; 5] = [1, 4, 16, 64, 500];

/// The entries in batches of at most 500, each as long as one of few sizes. Statements must not mind repetitions.
pub(crate) fn batches<T: Copy>(entries: &[T]) -> impl Iterator<Item = Vec<T>> {
    let [.., largest] = SIZES;
    entries.chunks(largest).map(move |chunk| {
        let size = SIZES.into_iter().find(|size| *size >= chunk.len()).unwrap_or(largest);
        let filling = chunk.last().copied().into_iter().cycle().take(size - chunk.len());
        chunk.iter().copied().chain(filling).collect()
    })
}

/// `text` so many times with `, ` between.
pub(crate) fn repeated(text: &str, count: usize) -> String {
    vec![text; count].join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(entries: usize, sizes: &[usize]) {
        let entries: Vec<usize> = (0..entries).collect();
        let found: Vec<Vec<usize>> = batches(&entries).collect();
        assert_eq!(found.iter().map(Vec::len).collect::<Vec<_>>(), sizes);
        let mut all = found.concat();
        all.dedup();
        assert_eq!(all, entries);
    }

    #[test]
    fn long_lists_are_cut_and_short_ones_filled_up() {
        check(0, &[]);
        check(1, &[1]);
        check(3, &[4]);
        check(65, &[500]);
        check(1_001, &[500, 500, 1]);
    }
}
