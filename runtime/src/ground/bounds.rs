//! The bounds of a service, as its connections know them.

use std::sync::Arc;

use crate::ground::limits::Limits;
use crate::ground::memory::Budget;
use crate::ground::stats::Stats;

/// The limits of a service, where it is counted that they are crossed, and what its connections hold.
#[derive(Debug)]
pub(crate) struct Bounds {
    pub(crate) limits: Arc<Limits>,
    pub(crate) stats: Arc<Stats>,
    pub(crate) memory: Arc<Budget>,
}

impl Bounds {
    /// These limits, and nothing that is held.
    pub(crate) fn new(limits: Arc<Limits>, stats: Arc<Stats>) -> Self {
        let memory = Budget::new(&limits, Arc::clone(&stats));
        Self { limits, stats, memory }
    }
}

impl Default for Bounds {
    fn default() -> Self {
        Self::new(Arc::default(), Arc::default())
    }
}
