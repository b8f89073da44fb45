//! Messages that refer to themselves, by however many others.

use std::collections::HashMap;

use super::problem::{Kind, Report};
use crate::i18n::document::full_id;
use crate::i18n::facts::Facts;
use crate::i18n::project::{Catalog, Known};

/// A value or an attribute of a message or a term.
type Node = usize;

struct Graph<'c, 's> {
    nodes: Vec<(Known<'c, 's>, Option<&'s str>, &'c Facts<'s>)>,
    by_id: HashMap<String, Node>,
}

/// A walk in depth with a stack of its own, for a chain of references may be as long as a catalog.
/// Each cycle is reported once, where it is entered.
pub fn check(catalog: &Catalog<'_>, report: &mut Report<'_>) {
    let graph = Graph::new(catalog);
    #[derive(Clone, Copy, PartialEq)]
    enum Mark {
        New,
        Open,
        Done,
    }
    let mut marks = vec![Mark::New; graph.nodes.len()];
    for start in 0..graph.nodes.len() {
        if marks[start] != Mark::New {
            continue;
        }
        marks[start] = Mark::Open;
        let mut path = vec![(start, graph.next(start).into_iter())];
        while let Some((node, targets)) = path.last_mut() {
            let node = *node;
            match targets.next() {
                None => {
                    marks[node] = Mark::Done;
                    path.pop();
                }
                Some(target) if marks[target] == Mark::New => {
                    marks[target] = Mark::Open;
                    path.push((target, graph.next(target).into_iter()));
                }
                Some(target) if marks[target] == Mark::Open => {
                    let from = path.iter().position(|(each, _)| *each == target).unwrap_or(0);
                    graph.report(path[from..].iter().map(|(each, _)| *each), report);
                }
                Some(_) => {}
            }
        }
    }
}

impl<'c, 's> Graph<'c, 's> {
    fn new(catalog: &'c Catalog<'s>) -> Self {
        let mut nodes = Vec::new();
        let mut by_id = HashMap::new();
        for known in catalog.first_ones() {
            for (field, facts) in known.fields() {
                by_id.entry(full_id(&known.item.name(), field.name)).or_insert(nodes.len());
                nodes.push((known, field.name, facts));
            }
        }
        Self { nodes, by_id }
    }

    fn next(&self, node: Node) -> Vec<Node> {
        let (_, _, facts) = &self.nodes[node];
        let messages = facts.messages.iter().map(|to| full_id(to.id, to.attribute));
        let terms = facts.terms.iter().map(|to| full_id(&format!("-{}", to.id), to.attribute));
        messages.chain(terms).filter_map(|id| self.by_id.get(&id).copied()).collect()
    }

    fn id(&self, node: Node) -> String {
        let (known, attribute, _) = &self.nodes[node];
        full_id(&known.item.name(), *attribute)
    }

    fn report(&self, cycle: impl Iterator<Item = Node>, report: &mut Report<'_>) {
        /// Of a longer cycle, its first members are named.
        const NAMED: usize = 10;
        let members: Vec<Node> = cycle.collect();
        let Some(&first) = members.first() else { return };
        let mut names: Vec<String> =
            members.iter().take(NAMED).map(|&node| self.id(node)).collect();
        if members.len() > NAMED {
            names.push(format!("({} more)", members.len() - NAMED));
        }
        names.push(self.id(first));
        let (known, attribute, _) = &self.nodes[first];
        let start = known.item.field(*attribute).map_or(known.item.start, |field| field.start);
        let message = format!("these refer to each other in a circle: {}", names.join(" -> "));
        report.add(Kind::Cycle, (known.file, start), Some(self.id(first)), message);
    }
}
