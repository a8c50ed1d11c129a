//! The market and its users, created in a separate World, so that the builders of ballast-testkit serve both chains.

use crate::chain::Chain;
use anchor_lang::prelude::Address;
use ballast_testkit::{Listing, Market, User, World};
use solana_account::Account;
use solana_signer::Signer;

/// The assets of the market.
pub const SOL: usize = 0;
pub const USD: usize = 1;

/// Whole tokens in atoms.
pub const ONE_SOL: u64 = 1_000_000_000;
pub const ONE_USD: u64 = 1_000_000;

/// What each wallet holds of each asset, in atoms.
pub const WEALTH: u64 = 1_000_000_000_000;

/// Keys, addresses and wallets. The market itself does not exist yet.
pub struct Cast {
    pub market: Market,
    pub listings: [Listing; 2],
    pub lender: User,
    pub borrower: User,
    /// The accounts that the program does not create: wallets, mints, token accounts, prices and the program itself.
    pub props: Vec<(Address, Account)>,
}

impl Cast {
    /// Creates a market with SOL at 100 USD and with USD.
    pub fn rehearse() -> Self {
        let listings = [Listing::new(9, 100.0), Listing::new(6, 1.0)];
        let mut world = World::new();
        let market = Market::with(&mut world, &listings);
        let [lender, borrower] = [(); 2].map(|()| User::new(&mut world, &market, WEALTH));
        let mut props = program(&world, ballast::ID);
        // Sets the slot of deployment to 0; it follows a tag of four bytes. The bank skips slots, and does not find a
        // program that was deployed in a skipped one.
        props[0].1.data[4..12].fill(0);
        let wallets = [market.authority.pubkey(), lender.address(), borrower.address()];
        let feeds = market.assets.iter().flat_map(|asset| [asset.mint, asset.feed.address]);
        let tokens = lender.tokens.iter().chain(&borrower.tokens).copied();
        props.extend(wallets.into_iter().chain(feeds).chain(tokens).map(|address| (address, world.get(&address))));
        Self { market, listings, lender, borrower, props }
    }

    /// Every account of the test.
    pub fn addresses(&self) -> Vec<Address> {
        let Self { market, lender, borrower, props, .. } = self;
        let created = market.assets.iter().flat_map(|asset| [asset.reserve, asset.vault, asset.voucher_mint]);
        let created = created.chain([market.config, lender.obligation, borrower.obligation]);
        props.iter().map(|(address, _)| *address).chain(created).collect()
    }
}

/// The accounts of a program of the upgradeable loader: the one with the code, then the one that others call.
pub fn program(chain: &impl Chain, id: Address) -> Vec<(Address, Account)> {
    let loader = chain.get(&id).owner;
    let (code, _) = Address::find_program_address(&[id.as_ref()], &loader);
    [code, id].map(|address| (address, chain.get(&address))).into()
}
