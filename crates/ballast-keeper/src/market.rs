//! What the keeper knows of one market: the terms, the reserves with their latest prices, and every obligation.

use std::collections::HashMap;
use std::io::{Read, Write};

use anchor_lang::prelude::Address;
use ballast_client::Snapshot;
use ballast_core::pool::{Pool, ReserveId};
use ballast_core::price::RawPrice;
use ballast_core::terms::LiquidationTerms;

use crate::history::History;
use crate::snapshot::{self, SnapshotError};
use crate::store::Store;
use crate::tracked::{AccountUpdate, TrackedValue, UpdateError, Version, VersionedValue};

pub struct TrackedReserve {
    pub pool: Pool,
    pub price_account: Address,
}

pub struct TrackedMarket {
    /// The keeper liquidates nothing until it knows them.
    terms: Option<LiquidationTerms>,
    config: Option<Address>,
    /// By listing number.
    reserves: [Option<Box<TrackedReserve>>; Store::RESERVES],
    prices: HashMap<Address, RawPrice>,
    obligations: Store,
    history: History,
    /// Rows of obligations that have changed since [`TrackedMarket::take_changed`].
    changed: Vec<u32>,
}

impl TrackedMarket {
    /// Returns a market without accounts, in which slots up to `root` are final.
    pub fn new(root: u64) -> Self {
        Self::with(Store::default(), root)
    }

    /// Returns the market of a client's snapshot, without obligations: what [`plan::best`](crate::plan::best) needs.
    pub fn of(snapshot: &Snapshot) -> Self {
        let mut market = Self::new(snapshot.moment.slot);
        let config = snapshot.config.address;
        let terms = TrackedValue::Terms(snapshot.config.state.market.terms);
        let reserves = snapshot.reserves.iter().flat_map(|listed| {
            let state = &listed.reserve.state;
            let price_account = state.source.account;
            let reserve = TrackedValue::Reserve(Box::new(state.pool), price_account);
            let price = listed.price.as_ref().ok().map(|price| (price_account, TrackedValue::Price(*price)));
            [Some((Address::from(state.pool.id.bytes), reserve)), price]
        });
        for (account, value) in [(config, terms)].into_iter().chain(reserves.flatten()) {
            // Cannot fail: the program gives each reserve its own listing number.
            let _ = market.load(&account, &value);
        }
        market
    }

    fn with(obligations: Store, root: u64) -> Self {
        Self {
            terms: None,
            config: None,
            reserves: [const { None }; Store::RESERVES],
            prices: HashMap::new(),
            obligations,
            history: History::new(root),
            changed: Vec::new(),
        }
    }

    pub fn terms(&self) -> Option<&LiquidationTerms> {
        self.terms.as_ref()
    }

    /// Returns the reserve with a listing number.
    pub fn reserve(&self, number: u8) -> Option<&TrackedReserve> {
        self.reserves.get(usize::from(number))?.as_deref()
    }

    /// Returns the latest price of a reserve.
    pub fn price(&self, reserve: &TrackedReserve) -> Option<&RawPrice> {
        self.prices.get(&reserve.price_account)
    }

    pub fn obligations(&self) -> &Store {
        &self.obligations
    }

    /// Returns the rows of obligations that have changed since the last call. A row may come twice.
    pub fn take_changed(&mut self) -> Vec<u32> {
        std::mem::take(&mut self.changed)
    }

    /// Takes an update in. A late or known update, or one from an abandoned slot, changes nothing; [`History`] states
    /// the rule.
    pub fn apply(&mut self, update: &AccountUpdate) -> Result<(), UpdateError> {
        let AccountUpdate { account, version, value } = update;
        self.check(value.as_ref())?;
        let rooted = self.state(account);
        if self.history.insert(*account, *version, value, rooted) {
            self.set(account, version.slot, value.as_ref())?;
        }
        Ok(())
    }

    /// Records an account as of the root. Its versions above the root stay in force.
    pub fn load(&mut self, account: &Address, value: &TrackedValue) -> Result<(), UpdateError> {
        self.check(Some(value))?;
        self.rebase(account, Some(value))
    }

    /// Records that an account does not exist as of the root. Its versions above the root stay in force.
    pub fn close(&mut self, account: &Address) -> Result<(), UpdateError> {
        self.rebase(account, None)
    }

