//! Decisions to signed bytes. Instructions and messages are the client's; what a transaction asks for is [`crate::compute`]'s.

use anchor_lang::prelude::Address as Key;
use ballast_client::addresses::{PROGRAM, SPL_TOKEN, SYSTEM, TOKEN_2022};
use ballast_client::instructions::{self, AccountMeta, Instruction, UnknownReserve};
use ballast_client::transaction::{Envelope, Unsendable};
use ballast_client::{Borrower, Wallet};
use ballast_core::op::liquidate::Bid;
use ballast_core::positions::Positions;
use solana_hash::Hash;
use solana_keypair::Keypair;
use solana_message::AddressLookupTableAccount;
use solana_signer::Signer;

use crate::decode::{Decoder, Listed};
use crate::event::{Route, RouteAccount};
use crate::fee::Offer;
use crate::market::{Address, Market};
use crate::plan::{Funds, Liquidation};

/// Why a decision makes no transaction.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Unwritten {
    #[error(transparent)]
    UnknownReserve(#[from] UnknownReserve),
    #[error(transparent)]
    Unsendable(#[from] Unsendable),
    #[error("the route's data is too short for the amounts")]
    Route,
}

/// Names the accounts of what is to be done.
pub struct Draft<'a> {
    pub decoder: &'a Decoder,
    pub market: &'a Market,
    pub keeper: Key,
}

impl Draft<'_> {
    pub fn liquidate(
        &self,
        obligation: &Address,
        positions: &Positions,
        liquidation: &Liquidation,
        route: Option<&Route>,
    ) -> Result<Vec<Instruction>, Unwritten> {
        let Liquidation { collateral, debt, max_repay, min_seized, funds, .. } = *liquidation;
        let [sold, bought] = [self.listed(collateral)?, self.listed(debt)?];
        let liquidate = instructions::liquidate(&instructions::Liquidation {
            liquidator: self.keeper,
            config: *self.decoder.config(),
            borrower: &self.borrower(obligation, positions)?,
            collateral: &sold.asset,
            debt: &bought.asset,
            source: bought.wallet,
            destination: sold.wallet,
            bid: Bid { max_repay, min_seized },
        });
        let Funds::Flash { sold: amount, due } = funds else { return Ok(vec![liquidate]) };
        let swap = swap(route.ok_or(Unwritten::Route)?, amount.0, due.0)?;
        let payer = Wallet { signer: self.keeper, tokens: bought.wallet };
        let borrow = instructions::flash_borrow(&bought.asset, &bought.wallet, max_repay.0);
        Ok(vec![borrow, liquidate, swap, instructions::flash_repay(&payer, &bought.asset)])
    }

    pub fn flag(&self, obligation: &Address, positions: &Positions) -> Result<Vec<Instruction>, Unwritten> {
        Ok(vec![instructions::flag(&self.borrower(obligation, positions)?)])
    }

    pub fn refresh(&self, number: u8) -> Result<Vec<Instruction>, Unwritten> {
        let Listed { asset, .. } = self.listed(number)?;
        Ok(vec![instructions::refresh(&asset.reserve, Some(asset.price))])
    }

    /// The reserve of a number, with the price account that it has now.
    fn listed(&self, number: u8) -> Result<Listed, UnknownReserve> {
        let mut listed = *self.decoder.listed(number).ok_or(UnknownReserve(Key::default()))?;
        let reserve = self.market.reserve(number).ok_or(UnknownReserve(listed.asset.reserve))?;
        listed.asset.price = reserve.price_account.into();
        Ok(listed)
    }

    fn borrower(&self, obligation: &Address, positions: &Positions) -> Result<Borrower, UnknownReserve> {
        Borrower::new(Key::from(*obligation), positions, |reserve| {
            let number = self.market.obligations().ids().iter().position(|id| id.bytes == reserve.to_bytes())?;
            let reserve = self.market.reserve(u8::try_from(number).ok()?)?;
            Some(reserve.price_account.into())
        })
    }
}

/// The most compute units that a transaction may use.
const MOST_UNITS: u32 = 1_400_000;

