//! Counts connections: in all, and per address.

use std::collections::HashMap;
use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::ground::limits::Limits;
use crate::ground::stats::{LimitKind, Stats};

/// The open connections.
pub(crate) struct ConnectionCounter {
    most: usize,
    most_of_one: usize,
    stats: Arc<Stats>,
    open: Mutex<Open>,
}

#[derive(Default)]
struct Open {
    all: usize,
    by_address: HashMap<IpAddr, usize>,
}

/// A permit for a connection, which is released when this is dropped.
pub(crate) struct ConnectionPermit {
    counter: Arc<ConnectionCounter>,
    in_all: bool,
    address: Option<IpAddr>,
}

impl ConnectionCounter {
    /// Creates a counter without connections.
    pub(crate) fn new(limits: &Limits, stats: Arc<Stats>) -> Self {
        Self {
            most: limits.connections,
            most_of_one: limits.connections_per_address,
            stats,
            open: Mutex::default(),
        }
    }

    /// Takes a permit for a TCP connection, which counts for its address if it is given.
    ///
    /// # Errors
    /// The limit that is reached.
    pub(crate) fn enter(self: &Arc<Self>, address: Option<IpAddr>) -> Result<ConnectionPermit, LimitKind> {
        self.take(true, address.map(network))
    }

    /// Takes a permit for a socket of an address.
    ///
    /// # Errors
    /// The limit that is reached.
    pub(crate) fn enter_from(self: &Arc<Self>, address: IpAddr) -> Result<ConnectionPermit, LimitKind> {
        self.take(false, Some(network(address)))
    }

    fn take(self: &Arc<Self>, in_all: bool, address: Option<IpAddr>) -> Result<ConnectionPermit, LimitKind> {
        let taken = self.open().take(in_all, address, self.most, self.most_of_one);
        match taken {
            Ok(()) => Ok(ConnectionPermit { counter: Arc::clone(self), in_all, address }),
            Err(limit) => {
                self.stats.cross(limit);
                Err(limit)
            }
        }
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        // Every edit leaves the map consistent.
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for ConnectionPermit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConnectionPermit").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Open {
    fn take(
        &mut self,
        in_all: bool,
        address: Option<IpAddr>,
        most: usize,
        most_of_one: usize,
    ) -> Result<(), LimitKind> {
        if in_all && self.all >= most {
            return Err(LimitKind::Connections);
        }
        if let Some(address) = address {
            let of_one = self.by_address.entry(address).or_default();
            if *of_one >= most_of_one {
                return Err(LimitKind::ConnectionsPerAddress);
            }
            *of_one += 1;
        }
        self.all += usize::from(in_all);
        Ok(())
    }
}

impl Drop for ConnectionPermit {
    fn drop(&mut self) {
        let mut open = self.counter.open();
        open.all -= usize::from(self.in_all);
        let Some(address) = self.address else { return };
        if let Some(of_one) = open.by_address.get_mut(&address) {
            *of_one -= 1;
            if *of_one == 0 {
                open.by_address.remove(&address);
            }
        }
    }
}

/// Returns the address under which a client is counted. Of IPv6 it is the network of 64 bits, because one subscriber
/// has all of it.
pub(crate) fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX))),
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counter(connections: usize, of_one: usize) -> Arc<ConnectionCounter> {
        let limits = Limits { connections, connections_per_address: of_one, ..Limits::default() };
        Arc::new(ConnectionCounter::new(&limits, Arc::default()))
    }

    fn address(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn places_are_counted_and_given_back() {
        let counter = counter(2, 5);
        let first = counter.enter(None).ok();
        let _second = counter.enter(Some(address("10.0.0.1"))).expect("a permit");
        assert_eq!(counter.enter(None).err(), Some(LimitKind::Connections));
        assert_eq!(counter.stats.crossed(LimitKind::Connections), 1);
        drop(first);
        assert!(counter.enter(None).is_ok());
    }

    #[test]
    fn a_network_of_64_bits_is_one_address() {
        let counter = counter(9, 1);
        let permit = counter.enter(Some(address("2001:db8::1"))).expect("a permit");
        assert_eq!(counter.enter(Some(address("2001:db8::2"))).err(), Some(LimitKind::ConnectionsPerAddress));
        assert!(counter.enter(Some(address("2001:db8:0:1::2"))).is_ok());
        assert!(counter.enter(Some(address("10.0.0.1"))).is_ok());
        let mapped = counter.enter_from(address("::ffff:10.0.0.1")).expect("it was given back");
        assert_eq!(counter.enter_from(address("10.0.0.1")).err(), Some(LimitKind::ConnectionsPerAddress));
        drop((permit, mapped));
        assert!(counter.open().by_address.is_empty());
    }
}
