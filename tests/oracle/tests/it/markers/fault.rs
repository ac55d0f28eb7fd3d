//! Faults that are put in on purpose, one at a time, to see that the test finds them. They are put in front of the
//! runtime or into what it is told; nothing of the product is changed.
//!
//! | fault | what it puts back |
//! | --- | --- |
//! | [`RightsAreOld`](Fault::RightsAreOld) | a row is looked up by the queryset and written by its key alone, so that somebody changes a row which another transaction has just given away |
//! | [`KeyIsWritten`](Fault::KeyIsWritten) | a key and a nested serializer write one relation, so that the row of anybody is referred to and then changed |
//! | [`PinIsShown`](Fault::PinIsShown) | a serializer shows a column that another takes as write-only |
//! | [`NotesAreHeard`](Fault::NotesAreHeard) | the notes of docs that nobody may see are heard of through the consumer of docs |
//! | [`NestedIsOpen`](Fault::NestedIsOpen) | the notes that a payload replaces are not asked of their own consumer |
//! | [`AuthorsAreOpen`](Fault::AuthorsAreOpen) | keys name rows that their own consumer hides |
//! | [`UnsubscribeTells`](Fault::UnsubscribeTells) | the end of a subscription to a row that is hidden is answered otherwise than that to one which is not there |
//! | [`EventsAreOpen`](Fault::EventsAreOpen) | the queryset is not asked about events |

use dcrf_oracle::descriptors::Alter;
use dcrf_runtime::meta::Access;

/// A fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    RightsAreOld,
    KeyIsWritten,
    PinIsShown,
    NotesAreHeard,
    NestedIsOpen,
    AuthorsAreOpen,
    UnsubscribeTells,
    EventsAreOpen,
}

impl Fault {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::RightsAreOld,
        Self::KeyIsWritten,
        Self::PinIsShown,
        Self::NotesAreHeard,
        Self::NestedIsOpen,
        Self::AuthorsAreOpen,
        Self::UnsubscribeTells,
        Self::EventsAreOpen,
    ];

    /// What descriptors are changed by.
    pub fn of_descriptors(self) -> Alter {
        let fields: Option<dcrf_oracle::descriptors::AlterField> = match self {
            Self::PinIsShown => Some(|_, field| {
                if field.name == "pin" {
                    field.access = Access::ReadWrite;
                }
            }),
            Self::KeyIsWritten => Some(|_, field| {
                if matches!(field.name, "reviewer" | "reviewer_key") {
                    field.access = Access::ReadWrite;
                }
            }),
            Self::AuthorsAreOpen => Some(|_, field| {
                if field.name == "author" {
                    field.within = None;
                }
            }),
            _ => None,
        };
        Alter { fields, ..Alter::default() }
    }
}
