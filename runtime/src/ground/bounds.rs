//! The limits of a service, as its connections use them.

use std::sync::Arc;

use crate::ground::limits::Limits;
use crate::ground::memory::Budget;
use crate::ground::stats::Stats;

/// The limits of a service, the counters of their crossings, and the memory of its connections.
#[derive(Debug)]
pub(crate) struct Bounds {
    pub(crate) limits: Arc<Limits>,
    pub(crate) stats: Arc<Stats>,
    pub(crate) memory: Arc<Budget>,
}

impl Bounds {
    /// Creates bounds with these limits, and no memory in use.
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
