//! What is not as the judge says.

use std::fmt;

use dcrf_oracle::databases::Place;

/// What was compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Check {
    /// Something panicked, or a server did not answer.
    Panic,
    /// Rows as they are shown when they are made.
    Created,
    /// The answers to changes of rows.
    Written,
    /// A list.
    List,
    /// A list that is searched.
    Search,
    /// A page by limit and offset.
    Page,
    /// The pages by cursor, from the first to the last.
    Cursor,
    /// The pages by cursor, from the last to the first.
    CursorBack,
    /// A list as a stream of pages.
    Streamed,
    /// Rows that a queryset admits.
    Queryset,
    /// A row that is looked for under a queryset.
    Retrieve,
    /// What memory says of a queryset.
    Memory,
    /// Events of a subscription with a filter.
    Filtered,
    /// Events of a subscription under a queryset.
    Sight,
    /// Events of a subscription to everything.
    Everything,
    /// The order that the client makes.
    Client,
}

/// Something that is not as the judge says.
#[derive(Debug, Clone)]
pub struct Failure {
    /// Which case; none: it is about no case.
    pub case: Option<usize>,
    /// What was compared.
    pub check: Check,
    /// Where; none: in the client.
    pub place: Option<Place>,
    /// What the judge says.
    pub expected: String,
    /// What was found.
    pub found: String,
}

impl Failure {
    /// Whether another is of the same sort.
    pub fn is_like(&self, other: &Self) -> bool {
        let refused = |failure: &Self| failure.found.starts_with("Err");
        (self.check, self.place, refused(self)) == (other.check, other.place, refused(other))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = self.place.map_or_else(|| "the client".to_owned(), |place| place.to_string());
        write!(f, "{:?} on {place}\n  expected: {}\n  found:    {}", self.check, self.expected, self.found)
    }
}
