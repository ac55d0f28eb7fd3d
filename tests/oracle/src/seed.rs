//! Random numbers that a seed determines, the same on every machine and in every version of this package's
//! dependencies: what a seed has found once, it finds again.

/// A source of numbers (SplitMix64).
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    /// The numbers of a seed.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The seed of one of several things that are made of a seed, independent of how the others are made.
    pub const fn derive(seed: u64, number: u64) -> u64 {
        mixed(seed ^ mixed(number.wrapping_add(0x9e37_79b9_7f4a_7c15)))
    }

    /// Any 64 bits.
    pub const fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mixed(self.0)
    }

    /// A number below `sides`, which is not zero.
    pub const fn roll(&mut self, sides: usize) -> usize {
        // The remainder is as good as even: `sides` is small beside 64 bits.
        (self.bits() % sides as u64) as usize
    }

    /// A number of a range, both ends included.
    pub const fn between(&mut self, least: usize, most: usize) -> usize {
        least + self.roll(most - least + 1)
    }

    /// True so many times out of a hundred.
    pub const fn chance(&mut self, percent: usize) -> bool {
        self.roll(100) < percent
    }

    /// One of several.
    pub fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.roll(of.len())]
    }

    /// Several of several, each at most once, in a random order.
    pub fn some_of<T: Clone>(&mut self, of: &[T], count: usize) -> Vec<T> {
        let mut items = of.to_vec();
        self.shuffle(&mut items);
        items.truncate(count);
        items
    }

    /// Puts items into a random order.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.roll(last + 1));
        }
    }
}

const fn mixed(state: u64) -> u64 {
    let state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let state = (state ^ (state >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    state ^ (state >> 31)
}

#[cfg(test)]
mod tests {
    use super::Dice;

    #[test]
    fn a_seed_gives_the_same_numbers_for_ever() {
        let mut dice = Dice::new(7);
        let rolled: Vec<usize> = (0..6).map(|_| dice.roll(100)).collect();
        assert_eq!(rolled, [87, 4, 46, 3, 74, 5], "recorded seeds would mean something else");
    }

    #[test]
    fn nothing_is_lost_by_shuffling() {
        let mut items: Vec<usize> = (0..50).collect();
        Dice::new(1).shuffle(&mut items);
        assert!(items.iter().enumerate().any(|(index, item)| index != *item));
        items.sort_unstable();
        assert_eq!(items, (0..50).collect::<Vec<_>>());
    }
}
