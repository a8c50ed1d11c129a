//! How the engine takes accounts in: first everything as of a slot, then each account as it is written.

use std::collections::BTreeMap;

use anchor_lang::prelude::Address;
use ballast_core::positions::{Holding, Positions};

use super::Engine;
use crate::decode::{DecodeError, DecodedAccount};
use crate::event::ObservedAccount;
use crate::tracked::{AccountUpdate, TrackedValue, UpdateError, Version};

/// The most accounts that wait for the reserve that they belong to.
const MOST_WAITING: usize = 4_096;

/// Whether everything has been delivered, and what waits for more.
#[derive(Default)]
pub struct Loading {
    link: Link,
    /// Accounts of reserves that are not known yet.
    waiting: BTreeMap<Address, ObservedAccount>,
    /// The last load left obligations without their reserve.
    has_orphans: bool,
}

/// How much the engine knows of the chain.
#[derive(Default)]
enum Link {
    /// Something may be missing, but nothing is wrong.
    #[default]
    Lost,
    /// Something is wrong, and no event can correct it: all accounts must be loaded again.
    Wrong,
    /// A source delivers all accounts as of `slot`. `seen` says which rows it has delivered.
    Loading {
        slot: u64,
        seen: Vec<bool>,
    },
    Live,
}

impl Loading {
    pub fn is_live(&self) -> bool {
        matches!(self.link, Link::Live)
    }

    /// Waits for a new load.
    pub fn is_wrong(&mut self) {
        self.link = Link::Wrong;
    }

    /// Waits for the source, and for a new load if the view was wrong before.
    pub fn is_lost(&mut self) {
        if !matches!(self.link, Link::Wrong) {
            self.link = Link::Lost;
        }
    }
}

impl Engine {
    /// A source begins to deliver all accounts as of a slot, which becomes the root.
    pub(super) fn begin_loading(&mut self, slot: u64) -> bool {
        if slot < self.market.rooted() {
            return false;
        }
        self.market.root(slot);
        self.chain.slot = self.chain.slot.max(slot);
        self.loading.link = Link::Loading { slot, seen: Vec::new() };
        true
    }

    /// The source has delivered all accounts, so an obligation that it did not deliver is closed. Without a beginning,
    /// none is: then the source has delivered everything since the snapshot.
    pub(super) fn finish_loading(&mut self) -> bool {
        if matches!(self.loading.link, Link::Wrong) {
            // The end of a load that was refused.
            return true;
        }
        if let Link::Loading { seen, .. } = std::mem::replace(&mut self.loading.link, Link::Lost)
            && !self.close_unseen(&seen)
        {
            return false;
        }
        // An obligation without its reserve: the load is incomplete. The second time it is not the source's fault.
        let waiting = self.loading.waiting.values();
        let orphans = waiting.filter(|account| account.owner == ballast::ID).count() as u64;
        if orphans > 0 && !self.loading.has_orphans {
            self.loading.has_orphans = true;
            return false;
        }
        self.loading.has_orphans = false;
        self.loading.waiting.clear();
        if orphans > 0 {
            *self.status.refused.entry("orphan").or_default() += orphans;
        }
        self.loading.link = Link::Live;
        true
    }

    fn close_unseen(&mut self, seen: &[bool]) -> bool {
        let store = self.market.obligations();
        let rows = 0..u32::try_from(store.columns().addresses.len()).unwrap_or(u32::MAX);
        let is_gone = |row: &u32| !seen.get(*row as usize).is_some_and(|seen| *seen);
        let gone = rows.filter(is_gone).map(|row| *store.address(row)).filter(|address| *address != Address::default());
        for address in gone.collect::<Vec<_>>() {
            if self.market.close(&address).is_err() {
                return false;
            }
            self.notices.watch.forget(&address);
        }
        true
    }

    /// Takes an account in, and then the accounts that have waited for it.
    pub(super) fn take_account(&mut self, account: &ObservedAccount) -> bool {
        let known = self.decoder.accounts_len();
        let mut is_taken = self.take_one(account);
        if self.decoder.accounts_len() != known {
            for (_, account) in std::mem::take(&mut self.loading.waiting) {
                is_taken &= self.take_one(&account);
            }
        }
        is_taken
    }

