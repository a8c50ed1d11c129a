//! Finds dead slots: those below a root that are not its ancestors. Nodes name each slot's parent, but few report dead
//! forks.

use ballast_keeper::event::{Fate, KeeperEvent};
use std::collections::BTreeMap;

#[derive(Default)]
pub struct Forks {
    /// By slot, above the root.
    parents: BTreeMap<u64, u64>,
    root: u64,
}

impl Forks {
    /// Takes a slot and a root in, and returns what follows.
    pub fn slot(&mut self, slot: u64, parent: u64, root: u64) -> Vec<KeeperEvent> {
        if slot > self.root {
            self.parents.insert(slot, parent);
        }
        let mut events = vec![KeeperEvent::Slot(slot, Fate::Processed)];
        events.extend(self.root(root));
        events
    }

    /// Takes a root in, and returns what follows.
    pub fn root(&mut self, root: u64) -> Vec<KeeperEvent> {
        if root <= self.root {
            return Vec::new();
        }
        let mut events: Vec<_> =
            self.abandoned(root).into_iter().map(|slot| KeeperEvent::Slot(slot, Fate::Dead)).collect();
        events.push(KeeperEvent::Slot(root, Fate::Rooted));
        self.parents = self.parents.split_off(&(root + 1));
        self.root = root;
        events
    }

    /// Returns the slots that are certainly dead. If the ancestors are not known down to the last root, some dead slots
    /// are left out.
    fn abandoned(&self, root: u64) -> Vec<u64> {
        let mut alive = Vec::new();
        let mut ancestor = root;
        while let Some(parent) = self.parents.get(&ancestor) {
            alive.push(ancestor);
            ancestor = *parent;
        }
        let known_down_to = ancestor.max(self.root);
        let below = self.parents.keys().copied().take_while(|slot| *slot < root);
        below.filter(|slot| *slot > known_down_to && !alive.contains(slot)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_that_the_root_does_not_descend_from_is_dead() {
        let mut forks = Forks::default();
        assert_eq!(forks.slot(10, 9, 5), [KeeperEvent::Slot(10, Fate::Processed), KeeperEvent::Slot(5, Fate::Rooted)]);
        for (slot, parent) in [(11, 10), (12, 10), (13, 12), (14, 11)] {
            assert_eq!(forks.slot(slot, parent, 5), [KeeperEvent::Slot(slot, Fate::Processed)]);
        }
        let dead = |slot| KeeperEvent::Slot(slot, Fate::Dead);
        let expected = [KeeperEvent::Slot(15, Fate::Processed), dead(11), KeeperEvent::Slot(13, Fate::Rooted)];
        assert_eq!(forks.slot(15, 13, 13), expected, "14 is above the root, so it dies with the next root");
        let expected = [KeeperEvent::Slot(16, Fate::Processed), dead(14), KeeperEvent::Slot(15, Fate::Rooted)];
        assert_eq!(forks.slot(16, 15, 15), expected);
    }

    #[test]
    fn no_slot_is_dead_below_a_gap() {
        let mut forks = Forks::default();
        forks.slot(10, 9, 5);
        forks.slot(11, 10, 5);
        // Slot 12 was missed, so it is unknown whether 13 descends from 11.
        forks.slot(13, 12, 5);
        assert_eq!(
            forks.slot(14, 13, 13),
            [KeeperEvent::Slot(14, Fate::Processed), KeeperEvent::Slot(13, Fate::Rooted)]
        );
        // The same if the root itself was not seen.
        assert_eq!(
            forks.slot(17, 16, 16),
            [KeeperEvent::Slot(17, Fate::Processed), KeeperEvent::Slot(16, Fate::Rooted)]
        );
    }
}