    fn rebase(&mut self, account: &Address, value: Option<&TrackedValue>) -> Result<(), UpdateError> {
        let version = Version { slot: self.history.root(), write_version: u64::MAX };
        if self.history.rebase(account, (version, value.cloned())) {
            return Ok(());
        }
        self.set(account, version.slot, value)
    }

    /// Returns the last final slot.
    pub fn rooted(&self) -> u64 {
        self.history.root()
    }

    /// Undoes the writes of a slot whose fork is dead.
    pub fn abandon(&mut self, slot: u64) -> Result<(), UpdateError> {
        for (account, (version, value)) in self.history.abandon(slot) {
            self.set(&account, version.slot, value.as_ref())?;
        }
        Ok(())
    }

    /// Makes a slot final. The source has delivered all updates up to it.
    pub fn root(&mut self, slot: u64) {
        self.history.advance(slot);
    }

    /// Writes the obligations as of the root; [`TrackedMarket::restore`] reads them. Reserves, prices and terms are few
    /// accounts and come from the chain.
    pub fn save(&mut self, to: impl Write) -> Result<(), SnapshotError> {
        let newest = self.history.newest();
        for (account, (version, value)) in self.history.rooted() {
            self.set(&account, version.slot, value.as_ref())?;
        }
        let saved = snapshot::write(&self.obligations, self.history.root(), to);
        for (account, (version, value)) in newest {
            self.set(&account, version.slot, value.as_ref())?;
        }
        saved
    }

    /// Returns a market with the obligations of a snapshot file, as of its root. The caller applies or loads everything
    /// written since.
    pub fn restore(from: impl Read) -> Result<Self, SnapshotError> {
        let (obligations, root) = snapshot::read(from)?;
        Ok(Self::with(obligations, root))
    }

    /// An update that is refused here leaves no trace in the history either.
    fn check(&mut self, value: Option<&TrackedValue>) -> Result<(), UpdateError> {
        match value {
            Some(TrackedValue::Reserve(pool, _)) => self.obligations.list(pool.listing_number, pool.id),
            Some(TrackedValue::Obligation(obligation)) => self.obligations.check(obligation),
            _ => Ok(()),
        }
    }

    fn set(&mut self, account: &Address, slot: u64, value: Option<&TrackedValue>) -> Result<(), UpdateError> {
        match value {
            Some(TrackedValue::Terms(terms)) => (self.terms, self.config) = (Some(*terms), Some(*account)),
            Some(TrackedValue::Price(price)) => {
                self.prices.insert(*account, *price);
            }
            Some(TrackedValue::Reserve(pool, price_account)) => {
                if let Some(place) = self.reserves.get_mut(usize::from(pool.listing_number)) {
                    *place = Some(Box::new(TrackedReserve { pool: **pool, price_account: *price_account }));
                }
            }
            Some(TrackedValue::Obligation(obligation)) => {
                let row = self.obligations.put(account, slot, obligation)?;
                self.changed.push(row);
            }
            None => self.forget(account),
        }
        Ok(())
    }

    /// Returns the current state of an account without versions above the root.
    fn state(&self, account: &Address) -> VersionedValue {
        let root = self.history.root();
        let id = ReserveId { bytes: account.to_bytes() };
        let (slot, value) = if let Some(row) = self.obligations.row(account) {
            let value = TrackedValue::Obligation(Box::new(self.obligations.obligation(row)));
            (self.obligations.slot(row), Some(value))
        } else if let Some(price) = self.prices.get(account) {
            (root, Some(TrackedValue::Price(*price)))
        } else if self.config.as_ref() == Some(account) {
            (root, self.terms.map(TrackedValue::Terms))
        } else {
            let reserve = self.reserves.iter().flatten().find(|reserve| reserve.pool.id == id);
            (root, reserve.map(|reserve| TrackedValue::Reserve(Box::new(reserve.pool), reserve.price_account)))
        };
        (Version { slot, write_version: 0 }, value)
    }

    fn forget(&mut self, account: &Address) {
        self.changed.extend(self.obligations.remove(account));
        self.prices.remove(account);
        if self.config.as_ref() == Some(account) {
            (self.terms, self.config) = (None, None);
        }
        for place in &mut self.reserves {
            place.take_if(|reserve| reserve.pool.id == ReserveId { bytes: account.to_bytes() });
        }
    }
}
