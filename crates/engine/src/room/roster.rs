//! Who is in a group: its leaves, each a device that speaks for a person.

use crate::sorted::SortedSet;

use xchat_wire::PublicKey;

/// A device: whom it speaks for, and its MLS signature key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Device {
    pub(crate) person: PublicKey,
    pub(crate) key: PublicKey,
}

/// A device at its place in the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Leaf {
    pub(crate) index: u32,
    pub(crate) device: Device,
}

/// The leaves of one epoch, ascending by index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Roster {
    leaves: Vec<Leaf>,
    people: SortedSet<PublicKey>,
}

impl Roster {
    /// Of these leaves, ascending by index.
    pub(crate) fn new(leaves: Vec<Leaf>) -> Self {
        let people = leaves.iter().map(|leaf| leaf.device.person).collect();
        Self { leaves, people }
    }

    pub(crate) fn leaves(&self) -> &[Leaf] {
        &self.leaves
    }

    pub(crate) fn people(&self) -> impl ExactSizeIterator<Item = &PublicKey> {
        self.people.iter()
    }

    pub(crate) fn has(&self, person: &PublicKey) -> bool {
        self.people.contains(person)
    }

    /// The person of the first leaf.
    pub(crate) fn first(&self) -> Option<&PublicKey> {
        self.leaves.first().map(|leaf| &leaf.device.person)
    }

    /// The leaves of a person.
    pub(crate) fn of_person(&self, person: &PublicKey) -> impl Iterator<Item = &Leaf> {
        self.leaves.iter().filter(move |leaf| leaf.device.person == *person)
    }
}

#[cfg(test)]
impl Roster {
    /// (index, number of the person), one device each.
    pub(crate) fn of(leaves: &[(u32, u8)]) -> Self {
        let leaf = |&(index, n): &(u32, u8)| {
            let device = Device { person: PublicKey::new([n; 32]), key: PublicKey::new([n + 100; 32]) };
            Leaf { index, device }
        };
        Self::new(leaves.iter().map(leaf).collect())
    }
}
