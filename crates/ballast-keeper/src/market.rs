//! What the keeper knows of one market: its terms, its reserves with their latest prices, and every obligation.

use std::collections::HashMap;
use std::io::{Read, Write};

use ballast_core::call::Call;
use ballast_core::terms::LiquidationTerms;
use ballast_core::pool::{Pool, ReserveId};
use ballast_core::positions::Positions;
use ballast_core::price::RawPrice;
use ballast_core::units::Bps;

use crate::history::{History, State, Version};
use crate::snapshot::{self, SnapshotError};
use crate::store::Store;

/// Of an account on chain.
pub type Address = [u8; 32];

/// The part of an obligation that decides about its liquidation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TrackedObligation {
    pub positions: Positions,
    pub call: Call,
    /// The health that a liquidation restores.
    pub target: Bps,
    /// How far above 1 the owner wants to be warned, 0 to [`LiquidationTerms::MAX_WARNING_BPS`].
    pub warning: Bps,
}

/// An account's content.
#[derive(Clone, Debug, PartialEq)]
pub enum TrackedValue {
    Terms(LiquidationTerms),
    /// A reserve's books and settings, and which account prices it.
    Reserve(Box<Pool>, Address),
    /// As it stands in the oracle's account: whether it may be used, core decides.
    Price(RawPrice),
    Obligation(Box<TrackedObligation>),
}

/// What a source says about one account.
#[derive(Clone, Debug, PartialEq)]
pub struct AccountUpdate {
    pub account: Address,
    pub version: Version,
    /// `None`: the account has been closed.
    pub value: Option<TrackedValue>,
}

/// Why an update cannot be taken in. Nothing has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UpdateError {
    #[error("the obligation has a position in a reserve that is not known yet; load the market's reserves first")]
    UnknownReserve,
    #[error("another reserve is listed under this number, or none can be")]
    ReserveNumber,
    #[error("the obligation breaks an invariant of the program, or owes 2^96 shares; it was not decoded correctly")]
    Malformed,
}

pub struct TrackedReserve {
    pub pool: Pool,
    pub price_account: Address,
}

pub struct TrackedMarket {
    /// Until they are known, nothing is liquidated.
    terms: Option<LiquidationTerms>,
    config: Option<Address>,
    /// By [`Pool::index`].
    reserves: [Option<Box<TrackedReserve>>; Store::RESERVES],
    prices: HashMap<Address, RawPrice>,
    obligations: Store,
    history: History,
    /// Rows of obligations that have changed since [`Market::take_changed`].
    changed: Vec<u32>,
}

impl TrackedMarket {
    /// A market of which nothing is known but that slots up to `root` are final.
    pub fn new(root: u64) -> Self {
        Self::with(Store::default(), root)
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

    /// The reserve listed under a number.
    pub fn reserve(&self, number: u8) -> Option<&TrackedReserve> {
        self.reserves.get(usize::from(number))?.as_deref()
    }

    /// The latest price of a reserve.
    pub fn price(&self, reserve: &TrackedReserve) -> Option<&RawPrice> {
        self.prices.get(&reserve.price_account)
    }

    pub fn obligations(&self) -> &Store {
        &self.obligations
    }

    /// Rows of obligations that have changed since the last call; a row may come twice.
    pub fn take_changed(&mut self) -> Vec<u32> {
        std::mem::take(&mut self.changed)
    }

    /// Takes an update in; one that is late, known or from an abandoned slot changes nothing ([`History`] has the law).
    pub fn apply(&mut self, update: &AccountUpdate) -> Result<(), UpdateError> {
        let AccountUpdate { account, version, value } = update;
        self.check(value.as_ref())?;
        let rooted = self.state(account);
        if self.history.insert(*account, *version, value, rooted) {
            self.set(account, version.slot, value.as_ref())?;
        }
        Ok(())
    }

    /// Records an account as of the root. What is known of it above stays in force.
    pub fn load(&mut self, account: &Address, value: &TrackedValue) -> Result<(), UpdateError> {
        self.check(Some(value))?;
        self.rebase(account, Some(value))
    }

    /// Records that there is no such account as of the root. What is known of it above stays in force.
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

    /// Slots up to here are final.
    pub fn rooted(&self) -> u64 {
        self.history.root()
    }

    /// A fork is dead: everything its slot has written is undone.
    pub fn abandon(&mut self, slot: u64) -> Result<(), UpdateError> {
        for (account, (version, value)) in self.history.abandon(slot) {
            self.set(&account, version.slot, value.as_ref())?;
        }
        Ok(())
    }

    /// A slot is final, and all updates up to it have been delivered.
    pub fn root(&mut self, slot: u64) {
        self.history.advance(slot);
    }

    /// Writes the obligations as of the root; [`Market::restore`] reads them. Reserves, prices and terms are a handful of accounts and
    /// come from the chain.
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

    /// A market with the obligations of a snapshot, as of its root. Whatever the chain has written since must be applied or loaded.
    pub fn restore(from: impl Read) -> Result<Self, SnapshotError> {
        let (obligations, root) = snapshot::read(from)?;
        Ok(Self::with(obligations, root))
    }

    /// Refused here, an update leaves no trace in the history either.
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

    /// An account as it is, for one without versions above the root.
    fn state(&self, account: &Address) -> State {
        let root = self.history.root();
        let id = ReserveId { bytes: *account };
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
            place.take_if(|reserve| reserve.pool.id == ReserveId { bytes: *account });
        }
    }
}
