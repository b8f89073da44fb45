//! Where the bytes of a shard lie: segments that are only written at their end.
//!
//! An entry is a record in a segment, or in an allocation of its own where it is large. A freed
//! record leaves a hole; the shard fills holes by moving the living records of a segment that has
//! many. So memory is taken and given back in segments of one size, nothing is lost to an
//! allocator's rounding, and what is resident is what is counted.

use super::super::policy::Slot;
use super::super::prefetch::prefetch;

/// A record's header: slot (4 bytes), length of the value (4), of the key (2), kind (1), flags (1).
const HEADER: usize = 12;
/// Bytes of a deadline, which stands behind the header where the flag says so.
const DEADLINE: usize = 8;
/// Records begin at multiples of this, so that an address counts them and not bytes.
const UNIT: usize = 4;
const DEAD: u8 = 1;
const EXPIRES: u8 = 2;
/// The bit of an address that means an allocation of its own.
const LARGE: u32 = 1 << 31;
/// A record above this part of a segment gets an allocation of its own. So a full segment without
/// holes lives by more than 15/16, and is never mistaken for one that is worth compacting.
const LARGE_PART: usize = 16;
/// What an allocator takes beside a large record.
const LARGE_COST: usize = 64;
/// A key's length has 16 bits.
pub const MAX_KEY: usize = u16::MAX as usize;

/// A cache line of most processors, and how many of a record are asked for at once: of longer ones the
/// processor fetches the rest by itself.
const LINE: usize = 64;
const LINES_AHEAD: usize = 3;

/// Where a record is.
pub type Address = u32;

/// What is stored of an entry.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Record<'a> {
    pub slot: Slot,
    pub kind: u8,
    /// ms on the shard's clock; None: never.
    pub deadline: Option<u64>,
    pub key: &'a [u8],
    pub value: &'a [u8],
}

impl Record<'_> {
    /// The bytes that it takes in a segment.
    pub fn size(&self) -> usize {
        size_of_record(self.key.len(), self.value.len(), self.deadline.is_some())
    }

    fn write(&self, to: &mut [u8]) {
        let flags = if self.deadline.is_some() { EXPIRES } else { 0 };
        to[0..4].copy_from_slice(&self.slot.to_le_bytes());
        to[4..8].copy_from_slice(&(self.value.len() as u32).to_le_bytes());
        to[8..10].copy_from_slice(&(self.key.len() as u16).to_le_bytes());
        (to[10], to[11]) = (self.kind, flags);
        let mut at = HEADER;
        if let Some(deadline) = self.deadline {
            to[at..at + DEADLINE].copy_from_slice(&deadline.to_le_bytes());
            at += DEADLINE;
        }
        to[at..at + self.key.len()].copy_from_slice(self.key);
        at += self.key.len();
        to[at..at + self.value.len()].copy_from_slice(self.value);
    }
}

/// The bytes of a record with such a key and value.
pub fn size_of_record(key: usize, value: usize, expires: bool) -> usize {
    (HEADER + if expires { DEADLINE } else { 0 } + key + value).next_multiple_of(UNIT)
}

fn read(from: &[u8]) -> Record<'_> {
    let number =
        |at: usize| u32::from_le_bytes([from[at], from[at + 1], from[at + 2], from[at + 3]]);
    let key_len = u16::from_le_bytes([from[8], from[9]]) as usize;
    let mut at = HEADER;
    let mut deadline = None;
    if from[11] & EXPIRES != 0 {
        deadline = Some(u64::from(number(at)) | u64::from(number(at + 4)) << 32);
        at += DEADLINE;
    }
    let (key, rest) = from[at..].split_at(key_len);
    Record { slot: number(0), kind: from[10], deadline, key, value: &rest[..number(4) as usize] }
}

struct Segment {
    bytes: Box<[u8]>,
    used: usize,
    live: usize,
}

/// See the module.
pub struct Log {
    segment_size: usize,
    segments: Vec<Option<Segment>>,
    /// The segment that is written to.
    active: Option<usize>,
    large: Vec<Option<Box<[u8]>>>,
    bytes: usize,
}

impl Log {
    /// `segment_size`: a power of two.
    pub fn new(segment_size: usize) -> Self {
        Log { segment_size, segments: Vec::new(), active: None, large: Vec::new(), bytes: 0 }
    }

    /// The memory that is held, in bytes.
    pub fn bytes(&self) -> usize {
        self.bytes
            + self.segments.capacity() * size_of::<Option<Segment>>()
            + self.large.capacity() * size_of::<Option<Box<[u8]>>>()
    }

    /// What would have to be allocated to take in a record of so many bytes.
    pub fn growth_for(&self, size: usize) -> usize {
        if self.is_large(size) {
            return size + LARGE_COST;
        }
        let fits =
            self.active_segment().is_some_and(|active| active.used + size <= active.bytes.len());
        if fits { 0 } else { self.segment_size }
    }

