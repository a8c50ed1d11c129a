//! What anybody may do: liquidate, flag, refresh, fund an insurance bucket, collect fees for their receiver.

use crate::act::{Act, Done};
use crate::answer::Failure;
use crate::args::{Flagged, Given, Liquidated, Refreshed};
use crate::effect::Watched;
use crate::figures::Tokens;
use crate::quantity::Quantity;
use crate::reserve;
use crate::wallet::Token;
use ballast_client::instructions::{self, Liquidation};
use ballast_client::{Borrower, Found, Snapshot, Wallet};
use ballast_core::op::liquidate::Bid;
use ballast_core::units::Atoms;
use solana_rpc_client::rpc_client::RpcClient;

fn borrower(market: &Snapshot, found: &Found<ballast::state::Obligation>) -> Result<Borrower, Failure> {
    market.borrower(found).map_err(|error| Failure::NotFound(error.to_string()))
}

/// From the signer's own tokens: at most `--max-repay` of the debt for collateral.
pub fn liquidate(node: &RpcClient, args: &Liquidated) -> Result<Done, Failure> {
    let signer = args.signing.signer()?;
    let who = signer.address;
    let market = Snapshot::read(node, &args.of.market)?;
    let found = market.obligation(node, &args.obligation)?;
    let (taken, owed) = (reserve::find(&market, &args.collateral.0)?, reserve::find(&market, &args.debt.0)?);
    let (collateral, debt) = (taken.asset(), owed.asset());
    let (gets, pays) = (Token::of(&collateral), Token::of(&debt));
    if pays.is_sol() && args.max_repay == Quantity::All {
        let said = "all of one's SOL is not offered".to_owned();
        return Err(Failure::Input(said, "name a --max-repay, and leave some for fees"));
    }
    let max_repay = Atoms(args.max_repay.atoms(owed.reserve.state.pool.decimals)?);
    let min_seized = match &args.min_seized {
        Some(least) => Atoms(least.exact_atoms(taken.reserve.state.pool.decimals)?),
        None => Atoms(0),
    };
    let liquidation = instructions::liquidate(&Liquidation {
        liquidator: who,
        config: args.of.market,
        borrower: &borrower(&market, &found)?,
        collateral: &collateral,
        debt: &debt,
        source: pays.account(&who),
        destination: gets.account(&who),
        bid: Bid { max_repay, min_seized },
    });
    let instructions = if pays.is_sol() {
        let paid = pays.paying(&who, max_repay.0, liquidation);
        [vec![gets.create(&who, &who)], paid].concat()
    } else {
        gets.receiving(&who, &who, liquidation)
    };
    let too = [gets, pays].map(|token| token.unwrapped_too(node, &who)).into_iter().collect::<Result<String, _>>()?;
    let what = format!("liquidate {}: {} of debt for {}{too}", args.obligation, debt.mint, collateral.mint);
    let reserves = vec![collateral.reserve, debt.reserve];
    let watched = Watched { market, obligation: args.obligation, before: Some(found.state), reserves };
    Act { watched: Some(watched), ..Act::new(what, instructions) }.perform(node, &args.signing, &signer)
}

/// Records a warning or a margin call.
pub fn flag(node: &RpcClient, Flagged { obligation, of, signing }: &Flagged) -> Result<Done, Failure> {
    let signer = signing.signer()?;
    let market = Snapshot::read(node, &of.market)?;
    let found = market.obligation(node, obligation)?;
    let flag = instructions::flag(&borrower(&market, &found)?);
    Act::new(format!("flag {obligation}"), vec![flag]).perform(node, signing, &signer)
}

/// Persists interest, marks the price.
pub fn refresh(node: &RpcClient, Refreshed { asset, of, signing }: &Refreshed) -> Result<Done, Failure> {
    let signer = signing.signer()?;
    let market = Snapshot::read(node, &of.market)?;
    let asset = reserve::find(&market, &asset.0)?.asset();
    let refresh = instructions::refresh(&asset.reserve, Some(asset.price));
    Act::new(format!("refresh {}", asset.mint), vec![refresh]).perform(node, signing, &signer)
}

pub fn insurance_fund(node: &RpcClient, Given { amount, asset, of, signing }: &Given) -> Result<Done, Failure> {
    let signer = signing.signer()?;
    let market = Snapshot::read(node, &of.market)?;
    let listed = reserve::find(&market, &asset.0)?;
    let (asset, token) = (listed.asset(), Token::of(&listed.asset()));
    let atoms = amount.exact_atoms(listed.reserve.state.pool.decimals)?;
    let wallet = Wallet { signer: signer.address, tokens: token.account(&signer.address) };
    let fund = instructions::insurance_fund(&wallet, &asset, atoms);
    let tokens = Tokens { atoms: atoms.into(), decimals: listed.reserve.state.pool.decimals };
    let too = token.unwrapped_too(node, &signer.address)?;
    let what = format!("give {tokens} of {} to its insurance bucket{too}", asset.mint);
    Act::new(what, token.paying(&signer.address, atoms, fund)).perform(node, signing, &signer)
}

/// To the account of the market's fee receiver, which is made.
pub fn fees_collect(node: &RpcClient, Refreshed { asset, of, signing }: &Refreshed) -> Result<Done, Failure> {
    let signer = signing.signer()?;
    let market = Snapshot::read(node, &of.market)?;
    let asset = reserve::find(&market, &asset.0)?.asset();
    let (token, receiver) = (Token::of(&asset), market.config.state.market.fee_receiver);
    let collect = instructions::fees_collect(&of.market, &asset, &token.account(&receiver));
    let what = format!("pay the fees in {} to {receiver}", asset.mint);
    Act::new(what, vec![token.create(&signer.address, &receiver), collect]).perform(node, signing, &signer)
}
