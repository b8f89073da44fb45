//! Finding the server to talk to, at first and whenever it moved. Shared by all connections of a
//! client, so that what one of them learns serves the others.

use std::cell::RefCell;
use std::rc::Rc;

use redis::ServerError;
use tokio::sync::watch;

use super::address::Address;
use super::config::{Server, Site, Template};
use super::survey::survey;
use super::trouble::{REFUSES, Trouble, judge};
use super::{Config, cluster, sentinel};
use crate::error::{Error, Result};

/// Nodes of a cluster that are asked at once; any of them knows them all.
const MOST_ASKED: usize = 12;

/// Where the server is.
pub struct Finder {
    config: Config,
    state: RefCell<State>,
    moves: watch::Sender<()>,
}

#[derive(Default)]
struct State {
    /// The server, as far as anybody knows.
    found: Option<Address>,
    /// The one before, where it failed.
    doubted: Option<Address>,
    /// Nodes of the cluster that were heard of.
    nodes: Vec<Address>,
}

/// A server that was found.
#[derive(Clone)]
pub struct Found {
    pub server: Server,
    /// `None` where there is no other.
    pub address: Option<Address>,
}

impl Finder {
    pub fn new(config: Config) -> Rc<Self> {
        let (moves, _) = watch::channel(());
        Rc::new(Finder { config, state: RefCell::default(), moves })
    }

    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The server to connect to.
    ///
    /// # Errors
    /// `ERR_STORE_UNAVAILABLE` where nobody who could know answers, or knows.
    pub async fn find(&self) -> Result<Found> {
        let template = match &self.config.site {
            Site::Server(server) => return Ok(Found { server: server.clone(), address: None }),
            Site::Sentinels { template, .. } | Site::Cluster { template, .. } => template,
        };
        let known = self.state.borrow().found.clone();
        let address = match known {
            Some(address) => address,
            None => {
                let address = self.ask(template).await?;
                self.redirect(address.clone());
                address
            }
        };
        Ok(Found { server: template.at(&address), address: Some(address) })
    }

    async fn ask(&self, template: &Template) -> Result<Address> {
        let limit = self.config.connect_timeout;
        match &self.config.site {
            Site::Sentinels { sentinels, master, login, .. } => {
                let template = template.logged_in(login.clone());
                let servers = sentinels.iter().map(|at| (at.clone(), template.at(at))).collect();
                let question = sentinel::question(master);
                let (words, failures) =
                    survey(servers, limit, &question, sentinel::Word::read).await;
                let unknown = !words.is_empty();
                sentinel::choose(words).ok_or_else(|| {
                    Error::StoreUnavailable(if unknown {
                        format!(
                            "the sentinels know no master called {master:?}: check the name in the \
                             URL, {}",
                            self.config.address()
                        )
                    } else {
                        let hint = if failures.iter().any(|why| why.contains(REFUSES)) {
                            " (sentinels have a login of their own, sentinelUser and \
                             sentinelPassword behind a ? in the URL)"
                        } else {
                            ""
                        };
                        no_answer("sentinel", &failures) + hint
                    })
                })
            }
            Site::Cluster { slot, .. } => {
                let nodes = self.nodes();
                let servers = nodes.iter().map(|at| (at.clone(), template.at(at))).collect();
                let read = |mut answer: Vec<redis::Value>, asked: &Address| {
                    let answer = answer.pop().unwrap_or(redis::Value::Nil);
                    if let redis::Value::ServerError(error) = &answer {
                        let details = error.details().unwrap_or_default();
                        let (code, hint) = (error.code(), hint(error));
                        return Err(format!("{asked} answered {code} {details}{hint}"));
                    }
                    cluster::Map::read(answer, *slot, asked)
                        .ok_or_else(|| format!("{asked} answered what no cluster does"))
                };
                let (maps, failures) = survey(servers, limit, &cluster::question(), read).await;
                let mut state = self.state.borrow_mut();
                if !maps.is_empty() {
                    state.nodes.clear();
                }
                for node in maps.iter().flat_map(|map| &map.nodes) {
                    if !state.nodes.contains(node) {
                        state.nodes.push(node.clone());
                    }
                }
                cluster::choose(&maps, state.doubted.as_ref()).ok_or_else(|| {
                    Error::StoreUnavailable(if maps.is_empty() {
                        no_answer("node of the cluster", &failures)
                    } else {
                        format!("no node of the cluster has slot {slot}")
                    })
                })
            }
            Site::Server(_) => Err(Error::Internal("nobody to ask for a server".to_owned())),
        }
    }

