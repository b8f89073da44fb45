//! What each entry takes of the capacity.

use super::list::grow;
use super::policy::{Capacity, Slot};

/// The weights by slot; without memory where every entry weighs 1.
pub enum Weights {
    Unit,
    BySlot(Vec<u64>),
}

impl Weights {
    pub fn new(capacity: Capacity) -> Self {
        match capacity {
            Capacity::Entries(_) => Weights::Unit,
            Capacity::Weights => Weights::BySlot(Vec::new()),
        }
    }

    pub fn get(&self, slot: Slot) -> u64 {
        match self {
            Weights::Unit => 1,
            Weights::BySlot(weights) => weights[slot as usize],
        }
    }

    pub fn set(&mut self, slot: Slot, weight: u64) {
        if let Weights::BySlot(weights) = self {
            grow(weights, slot, 0);
            weights[slot as usize] = weight;
        }
    }

    pub fn bytes(&self) -> usize {
        match self {
            Weights::Unit => 0,
            Weights::BySlot(weights) => weights.capacity() * size_of::<u64>(),
        }
    }
}
