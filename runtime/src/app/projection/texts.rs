//! JSON texts, one after the other in one buffer.

/// A text for each of some rows.
#[derive(Debug, Default)]
pub(super) struct Texts {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Texts {
    /// Reserves room for this many texts of usual length.
    pub(super) fn with_capacity(count: usize) -> Self {
        Self { bytes: Vec::with_capacity(count * 64), ends: Vec::with_capacity(count) }
    }

    /// Adds the text that `write` appends.
    pub(super) fn push_with(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        write(&mut self.bytes);
        self.ends.push(self.bytes.len());
    }

    /// Returns the bytes of all texts.
    pub(super) fn bytes(&self) -> usize {
        self.bytes.len()
    }

    /// Returns one text.
    pub(super) fn get(&self, index: usize) -> &[u8] {
        let start = index.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.bytes[start..self.ends[index]]
    }
}

impl FromIterator<Vec<u8>> for Texts {
    fn from_iter<I: IntoIterator<Item = Vec<u8>>>(texts: I) -> Self {
        let mut all = Self::default();
        for text in texts {
            all.push_with(|out| out.extend_from_slice(&text));
        }
        all
    }
}