    /// Those who may know: of the nodes that were heard of last as many as are asked at once, and
    /// those of the URL that were not heard of.
    fn nodes(&self) -> Vec<Address> {
        let Site::Cluster { seeds, .. } = &self.config.site else { return Vec::new() };
        let mut state = self.state.borrow_mut();
        // Others get their turn the next time.
        let shift = state.nodes.len().min(1);
        state.nodes.rotate_left(shift);
        let mut nodes = state.nodes.clone();
        nodes.truncate(MOST_ASKED.saturating_sub(seeds.len()).max(1));
        nodes.extend(seeds.iter().filter(|seed| !state.nodes.contains(seed)).cloned());
        nodes
    }

    /// What was found there does not serve, or not any more: ask anew.
    pub fn doubt(&self, address: Option<&Address>) {
        let mut state = self.state.borrow_mut();
        if state.found.is_some() && state.found.as_ref() == address {
            state.doubted = state.found.take();
        }
    }

    /// The server is at this address now.
    pub fn redirect(&self, to: Address) {
        let mut state = self.state.borrow_mut();
        if state.found.as_ref() != Some(&to) {
            state.doubted = state.found.replace(to);
            drop(state);
            self.moves.send_replace(());
        }
    }

    /// Take in what an error reply of the server at `from` says about where to go instead. `false`
    /// where the error has another cause.
    pub fn learn(&self, code: &str, details: Option<&str>, from: Option<&Address>) -> bool {
        match judge(code, details, self.config.is_cluster()) {
            Some(Trouble::Elsewhere) => {
                match details.zip(from).filter(|_| code == "MOVED") {
                    Some((details, from)) => match cluster::moved_to(details, from) {
                        Some(to) => self.redirect(to),
                        None => self.doubt(Some(from)),
                    },
                    None => self.doubt(from),
                }
                true
            }
            other => other.is_some(),
        }
    }

    /// Wakes whenever the server is somewhere else.
    pub fn moves(&self) -> watch::Receiver<()> {
        self.moves.subscribe()
    }

    /// Whether the server is known to be elsewhere than at this address.
    pub fn has_left(&self, address: Option<&Address>) -> bool {
        let state = self.state.borrow();
        state.found.is_some() && state.found.as_ref() != address
    }
}

fn no_answer(who: &str, failures: &[String]) -> String {
    format!("no {who} could be asked: {}", failures.join("; "))
}

/// The way out where a server is no node of a cluster.
fn hint(error: &ServerError) -> &'static str {
    if error.details().is_some_and(|details| details.contains("cluster support disabled")) {
        " (give a single server as redis://HOST:PORT)"
    } else {
        ""
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn finder(url: &str) -> Rc<Finder> {
        let second = Duration::from_secs(1);
        Finder::new(Config::new("store", url, second, second).unwrap())
    }

    fn at(port: u16) -> Address {
        Address { host: "a".to_owned(), port }
    }

    #[test]
    fn a_server_that_moved_is_told_to_all_who_wait() {
        let finder = finder("redis+cluster://a:1");
        let mut moves = finder.moves();
        finder.redirect(at(2));
        assert!(moves.has_changed().unwrap());
        moves.mark_unchanged();
        assert!(finder.has_left(Some(&at(1))));
        assert!(!finder.has_left(Some(&at(2))));
        finder.redirect(at(2));
        assert!(!moves.has_changed().unwrap());
        // Nobody knows yet where it is instead.
        finder.doubt(Some(&at(2)));
        assert!(!finder.has_left(Some(&at(2))));
    }

    #[test]
    fn a_doubt_about_another_server_changes_nothing() {
        let finder = finder("redis+cluster://a:1");
        finder.redirect(at(2));
        finder.doubt(Some(&at(1)));
        assert!(finder.has_left(Some(&at(1))));
    }

    #[test]
    fn nodes_that_were_heard_of_are_asked_in_turn_and_seeds_that_were_not_always() {
        let finder = finder("redis+cluster://a:1,a:2");
        assert_eq!(finder.nodes(), [at(1), at(2)]);
        finder.state.borrow_mut().nodes = (2..40).map(at).collect();
        let first = finder.nodes();
        assert!(first.len() <= MOST_ASKED && first.contains(&at(1)));
        assert_ne!(finder.nodes(), first);
    }
}