    /// Write a record; allocates what [`Log::growth_for`] said.
    pub fn append(&mut self, record: &Record) -> Address {
        let size = record.size();
        if self.is_large(size) {
            let mut bytes = vec![0; size].into_boxed_slice();
            record.write(&mut bytes);
            self.bytes += size + LARGE_COST;
            return LARGE | place(&mut self.large, bytes) as u32;
        }
        if self.growth_for(size) > 0 {
            self.open_segment();
        }
        let Some((id, segment)) =
            self.active.and_then(|id| Some((id, self.segments[id].as_mut()?)))
        else {
            unreachable!("a segment was opened")
        };
        let at = segment.used;
        record.write(&mut segment.bytes[at..at + size]);
        segment.used += size;
        segment.live += size;
        ((id * self.segment_size + at) / UNIT) as Address
    }

    /// The record at an address.
    pub fn get(&self, address: Address) -> Record<'_> {
        let (bytes, at) = self.locate(address);
        // The header says how long it is, but its next lines need not wait for that.
        (1..=LINES_AHEAD).for_each(|line| prefetch(bytes, at + line * LINE));
        read(&bytes[at..])
    }

    /// Overwrite a record by one of the same size.
    pub fn replace(&mut self, address: Address, record: &Record) {
        let (id, at) = self.split(address);
        if address & LARGE != 0 {
            if let Some(bytes) = &mut self.large[id] {
                record.write(bytes);
            }
        } else if let Some(segment) = &mut self.segments[id] {
            record.write(&mut segment.bytes[at..at + record.size()]);
        }
    }

    /// Let go of a record.
    pub fn free(&mut self, address: Address) {
        let size = self.get(address).size();
        let (id, at) = self.split(address);
        if address & LARGE != 0 {
            self.large[id] = None;
            self.bytes -= size + LARGE_COST;
        } else if let Some(segment) = &mut self.segments[id] {
            segment.bytes[at + 11] |= DEAD;
            segment.live -= size;
            if segment.live == 0 && self.active != Some(id) {
                self.close_segment(id);
            }
        }
    }

    /// The segment with the fewest living bytes, and those; not the one that is written to.
    pub fn emptiest(&self) -> Option<(usize, usize)> {
        let others = self.segments.iter().enumerate().filter(|(id, _)| self.active != Some(*id));
        others
            .filter_map(|(id, segment)| Some((id, segment.as_ref()?.live)))
            .min_by_key(|each| each.1)
    }

    /// Take a segment out of the log. What lives in it has to be appended anew.
    pub fn take_segment(&mut self, id: usize) -> Taken {
        let segment = self.segments[id].take();
        self.bytes -= self.segment_size;
        Taken { segment, at: 0 }
    }

    fn active_segment(&self) -> Option<&Segment> {
        self.segments[self.active?].as_ref()
    }

    fn is_large(&self, size: usize) -> bool {
        size > self.segment_size / LARGE_PART
    }

    fn split(&self, address: Address) -> (usize, usize) {
        if address & LARGE != 0 {
            return ((address & !LARGE) as usize, 0);
        }
        let at = address as usize * UNIT;
        (at / self.segment_size, at % self.segment_size)
    }

    fn locate(&self, address: Address) -> (&[u8], usize) {
        let (id, at) = self.split(address);
        let bytes = if address & LARGE != 0 {
            self.large[id].as_deref()
        } else {
            self.segments[id].as_ref().map(|segment| &*segment.bytes)
        };
        (bytes.unwrap_or_default(), at)
    }

    fn open_segment(&mut self) {
        if let Some(id) = self.active.take()
            && self.segments[id].as_ref().is_some_and(|segment| segment.live == 0)
        {
            self.close_segment(id);
        }
        let bytes = vec![0; self.segment_size].into_boxed_slice();
        self.bytes += self.segment_size;
        self.active = Some(place(&mut self.segments, Segment { bytes, used: 0, live: 0 }));
    }

    fn close_segment(&mut self, id: usize) {
        self.segments[id] = None;
        self.bytes -= self.segment_size;
    }
}

/// Put an item into the first free place.
fn place<T>(items: &mut Vec<Option<T>>, item: T) -> usize {
    match items.iter().position(Option::is_none) {
        Some(id) => {
            items[id] = Some(item);
            id
        }
        None => {
            items.push(Some(item));
            items.len() - 1
        }
    }
}

/// A segment on its way out.
pub struct Taken {
    segment: Option<Segment>,
    at: usize,
}

impl Taken {
    /// The next living record.
    pub fn next_living(&mut self) -> Option<Record<'_>> {
        let segment = self.segment.as_ref()?;
        loop {
            if self.at >= segment.used {
                return None;
            }
            let from = &segment.bytes[self.at..];
            let record = read(from);
            self.at += record.size();
            if from[11] & DEAD == 0 {
                return Some(record);
            }
        }
    }
}
