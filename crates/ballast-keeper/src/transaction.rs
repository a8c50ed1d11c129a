//! Turns decisions into signed bytes. The client builds instructions and messages; [`crate::compute`] says how many
//! units they ask for.

use ballast_client::addresses::{PROGRAM, SPL_TOKEN, SYSTEM, TOKEN_2022};
use ballast_client::instructions::{self, AccountMeta, Instruction, UnknownReserve};
use ballast_client::transaction::{Envelope, Unsendable};
use ballast_client::{ObligationAccounts, TokenWallet};
use ballast_core::op::liquidate::Bid;
use ballast_core::positions::Positions;
use solana_hash::Hash;
use solana_keypair::Keypair;
use solana_message::AddressLookupTableAccount;
use solana_signer::Signer;

use crate::decode::{Decoder, ListedReserve};
use crate::event::{Route, RouteAccount};
use crate::fee::FeeOffer;
use crate::market::TrackedMarket;
use crate::plan::{Funds, Payout, PlannedLiquidation};
use crate::skip::Skip;
use anchor_lang::prelude::Address;

/// Why a decision does not become a transaction.
#[derive(Clone, Debug, thiserror::Error)]
pub enum DraftError {
    #[error(transparent)]
    UnknownReserve(#[from] UnknownReserve),
    #[error(transparent)]
    Unsendable(#[from] Unsendable),
    #[error("the route is missing, or its data is too short for the amounts")]
    Route,
}

/// Builds instructions with the accounts that the decoder and the market know.
pub struct Draft<'a> {
    pub decoder: &'a Decoder,
    pub market: &'a TrackedMarket,
    pub keeper: Address,
    /// The keeper's first obligation, which takes seized shares.
    pub taker: Address,
}

impl Draft<'_> {
    pub fn liquidate(
        &self,
        obligation: &Address,
        positions: &Positions,
        liquidation: &PlannedLiquidation,
        route: Option<&Route>,
    ) -> Result<Vec<Instruction>, DraftError> {
        let PlannedLiquidation { pair, max_repay, min_seized, funds, payout, .. } = *liquidation;
        let [sold, bought] = [self.listed(pair.collateral)?, self.listed(pair.debt)?];
        let liquidate = instructions::liquidate(&instructions::LiquidationRequest {
            liquidator: self.keeper,
            config: *self.decoder.config(),
            borrower: &self.borrower(obligation, positions)?,
            collateral: &sold.asset,
            debt: &bought.asset,
            source: bought.token_account,
            destination: match payout {
                Payout::Tokens => sold.token_account,
                Payout::Shares => self.taker,
            },
            bid: Bid { max_repay, min_seized },
        });
        let Funds::Flash { sold: amount, due } = funds else { return Ok(vec![liquidate]) };
        let swap = swap(route.ok_or(DraftError::Route)?, amount.0, due.0)?;
        let payer = TokenWallet { signer: self.keeper, tokens: bought.token_account };
        let borrow = instructions::flash_borrow(&bought.asset, &bought.token_account, max_repay.0);
        Ok(vec![borrow, liquidate, swap, instructions::flash_repay(&payer, &bought.asset)])
    }

    pub fn flag(&self, obligation: &Address, positions: &Positions) -> Result<Vec<Instruction>, DraftError> {
        Ok(vec![instructions::flag(self.decoder.config(), &self.borrower(obligation, positions)?)])
    }

    pub fn refresh(&self, number: u8) -> Result<Vec<Instruction>, DraftError> {
        let ListedReserve { asset, .. } = self.listed(number)?;
        Ok(vec![instructions::refresh(&asset.reserve, Some(asset.price))])
    }

    /// Returns the reserve of a listing number, with the price account that it has now.
    fn listed(&self, number: u8) -> Result<ListedReserve, UnknownReserve> {
        let mut listed = *self.decoder.listed(number).ok_or(UnknownReserve(Address::default()))?;
        let reserve = self.market.reserve(number).ok_or(UnknownReserve(listed.asset.reserve))?;
        listed.asset.price = reserve.price_account;
        Ok(listed)
    }

    fn borrower(&self, obligation: &Address, positions: &Positions) -> Result<ObligationAccounts, UnknownReserve> {
        ObligationAccounts::new(*obligation, positions, |reserve| {
            let number = self.market.obligations().ids().iter().position(|id| id.bytes == reserve.to_bytes())?;
            let reserve = self.market.reserve(u8::try_from(number).ok()?)?;
            Some(reserve.price_account)
        })
    }
}

