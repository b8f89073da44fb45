//! The hash by which a frequency sketch knows a key. lib/cache/hash.js computes the same, so that
//! the simulator and a cache decide alike.

/// The hash of a string key: FNV-1a over its UTF-16 code units, then the finalizer of MurmurHash3.
pub fn of_str(key: &str) -> u32 {
    let mut hash: u32 = 0x811C_9DC5;
    for unit in key.encode_utf16() {
        hash = (hash ^ u32::from(unit)).wrapping_mul(0x0100_0193);
    }
    finish(hash)
}

/// The hash of a key that is an integer of 32 bits.
pub fn of_u32(key: u32) -> u32 {
    finish(key ^ 0x9E37_79B9)
}

fn finish(mut hash: u32) -> u32 {
    hash = (hash ^ (hash >> 16)).wrapping_mul(0x85EB_CA6B);
    hash = (hash ^ (hash >> 13)).wrapping_mul(0xC2B2_AE35);
    hash ^ (hash >> 16)
}
