//! What each entry takes of the capacity.

use super::list::grow;
use super::policy::{Capacity, Slot};

/// The weights by slot; without memory where every entry weighs 1, and with little until one weighs
/// more than 32 bits hold.
pub enum Weights {
    Unit,
    Narrow(Vec<u32>),
    Wide(Vec<u64>),
}

impl Weights {
    pub fn new(capacity: Capacity) -> Self {
        match capacity {
            Capacity::Entries(_) => Weights::Unit,
            Capacity::Weights => Weights::Narrow(Vec::new()),
        }
    }

    pub fn get(&self, slot: Slot) -> u64 {
        match self {
            Weights::Unit => 1,
            Weights::Narrow(weights) => u64::from(weights[slot as usize]),
            Weights::Wide(weights) => weights[slot as usize],
        }
    }

    pub fn set(&mut self, slot: Slot, weight: u64) {
        if let Weights::Narrow(weights) = self {
            if let Ok(weight) = u32::try_from(weight) {
                grow(weights, slot, 0);
                weights[slot as usize] = weight;
                return;
            }
            *self = Weights::Wide(weights.iter().map(|&weight| u64::from(weight)).collect());
        }
        if let Weights::Wide(weights) = self {
            grow(weights, slot, 0);
            weights[slot as usize] = weight;
        }
    }

    pub fn bytes(&self) -> usize {
        match self {
            Weights::Unit => 0,
            Weights::Narrow(weights) => weights.capacity() * size_of::<u32>(),
            Weights::Wide(weights) => weights.capacity() * size_of::<u64>(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widens_for_a_weight_above_32_bits() {
        let mut weights = Weights::new(Capacity::Weights);
        weights.set(1, 7);
        weights.set(3, 1 << 40);
        weights.set(4, 9);
        assert_eq!([1, 3, 4].map(|slot| weights.get(slot)), [7, 1 << 40, 9]);
    }
}