/// Whether a route asks for no more than a sale takes. A router is not trusted: nobody but the keeper signs, none of its token accounts
/// but the two of the sale is named, and no program is called by which its signature alone gives something away.
pub fn is_harmless(route: &Route, decoder: &Decoder, keeper: &Key) -> bool {
    let program = Key::from(route.program);
    let is_of_sale = |number: u8| {
        let mint = decoder.listed(number).map(|listed| listed.asset.mint.to_bytes());
        mint == Some(route.sold) || mint == Some(route.bought)
    };
    let is_fair = |account: &RouteAccount| {
        let may_sign = !account.is_signer || Key::from(account.address) == *keeper;
        may_sign && decoder.number(&account.address).is_none_or(is_of_sale)
    };
    route.units <= MOST_UNITS
        && ![SYSTEM, SPL_TOKEN, TOKEN_2022, spl_associated_token_account_interface::program::ID, PROGRAM]
            .contains(&program)
        && route.accounts.iter().all(is_fair)
}

/// The route's instruction, with amounts.
fn swap(route: &Route, sold: u64, least: u64) -> Result<Instruction, Unwritten> {
    let mut data = route.data.clone();
    let amounts = [(Some(route.sold_at), sold), (route.bought_at, least)];
    for (at, amount) in amounts.into_iter().filter_map(|(at, amount)| Some((at? as usize, amount))) {
        let place = at.checked_add(8).and_then(|end| data.get_mut(at..end)).ok_or(Unwritten::Route)?;
        place.copy_from_slice(&amount.to_le_bytes());
    }
    let accounts = route.accounts.iter().map(|account| {
        let address = Key::from(account.address);
        let meta = if account.is_writable { AccountMeta::new } else { AccountMeta::new_readonly };
        meta(address, account.is_signer)
    });
    Ok(Instruction { program_id: route.program.into(), accounts: accounts.collect(), data })
}

/// Signs: with ed25519, the same message always has the same signature.
pub struct Pen {
    key: Keypair,
    pub keeper: Key,
    tables: Vec<AddressLookupTableAccount>,
    tip_account: Option<Key>,
}

impl Pen {
    pub fn new(secret: [u8; 32], tables: Vec<AddressLookupTableAccount>, tip_account: Option<Key>) -> Self {
        let key = Keypair::new_from_array(secret);
        Self { keeper: key.pubkey(), key, tables, tip_account }
    }

    /// The wire format of a transaction.
    pub fn sign(
        &self,
        mut instructions: Vec<Instruction>,
        route: Option<&Route>,
        units: u32,
        offer: &Offer,
        blockhash: [u8; 32],
    ) -> Result<Vec<u8>, Unwritten> {
        if let (Some(to), 1..) = (self.tip_account, offer.tip_lamports) {
            instructions.push(tip(self.keeper, to, offer.tip_lamports));
        }
        let routed = route.into_iter().flat_map(|route| &route.tables).map(|(key, listed)| AddressLookupTableAccount {
            key: Key::from(*key),
            addresses: listed.iter().map(|address| Key::from(*address)).collect(),
        });
        let with_route = route.map(|_| routed.chain(self.tables.iter().cloned()).collect::<Vec<_>>());
        let tables = with_route.as_deref().unwrap_or(&self.tables);
        let micro_lamports_per_unit = offer.micro_lamports_per_unit;
        let envelope = Envelope { payer: self.keeper, micro_lamports_per_unit, tables };
        let message = envelope.message(&instructions, units, Hash::new_from_array(blockhash))?.serialize();
        let signature = self.key.sign_message(&message);
        // One signature, and its count in one byte.
        Ok([&[1], signature.as_ref(), &message].concat())
    }
}

/// A transfer of the system program: the number of the instruction, and lamports.
fn tip(from: Key, to: Key, lamports: u64) -> Instruction {
    const TRANSFER: u32 = 2;
    let accounts = vec![AccountMeta::new(from, true), AccountMeta::new(to, false)];
    let data = [TRANSFER.to_le_bytes().as_slice(), &lamports.to_le_bytes()].concat();
    Instruction { program_id: SYSTEM, accounts, data }
}
