//! Transfers between a wallet and an obligation: deposit, withdraw, borrow, repay, voucher_mint, voucher_burn.

use crate::answer::CommandError;
use crate::args::TransferArgs;
use crate::effect::WatchedObligation;
use crate::figures::Tokens;
use crate::quantity::Quantity;
use crate::reserve;
use crate::signing::WalletSigner;
use crate::transaction::{TransactionDraft, TransactionOutcome};
use crate::wallet::WalletToken;
use anchor_lang::prelude::Address;
use ballast::state::Obligation;
use ballast_client::accounts::Undecodable;
use ballast_client::addresses::obligation_address;
use ballast_client::instructions::{self, Instruction};
use ballast_client::snapshot::{PricedReserve, ReadError};
use ballast_client::{Found, ObligationAccounts, Snapshot, TokenWallet};
use ballast_core::op::repay as core_repay;
use ballast_core::units::Amount;
use solana_rpc_client::rpc_client::RpcClient;

/// A transfer, with the accounts as they are before it.
struct Transfer<'a> {
    args: &'a TransferArgs,
    signer: WalletSigner,
    market: Snapshot,
    obligation: Address,
    /// None if the obligation does not exist.
    state: Option<Found<Obligation>>,
}

impl<'a> Transfer<'a> {
    fn read(node: &RpcClient, args: &'a TransferArgs) -> Result<Self, CommandError> {
        let signer = args.signing.signer()?;
        let market = Snapshot::read(node, &args.market.address)?;
        let obligation = args.obligation.address(&args.market.address, &signer.address);
        let state = match market.obligation(node, &obligation) {
            Ok(found) => Some(found),
            Err(ReadError::Account { reason: Undecodable::Missing, .. }) => None,
            Err(error) => return Err(error.into()),
        };
        Ok(Self { args, signer, market, obligation, state })
    }

    fn listed(&self) -> Result<&PricedReserve, CommandError> {
        reserve::find(&self.market, &self.args.asset)
    }

    fn opened(&self) -> Result<&Found<Obligation>, CommandError> {
        let missing = || CommandError::NotFound(format!("the obligation {} does not exist", self.obligation));
        self.state.as_ref().ok_or_else(missing)
    }

    fn accounts(&self) -> Result<ObligationAccounts, CommandError> {
        self.market.obligation_accounts(self.opened()?).map_err(|error| CommandError::NotFound(error.to_string()))
    }

    fn wallet(&self, owner: &Address, token: &WalletToken) -> TokenWallet {
        TokenWallet { signer: self.signer.address, tokens: token.account(owner) }
    }

    /// Describes the transfer: "borrow 1.5 of MINT on obligation ADDRESS".
    fn describe(&self, verb: &str, listed: &PricedReserve, atoms: u64) -> String {
        let amount = match self.args.amount {
            Quantity::All => "all".to_owned(),
            Quantity::Tokens(_) => {
                Tokens { atoms: atoms.into(), decimals: listed.reserve.state.pool.decimals }.to_string()
            }
        };
        format!("{verb} {amount} {} on obligation {}", reserve::symbol_of(listed), self.obligation)
    }

    /// Says what the transaction unwraps besides the transfer. A delegate cannot unwrap the owner's SOL.
    fn unwrapped_too(&self, node: &RpcClient, token: &WalletToken, owner: &Address) -> Result<String, CommandError> {
        if *owner == self.signer.address { token.unwrapped_too(node, owner) } else { Ok(String::new()) }
    }

    fn perform(
        &self,
        node: &RpcClient,
        what: String,
        instructions: Vec<Instruction>,
    ) -> Result<TransactionOutcome, CommandError> {
        let watched = WatchedObligation {
            market: self.market.clone(),
            obligation: self.obligation,
            before: self.state.as_ref().map(|found| found.state),
            reserves: vec![self.listed()?.reserve.address],
        };
        let draft = TransactionDraft { watched: Some(watched), ..TransactionDraft::new(what, instructions) };
        draft.perform(node, &self.args.signing, &self.signer)
    }
}

pub fn deposit(node: &RpcClient, args: &TransferArgs) -> Result<TransactionOutcome, CommandError> {
    let transfer = Transfer::read(node, args)?;
    let listed = transfer.listed()?;
    let (asset, signer) = (listed.asset(), transfer.signer.address);
    let token = WalletToken::of(&asset);
    let atoms = args.amount.atoms(listed.reserve.state.pool.decimals)?;
    if token.is_sol() && args.amount == Quantity::All {
        let hint = "name an amount that leaves some SOL for fees";
        return Err(CommandError::Input("`all` is not supported for SOL".to_owned(), hint));
    }
    let deposit = instructions::deposit(&transfer.wallet(&signer, &token), &transfer.obligation, &asset, atoms);
    let mut instructions = token.paying(&signer, atoms, deposit);
    let mut what = transfer.describe("deposit", listed, atoms) + &token.unwrapped_too(node, &signer)?;
    if transfer.state.is_none() {
        let open = instructions::obligation_open(&signer, &args.market.address, args.obligation.number);
        if obligation_address(&args.market.address, &signer, args.obligation.number) != transfer.obligation {
            // Only its owner can open an obligation.
            transfer.opened()?;
        }
        instructions.insert(0, open);
        what += ", which is opened first";
    }
    transfer.perform(node, what, instructions)
}

