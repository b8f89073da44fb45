//! What a replacement policy is, and the list of those there are.
//!
//! A policy never sees a key or a value. Its owner gives every key a *slot*, a small integer, and
//! tells the policy what happens to the slots; the policy says which slot has to go. So one
//! implementation serves the cache whose values live in JavaScript, the shared cache whose values
//! live in Rust, and the simulator, which has no values at all.

use super::list::NIL;
use super::{fifo, lfu, lifo, lru, mru, s3fifo, sieve, wtinylfu};

/// The place of a key in its cache. Slots are given out from 0 upwards and used again.
pub type Slot = u32;

/// What a policy learns of a key that comes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Incoming {
    /// A hash of the key, equal for equal keys; 0 where [`Policy::wants_hash`] is false.
    pub hash: u32,
    /// What the entry takes of the capacity: 1 where entries are counted.
    pub weight: u64,
}

/// The answer to "who goes?".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Eviction {
    /// Its entry leaves the cache.
    pub slot: Slot,
    /// The policy still remembers the key (a *ghost*): the owner drops the value but keeps the
    /// key's slot until it comes back as `released`.
    pub ghost: bool,
    /// A ghost that the policy has forgotten; its slot is free for other keys.
    pub released: Option<Slot>,
    /// The policy is not done: ask again even if there is room now.
    pub more: bool,
}

impl Eviction {
    /// The common case: the entry goes and nothing of it is remembered.
    pub fn of(slot: Slot) -> Self {
        Eviction { slot, ghost: false, released: None, more: false }
    }
}

/// How much a cache holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Capacity {
    /// So many entries, each of weight 1.
    Entries(u64),
    /// Bounded by weights (or by nothing that is known beforehand). A policy that divides its
    /// room then divides what is resident when it chooses.
    Weights,
}

/// A replacement policy.
///
/// The owner makes room before it inserts: [`Policy::recall`] where the key is a ghost, then
/// [`Policy::evict`] until the newcomer fits, then [`Policy::insert`]. So the incoming key is never
/// the victim.
pub trait Policy: Send {
    /// The key of a ghost is about to come in: keep its slot until the insertion.
    fn recall(&mut self, _ghost: Slot) {}
    /// A key took `slot`, which is free or was recalled.
    fn insert(&mut self, slot: Slot, incoming: Incoming);
    /// A resident entry was read.
    fn hit(&mut self, slot: Slot);
    /// Resident entries were read in this order; the same as so many calls of [`Policy::hit`], but
    /// one call through the vtable.
    fn hit_all(&mut self, slots: &[Slot]) {
        for &slot in slots {
            self.hit(slot);
        }
    }
    /// A resident entry was set again; `weight` is its new weight.
    fn update(&mut self, slot: Slot, weight: u64);
    /// A resident entry was deleted or has expired. Its slot is free at once.
    fn remove(&mut self, slot: Slot);
    /// Choose the entry that goes, and let go of it. None where nothing is resident.
    fn evict(&mut self) -> Option<Eviction> {
        self.evict_but(NIL)
    }
    /// The same, but `spared` stays, and keeps its place: an entry that was set again and takes more
    /// room than it did. [`NIL`] spares none. None where nothing else is resident.
    fn evict_but(&mut self, spared: Slot) -> Option<Eviction>;
    /// Forget everything, ghosts too.
    fn clear(&mut self);
    /// The resident slots in an order in which inserting them anew restores what the policy thinks
    /// of them, as nearly as that can be: the oldest, or least wanted, first.
    fn order(&self) -> Vec<Slot>;
    /// Whether [`Incoming::hash`] is looked at.
    fn wants_hash(&self) -> bool {
        false
    }
    /// The memory that the policy holds for its bookkeeping, in bytes.
    fn bytes(&self) -> usize;
    /// By how much [`Policy::bytes`] grows with the next insertion, at most. The arrays by slot
    /// grow by an eighth; see [`super::list::grow`].
    fn growth(&self) -> usize {
        self.bytes() / 8 + 1024
    }
}

macro_rules! policies {
    ($($kind:ident $name:literal $make:expr;)*) => {
        /// The policies by name.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum PolicyKind { $($kind),* }

        impl PolicyKind {
            /// All of them, in the order in which they are documented.
            pub const ALL: &'static [PolicyKind] = &[$(PolicyKind::$kind),*];

            /// The name that users write.
            pub fn name(self) -> &'static str {
                match self { $(PolicyKind::$kind => $name),* }
            }

            /// A policy of this kind for a cache of that capacity.
            pub fn build(self, capacity: Capacity) -> Box<dyn Policy> {
                match self { $(PolicyKind::$kind => Box::new($make(capacity))),* }
            }
        }
    };
}

// A new policy is one file and one line here.
policies! {
    Fifo "fifo" fifo::Fifo::new;
    Lifo "lifo" lifo::Lifo::new;
    Lru "lru" lru::Lru::new;
    Mru "mru" mru::Mru::new;
    Lfu "lfu" lfu::Lfu::new;
    Sieve "sieve" sieve::Sieve::new;
    S3Fifo "s3fifo" s3fifo::S3Fifo::new;
    WTinyLfu "wtinylfu" wtinylfu::WTinyLfu::new;
}

impl PolicyKind {
    /// The policy of that name.
    pub fn from_name(name: &str) -> Option<PolicyKind> {
        PolicyKind::ALL.iter().copied().find(|kind| kind.name() == name)
    }
}
