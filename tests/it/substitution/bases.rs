//! The genuine transactions, which succeed.

use super::Base;
use super::stage::Stage;
use crate::interface::account_of;
use crate::scene::{BTC, ONE_BTC, ONE_SOL, ONE_USD, SOL, USD};
use anchor_lang::solana_program::instruction::Instruction;
use ballast::instructions::{PriceFeed, Proposal};
use ballast_testkit::governance::as_tight;
use ballast_testkit::market::{config_init, default_market};
use ballast_testkit::pyth::{PythFeed, Quotation};
use ballast_testkit::user::AssetPair;
use ballast_testkit::{Listing, User, World};
use solana_signer::Signer;

impl Stage {
    pub fn bases(&self) -> Vec<Base> {
        let groups =
            [self.of_the_market(), self.of_changes(), self.of_obligations(), self.of_loans(), self.of_the_rest()];
        groups.into_iter().flatten().collect()
    }

    fn base(&self, name: &'static str, instruction: Instruction) -> Base {
        Base::new(name, name, self.world.clone(), instruction)
    }

    fn of_the_market(&self) -> Vec<Base> {
        let Self { world, market, victim, .. } = self;
        let guardian = market.guardian.pubkey();
        vec![
            self.config_init(),
            self.base("config_update", market.config_update_ix(victim.address())),
            self.config_accept(),
            self.reserve_init(),
            self.base("reserve_tighten", market.tighten_ix(&guardian, SOL, as_tight(&market.settings(world, SOL)))),
            self.base("pause", market.pause_ix(&guardian, SOL, 1, 60)),
            self.fees_collect(),
            self.base("insurance_fund", market.insurance_fund_ix(&victim.address(), victim.tokens[USD], USD, ONE_USD)),
        ]
    }

    fn fees_collect(&self) -> Base {
        let mut world = self.world.clone();
        let destination = self.market.fee_account(&mut world, USD);
        Base::new("fees_collect", "fees_collect", world, self.market.fees_collect_ix(USD, destination))
    }

    fn config_init(&self) -> Base {
        let mut world = self.world.clone();
        let creator = world.wallet().pubkey();
        let instruction = config_init(&creator, default_market(creator, creator));
        Base::new("config_init", "config_init", world, instruction)
    }

    fn config_accept(&self) -> Base {
        let Self { market, victim, .. } = self;
        let mut base = self.base("config_accept", market.config_accept_ix(victim.address()));
        let update = market.config_update_ix(victim.address());
        base.world.send(&[update], &[&market.authority]).expect("config_update");
        base
    }

    fn reserve_init(&self) -> Base {
        let mut world = self.world.clone();
        let listing = Listing::new(6, 3.0);
        let asset = self.market.candidate(&mut world, &listing);
        let instruction = self.market.reserve_init(&asset, &listing);
        Base::new("reserve_init", "reserve_init", world, instruction)
    }

    fn of_changes(&self) -> Vec<Base> {
        let Self { market, .. } = self;
        let (target, proposal) = (market.target(SOL), Listing::new(9, 100.0).opening());
        let proposed = |proposal| {
            let mut world = self.world.clone();
            market.propose(&mut world, target, 1, proposal).expect("change_propose");
            world
        };
        let mut world = self.world.clone();
        let feed = PythFeed::new([9; 32]);
        world.publish(&feed, &Quotation::calm(100.0, world.now()));
        let named = Proposal::Feed { feed: PriceFeed { feed_id: feed.id, shard: 0, receiver: 0 } };
        market.propose(&mut world, target, 1, named).expect("change_propose");
        let execute = |price| market.execute_ix(target, 1, price);
        let cancel = market.cancel_ix(&market.guardian.pubkey(), 1);
        vec![
            self.base("change_propose", market.propose_ix(target, 1, proposal)),
            Base::new("change_execute", "change_execute", proposed(proposal), execute(None)),
            Base::new("change_execute-feed", "change_execute", world, execute(Some(feed.address))),
            Base::new("change_cancel", "change_cancel", proposed(proposal), cancel),
        ]
    }