impl From<DraftError> for Skip {
    fn from(error: DraftError) -> Self {
        match error {
            DraftError::UnknownReserve(_) => Self::UnknownReserve,
            DraftError::Unsendable(_) => Self::TooLarge,
            DraftError::Route => Self::NoRoute,
        }
    }
}

/// The most compute units that a transaction may use.
const MOST_UNITS: u32 = 1_400_000;

/// Returns whether a route asks for no more than a sale takes. The keeper does not trust the router: only the keeper
/// may sign, the route may name only the two token accounts of the sale, and it may not call a program that would give
/// something away for the signature alone.
pub fn is_harmless(route: &Route, decoder: &Decoder, keeper: &Address) -> bool {
    let program = route.program;
    let is_of_sale = |number: u8| {
        let mint = decoder.listed(number).map(|listed| listed.asset.mint);
        mint == Some(route.sold) || mint == Some(route.bought)
    };
    let is_fair = |account: &RouteAccount| {
        let may_sign = !account.is_signer || account.address == *keeper;
        may_sign && decoder.number(&account.address).is_none_or(is_of_sale)
    };
    route.units <= MOST_UNITS
        && ![SYSTEM, SPL_TOKEN, TOKEN_2022, spl_associated_token_account_interface::program::ID, PROGRAM]
            .contains(&program)
        && route.accounts.iter().all(is_fair)
}

/// Writes the amounts into the route's instruction.
fn swap(route: &Route, sold: u64, least: u64) -> Result<Instruction, DraftError> {
    let mut data = route.data.clone();
    let amounts = [(Some(route.sold_at), sold), (route.bought_at, least)];
    for (at, amount) in amounts.into_iter().filter_map(|(at, amount)| Some((at? as usize, amount))) {
        let place = at.checked_add(8).and_then(|end| data.get_mut(at..end)).ok_or(DraftError::Route)?;
        place.copy_from_slice(&amount.to_le_bytes());
    }
    let accounts = route.accounts.iter().map(|account| {
        let meta = if account.is_writable { AccountMeta::new } else { AccountMeta::new_readonly };
        meta(account.address, account.is_signer)
    });
    Ok(Instruction { program_id: route.program, accounts: accounts.collect(), data })
}

/// Signs transactions. With ed25519 the same message always has the same signature.
pub struct TransactionSigner {
    key: Keypair,
    pub keeper: Address,
    tables: Vec<AddressLookupTableAccount>,
    tip_account: Option<Address>,
}

impl TransactionSigner {
    pub fn new(secret: [u8; 32], tables: Vec<AddressLookupTableAccount>, tip_account: Option<Address>) -> Self {
        let key = Keypair::new_from_array(secret);
        Self { keeper: key.pubkey(), key, tables, tip_account }
    }

    /// Returns the signed transaction in the wire format.
    pub fn sign(
        &self,
        mut instructions: Vec<Instruction>,
        route: Option<&Route>,
        units: u32,
        offer: &FeeOffer,
        blockhash: [u8; 32],
    ) -> Result<Vec<u8>, DraftError> {
        if let (Some(to), 1..) = (self.tip_account, offer.tip_lamports) {
            instructions.push(tip(self.keeper, to, offer.tip_lamports));
        }
        let routed = route
            .into_iter()
            .flat_map(|route| &route.tables)
            .map(|(key, listed)| AddressLookupTableAccount { key: *key, addresses: listed.clone() });
        let with_route = route.map(|_| routed.chain(self.tables.iter().cloned()).collect::<Vec<_>>());
        let tables = with_route.as_deref().unwrap_or(&self.tables);
        let micro_lamports_per_unit = offer.micro_lamports_per_unit;
        let envelope = Envelope { payer: self.keeper, micro_lamports_per_unit, tables };
        let message = envelope.message(&instructions, units, Hash::new_from_array(blockhash))?.serialize();
        let signature = self.key.sign_message(&message);
        // One signature, with its count in one byte.
        Ok([&[1], signature.as_ref(), &message].concat())
    }
}

/// Builds a transfer of the system program: the number of the instruction, then lamports.
fn tip(from: Address, to: Address, lamports: u64) -> Instruction {
    const TRANSFER: u32 = 2;
    let accounts = vec![AccountMeta::new(from, true), AccountMeta::new(to, false)];
    let data = [TRANSFER.to_le_bytes().as_slice(), &lamports.to_le_bytes()].concat();
    Instruction { program_id: SYSTEM, accounts, data }
}
