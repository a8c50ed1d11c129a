//! Who plays: found out by a rehearsal in a World of its own, so that the builders of ballast-testkit serve both chains.

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

/// What both wallets hold of both assets, in atoms.
pub const WEALTH: u64 = 1_000_000_000_000;

/// Keys, addresses and wallets; nothing of the market exists yet.
pub struct Cast {
    pub market: Market,
    pub listings: [Listing; 2],
    pub lender: User,
    pub borrower: User,
    /// Everything that is not the program's to create: wallets, mints, token accounts, prices, the program itself.
    pub props: Vec<(Address, Account)>,
}

impl Cast {
    /// SOL at 100 USD, and USD.
    pub fn rehearse() -> Self {
        let listings = [Listing::new(9, 100.0), Listing::new(6, 1.0)];
        let mut world = World::new();
        let market = Market::with(&mut world, &listings);
        let [lender, borrower] = [(); 2].map(|()| User::new(&mut world, &market, WEALTH));
        let mut props = program(&world, ballast::ID);
        // Deployed in slot 0 (the number after a tag of four bytes): the bank, which leaps over slots, does not find a program again
        // that was deployed in one that it leapt over.
        props[0].1.data[4..12].fill(0);
        let wallets = [market.authority.pubkey(), lender.address(), borrower.address()];
        let feeds = market.assets.iter().flat_map(|asset| [asset.mint, asset.feed.address]);
        let tokens = lender.tokens.iter().chain(&borrower.tokens).copied();
        props.extend(wallets.into_iter().chain(feeds).chain(tokens).map(|address| (address, world.get(&address))));
        Self { market, listings, lender, borrower, props }
    }

    /// Every account of the story.
    pub fn addresses(&self) -> Vec<Address> {
        let Self { market, lender, borrower, props, .. } = self;
        let created = market.assets.iter().flat_map(|asset| [asset.reserve, asset.vault, asset.voucher_mint]);
        let created = created.chain([market.config, lender.obligation, borrower.obligation]);
        props.iter().map(|(address, _)| *address).chain(created).collect()
    }
}

/// A program as the upgradeable loader deploys it: the account with the code, then the one that is called.
pub fn program(chain: &impl Chain, id: Address) -> Vec<(Address, Account)> {
    let loader = chain.get(&id).owner;
    let (code, _) = Address::find_program_address(&[id.as_ref()], &loader);
    [code, id].map(|address| (address, chain.get(&address))).into()
}
