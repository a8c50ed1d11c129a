//! Decodes accounts. An account that cannot be read, or that the market does not use, is refused with a reason and
//! changes nothing.

use std::collections::BTreeMap;

use anchor_lang::prelude::Address;
use ballast::state::{self, PriceSource};
use ballast::symbol::Symbol;
use ballast::{oracle, seeds};
use ballast_client::accounts::{self, Moment, ProgramAccount, Undecodable};
use ballast_client::addresses::{CLOCK, PROGRAM, SPL_TOKEN, TOKEN_2022};
use ballast_client::{Asset, Found};
use ballast_core::ledger::Ledger;
use ballast_core::pool::Pool;
use ballast_core::risk::Ramp;
use ballast_core::terms::LiquidationTerms;
use spl_associated_token_account_interface::address::get_associated_token_address_with_program_id;

use crate::event::ObservedAccount;
use crate::tracked::{TrackedObligation, TrackedValue};

/// The content of an account.
pub enum DecodedAccount {
    /// A part of the market; with the owner, if it is an obligation.
    Market(TrackedValue, Option<Address>),
    Clock(Moment),
    /// The keeper's balance of a reserve's token, by listing number.
    Balance(u8, u64),
    /// The account no longer exists.
    Closed,
}

/// Why an account is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum DecodeError {
    #[error("the market does not use the account")]
    Foreign,
    #[error("the account belongs to another market")]
    OtherMarket,
    #[error("another version of the program has written the account")]
    Version,
    #[error("the account is malformed")]
    Malformed,
    /// A price or tokens of a reserve that may become known.
    #[error("the account belongs to a reserve that is not known yet")]
    Early,
}

/// A reserve as instructions and people name it, and the keeper's token account.
#[derive(Clone, Copy, Debug)]
pub struct ListedReserve {
    pub asset: Asset,
    pub symbol: Symbol,
    pub token_account: Address,
}

/// Decodes accounts, and remembers the addresses that instructions name. Those of a reserve never change on chain,
/// except for the price account, which the market knows.
pub struct Decoder {
    config: Address,
    keeper: Address,
    listed: BTreeMap<u8, ListedReserve>,
    /// By price account.
    sources: BTreeMap<Address, PriceSource>,
    /// Listing numbers by the keeper's token account.
    numbers: BTreeMap<Address, u8>,
}

impl Decoder {
    pub fn new(config: Address, keeper: Address) -> Self {
        Self { config, keeper, listed: BTreeMap::new(), sources: BTreeMap::new(), numbers: BTreeMap::new() }
    }

    pub fn config(&self) -> &Address {
        &self.config
    }

    pub fn listed(&self, number: u8) -> Option<&ListedReserve> {
        self.listed.get(&number)
    }

    /// Returns the listing number of the reserve whose token one of the keeper's accounts holds.
    pub fn number(&self, token_account: &Address) -> Option<u8> {
        self.numbers.get(token_account).copied()
    }

    /// Returns the accounts that matter besides those of the program, in order.
    pub fn accounts(&self) -> Vec<Address> {
        let known = self.sources.keys().chain(self.numbers.keys());
        [&CLOCK].into_iter().chain(known).copied().collect()
    }

    /// Returns their count. It grows with each new reserve, and with each new price account of one.
    pub fn accounts_len(&self) -> usize {
        self.sources.len() + self.numbers.len()
    }

    pub fn decode(&mut self, account: &ObservedAccount) -> Result<DecodedAccount, DecodeError> {
        let (address, owner) = (account.address, account.owner);
        if account.data.is_empty() {
            return Ok(DecodedAccount::Closed);
        }
        if address == CLOCK {
            return accounts::decode_clock(account).map(DecodedAccount::Clock).map_err(|_| DecodeError::Malformed);
        }
        if owner == PROGRAM {
            return self.of_program(account);
        }
        if let Some(source) = self.sources.get(&address) {
            let price = accounts::decode_price(account, source);
            return price
                .map(|price| DecodedAccount::Market(TrackedValue::Price(price), None))
                .map_err(|_| DecodeError::Malformed);
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
        let state: state::Obligation = accounts::decode(account)?;
        if state.config != self.config {
            return Err(DecodeError::OtherMarket);
        }
        if !LiquidationTerms::is_target(state.target_health_bps) {
            return Err(DecodeError::Malformed);
        }
        let obligation = TrackedObligation::from(&state);
        Ok(DecodedAccount::Market(TrackedValue::Obligation(Box::new(obligation)), Some(state.owner)))
    }

    fn reserve(&mut self, account: &ObservedAccount) -> Result<DecodedAccount, DecodeError> {
        let state: state::Reserve = accounts::decode(account)?;
        if state.config != self.config {
            return Err(DecodeError::OtherMarket);
        }
        let Pool { id, listing_number, decimals, .. } = state.pool;
        let address = account.address;
        let asset = Asset::of(&Found { address, state });
        let is_program = state.token_program == SPL_TOKEN || state.token_program == TOKEN_2022;
        let same = self.listed.get(&listing_number).is_none_or(|listed| listed.asset.reserve == address);
        let sound = id.bytes == address.to_bytes()
            && listing_number <= Pool::MAX_LISTING_NUMBER
            && decimals <= Pool::MAX_DECIMALS
            && is_computable(&state.pool);
        if !(sound && same && is_program && oracle::receiver(state.source.receiver).is_ok()) {
            return Err(DecodeError::Malformed);
        }
        self.sources.insert(state.source.account, state.source);
        let (keeper, numbers) = (self.keeper, &mut self.numbers);
        self.listed.entry(listing_number).or_insert_with(|| {
            let token_account = token_account_address(&keeper, &state.token_program, &state.mint);
            numbers.insert(token_account, listing_number);
            ListedReserve { asset, symbol: state.symbol, token_account }
        });
        let value = TrackedValue::Reserve(Box::new(state.pool), state.source.account);
        Ok(DecodedAccount::Market(value, None))
    }

    fn terms(&self, account: &ObservedAccount) -> Result<DecodedAccount, DecodeError> {
        if account.address != self.config {
            return Err(DecodeError::OtherMarket);
        }
        let state: state::Config = accounts::decode(account)?;
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

/// Returns whether core can compute with a pool. Core trusts what the program has written, and traps on values that it
/// cannot write.
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

/// Returns the associated token account of an owner.
pub fn token_account_address(owner: &Address, token_program: &Address, mint: &Address) -> Address {
    get_associated_token_address_with_program_id(owner, mint, token_program)
}

/// Returns the address of an owner's obligation, to watch it.
pub fn obligation_address(config: &Address, owner: &Address, number: u16) -> Address {
    seeds::obligation_address(config, owner, number)
}

fn is_kind<T: ProgramAccount>(discriminator: &[u8; 8]) -> bool {
    T::DISCRIMINATOR == discriminator
}

/// Reads `0 mint | 32 owner | 64 amount u64 | 72 delegate | 108 state` of both token programs. A frozen account has
/// nothing to spend.
fn balance(data: &[u8], owner: &Address) -> Option<u64> {
    const FROZEN: u8 = 2;
    let (owns, state) = (data.get(32..64)? == owner.as_ref(), *data.get(108)?);
    let atoms = u64::from_le_bytes(*data.get(64..)?.first_chunk()?);
    if !owns || state == 0 { None } else { Some(if state == FROZEN { 0 } else { atoms }) }
}
