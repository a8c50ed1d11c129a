//! What anybody may do: liquidate, flag, refresh, insurance_fund, fees_collect.

use crate::answer::CommandError;
use crate::args::{FlagArgs, InsuranceFundArgs, LiquidateArgs, ReserveArgs};
use crate::effect::WatchedObligation;
use crate::figures::Tokens;
use crate::quantity::Quantity;
use crate::reserve;
use crate::transaction::{TransactionDraft, TransactionOutcome};
use crate::wallet::WalletToken;
use ballast_client::instructions::{self, LiquidationRequest};
use ballast_client::{Found, ObligationAccounts, Snapshot, TokenWallet};
use ballast_core::op::liquidate::Bid;
use ballast_core::units::Atoms;
use solana_rpc_client::rpc_client::RpcClient;

fn accounts_of(
    market: &Snapshot,
    found: &Found<ballast::state::Obligation>,
) -> Result<ObligationAccounts, CommandError> {
    market.obligation_accounts(found).map_err(|error| CommandError::NotFound(error.to_string()))
}

/// Repays at most `--max-repay` of the debt from the signer's own tokens and seizes collateral, as tokens or into an
/// obligation of the signer.
pub fn liquidate(node: &RpcClient, args: &LiquidateArgs) -> Result<TransactionOutcome, CommandError> {
    let signer = args.signing.signer()?;
    let market = Snapshot::read(node, &args.market.address)?;
    let found = market.obligation(node, &args.obligation)?;
    let (seized, owed) = (reserve::find(&market, &args.collateral)?, reserve::find(&market, &args.debt)?);
    let (collateral, debt) = (seized.asset(), owed.asset());
    let (received, paid) = (WalletToken::of(&collateral), WalletToken::of(&debt));
    if paid.is_sol() && args.max_repay == Quantity::All {
        let message = "`all` is not supported for SOL".to_owned();
        return Err(CommandError::Input(message, "name a --max-repay that leaves some SOL for fees"));
    }
    let max_repay = Atoms(args.max_repay.atoms(owed.reserve.state.pool.decimals)?);
    let min_seized = match &args.min_seized {
        Some(least) => Atoms(least.exact_atoms(seized.reserve.state.pool.decimals)?),
        None => Atoms(0),
    };
    let liquidate = instructions::liquidate(&LiquidationRequest {
        liquidator: signer.address,
        config: args.market.address,
        borrower: &accounts_of(&market, &found)?,
        collateral: &collateral,
        debt: &debt,
        source: paid.account(&signer.address),
        destination: args.taker.unwrap_or_else(|| received.account(&signer.address)),
        bid: Bid { max_repay, min_seized },
    });
    let instructions = match (args.taker, paid.is_sol()) {
        (Some(_), _) => paid.paying(&signer.address, max_repay.0, liquidate),
        (None, true) => {
            let payment = paid.paying(&signer.address, max_repay.0, liquidate);
            [vec![received.create(&signer.address, &signer.address)], payment].concat()
        }
        (None, false) => received.receiving(&signer.address, &signer.address, liquidate),
    };
    let unwrapped = [received, paid].map(|token| token.unwrapped_too(node, &signer.address));
    let unwrapped = unwrapped.into_iter().collect::<Result<String, _>>()?;
    let [taken, repaid] = [seized, owed].map(reserve::symbol_of);
    let what = format!("liquidate {}: {repaid} of debt for {taken}{unwrapped}", args.obligation);
    let reserves = vec![collateral.reserve, debt.reserve];
    let watched = WatchedObligation { market, obligation: args.obligation, before: Some(found.state), reserves };
    let draft = TransactionDraft { watched: Some(watched), ..TransactionDraft::new(what, instructions) };
    draft.perform(node, &args.signing, &signer)
}

/// Records a warning or a margin call.
pub fn flag(node: &RpcClient, args: &FlagArgs) -> Result<TransactionOutcome, CommandError> {
    let signer = args.signing.signer()?;
    let market = Snapshot::read(node, &args.market.address)?;
    let found = market.obligation(node, &args.obligation)?;
    let flag = instructions::flag(&args.market.address, &accounts_of(&market, &found)?);
    let draft = TransactionDraft::new(format!("flag {}", args.obligation), vec![flag]);
    draft.perform(node, &args.signing, &signer)
}

/// Stores the interest and marks the price.
pub fn refresh(node: &RpcClient, args: &ReserveArgs) -> Result<TransactionOutcome, CommandError> {
    let signer = args.signing.signer()?;
    let market = Snapshot::read(node, &args.market.address)?;
    let listed = reserve::find(&market, &args.asset)?;
    let refresh = instructions::refresh(&listed.reserve.address, Some(listed.asset().price));
    let draft = TransactionDraft::new(format!("refresh {}", reserve::symbol_of(listed)), vec![refresh]);
    draft.perform(node, &args.signing, &signer)
}

pub fn insurance_fund(node: &RpcClient, args: &InsuranceFundArgs) -> Result<TransactionOutcome, CommandError> {
    let signer = args.signing.signer()?;
    let market = Snapshot::read(node, &args.market.address)?;
    let listed = reserve::find(&market, &args.asset)?;
    let (asset, token) = (listed.asset(), WalletToken::of(&listed.asset()));
    let decimals = listed.reserve.state.pool.decimals;
    let atoms = args.amount.exact_atoms(decimals)?;
    let wallet = TokenWallet { signer: signer.address, tokens: token.account(&signer.address) };
    let fund = instructions::insurance_fund(&wallet, &asset, atoms);
    let tokens = Tokens { atoms: atoms.into(), decimals };
    let unwrapped = token.unwrapped_too(node, &signer.address)?;
    let what = format!("give {tokens} {} to its insurance bucket{unwrapped}", reserve::symbol_of(listed));
    let draft = TransactionDraft::new(what, token.paying(&signer.address, atoms, fund));
    draft.perform(node, &args.signing, &signer)
}

/// Pays the fees to the token account of the market's fee receiver, which is created if it does not exist.
pub fn fees_collect(node: &RpcClient, args: &ReserveArgs) -> Result<TransactionOutcome, CommandError> {
    let signer = args.signing.signer()?;
    let market = Snapshot::read(node, &args.market.address)?;
    let listed = reserve::find(&market, &args.asset)?;
    let asset = listed.asset();
    let (token, receiver) = (WalletToken::of(&asset), market.config.state.market.fee_receiver);
    let collect = instructions::fees_collect(&args.market.address, &asset, &token.account(&receiver));
    let what = format!("pay the fees in {} to {receiver}", reserve::symbol_of(listed));
    let draft = TransactionDraft::new(what, vec![token.create(&signer.address, &receiver), collect]);
    draft.perform(node, &args.signing, &signer)
}