pub fn withdraw(node: &RpcClient, args: &TransferArgs) -> Result<TransactionOutcome, CommandError> {
    let transfer = Transfer::read(node, args)?;
    let listed = transfer.listed()?;
    let (asset, owner) = (listed.asset(), transfer.opened()?.state.owner);
    let token = WalletToken::of(&asset);
    let atoms = args.amount.atoms(listed.reserve.state.pool.decimals)?;
    let withdraw = instructions::withdraw(&transfer.wallet(&owner, &token), &transfer.accounts()?, &asset, atoms);
    let instructions = token.receiving(&transfer.signer.address, &owner, withdraw);
    transfer.perform(
        node,
        transfer.describe("withdraw", listed, atoms) + &transfer.unwrapped_too(node, &token, &owner)?,
        instructions,
    )
}

pub fn borrow(node: &RpcClient, args: &TransferArgs) -> Result<TransactionOutcome, CommandError> {
    let transfer = Transfer::read(node, args)?;
    let listed = transfer.listed()?;
    let (asset, owner) = (listed.asset(), transfer.opened()?.state.owner);
    let token = WalletToken::of(&asset);
    let atoms = args.amount.exact_atoms(listed.reserve.state.pool.decimals)?;
    let borrow = instructions::borrow(&transfer.wallet(&owner, &token), &transfer.accounts()?, &asset, atoms);
    let instructions = token.receiving(&transfer.signer.address, &owner, borrow);
    transfer.perform(
        node,
        transfer.describe("borrow", listed, atoms) + &transfer.unwrapped_too(node, &token, &owner)?,
        instructions,
    )
}

pub fn repay(node: &RpcClient, args: &TransferArgs) -> Result<TransactionOutcome, CommandError> {
    let transfer = Transfer::read(node, args)?;
    let listed = transfer.listed()?;
    let (asset, signer) = (listed.asset(), transfer.signer.address);
    let token = WalletToken::of(&asset);
    let atoms = args.amount.atoms(listed.reserve.state.pool.decimals)?;
    let repay = instructions::repay(&transfer.wallet(&signer, &token), &transfer.obligation, &asset, atoms);
    let lamports = match args.amount {
        Quantity::All if token.is_sol() => owed_soon(&transfer, listed)?,
        _ => atoms,
    };
    let instructions = token.paying(&signer, lamports, repay);
    transfer.perform(
        node,
        transfer.describe("repay", listed, atoms) + &token.unwrapped_too(node, &signer)?,
        instructions,
    )
}

/// Turns collateral into vouchers in the owner's wallet.
pub fn voucher_mint(node: &RpcClient, args: &TransferArgs) -> Result<TransactionOutcome, CommandError> {
    let transfer = Transfer::read(node, args)?;
    let listed = transfer.listed()?;
    let (asset, owner) = (listed.asset(), transfer.opened()?.state.owner);
    let token = WalletToken::voucher(&asset);
    let shares = args.amount.atoms(listed.reserve.state.pool.decimals)?;
    let mint = instructions::voucher_mint(&transfer.wallet(&owner, &token), &transfer.accounts()?, &asset, shares);
    let instructions = vec![token.create(&transfer.signer.address, &owner), mint];
    transfer.perform(node, transfer.describe("mint vouchers for", listed, shares), instructions)
}

pub fn voucher_burn(node: &RpcClient, args: &TransferArgs) -> Result<TransactionOutcome, CommandError> {
    let transfer = Transfer::read(node, args)?;
    let listed = transfer.listed()?;
    let (asset, signer) = (listed.asset(), transfer.signer.address);
    let shares = args.amount.atoms(listed.reserve.state.pool.decimals)?;
    let wallet = transfer.wallet(&signer, &WalletToken::voucher(&asset));
    let burn = instructions::voucher_burn(&wallet, &transfer.obligation, &asset, shares);
    transfer.perform(node, transfer.describe("burn vouchers for", listed, shares), vec![burn])
}

/// Returns the debt at the latest time at which the transaction can land. The transaction wraps this much SOL, and
/// unwraps what the program does not take.
fn owed_soon(transfer: &Transfer, listed: &PricedReserve) -> Result<u64, CommandError> {
    const LANDS_WITHIN_SECS: i64 = 300;
    let at = transfer.market.moment.unix_timestamp.saturating_add(LANDS_WITHIN_SECS);
    let owed = core_repay::size(&listed.reserve.state.pool, &transfer.opened()?.state.positions, Amount::All, at);
    owed.map(|atoms| atoms.0).map_err(CommandError::refused)
}
