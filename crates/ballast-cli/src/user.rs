//! Tokens between a wallet and an obligation: deposit, withdraw, borrow, repay, voucher_mint, voucher_burn.

use crate::act::{Act, Done};
use crate::answer::Failure;
use crate::args::Movement;
use crate::effect::Watched;
use crate::figures::Tokens;
use crate::quantity::Quantity;
use crate::reserve;
use crate::signing::Signer;
use crate::wallet::Token;
use anchor_lang::prelude::Address;
use ballast::state::Obligation;
use ballast_client::accounts::Undecodable;
use ballast_client::addresses::obligation_address;
use ballast_client::instructions::{self, Instruction};
use ballast_client::snapshot::{Listed, ReadError};
use ballast_client::{Borrower, Found, Snapshot, Wallet};
use ballast_core::op::repay as core_repay;
use ballast_core::units::Amount;
use solana_rpc_client::rpc_client::RpcClient;

/// What stands on the chain when somebody wants to move tokens.
struct Scene<'a> {
    movement: &'a Movement,
    signer: Signer,
    market: Snapshot,
    obligation: Address,
    /// None where it is yet to be opened.
    state: Option<Found<Obligation>>,
}

impl<'a> Scene<'a> {
    fn read(node: &RpcClient, movement: &'a Movement) -> Result<Self, Failure> {
        let signer = movement.signing.signer()?;
        let market = Snapshot::read(node, &movement.of.market)?;
        let obligation = movement.own.address(&movement.of.market, &signer.address);
        let state = match market.obligation(node, &obligation) {
            Ok(found) => Some(found),
            Err(ReadError::Account { reason: Undecodable::Missing, .. }) => None,
            Err(error) => return Err(error.into()),
        };
        Ok(Self { movement, signer, market, obligation, state })
    }

    fn listed(&self) -> Result<&Listed, Failure> {
        reserve::find(&self.market, &self.movement.asset.0)
    }

    fn opened(&self) -> Result<&Found<Obligation>, Failure> {
        let missing = || Failure::NotFound(format!("there is no obligation {}", self.obligation));
        self.state.as_ref().ok_or_else(missing)
    }

    fn borrower(&self) -> Result<Borrower, Failure> {
        self.market.borrower(self.opened()?).map_err(|error| Failure::NotFound(error.to_string()))
    }

    fn wallet(&self, owner: &Address, token: &Token) -> Wallet {
        Wallet { signer: self.signer.address, tokens: token.account(owner) }
    }

    /// "borrow 1.5 of MINT on obligation ADDRESS".
    fn words(&self, verb: &str, listed: &Listed, atoms: u64) -> String {
        let amount = match self.movement.amount {
            Quantity::All => "all".to_owned(),
            Quantity::Tokens(_) => {
                Tokens { atoms: atoms.into(), decimals: listed.reserve.state.pool.decimals }.to_string()
            }
        };
        format!("{verb} {amount} of {} on obligation {}", listed.reserve.state.mint, self.obligation)
    }

    /// A delegate cannot unwrap what is the owner's.
    fn received_too(&self, node: &RpcClient, token: &Token, owner: &Address) -> Result<String, Failure> {
        if *owner == self.signer.address { token.unwrapped_too(node, owner) } else { Ok(String::new()) }
    }

    fn perform(&self, node: &RpcClient, what: String, instructions: Vec<Instruction>) -> Result<Done, Failure> {
        let watched = Watched {
            market: self.market.clone(),
            obligation: self.obligation,
            before: self.state.as_ref().map(|found| found.state),
            reserves: vec![self.listed()?.reserve.address],
        };
        let act = Act { watched: Some(watched), ..Act::new(what, instructions) };
        act.perform(node, &self.movement.signing, &self.signer)
    }
}

pub fn deposit(node: &RpcClient, movement: &Movement) -> Result<Done, Failure> {
    let scene = Scene::read(node, movement)?;
    let listed = scene.listed()?;
    let (asset, signer) = (listed.asset(), scene.signer.address);
    let token = Token::of(&asset);
    let atoms = movement.amount.atoms(listed.reserve.state.pool.decimals)?;
    if token.is_sol() && movement.amount == Quantity::All {
        let hint = "name an amount, and leave some for fees";
        return Err(Failure::Input("all of one's SOL is not deposited".to_owned(), hint));
    }
    let deposit = instructions::deposit(&scene.wallet(&signer, &token), &scene.obligation, &asset, atoms);
    let mut instructions = token.paying(&signer, atoms, deposit);
    let mut what = scene.words("deposit", listed, atoms) + &token.unwrapped_too(node, &signer)?;
    if scene.state.is_none() {
        let open = instructions::obligation_open(&signer, &movement.of.market, movement.own.number);
        if obligation_address(&movement.of.market, &signer, movement.own.number) != scene.obligation {
            // Another's is his to open.
            scene.opened()?;
        }
        instructions.insert(0, open);
        what += ", which is opened";
    }
    scene.perform(node, what, instructions)
}

