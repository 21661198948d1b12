//! Random choices that a seed repeats (splitmix64): a failing test prints the seed.

/// A source of random choices; the same seed gives the same ones.
#[derive(Debug)]
pub struct Dice(u64);

impl Dice {
    /// The choices of this seed.
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x2545_f491_4f6c_dd1d) ^ 0x9e37_79b9_7f4a_7c15)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`.
    pub fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound as u64).unwrap_or_default()
    }

    /// One of them.
    pub fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        let chosen = choices.get(self.below(choices.len().max(1))).copied();
        super::sure("choosing", chosen.ok_or("there is nothing to choose from"))
    }

    /// True so many times in a hundred.
    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }
}

/// How many rounds a property is tried: `short`, or `long` with `ROLLCALL_LONG_TESTS=1`.
pub fn rounds(short: u64, long: u64) -> u64 {
    #[expect(clippy::disallowed_methods, reason = "tests have no configuration but the environment")]
    let asked = std::env::var("ROLLCALL_LONG_TESTS").is_ok_and(|value| value == "1");
    if asked { long } else { short }
}
