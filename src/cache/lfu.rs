//! Least frequently used, in constant time (Shah, Mitra, Matani, "An O(1) algorithm for
//! implementing the LFU cache eviction scheme", 2010).
//!
//! An entry's count is 1 on insertion and grows by one with every hit and every update; it is
//! forgotten with the entry. The victim has the least count; among equals it is the one whose last
//! use is longest ago.
//!
//! Entries of one count form a list in order of last use, and those lists form a chain of groups
//! in order of count. An entry moves by at most one group at a time, hence the constant time.

use super::list::{Links, List, NIL, grow};
use super::policy::{Capacity, Eviction, Incoming, Policy, Slot};

type GroupId = u32;

/// The entries of one count.
#[derive(Clone)]
struct Group {
    count: u64,
    entries: List,
    lower: GroupId,
    higher: GroupId,
}

/// See the module.
pub struct Lfu {
    links: Links,
    /// Slot -> its group.
    group_of: Vec<GroupId>,
    groups: Vec<Group>,
    /// Groups that are in no chain, to be used again.
    spare: Vec<GroupId>,
    /// The group with the least count; NIL where the cache is empty.
    lowest: GroupId,
}

impl Lfu {
    pub fn new(_: Capacity) -> Self {
        Lfu {
            links: Links::default(),
            group_of: Vec::new(),
            groups: Vec::new(),
            spare: Vec::new(),
            lowest: NIL,
        }
    }

    /// The group of `count`, which belongs right above `lower` (NIL: at the bottom).
    fn group_above(&mut self, lower: GroupId, count: u64) -> GroupId {
        let higher = if lower == NIL { self.lowest } else { self.groups[lower as usize].higher };
        if higher != NIL && self.groups[higher as usize].count == count {
            return higher;
        }
        let group = Group { count, entries: List::default(), lower, higher };
        let id = match self.spare.pop() {
            Some(id) => {
                self.groups[id as usize] = group;
                id
            }
            None => {
                let id = self.groups.len() as GroupId;
                grow(&mut self.groups, id, group);
                id
            }
        };
        self.join(lower, id);
        self.join(id, higher);
        id
    }

    /// Make two groups neighbours in the chain; NIL stands for either end of it.
    fn join(&mut self, lower: GroupId, higher: GroupId) {
        if lower == NIL {
            self.lowest = higher;
        } else {
            self.groups[lower as usize].higher = higher;
        }
        if higher != NIL {
            self.groups[higher as usize].lower = lower;
        }
    }

    /// Take an entry out of its group, and the group out of the chain where it was the last.
    fn unlink(&mut self, slot: Slot) {
        let id = self.group_of[slot as usize];
        let group = &mut self.groups[id as usize];
        group.entries.remove(&mut self.links, slot);
        if group.entries.is_empty() {
            let (lower, higher) = (group.lower, group.higher);
            self.join(lower, higher);
            self.spare.push(id);
        }
    }

    fn link(&mut self, slot: Slot, id: GroupId) {
        self.groups[id as usize].entries.push(&mut self.links, slot);
        self.group_of[slot as usize] = id;
    }
}

impl Policy for Lfu {
    fn insert(&mut self, slot: Slot, _: Incoming) {
        grow(&mut self.group_of, slot, NIL);
        let id = self.group_above(NIL, 1);
        self.link(slot, id);
    }

    fn hit(&mut self, slot: Slot) {
        let id = self.group_of[slot as usize];
        let count = self.groups[id as usize].count + 1;
        // The target first: unlinking may take the group that it is found by out of the chain.
        let target = self.group_above(id, count);
        self.unlink(slot);
        self.link(slot, target);
    }

    fn update(&mut self, slot: Slot, _: u64) {
        self.hit(slot);
    }

    fn remove(&mut self, slot: Slot) {
        self.unlink(slot);
    }

    fn evict(&mut self) -> Option<Eviction> {
        let lowest = self.groups.get(self.lowest as usize)?;
        let slot = lowest.entries.oldest()?;
        self.unlink(slot);
        Some(Eviction::of(slot))
    }

    fn clear(&mut self) {
        *self = Self::new(Capacity::Weights);
    }

    fn order(&self) -> Vec<Slot> {
        let mut slots = Vec::new();
        let mut id = self.lowest;
        while let Some(group) = self.groups.get(id as usize) {
            slots.extend(group.entries.iter(&self.links));
            id = group.higher;
        }
        slots
    }

    fn bytes(&self) -> usize {
        self.links.bytes()
            + self.group_of.capacity() * size_of::<GroupId>()
            + self.groups.capacity() * size_of::<Group>()
            + self.spare.capacity() * size_of::<GroupId>()
    }
}
