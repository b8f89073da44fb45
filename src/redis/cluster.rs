//! Redis Cluster: which slot a key is in, and which node has a slot.

use redis::{Pipeline, Value};

use super::address::Address;
use super::reply;

const SLOTS: u16 = 16384;

/// The slot of a key: that of its hash tag, the part between the first `{` and the next `}`, where
/// there is one.
pub fn slot_of(key: &[u8]) -> u16 {
    let tag = key.iter().position(|byte| *byte == b'{').and_then(|open| {
        let rest = &key[open + 1..];
        let close = rest.iter().position(|byte| *byte == b'}')?;
        (close > 0).then(|| &rest[..close])
    });
    crc16(tag.unwrap_or(key)) % SLOTS
}

/// CRC16 as Redis Cluster defines it (XMODEM): polynomial 1021, nothing reflected, from 0.
fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |crc: u16, byte| {
        (0..8).fold(crc ^ (u16::from(*byte) << 8), |crc, _| {
            if crc & 0x8000 == 0 { crc << 1 } else { (crc << 1) ^ 0x1021 }
        })
    })
}

/// What every node is asked.
pub fn question() -> Pipeline {
    let mut pipeline = Pipeline::with_capacity(1);
    pipeline.cmd("CLUSTER").arg("SLOTS");
    pipeline
}

/// What a node knows of the cluster.
#[derive(Default)]
pub struct Map {
    /// Who has the slot; none where nobody has.
    pub owner: Option<Address>,
    /// All nodes.
    pub nodes: Vec<Address>,
}

impl Map {
    /// Read a node's answer. `asked` is where the node was found: it may not know its own name.
    pub fn read(answer: Value, slot: u16, asked: &Address) -> Option<Map> {
        let mut map = Map::default();
        for range in reply::array(answer).ok()? {
            let mut parts = reply::array(range).ok()?.into_iter();
            let first = reply::integer(parts.next()?).ok()?;
            let last = reply::integer(parts.next()?).ok()?;
            for (index, node) in parts.enumerate() {
                let Some(address) = read_node(node, asked) else { continue };
                if index == 0 && (first..=last).contains(&i64::from(slot)) {
                    map.owner = Some(address.clone());
                }
                if !map.nodes.contains(&address) {
                    map.nodes.push(address);
                }
            }
        }
        Some(map)
    }
}

/// A node that has no name for others, or an unknown one, is where the one that was asked is.
fn read_node(node: Value, asked: &Address) -> Option<Address> {
    let mut parts = reply::array(node).ok()?.into_iter();
    let host = reply::text(parts.next()?).ok()?.filter(|host| !host.is_empty() && host != "?");
    let port = u16::try_from(reply::integer(parts.next()?).ok()?).ok()?;
    Some(Address { host: host.unwrap_or_else(|| asked.host.clone()), port })
}

/// Who has the slot by what most nodes say; of equals the one that is not `doubted`, then the
/// first.
pub fn choose(maps: &[Map], doubted: Option<&Address>) -> Option<Address> {
    let mut votes: Vec<(&Address, usize)> = Vec::new();
    for owner in maps.iter().filter_map(|map| map.owner.as_ref()) {
        match votes.iter_mut().find(|(address, _)| *address == owner) {
            Some((_, count)) => *count += 1,
            None => votes.push((owner, 1)),
        }
    }
    let rank = |(address, count): &(&Address, usize)| (*count, Some(*address) != doubted);
    votes.iter().rev().max_by_key(|vote| rank(vote)).map(|(address, _)| (*address).clone())
}

/// The address in a `MOVED` error's details, `SLOT HOST:PORT`; no host means the one that said so.
pub fn moved_to(details: &str, from: &Address) -> Option<Address> {
    let mut address = Address::from_redis(details.split_ascii_whitespace().nth(1)?)?;
    if address.host.is_empty() || address.host == "?" {
        address.host = from.host.clone();
    }
    Some(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(host: &str, port: u16) -> Address {
        Address { host: host.to_owned(), port }
    }

    fn text(text: &str) -> Value {
        Value::BulkString(text.as_bytes().to_vec())
    }

    fn node(host: Value, port: u16) -> Value {
        Value::Array(vec![host, Value::Int(i64::from(port)), text("id")])
    }

    #[test]
    fn slots_are_those_of_the_specification() {
        assert_eq!(crc16(b"123456789"), 0x31c3);
        assert_eq!(slot_of(b"foo"), 12182);
        assert_eq!(slot_of(b"{user1000}.following"), slot_of(b"user1000"));
        assert_eq!(slot_of(b"foo{}{bar}"), crc16(b"foo{}{bar}") % SLOTS);
        assert_eq!(slot_of(b"foo{{bar}}zap"), slot_of(b"{bar"));
        assert_eq!(slot_of(b"{open"), crc16(b"{open") % SLOTS);
    }

    #[test]
    fn the_owner_is_the_first_node_of_the_range() {
        let range = |first, last, nodes: Vec<Value>| {
            Value::Array([vec![Value::Int(first), Value::Int(last)], nodes].concat())
        };
        let answer = Value::Array(vec![
            range(0, 99, vec![node(text("a"), 1), node(text("b"), 2)]),
            range(100, 16383, vec![node(Value::Nil, 3), node(text("d"), 4)]),
        ]);
        let map = Map::read(answer.clone(), 99, &at("self", 9)).unwrap();
        assert_eq!(map.owner, Some(at("a", 1)));
        assert_eq!(map.nodes, [at("a", 1), at("b", 2), at("self", 3), at("d", 4)]);
        assert_eq!(Map::read(answer, 100, &at("self", 9)).unwrap().owner, Some(at("self", 3)));
        assert!(Map::read(text("nonsense"), 1, &at("self", 9)).is_none());
    }

    #[test]
    fn most_nodes_decide_and_a_doubted_one_loses_a_tie() {
        let says = |host| Map { owner: Some(at(host, 1)), nodes: Vec::new() };
        let silent = Map::default;
        assert_eq!(choose(&[says("a"), says("b"), says("b")], None), Some(at("b", 1)));
        assert_eq!(choose(&[says("a"), says("b")], Some(&at("a", 1))), Some(at("b", 1)));
        assert_eq!(choose(&[says("a"), says("b")], None), Some(at("a", 1)));
        assert_eq!(choose(&[silent(), says("a")], Some(&at("a", 1))), Some(at("a", 1)));
        assert_eq!(choose(&[silent()], None), None);
    }

    #[test]
    fn a_redirection_may_leave_out_the_host() {
        assert_eq!(moved_to("12182 10.0.0.1:7000", &at("self", 9)), Some(at("10.0.0.1", 7000)));
        assert_eq!(moved_to("12182 :7000", &at("self", 9)), Some(at("self", 7000)));
        assert_eq!(moved_to("12182 ::1:7000", &at("self", 9)), Some(at("::1", 7000)));
        assert_eq!(moved_to("12182", &at("self", 9)), None);
    }
}
