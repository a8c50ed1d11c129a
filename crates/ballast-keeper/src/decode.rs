//! Accounts' bytes to what the keeper knows of them. Whatever cannot be read, or is nobody's here, is refused with a reason and changes
//! nothing.

use std::collections::BTreeMap;

use anchor_lang::prelude::Address as Key;
use ballast::state::{self, PriceSource};
use ballast::{oracle, seeds};
use ballast_client::accounts::{self, Moment, ProgramAccount, Undecodable};
use ballast_client::addresses::{CLOCK, PROGRAM, SPL_TOKEN, TOKEN_2022};
use ballast_client::{Asset, Found};
use ballast_core::ledger::Ledger;
use ballast_core::terms::LiquidationTerms;
use ballast_core::pool::Pool;
use ballast_core::risk::Ramp;
use ballast_core::units::Bps;
use spl_associated_token_account_interface::address::get_associated_token_address_with_program_id;

use crate::event::ObservedAccount;
use crate::market::{Address, TrackedObligation, TrackedValue};

/// What an account turns out to be.
pub enum DecodedAccount {
    /// A part of the market; of an obligation, whose.
    Market(TrackedValue, Option<Address>),
    Clock(Moment),
    /// What the keeper holds of the token of a reserve.
    Balance(u8, u64),
    /// There is no account any more.
    Closed,
}

/// Why an account says nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum DecodeError {
    #[error("of no interest")]
    Foreign,
    #[error("of another market")]
    OtherMarket,
    #[error("written by another version of the program")]
    Version,
    #[error("its bytes are not what such an account holds")]
    Malformed,
    /// A price, or tokens, of a reserve that may become known.
    #[error("of a reserve that is not known yet")]
    Early,
}

/// A reserve as instructions name it, and the keeper's own account of its token.
#[derive(Clone, Copy, Debug)]
pub struct ListedReserve {
    pub asset: Asset,
    pub wallet: Key,
}

/// Reads accounts, and remembers what instructions have to name. What it remembers of a reserve never changes on the chain, but for the
/// price account, which the market knows.
pub struct Decoder {
    config: Key,
    keeper: Key,
    listed: BTreeMap<u8, ListedReserve>,
    /// By address of the price account.
    sources: BTreeMap<Key, PriceSource>,
    /// Of the keeper's token accounts.
    numbers: BTreeMap<Key, u8>,
}

impl Decoder {
    pub fn new(config: Key, keeper: Key) -> Self {
        Self { config, keeper, listed: BTreeMap::new(), sources: BTreeMap::new(), numbers: BTreeMap::new() }
    }

    pub fn config(&self) -> &Key {
        &self.config
    }

    pub fn listed(&self, number: u8) -> Option<&ListedReserve> {
        self.listed.get(&number)
    }

    /// The number of the reserve that the keeper holds a token of in this account.
    pub fn number(&self, wallet: &Address) -> Option<u8> {
        self.numbers.get(&Key::from(*wallet)).copied()
    }

    /// All accounts that matter beside those of the program, in order.
    pub fn accounts(&self) -> Vec<Address> {
        let known = self.sources.keys().chain(self.numbers.keys());
        [&CLOCK].into_iter().chain(known).map(|key| key.to_bytes()).collect()
    }

    /// How many there are: more, once another reserve is known, or another price account of one.
    pub fn accounts_len(&self) -> usize {
        self.sources.len() + self.numbers.len()
    }

    pub fn decode(&mut self, account: &ObservedAccount) -> Result<DecodedAccount, DecodeError> {
        let (address, owner) = (Key::from(account.address), Key::from(account.owner));
        if account.data.is_empty() {
            return Ok(DecodedAccount::Closed);
        }
        if address == CLOCK {
            return accounts::decode_clock(&stored(account)).map(DecodedAccount::Clock).map_err(|_| DecodeError::Malformed);
        }
        if owner == PROGRAM {
            return self.of_program(account);
        }
        if let Some(source) = self.sources.get(&address) {
            let price = accounts::decode_price(&stored(account), source);
            return price.map(|price| DecodedAccount::Market(TrackedValue::Price(price), None)).map_err(|_| DecodeError::Malformed);
        }
        let is_token = owner == SPL_TOKEN || owner == TOKEN_2022;
        if let Some(number) = self.numbers.get(&address) {
            let balance = if is_token { balance(&account.data, &self.keeper) } else { None };
            return balance.map(|atoms| DecodedAccount::Balance(*number, atoms)).ok_or(DecodeError::Malformed);
        }
        let is_own = is_token && balance(&account.data, &self.keeper).is_some();
        let is_price = oracle::RECEIVERS.iter().any(|receiver| receiver.owner == owner);
        Err(if is_own || is_price { DecodeError::Early } else { DecodeError::Foreign })
    }

    fn of_program(&mut self, account: &ObservedAccount) -> Result<DecodedAccount, DecodeError> {
        match account.data.first_chunk::<8>() {
            Some(kind) if is_kind::<state::Obligation>(kind) => self.obligation(account),
            Some(kind) if is_kind::<state::Reserve>(kind) => self.reserve(account),
            Some(kind) if is_kind::<state::Config>(kind) => self.terms(account),
            Some(kind) if is_kind::<state::Change>(kind) => Err(DecodeError::Foreign),
            _ => Err(DecodeError::Malformed),
        }
    }