pub fn withdraw(node: &RpcClient, movement: &Movement) -> Result<Done, Failure> {
    let scene = Scene::read(node, movement)?;
    let listed = scene.listed()?;
    let (asset, owner) = (listed.asset(), scene.opened()?.state.owner);
    let token = Token::of(&asset);
    let atoms = movement.amount.atoms(listed.reserve.state.pool.decimals)?;
    let withdraw = instructions::withdraw(&scene.wallet(&owner, &token), &scene.borrower()?, &asset, atoms);
    let instructions = token.receiving(&scene.signer.address, &owner, withdraw);
    scene.perform(
        node,
        scene.words("withdraw", listed, atoms) + &scene.received_too(node, &token, &owner)?,
        instructions,
    )
}

pub fn borrow(node: &RpcClient, movement: &Movement) -> Result<Done, Failure> {
    let scene = Scene::read(node, movement)?;
    let listed = scene.listed()?;
    let (asset, owner) = (listed.asset(), scene.opened()?.state.owner);
    let token = Token::of(&asset);
    let atoms = movement.amount.exact_atoms(listed.reserve.state.pool.decimals)?;
    let borrow = instructions::borrow(&scene.wallet(&owner, &token), &scene.borrower()?, &asset, atoms);
    let instructions = token.receiving(&scene.signer.address, &owner, borrow);
    scene.perform(node, scene.words("borrow", listed, atoms) + &scene.received_too(node, &token, &owner)?, instructions)
}

pub fn repay(node: &RpcClient, movement: &Movement) -> Result<Done, Failure> {
    let scene = Scene::read(node, movement)?;
    let listed = scene.listed()?;
    let (asset, signer) = (listed.asset(), scene.signer.address);
    let token = Token::of(&asset);
    let atoms = movement.amount.atoms(listed.reserve.state.pool.decimals)?;
    let repay = instructions::repay(&scene.wallet(&signer, &token), &scene.obligation, &asset, atoms);
    let lamports = match movement.amount {
        Quantity::All if token.is_sol() => owed_soon(&scene, listed)?,
        _ => atoms,
    };
    let instructions = token.paying(&signer, lamports, repay);
    scene.perform(node, scene.words("repay", listed, atoms) + &token.unwrapped_too(node, &signer)?, instructions)
}

/// Collateral becomes vouchers in the owner's wallet.
pub fn voucher_mint(node: &RpcClient, movement: &Movement) -> Result<Done, Failure> {
    let scene = Scene::read(node, movement)?;
    let listed = scene.listed()?;
    let (asset, owner) = (listed.asset(), scene.opened()?.state.owner);
    let token = Token::voucher(&asset);
    let shares = movement.amount.atoms(listed.reserve.state.pool.decimals)?;
    let mint = instructions::voucher_mint(&scene.wallet(&owner, &token), &scene.borrower()?, &asset, shares);
    let instructions = vec![token.create(&scene.signer.address, &owner), mint];
    scene.perform(node, scene.words("mint vouchers for", listed, shares), instructions)
}

pub fn voucher_burn(node: &RpcClient, movement: &Movement) -> Result<Done, Failure> {
    let scene = Scene::read(node, movement)?;
    let listed = scene.listed()?;
    let (asset, signer) = (listed.asset(), scene.signer.address);
    let shares = movement.amount.atoms(listed.reserve.state.pool.decimals)?;
    let wallet = scene.wallet(&signer, &Token::voucher(&asset));
    let burn = instructions::voucher_burn(&wallet, &scene.obligation, &asset, shares);
    scene.perform(node, scene.words("bring back vouchers for", listed, shares), vec![burn])
}

/// What is owed when the transaction lands at the latest: what is wrapped too much comes back in it.
fn owed_soon(scene: &Scene, listed: &Listed) -> Result<u64, Failure> {
    const LANDS_WITHIN_SECS: i64 = 300;
    let at = scene.market.moment.unix_timestamp.saturating_add(LANDS_WITHIN_SECS);
    let owed = core_repay::size(&listed.reserve.state.pool, &scene.opened()?.state.positions, Amount::All, at);
    owed.map(|atoms| atoms.0).map_err(Failure::refused)
}
