//! A victim, an attacker who also owns a market, and another user, all with positions.

use crate::scene::{BTC, ONE_SOL, ONE_USD, SOL, Scene, USD, WEALTH};
use anchor_lang::prelude::Address;
use ballast_testkit::programs::program_path;
use ballast_testkit::{ListedAsset, Listing, Market, User, World};

pub struct Stage {
    pub world: World,
    pub market: Market,
    pub victim: User,
    pub other: User,
    pub attacker: User,
    /// The attacker's market lists the same mints under the same feeds.
    pub foreign: Market,
    pub foreign_attacker: User,
    /// Accounts for vouchers of SOL: of the victim and of the attacker in the market, and in the attacker's market.
    pub vouchers: [Address; 3],
    pub fake_program: Address,
}

impl Stage {
    pub fn new() -> Self {
        let Scene { mut world, market, lender: other, borrower: victim } = Scene::indebted();
        let attacker = User::new(&mut world, &market, WEALTH);
        attacker.deposit(&mut world, &market, SOL, 100 * ONE_SOL).expect("deposit");
        attacker.borrow(&mut world, &market, USD, ONE_USD).expect("borrow");
        let foreign = foreign_market(&mut world, &market);
        let foreign_attacker = foreign_user(&mut world, &foreign, &attacker);
        let fake_program = world.address();
        world.svm.add_program_from_file(fake_program, program_path()).expect("a program");
        let second = victim.open(&market, 1);
        world.send(&[second], &[&victim.key]).expect("obligation_open");
        let vouchers = [
            vouchers(&mut world, &market, &victim),
            vouchers(&mut world, &market, &attacker),
            vouchers(&mut world, &foreign, &foreign_attacker),
        ];
        Self { world, market, victim, other, attacker, foreign, foreign_attacker, vouchers, fake_program }
    }

    pub fn second(&self) -> Address {
        ballast::seeds::obligation_address(&self.market.config, &self.victim.address(), 1)
    }
}

/// A whole market whose authority is the attacker.
fn foreign_market(world: &mut World, market: &Market) -> Market {
    let mut foreign = Market::new(world);
    for asset in &market.assets {
        let listed = ListedAsset::new(world, &foreign.config, asset.mint, asset.feed);
        let list = foreign.listing_ixs(&listed, &Listing::new(asset.decimals, 1.0));
        world.send(&list, &[&foreign.authority]).expect("a listing");
        foreign.assets.push(listed);
    }
    foreign
}

/// The attacker's obligation in their own market.
fn foreign_user(world: &mut World, foreign: &Market, attacker: &User) -> User {
    let obligation = ballast::seeds::obligation_address(&foreign.config, &attacker.address(), 0);
    let user = User { obligation, ..attacker.clone() };
    world.send(&[user.open(foreign, 0)], &[&user.key]).expect("obligation_open");
    for asset in [SOL, BTC] {
        user.deposit(world, foreign, asset, ONE_SOL).expect("deposit");
    }
    user
}

/// A SOL of the user's collateral as vouchers.
fn vouchers(world: &mut World, market: &Market, user: &User) -> Address {
    let account = user.voucher_account(world, market, SOL);
    user.voucher_mint(world, market, SOL, account, ONE_SOL / 10).expect("voucher_mint");
    account
}
