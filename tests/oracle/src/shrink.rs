//! Making what fails smaller: parts are taken away one after the other, as long as it still fails.

use std::time::{Duration, Instant};

/// A way to make something smaller; none: that cannot be taken away.
pub type Step<T> = Box<dyn Fn(&T) -> Option<T>>;

/// Takes away what can be taken away, until nothing can or the time is up. `steps` gives the ways to make a value
/// smaller, those that take away most first; `fails` says whether one still fails as it should.
pub async fn smaller<T: Clone>(
    mut value: T,
    time: Duration,
    steps: impl Fn(&T) -> Vec<Step<T>>,
    mut fails: impl AsyncFnMut(T) -> bool,
) -> T {
    let end = Instant::now() + time;
    loop {
        let mut changed = false;
        let mut number = 0;
        loop {
            let ways = steps(&value);
            let Some(way) = ways.get(number) else { break };
            if Instant::now() > end {
                return value;
            }
            match way(&value) {
                // What is at this place now is another way.
                Some(less) if fails(less.clone()).await => (value, changed) = (less, true),
                _ => number += 1,
            }
        }
        if !changed {
            return value;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_does_not_matter_is_taken_away() {
        let steps = |value: &Vec<u32>| -> Vec<Step<Vec<u32>>> {
            (0..value.len())
                .map(|index| -> Step<Vec<u32>> {
                    Box::new(move |value: &Vec<u32>| {
                        let mut less = value.clone();
                        less.remove(index);
                        Some(less)
                    })
                })
                .collect()
        };
        let fails = async |value: Vec<u32>| value.contains(&3) && value.contains(&7);
        let found = smaller((0..20).collect(), Duration::from_secs(60), steps, fails).await;
        assert_eq!(found, [3, 7]);
    }
}
