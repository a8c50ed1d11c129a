//! The instructions that the localnet sends. No other module builds instructions.

use crate::keys::{self, key};
use anyhow::Result;
use ballast::instructions::Proposal;
use ballast::seeds;
use ballast::state::MarketSettings;
use ballast_client::instructions::Instruction;
use ballast_client::instructions::{self, PositionAccounts};
use ballast_client::{ChangeTarget, ObligationAccounts, TokenWallet};
use ballast_config::{MarketFile, ReserveSection};
use ballast_testkit::Listing;
use ballast_testkit::market::IMMEDIATE;
use ballast_testkit::programs::compiled;
use solana_address::Address;
use solana_keypair::Keypair;
use solana_signer::Signer;
use std::path::PathBuf;

pub use ballast_testkit::programs::{STAGE_ID as SWAP_PROGRAM, program_path};
pub use ballast_testkit::pyth::{PythFeed, Quotation};
pub use ballast_testkit::stage::{SwapPool, pool as swap_pool};
pub use ballast_testkit::{ListedAsset, Market};

/// The compiled program of the pools.
pub fn swap_program_path() -> PathBuf {
    compiled("stage")
}

/// The addresses of the market that a file describes.
pub fn market(file: &MarketFile) -> Market {
    let config = seeds::config_address(&file.market.creator);
    Market {
        authority: key(keys::AUTHORITY),
        guardian: key(keys::GUARDIAN),
        fee_receiver: key(keys::FEE_RECEIVER),
        config,
        assets: file.reserves.iter().map(|reserve| asset(&config, reserve)).collect(),
    }
}

fn asset(config: &Address, listed: &ReserveSection) -> ListedAsset {
    ListedAsset::of(config, listed.mint, listed.token_program.address(), listed.decimals, PythFeed::new(listed.feed.id))
}

/// Opens the market. Changes have no delay until everything is listed.
pub fn open(market: &Market, settings: MarketSettings) -> Instruction {
    instructions::config_init(&market.authority.pubkey(), MarketSettings { change_delay_secs: 0, ..settings })
}

/// Lists an asset and opens it with its settings.
pub fn list(market: &Market, file: &MarketFile, reserve: &ReserveSection) -> Result<[Instruction; 3]> {
    let asset = asset(&market.config, reserve);
    let settings = file.settings(reserve)?;
    let (symbol, accepted_powers) = (reserve.chain_symbol()?, reserve.power_bits());
    let listing = Listing { symbol, settings, accepted_powers, ..Listing::new(reserve.decimals, 0.0) };
    let opening = Proposal::Settings { settings, ramp_secs: reserve.ramp_secs };
    let target = ChangeTarget::Reserve(asset.reserve);
    Ok([
        market.reserve_init(&asset, &listing),
        market.propose_ix(target, IMMEDIATE, opening),
        market.execute_ix(target, IMMEDIATE, None),
    ])
}

/// Applies the file's market settings with the delay, in the last change that has none.
pub fn close_setup(market: &Market, settings: MarketSettings) -> [Instruction; 2] {
    [
        market.propose_ix(ChangeTarget::Market, IMMEDIATE, Proposal::Market { market: settings }),
        market.execute_ix(ChangeTarget::Market, IMMEDIATE, None),
    ]
}

/// Opens the owner's obligation number 0.
pub fn obligation_open(market: &Market, owner: &Keypair) -> Instruction {
    instructions::obligation_open(&owner.pubkey(), &market.config, 0)
}

/// Deposits from `tokens`, the owner's account of that asset, into obligation number 0.
pub fn deposit(market: &Market, owner: &Keypair, asset: usize, tokens: Address, amount_atoms: u64) -> Instruction {
    let wallet = TokenWallet { signer: owner.pubkey(), tokens };
    let obligation = seeds::obligation_address(&market.config, &wallet.signer, 0);
    instructions::deposit(&wallet, &obligation, &market.named(asset), amount_atoms)
}

/// Borrows the second asset of the pair into `tokens`. The first is the only collateral of obligation number 0.
pub fn borrow(market: &Market, owner: &Keypair, pair: [usize; 2], tokens: Address, amount_atoms: u64) -> Instruction {
    let wallet = TokenWallet { signer: owner.pubkey(), tokens };
    let obligation = seeds::obligation_address(&market.config, &wallet.signer, 0);
    let [collateral, debt] = pair.map(|number| market.named(number));
    let position = PositionAccounts { reserve: collateral.reserve, price: collateral.price };
    let borrower = ObligationAccounts { obligation, positions: vec![position] };
    instructions::borrow(&wallet, &borrower, &debt, amount_atoms)
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::Context;
    use solana_message::{Message, VersionedMessage};
    use solana_transaction::versioned::VersionedTransaction;

    /// The size of a validator's packet. The node's own queue has no such limit.
    const PACKET: usize = 1_232;

    #[test]
    fn every_listing_fits_a_packet() -> Result<()> {
        let file = MarketFile::parse(include_str!("../../../migrations/config/localnet.toml"))?;
        let market = market(&file);
        for reserve in &file.reserves {
            let message = Message::new(&list(&market, &file, reserve)?, Some(&market.authority.pubkey()));
            let message = VersionedMessage::Legacy(message);
            let transaction = VersionedTransaction::try_new(message, &[&market.authority]).context("signers")?;
            let bytes = bincode::serialize(&transaction)?.len();
            assert!(bytes <= PACKET, "{}: {bytes} bytes", reserve.symbol);
        }
        Ok(())
    }
}