    fn obligation(&self, account: &ObservedAccount) -> Result<DecodedAccount, DecodeError> {
        let state: state::Obligation = accounts::decode(&stored(account))?;
        if state.config != self.config {
            return Err(DecodeError::OtherMarket);
        }
        if !LiquidationTerms::is_target(state.target_health_bps) {
            return Err(DecodeError::Malformed);
        }
        let (target, warning) = (Bps(state.target_health_bps), Bps(state.warning_bps));
        let obligation = TrackedObligation { positions: state.positions, call: state.call, target, warning };
        Ok(DecodedAccount::Market(TrackedValue::Obligation(Box::new(obligation)), Some(state.owner.to_bytes())))
    }

    fn reserve(&mut self, account: &ObservedAccount) -> Result<DecodedAccount, DecodeError> {
        let state: state::Reserve = accounts::decode(&stored(account))?;
        if state.config != self.config {
            return Err(DecodeError::OtherMarket);
        }
        let Pool { id, listing_number, decimals, .. } = state.pool;
        let address = Key::from(account.address);
        let asset = Asset::of(&Found { address, state });
        let is_program = state.token_program == SPL_TOKEN || state.token_program == TOKEN_2022;
        let same = self.listed.get(&listing_number).is_none_or(|listed| listed.asset.reserve == address);
        let sound = id.bytes == account.address
            && listing_number <= Pool::MAX_LISTING_NUMBER
            && decimals <= Pool::MAX_DECIMALS
            && is_computable(&state.pool);
        if !(sound && same && is_program && oracle::receiver(state.source.receiver).is_ok()) {
            return Err(DecodeError::Malformed);
        }
        self.sources.insert(state.source.account, state.source);
        let (keeper, numbers) = (self.keeper, &mut self.numbers);
        self.listed.entry(listing_number).or_insert_with(|| {
            let wallet = wallet_address(&keeper, &state.token_program, &state.mint);
            numbers.insert(wallet, listing_number);
            ListedReserve { asset, wallet }
        });
        let value = TrackedValue::Reserve(Box::new(state.pool), state.source.account.to_bytes());
        Ok(DecodedAccount::Market(value, None))
    }

    fn terms(&self, account: &ObservedAccount) -> Result<DecodedAccount, DecodeError> {
        if Key::from(account.address) != self.config {
            return Err(DecodeError::OtherMarket);
        }
        let state: state::Config = accounts::decode(&stored(account))?;
        state.market.terms.validate().map_err(|_| DecodeError::Malformed)?;
        Ok(DecodedAccount::Market(TrackedValue::Terms(state.market.terms), None))
    }
}

impl From<Undecodable> for DecodeError {
    fn from(reason: Undecodable) -> Self {
        match reason {
            Undecodable::Version(_) => Self::Version,
            _ => Self::Malformed,
        }
    }
}

impl DecodeError {
    pub fn name(self) -> &'static str {
        match self {
            Self::Foreign => "foreign",
            Self::OtherMarket => "other_market",
            Self::Version => "version",
            Self::Malformed => "malformed",
            Self::Early => "early",
        }
    }
}

/// Whether core can compute with a pool: it trusts what the program has written, and traps where that cannot be.
fn is_computable(pool: &Pool) -> bool {
    let Pool { ledger, settings, ramp, .. } = pool;
    let capped = [ledger.supply_index, ledger.debt_index].iter().all(|index| index.get() <= Ledger::MAX_INDEX.0);
    let weights = [ramp.from_threshold_bps, ramp.from_borrow_factor_bps].iter().all(|bps| u16::try_from(*bps).is_ok());
    let span = ramp.ends_at.checked_sub(ramp.starts_at);
    let lasts = span.is_some_and(|secs| secs <= i64::from(Ramp::MAX_SECS));
    let settings =
        settings.curve.validate().is_ok() && settings.guard.validate().is_ok() && settings.margin.validate().is_ok();
    capped && weights && lasts && settings
}

/// The account in which a wallet holds a token, unless it says otherwise.
pub fn wallet_address(owner: &Key, token_program: &Key, mint: &Key) -> Key {
    get_associated_token_address_with_program_id(owner, mint, token_program)
}

/// The address of an obligation, for whoever watches one.
pub fn obligation_address(config: &Key, owner: &Key, number: u16) -> Address {
    seeds::obligation_address(config, owner, number).to_bytes()
}

fn is_kind<T: ProgramAccount>(discriminator: &[u8; 8]) -> bool {
    T::DISCRIMINATOR == discriminator
}

fn stored(account: &ObservedAccount) -> solana_account::Account {
    let owner = Key::from(account.owner);
    solana_account::Account { data: account.data.clone(), owner, ..solana_account::Account::default() }
}

/// `0 mint | 32 owner | 64 amount u64 | 72 delegate | 108 state` of both token programs; nothing of a frozen account may be spent.
fn balance(data: &[u8], owner: &Key) -> Option<u64> {
    const FROZEN: u8 = 2;
    let (owns, state) = (data.get(32..64)? == owner.as_ref(), *data.get(108)?);
    let atoms = u64::from_le_bytes(*data.get(64..)?.first_chunk()?);
    if !owns || state == 0 { None } else { Some(if state == FROZEN { 0 } else { atoms }) }
}
