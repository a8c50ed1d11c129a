//! What the engine takes in: everything as of a slot, then accounts as they are written.

use anchor_lang::prelude::Address as Key;
use ballast_core::positions::{Holding, Positions};

use super::Engine;
use crate::decode::{Seen, Unread};
use crate::event::Account;
use crate::history::Version;
use crate::market::{Address, Update, UpdateError, Value};

/// So many accounts wait at most for the reserve that they belong to.
const MOST_WAITING: usize = 4_096;

/// What is known of the world.
pub(super) enum Link {
    /// Perhaps not all, but nothing that is wrong.
    Lost,
    /// What no news can mend: everything has to be loaded.
    Wrong,
    /// All there is as of `slot` is being delivered; the rows that have been.
    Loading {
        slot: u64,
        seen: Vec<bool>,
    },
    Live,
}

impl Engine {
    /// Everything as of a slot begins to arrive: that is the new root.
    pub(super) fn begin(&mut self, slot: u64) -> bool {
        if slot < self.market.rooted() {
            return false;
        }
        self.market.root(slot);
        self.slot = self.slot.max(slot);
        self.link = Link::Loading { slot, seen: Vec::new() };
        true
    }

    /// Everything has arrived: who has not is gone. Without a beginning, nobody is: then all since the snapshot has been delivered.
    pub(super) fn finish(&mut self) -> bool {
        if matches!(self.link, Link::Wrong) {
            // The end of a loading that was refused.
            return true;
        }
        if let Link::Loading { seen, .. } = std::mem::replace(&mut self.link, Link::Lost) {
            let store = self.market.obligations();
            let rows = 0..u32::try_from(store.columns().addresses.len()).unwrap_or(u32::MAX);
            let is_gone = |row: &u32| !seen.get(*row as usize).is_some_and(|seen| *seen);
            let gone =
                rows.filter(is_gone).map(|row| *store.address(row)).filter(|address| *address != Address::default());
            for address in gone.collect::<Vec<_>>() {
                if self.market.close(&address).is_err() {
                    return false;
                }
                self.watch.forget(&address);
            }
        }
        // An obligation of a reserve that has not come: not everything has. A second time it is not the source's fault.
        let orphans = self.waiting.values().filter(|account| Key::from(account.owner) == ballast::ID).count() as u64;
        if orphans > 0 && !self.has_orphans {
            self.has_orphans = true;
            return false;
        }
        self.has_orphans = false;
        self.waiting.clear();
        if orphans > 0 {
            *self.status.refused.entry("orphan").or_default() += orphans;
        }
        self.link = Link::Live;
        true
    }

    /// Takes an account in, and those that have waited for it.
    pub(super) fn hear(&mut self, account: &Account) -> bool {
        let known = self.decoder.accounts_len();
        let mut heard = self.hear_one(account);
        if self.decoder.accounts_len() != known {
            for (_, account) in std::mem::take(&mut self.waiting) {
                heard &= self.hear_one(&account);
            }
        }
        heard
    }

    fn hear_one(&mut self, account: &Account) -> bool {
        self.status.accounts += 1;
        self.see(&account.address);
        let seen = match self.decoder.decode(account) {
            Ok(seen) => seen,
            Err(Unread::Early) => return self.wait(account),
            Err(reason) => {
                self.refuse(reason.name());
                return true;
            }
        };
        let version = Version { slot: account.slot, write_version: account.write_version };
        match seen {
            // Written in its own slot: one that is ahead of it is not the clock. But the localnet's node names the slot before.
            Seen::Clock(moment) if moment.slot > account.slot.saturating_add(1) => self.refuse("malformed"),
            Seen::Clock(moment) => {
                self.slot = self.slot.max(moment.slot);
                if self.clock.is_none_or(|known| known.slot <= moment.slot) {
                    self.clock = Some(moment);
                }
            }
            Seen::Balance(number, atoms) => self.inventory.set(number, version, atoms),
            Seen::Market(value, owner) => return self.put(account, version, Some(value), owner),
            Seen::Closed => match self.decoder.number(&account.address) {
                Some(number) => self.inventory.close(number),
                None => return self.put(account, version, None, None),
            },
        }
        true
    }

    fn put(&mut self, account: &Account, version: Version, value: Option<Value>, owner: Option<Address>) -> bool {
        let address = account.address;
        if let Some(Value::Obligation(obligation)) = &value
            && self.is_liquidation(&address, &obligation.positions)
        {
            self.targets.see_liquidated(&address);
            self.liquidated.push((account.slot, address));
        }
        let is_closed = value.is_none();
        let result = match (&self.link, &value) {
            (Link::Loading { slot, .. }, Some(value)) if account.slot <= *slot => self.market.load(&address, value),
            (Link::Loading { slot, .. }, None) if account.slot <= *slot => self.market.close(&address),
            _ => self.market.apply(&Update { account: address, version, value }),
        };
        match result {
            Ok(()) => {
                self.see(&address);
                if let Some(owner) = owner {
                    self.watch.meet(&address, &owner);
                } else if is_closed && self.market.obligations().row(&address).is_none() {
                    self.watch.forget(&address);
                }
                true
            }
            Err(UpdateError::UnknownReserve) => self.wait(account),
            Err(UpdateError::ReserveNumber | UpdateError::Malformed) => {
                self.refuse("malformed");
                true
            }
        }
    }

    /// Whether this is what a liquidation makes of an obligation: less debt and less collateral, of somebody who was unhealthy. An owner
    /// who sells collateral to repay at that very moment looks the same.
    fn is_liquidation(&self, address: &Address, after: &Positions) -> bool {
        let (Some(tick), store) = (&self.tick, self.market.obligations()) else { return false };
        let Some(row) = store.row(address) else { return false };
        let before = store.obligation(row).positions;
        let has_less = |wanted: fn(Holding) -> bool| {
            before.as_slice().iter().filter(|position| wanted(position.holding())).any(|position| {
                match position.holding() {
                    Holding::Collateral(shares) => after.collateral(&position.reserve) < shares,
                    Holding::Debt(shares) => after.debt(&position.reserve) < shares,
                }
            })
        };
        has_less(|holding| matches!(holding, Holding::Debt(_)))
            && has_less(|holding| matches!(holding, Holding::Collateral(_)))
            && tick.totals(store.holdings(row)).is_ok_and(|totals| !totals.maintenance.covers_debt())
    }

    /// It has come since the loading began.
    fn see(&mut self, address: &Address) {
        if let (Link::Loading { seen, .. }, Some(row)) = (&mut self.link, self.market.obligations().row(address)) {
            let row = row as usize;
            if seen.len() <= row {
                seen.resize((row + 1).max(2 * seen.len()), false);
            }
            seen[row] = true;
        }
    }

    /// Keeps an account until its reserve is known.
    fn wait(&mut self, account: &Account) -> bool {
        self.refuse("early");
        let is_own = Key::from(account.owner) == ballast::ID;
        if self.waiting.len() >= MOST_WAITING && !is_own {
            // A price of somebody else's, as far as anybody knows.
            return true;
        }
        let known = self.waiting.get(&account.address);
        let is_newer =
            known.is_none_or(|known| (known.slot, known.write_version) <= (account.slot, account.write_version));
        if is_newer {
            self.waiting.insert(account.address, account.clone());
        }
        let fits = self.waiting.len() <= MOST_WAITING;
        if !fits {
            self.waiting.clear();
        }
        fits
    }

    fn refuse(&mut self, reason: &'static str) {
        *self.status.refused.entry(reason).or_default() += 1;
    }
}