    fn take_one(&mut self, account: &ObservedAccount) -> bool {
        self.status.accounts += 1;
        self.mark_seen(&account.address);
        let decoded = match self.decoder.decode(account) {
            Ok(decoded) => decoded,
            Err(DecodeError::Early) => return self.wait(account),
            Err(reason) => {
                self.refuse(reason.name());
                return true;
            }
        };
        let version = Version { slot: account.slot, write_version: account.write_version };
        match decoded {
            // The clock is written in its own slot, so one that is ahead of it is wrong. The localnet's node names the
            // slot before.
            DecodedAccount::Clock(moment) if moment.slot > account.slot.saturating_add(1) => self.refuse("malformed"),
            DecodedAccount::Clock(moment) => {
                self.chain.slot = self.chain.slot.max(moment.slot);
                if self.chain.clock.is_none_or(|known| known.slot <= moment.slot) {
                    self.chain.clock = Some(moment);
                }
            }
            DecodedAccount::Balance(number, atoms) => self.attempts.inventory.set(number, version, atoms),
            DecodedAccount::Market(value, owner) => return self.put(account, version, Some(value), owner),
            DecodedAccount::Closed => match self.decoder.number(&account.address) {
                Some(number) => self.attempts.inventory.close(number),
                None => return self.put(account, version, None, None),
            },
        }
        true
    }

    fn put(
        &mut self,
        account: &ObservedAccount,
        version: Version,
        value: Option<TrackedValue>,
        owner: Option<Address>,
    ) -> bool {
        let address = account.address;
        if let Some(TrackedValue::Obligation(obligation)) = &value
            && self.is_liquidation(&address, &obligation.positions)
        {
            self.attempts.targets.see_liquidated(&address);
            self.notices.liquidated.push((account.slot, address));
        }
        let is_closed = value.is_none();
        let result = match (&self.loading.link, &value) {
            (Link::Loading { slot, .. }, Some(value)) if account.slot <= *slot => self.market.load(&address, value),
            (Link::Loading { slot, .. }, None) if account.slot <= *slot => self.market.close(&address),
            _ => self.market.apply(&AccountUpdate { account: address, version, value }),
        };
        match result {
            Ok(()) => {
                self.mark_seen(&address);
                if let Some(owner) = owner {
                    self.notices.watch.meet(&address, &owner);
                } else if is_closed && self.market.obligations().row(&address).is_none() {
                    self.notices.watch.forget(&address);
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

    /// Returns whether a write looks like a liquidation: less debt and less collateral of an unhealthy obligation. An
    /// owner who sells collateral to repay at that moment looks the same.
    fn is_liquidation(&self, address: &Address, after: &Positions) -> bool {
        let (Some(tick), store) = (&self.index.tick, self.market.obligations()) else { return false };
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

    /// Notes that the account has arrived since the load began.
    fn mark_seen(&mut self, address: &Address) {
        let row = self.market.obligations().row(address);
        if let (Link::Loading { seen, .. }, Some(row)) = (&mut self.loading.link, row) {
            let row = row as usize;
            if seen.len() <= row {
                seen.resize((row + 1).max(2 * seen.len()), false);
            }
            seen[row] = true;
        }
    }

    /// Keeps an account until its reserve is known.
    fn wait(&mut self, account: &ObservedAccount) -> bool {
        self.refuse("early");
        let waiting = &mut self.loading.waiting;
        let is_own = account.owner == ballast::ID;
        if waiting.len() >= MOST_WAITING && !is_own {
            // A price or token account that probably belongs to another market.
            return true;
        }
        let known = waiting.get(&account.address);
        let is_newer =
            known.is_none_or(|known| (known.slot, known.write_version) <= (account.slot, account.write_version));
        if is_newer {
            waiting.insert(account.address, account.clone());
        }
        let fits = waiting.len() <= MOST_WAITING;
        if !fits {
            waiting.clear();
        }
        fits
    }

    fn refuse(&mut self, reason: &'static str) {
        *self.status.refused.entry(reason).or_default() += 1;
    }
}
