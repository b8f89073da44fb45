//! Doubly linked lists of slots, threaded through one array.
//!
//! A policy keeps one [`Links`] and as many [`List`]s over it as it has queues; a slot is in at
//! most one of them at a time, so moving an entry between queues allocates nothing. The `lru`
//! crate is not used for this because it finds entries by hashing: here the slot is the address.

use super::policy::Slot;
use super::prefetch::prefetch;

/// No slot.
pub const NIL: Slot = Slot::MAX;

/// How many touches ahead a slot's links are asked for, and how many its neighbours': far enough for
/// a trip to memory, near enough that they are still there.
const LINKS_AHEAD: usize = 16;
const NEIGHBOURS_AHEAD: usize = 8;

/// The links of all slots of a policy.
#[derive(Debug, Default)]
pub struct Links {
    nodes: Vec<Node>,
}

#[derive(Debug, Clone, Copy)]
struct Node {
    older: Slot,
    newer: Slot,
}

impl Links {
    /// The neighbour in its list that came before.
    pub fn next_older(&self, slot: Slot) -> Option<Slot> {
        some(self.nodes[slot as usize].older)
    }

    /// The neighbour that came after.
    pub fn next_newer(&self, slot: Slot) -> Option<Slot> {
        some(self.nodes[slot as usize].newer)
    }

    /// Slots will be touched in this order, and it is the turn of the one at `at`: ask the memory for
    /// what those behind it need.
    #[inline]
    pub fn prefetch(&self, slots: &[Slot], at: usize) {
        if let Some(&slot) = slots.get(at + LINKS_AHEAD) {
            prefetch(&self.nodes, slot as usize);
        }
        let next = slots.get(at + NEIGHBOURS_AHEAD);
        if let Some(node) = next.and_then(|&slot| self.nodes.get(slot as usize)) {
            prefetch(&self.nodes, node.older as usize);
            prefetch(&self.nodes, node.newer as usize);
        }
    }

    pub fn clear(&mut self) {
        self.nodes.clear();
    }

    pub fn bytes(&self) -> usize {
        self.nodes.capacity() * size_of::<Node>()
    }

    fn node(&mut self, slot: Slot) -> &mut Node {
        &mut self.nodes[slot as usize]
    }
}

/// One list: the oldest slot at one end, the newest at the other.
#[derive(Debug, Clone, Copy)]
pub struct List {
    oldest: Slot,
    newest: Slot,
    len: u32,
}

impl Default for List {
    fn default() -> Self {
        List { oldest: NIL, newest: NIL, len: 0 }
    }
}

impl List {
    pub fn len(&self) -> usize {
        self.len as usize
    }

    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub fn oldest(&self) -> Option<Slot> {
        some(self.oldest)
    }

    pub fn newest(&self) -> Option<Slot> {
        some(self.newest)
    }

    /// Put a slot that is in no list at the newest end.
    #[inline]
    pub fn push(&mut self, links: &mut Links, slot: Slot) {
        grow(&mut links.nodes, slot, Node { older: NIL, newer: NIL });
        self.link(links, slot);
    }

    /// The same for a slot that was in a list before.
    #[inline]
    pub fn link(&mut self, links: &mut Links, slot: Slot) {
        *links.node(slot) = Node { older: self.newest, newer: NIL };
        match some(self.newest) {
            Some(newest) => links.node(newest).newer = slot,
            None => self.oldest = slot,
        }
        self.newest = slot;
        self.len += 1;
    }

    /// Take a slot of this list out of it.
    #[inline]
    pub fn remove(&mut self, links: &mut Links, slot: Slot) {
        let Node { older, newer } = *links.node(slot);
        match some(older) {
            Some(older) => links.node(older).newer = newer,
            None => self.oldest = newer,
        }
        match some(newer) {
            Some(newer) => links.node(newer).older = older,
            None => self.newest = older,
        }
        self.len -= 1;
    }

    /// Move a slot of this list to its newest end.
    #[inline]
    pub fn touch(&mut self, links: &mut Links, slot: Slot) {
        if self.newest != slot {
            self.remove(links, slot);
            self.link(links, slot);
        }
    }

    /// From the oldest to the newest.
    pub fn iter<'a>(&self, links: &'a Links) -> impl Iterator<Item = Slot> + use<'a> {
        std::iter::successors(self.oldest(), |&slot| links.next_newer(slot))
    }
}

fn some(slot: Slot) -> Option<Slot> {
    (slot != NIL).then_some(slot)
}

/// How much longer than needed an array is made: an eighth, because the unused part counts
/// against the byte budget of a shared cache.
const GROWTH: usize = 8;

/// Make sure that an array by slot has a place for `slot`.
pub fn grow<T: Clone>(items: &mut Vec<T>, slot: Slot, empty: T) {
    let needed = slot as usize + 1;
    if items.len() >= needed {
        return;
    }
    if items.capacity() < needed {
        items.reserve_exact((needed + needed / GROWTH).max(16) - items.len());
    }
    items.resize(needed, empty);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_its_order_through_pushes_removals_and_touches() {
        let (mut links, mut list) = (Links::default(), List::default());
        for slot in [3, 1, 4, 0, 2] {
            list.push(&mut links, slot);
        }
        list.touch(&mut links, 1);
        list.remove(&mut links, 3);
        assert_eq!(list.iter(&links).collect::<Vec<_>>(), [4, 0, 2, 1]);
        list.remove(&mut links, 1);
        list.remove(&mut links, 4);
        assert_eq!((list.len(), list.oldest(), list.newest()), (2, Some(0), Some(2)));
        list.remove(&mut links, 0);
        list.remove(&mut links, 2);
        assert!(list.is_empty() && list.oldest().is_none() && list.newest().is_none());
    }
}