    fn of_obligations(&self) -> Vec<Base> {
        let Self { world, market, victim, .. } = self;
        let mut close = victim.close();
        account_of(&mut close, "obligation").pubkey = self.second();
        vec![
            self.base("obligation_open", victim.open(market, 2)),
            self.base("obligation_close", close),
            self.base("obligation_settings", victim.settings_ix(victim.settings(world))),
        ]
    }

    fn of_loans(&self) -> Vec<Base> {
        let Self { world, market, victim, other, .. } = self;
        vec![
            self.base("deposit", victim.deposit_ix(market, SOL, ONE_SOL)),
            self.deposit_of_a_new_collateral(),
            self.base("withdraw", victim.withdraw_ix(world, market, SOL, ONE_SOL)),
            self.withdraw_without_debt(),
            self.base("borrow", victim.borrow_ix(world, market, USD, ONE_USD)),
            self.base("repay", victim.repay_ix(market, victim.obligation, USD, ONE_USD)),
            self.liquidate(other),
            self.base("voucher_mint", victim.voucher_mint_ix(world, market, SOL, self.vouchers[0], ONE_SOL)),
            self.base("voucher_burn", victim.voucher_burn_ix(market, SOL, self.vouchers[0], 1)),
            self.flash_borrow(),
            self.flash_repay(),
        ]
    }

    /// Into the victim's second obligation, which has debt and no bitcoin yet.
    fn deposit_of_a_new_collateral(&self) -> Base {
        let (mut world, market) = (self.world.clone(), &self.market);
        let second = User { obligation: self.second(), ..self.victim.clone() };
        second.deposit(&mut world, market, SOL, 2 * ONE_SOL).expect("deposit");
        second.borrow(&mut world, market, USD, ONE_USD).expect("borrow");
        let deposit = second.deposit_ix(market, BTC, ONE_BTC);
        Base::new("deposit-new", "deposit", world, deposit)
    }

    /// From the victim's second obligation, which has no debt.
    fn withdraw_without_debt(&self) -> Base {
        let mut world = self.world.clone();
        let second = User { obligation: self.second(), ..self.victim.clone() };
        second.deposit(&mut world, &self.market, SOL, 2 * ONE_SOL).expect("deposit");
        let instruction = second.withdraw_ix(&world, &self.market, SOL, ONE_SOL);
        Base::new("withdraw-without-debt", "withdraw", world, instruction)
    }

    fn crashed(&self) -> World {
        let mut world = self.world.clone();
        self.market.set_price(&mut world, SOL, 30.0);
        world
    }

    fn liquidate(&self, liquidator: &User) -> Base {
        let world = self.crashed();
        let pair = AssetPair { collateral: SOL, debt: USD };
        let instruction = liquidator.liquidate_ix(&world, &self.market, self.victim.obligation, pair, 1_000 * ONE_USD);
        Base::new("liquidate", "liquidate", world, instruction)
    }

    fn flash_borrow(&self) -> Base {
        let Self { market, victim, .. } = self;
        let base = self.base("flash_borrow", victim.flash_borrow_ix(market, SOL, ONE_SOL));
        Base { after: vec![victim.flash_repay_ix(market, SOL)], ..base }
    }

    fn flash_repay(&self) -> Base {
        let Self { market, victim, .. } = self;
        let base = self.base("flash_repay", victim.flash_repay_ix(market, SOL));
        Base { before: vec![victim.flash_borrow_ix(market, SOL, ONE_SOL)], ..base }
    }

    fn of_the_rest(&self) -> Vec<Base> {
        let Self { world, market, victim, other, .. } = self;
        let feed = market.assets[SOL].feed.address;
        let (crashed, now) = (self.crashed(), world.now());
        let flag = other.flag_ix(&crashed, market, victim.obligation);
        vec![
            self.base("assert_health", victim.assert_health_ix(world, market, 10_000, now)),
            self.base("assert_price", victim.assert_price_ix(market, SOL, 0, u64::MAX, now)),
            Base::new("flag", "flag", crashed, flag),
            self.base("refresh", market.refresh_ix(SOL, None)),
            Base::new("refresh-with-price", "refresh", world.clone(), market.refresh_ix(SOL, Some(feed))),
        ]
    }
}
