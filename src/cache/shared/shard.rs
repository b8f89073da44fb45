//! One part of a shared cache: its keys, values and policy, under a hard budget of bytes.

use super::super::list::grow;
use super::super::policy::{Capacity, Incoming, Policy, PolicyKind, Slot};
use super::log::{Address, Log, MAX_KEY, Record, size_of_record};
use super::table::Table;

/// The address of a ghost: its key is known by its hash alone, which is enough for a hint.
const GHOST: Address = Address::MAX;
/// The end of the chain of free slots.
const NONE: Slot = Slot::MAX;
/// A segment is worth compacting when at most this part of it lives, in percent: below, moving
/// costs too much; above, too much lies idle.
const LIVING_PERCENT: usize = 90;
/// A shard has at least so many segments, lest the one kept back for compaction weighs much.
const SEGMENTS: usize = 256;
const MIN_SEGMENT: usize = 4 << 10;
const MAX_SEGMENT: usize = 1 << 20;

/// What a shard has seen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ShardStats {
    pub hits: u64,
    pub misses: u64,
    pub sets: u64,
    pub evictions: u64,
    pub expirations: u64,
    /// Values that were larger than the budget.
    pub rejected: u64,
    /// Entries now.
    pub entries: u64,
    /// Bytes now: keys, values and all bookkeeping.
    pub bytes: u64,
}

/// A key with its hash.
#[derive(Clone, Copy)]
pub struct HashedKey<'a> {
    pub bytes: &'a [u8],
    pub hash: u32,
}

/// A value to store.
#[derive(Clone, Copy)]
pub struct NewValue<'a> {
    pub kind: u8,
    pub bytes: &'a [u8],
    /// ms on the clock that `now` is read from; None: never.
    pub deadline: Option<u64>,
}

/// See the module.
pub struct Shard {
    budget: usize,
    kind: PolicyKind,
    policy: Box<dyn Policy>,
    log: Log,
    table: Table,
    segment_size: usize,
    /// Slot -> hash of its key.
    hashes: Vec<u32>,
    /// Slot -> where its record is, GHOST, or the next free slot.
    addresses: Vec<Address>,
    free: Slot,
    stats: ShardStats,
}

impl Shard {
    pub fn new(kind: PolicyKind, budget: usize) -> Self {
        let segment_size = (budget / SEGMENTS).next_power_of_two().clamp(MIN_SEGMENT, MAX_SEGMENT);
        Shard {
            budget,
            kind,
            policy: kind.build(Capacity::Weights),
            log: Log::new(segment_size),
            table: Table::default(),
            segment_size,
            hashes: Vec::new(),
            addresses: Vec::new(),
            free: NONE,
            stats: ShardStats::default(),
        }
    }

    pub fn stats(&self) -> ShardStats {
        ShardStats { bytes: self.bytes() as u64, ..self.stats }
    }

    /// Read an entry and pass its kind and value to `read`; `now` is asked only where the entry has a
    /// deadline.
    pub fn get<T>(
        &mut self,
        key: HashedKey,
        now: impl FnOnce() -> u64,
        read: impl FnOnce(u8, &[u8]) -> T,
    ) -> Option<T> {
        let Some(slot) = self.find_fresh(key, now) else {
            self.stats.misses += 1;
            return None;
        };
        self.stats.hits += 1;
        self.policy.hit(slot);
        let record = self.log.get(self.addresses[slot as usize]);
        Some(read(record.kind, record.value))
    }

    /// Whether there is an entry; no use of it.
    pub fn has(&mut self, key: HashedKey, now: impl FnOnce() -> u64) -> bool {
        self.find_fresh(key, now).is_some()
    }

    /// Store a value. Returns false where it is larger than the budget; what the key had is gone
    /// then, because it would be wrong.
    pub fn set(&mut self, key: HashedKey, value: NewValue, now: u64) -> bool {
        let size = size_of_record(key.bytes.len(), value.bytes.len(), value.deadline.is_some());
        let resident = self.find(key);
        if key.bytes.len() > MAX_KEY || !self.could_hold(size) {
            self.stats.rejected += 1;
            if let Some(slot) = resident {
                self.remove(slot);
            }
            return false;
        }
        self.stats.sets += 1;
        match resident {
            Some(slot) => self.overwrite(slot, key, value, size, now),
            None => self.insert(key, value, size, now),
        }
    }

    /// Delete an entry. Returns whether there was one.
    pub fn delete(&mut self, key: HashedKey) -> bool {
        let slot = self.find(key);
        if let Some(slot) = slot {
            self.remove(slot);
        }
        slot.is_some()
    }

    /// Delete everything; counts stay.
    pub fn clear(&mut self) {
        let stats = ShardStats { entries: 0, ..self.stats };
        *self = Shard::new(self.kind, self.budget);
        self.stats = stats;
    }

    fn bytes(&self) -> usize {
        size_of::<Shard>() + self.log.bytes() + self.table.bytes() + self.slot_bytes()
    }

    /// The arrays by slot.
    fn slot_bytes(&self) -> usize {
        self.policy.bytes()
            + self.hashes.capacity() * size_of::<u32>()
            + self.addresses.capacity() * size_of::<Address>()
    }

    /// Whether a record of so many bytes fits into the shard when it is alone there: beside the
    /// segments that compaction needs.
    fn could_hold(&self, size: usize) -> bool {
        size + 3 * self.segment_size + self.policy_floor() <= self.budget
    }

    /// What an empty policy takes (a sketch has a least size), and the least arrays.
    fn policy_floor(&self) -> usize {
        size_of::<Shard>() + 4096
    }

