//! Mutations of a corpus, the same on every run: what the tests do where no fuzzer is at hand.

/// Text that means something to what is fuzzed.
const TOKENS: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    "\"",
    ":",
    ",",
    "null",
    "true",
    "0",
    "-1",
    "1e999",
    "5.0",
    "\\u0000",
    "\\ud800",
    "\"kind\"",
    "\"$ref\"",
    "\"type\"",
    "\"properties\"",
    "\"oneOf\"",
    "\"allOf\"",
    "\"action\"",
    "\"stream\"",
    "\u{e9}",
    "9223372036854775808",
    "2024-02-30",
    "\"#/$defs/A\"",
];

/// Calls `run` with `count` mutations of files of the corpus.
pub(crate) fn mutate(corpus: &[Vec<u8>], count: usize, run: impl Fn(&[u8])) {
    let mut random = Random(1);
    for _ in 0..count {
        let mut bytes = corpus[random.below(corpus.len())].clone();
        for _ in 0..=random.below(4) {
            random.mutate(&mut bytes, corpus);
        }
        run(&bytes);
    }
}

/// Knuth's MMIX generator.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or(0) % limit.max(1)
    }

    /// A stretch of at most 40 bytes.
    fn stretch(&mut self, len: usize) -> std::ops::Range<usize> {
        let start = self.below(len + 1);
        start..(start + self.below(40)).min(len)
    }

    fn mutate(&mut self, bytes: &mut Vec<u8>, corpus: &[Vec<u8>]) {
        let (range, at) = (self.stretch(bytes.len()), self.below(bytes.len() + 1));
        match self.below(6) {
            0 => drop(bytes.drain(range)),
            1 => {
                let copied = bytes[range].to_vec();
                bytes.splice(at..at, copied);
            }
            2 => {
                let token = TOKENS[self.below(TOKENS.len())];
                bytes.splice(range, token.bytes());
            }
            3 => {
                let token = TOKENS[self.below(TOKENS.len())];
                bytes.splice(at..at, token.bytes());
            }
            4 => {
                let other = &corpus[self.below(corpus.len())];
                let taken = self.stretch(other.len());
                bytes.splice(range, other[taken].iter().copied());
            }
            _ => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << self.below(8);
                }
            }
        }
    }
}