    fn find(&self, key: HashedKey) -> Option<Slot> {
        self.table.find(key.hash, |slot| {
            // Not the slot's hash first: that would be one more trip to memory.
            let address = self.addresses[slot as usize];
            address != GHOST && self.log.get(address).key == key.bytes
        })
    }

    fn find_fresh(&mut self, key: HashedKey, now: impl FnOnce() -> u64) -> Option<Slot> {
        let slot = self.find(key)?;
        let deadline = self.log.get(self.addresses[slot as usize]).deadline;
        if deadline.is_none_or(|deadline| now() < deadline) {
            return Some(slot);
        }
        self.stats.expirations += 1;
        self.remove(slot);
        None
    }

    fn overwrite(
        &mut self,
        slot: Slot,
        key: HashedKey,
        value: NewValue,
        size: usize,
        now: u64,
    ) -> bool {
        let address = self.addresses[slot as usize];
        let record = record(slot, key, value);
        if self.log.get(address).size() == size {
            self.log.replace(address, &record);
        } else if self.bytes() + self.log.growth_for(size) + self.segment_size <= self.budget {
            self.log.free(address);
            self.addresses[slot as usize] = self.log.append(&record);
        } else {
            // It needs room, and must not be its own victim.
            self.remove(slot);
            return self.insert(key, value, size, now);
        }
        self.policy.update(slot, size as u64);
        true
    }

    fn insert(&mut self, key: HashedKey, value: NewValue, size: usize, now: u64) -> bool {
        let ghost = self.table.find(key.hash, |slot| {
            self.hashes[slot as usize] == key.hash && self.addresses[slot as usize] == GHOST
        });
        if let Some(ghost) = ghost {
            self.policy.recall(ghost);
        }
        if !self.make_room(size, now) {
            // Nothing is left to evict, so even the arrays alone exceed the budget: begin anew.
            self.stats.rejected += 1;
            self.clear();
            return false;
        }
        let slot = ghost.unwrap_or_else(|| self.take_slot(key.hash));
        self.addresses[slot as usize] = self.log.append(&record(slot, key, value));
        if ghost.is_none() {
            self.table.insert(&self.hashes, slot);
        }
        self.policy.insert(slot, Incoming { hash: key.hash, weight: size as u64 });
        self.stats.entries += 1;
        true
    }

    fn take_slot(&mut self, hash: u32) -> Slot {
        let slot = if self.free == NONE { self.addresses.len() as Slot } else { self.free };
        grow(&mut self.hashes, slot, 0);
        if self.free == NONE {
            grow(&mut self.addresses, slot, GHOST);
        } else {
            self.free = self.addresses[slot as usize];
        }
        self.hashes[slot as usize] = hash;
        slot
    }

    fn release_slot(&mut self, slot: Slot) {
        self.table.remove(&self.hashes, slot);
        self.addresses[slot as usize] = self.free;
        self.free = slot;
    }

    fn remove(&mut self, slot: Slot) {
        self.policy.remove(slot);
        self.log.free(self.addresses[slot as usize]);
        self.release_slot(slot);
        self.stats.entries -= 1;
    }

    /// Evict and compact until a record of so many bytes can be stored within the budget. Returns
    /// false where nothing is left that could go.
    fn make_room(&mut self, size: usize, now: u64) -> bool {
        loop {
            // A segment's worth is kept back for compaction to write to.
            let needed = self.log.growth_for(size) + self.growth_by_slot() + self.segment_size;
            if self.bytes() + needed <= self.budget {
                return true;
            }
            let worth_it = self.segment_size * LIVING_PERCENT / 100;
            match self.log.emptiest() {
                Some((segment, living)) if living <= worth_it => self.compact(segment, now),
                _ => {
                    if !self.evict() {
                        return false;
                    }
                }
            }
        }
    }

    /// What the table and the arrays by slot grow by with one more entry, at most.
    fn growth_by_slot(&self) -> usize {
        let full = self.free == NONE && self.addresses.len() == self.addresses.capacity();
        let arrays = (self.hashes.capacity() + self.addresses.capacity()) * size_of::<u32>();
        let arrays = if full { arrays / 8 + 1024 } else { 0 };
        self.table.growth() + self.policy.growth() + arrays
    }

    /// Let the policy's victim go. Returns whether there was one.
    fn evict(&mut self) -> bool {
        let mut more = true;
        let mut any = false;
        while std::mem::take(&mut more) {
            let Some(eviction) = self.policy.evict() else { break };
            self.log.free(self.addresses[eviction.slot as usize]);
            if eviction.ghost {
                self.addresses[eviction.slot as usize] = GHOST;
            } else {
                self.release_slot(eviction.slot);
            }
            if let Some(released) = eviction.released {
                self.release_slot(released);
            }
            self.stats.entries -= 1;
            self.stats.evictions += 1;
            (more, any) = (eviction.more, true);
        }
        any
    }

    /// Move what lives in a segment, and drop what has expired.
    fn compact(&mut self, segment: usize, now: u64) {
        let mut taken = self.log.take_segment(segment);
        while let Some(record) = taken.next_living() {
            let slot = record.slot;
            if record.deadline.is_some_and(|deadline| deadline <= now) {
                self.stats.expirations += 1;
                self.stats.entries -= 1;
                self.policy.remove(slot);
                self.release_slot(slot);
            } else {
                self.addresses[slot as usize] = self.log.append(&record);
            }
        }
    }
}

fn record<'a>(slot: Slot, key: HashedKey<'a>, value: NewValue<'a>) -> Record<'a> {
    let NewValue { kind, bytes, deadline } = value;
    Record { slot, kind, deadline, key: key.bytes, value: bytes }
}
