//! Drift, 1 April 2026: an attacker with the admin key listed a worthless token as collateral, raised its limits and
//! borrowed 285 million USD against it within minutes. Here the same key meets an established market, whose changes
//! wait a day. The attacker holds the real authority and all of its powers. Only the guardian can stop them.

use crate::scene::{BTC, DAY, ETH, ONE_SOL, ONE_USD, SOL, Scene, USD, WEALTH};
use crate::verdict::refused;
use anchor_lang::solana_program::instruction::Instruction;
use ballast::error::BallastError;
use ballast::instructions::{PriceFeed, Proposal};
use ballast::state::MarketSettings;
use ballast_core::risk::Ramp;
use ballast_core::settings::Settings;
use ballast_testkit::governance::as_tight;
use ballast_testkit::market::open_settings;
use ballast_testkit::nonce::Nonce;
use ballast_testkit::pyth::{PythFeed, Quotation};
use ballast_testkit::user::{ALL, AssetPair};
use ballast_testkit::{ChangeTarget, Failure, Listing, Receipt, User};
use solana_signer::Signer;

const REAL: [usize; 4] = [SOL, USD, BTC, ETH];
/// The attacker's own token, listed last.
const FAKE: usize = 4;

struct Attack {
    scene: Scene,
    /// Owns an obligation, a wallet without any real token, and all of the fake one.
    attacker: User,
    /// The changes that wait: target, number, and the new feed of a change of the feed.
    proposals: Vec<(ChangeTarget, u64, Option<PythFeed>)>,
}

/// A feed that the attacker controls.
fn fake_feed() -> PythFeed {
    PythFeed::new([6; 32])
}

impl Attack {
    /// The market is a day old and in use. The attacker has just got the key, lists their token and proposes every
    /// change they need.
    fn begins() -> Self {
        let mut scene = Scene::established();
        scene.wait(DAY);
        let Scene { world, market, .. } = &mut scene;
        let fake = Listing::new(6, 1_000_000.0);
        market.list_closed(world, &fake);
        let mut attacker = User::new(world, market, 0);
        attacker.tokens[FAKE] = world.tokens(&market.assets[FAKE].mint, &attacker.address(), WEALTH);
        let mut attack = Self { scene, attacker, proposals: Vec::new() };
        attack.proposes_all();
        attack
    }

    fn proposes_all(&mut self) {
        let generous = Settings { limits: open_settings().limits, ..open_settings() };
        let fake = self.scene.market.target(FAKE);
        self.propose(fake, Proposal::Settings { settings: generous, ramp_secs: Ramp::MIN_SECS }, None);
        for asset in REAL {
            let mut settings = self.scene.market.settings(&self.scene.world, asset);
            (settings.risk.ltv_bps, settings.risk.liquidation_threshold_bps) = (8_000, 8_500);
            let target = self.scene.market.target(asset);
            self.propose(target, Proposal::Settings { settings, ramp_secs: Ramp::MIN_SECS }, None);
            let feed = PriceFeed { feed_id: fake_feed().id, shard: 0, receiver: 0 };
            self.propose(target, Proposal::Feed { feed }, Some(fake_feed()));
        }
        let (guardian, fee_receiver) = (self.attacker.address(), self.attacker.address());
        let market = self.scene.market.state(&self.scene.world).market;
        let market = MarketSettings { guardian, fee_receiver, change_delay_secs: 3_600, ..market };
        self.propose(ChangeTarget::Market, Proposal::Market { market }, None);
    }

    fn propose(&mut self, target: ChangeTarget, proposal: Proposal, feed: Option<PythFeed>) {
        let number = self.proposals.len() as u64;
        self.scene.market.propose(&mut self.scene.world, target, number, proposal).expect("change_propose");
        self.proposals.push((target, number, feed));
    }

    fn execute(&mut self, n: usize) -> Result<Receipt, Failure> {
        let (target, number, feed) = self.proposals[n];
        let Scene { world, market, .. } = &mut self.scene;
        world.publish(&fake_feed(), &Quotation::calm(100.0, world.now()));
        market.execute(world, target, number, feed.map(|feed| feed.address))
    }

    /// Tries every way to turn the key or the token into money of others. All are refused.
    fn tries_everything(&mut self) {
        for n in 0..self.proposals.len() {
            refused(self.execute(n), BallastError::ChangeTooEarly);
        }
        self.tries_the_token();
        self.tries_the_authority();
        self.tries_others_positions();
    }

    fn tries_the_token(&mut self) {
        let Self { scene: Scene { world, market, .. }, attacker, .. } = self;
        for amount in [1, ONE_USD, ALL] {
            refused(attacker.deposit(world, market, FAKE, amount), BallastError::SupplyCapReached);
        }
        for asset in REAL {
            refused(attacker.borrow(world, market, asset, 1_000), BallastError::HealthTooLow);
            refused(attacker.withdraw(world, market, asset, 1), BallastError::InsufficientCollateral);
            let flash = attacker.flash_borrow_ix(market, asset, 1_000);
            refused(world.send(&[flash], &[&attacker.key]), BallastError::FlashLoanNotRepaid);
        }
    }

    /// Tries to loosen settings with the instructions that work without notice.
    fn tries_the_authority(&mut self) {
        let Self { scene: Scene { world, market, .. }, attacker, .. } = self;
        let mut to = as_tight(&market.settings(world, FAKE));
        (to.supply_cap_atoms, to.ltv_bps) = (u64::MAX, 7_500);
        let tighten = market.tighten_ix(&market.authority.pubkey(), FAKE, to);
        refused(world.send(&[tighten], &[&market.authority]), BallastError::NotTighter);
        for asset in REAL {
            let fees = market.fees_collect(world, asset, attacker.tokens[asset]);
            refused(fees, BallastError::NotOwnersAccount);
        }
        let fake = market.target(FAKE);
        let nonce = Nonce::new(world, &attacker.key);
        let signed_before = market.execute_ix(fake, 0, None);
        let stored = nonce.send(world, &[signed_before], &[&market.authority, &attacker.key]);
        refused(stored, BallastError::DurableNonce);
        let mut settings = market.state(world).market;
        settings.change_delay_secs = 0;
        let proposal = Proposal::Market { market: settings };
        refused(market.propose(world, ChangeTarget::Market, 1_000, proposal), BallastError::InvalidDelay);
    }

    fn tries_others_positions(&mut self) {
        let Self { scene: Scene { world, market, lender, borrower }, attacker, .. } = self;
        for victim in [&*lender, &*borrower] {
            let thief = attacker.for_owner(victim);
            refused(thief.withdraw(world, market, SOL, ONE_SOL), BallastError::NotOwner);
            refused(thief.borrow(world, market, ETH, 1), BallastError::NotOwner);
        }
        let pair = AssetPair { collateral: SOL, debt: USD };
        refused(attacker.liquidate(world, market, borrower, pair, ALL), BallastError::ObligationHealthy);
    }

    /// Panics if a supplier has lost an atom or the attacker has gained one.
    fn costs_nothing(&self, before: &[(u64, u128, u128)]) {
        for (asset, (vault, claims, index)) in REAL.into_iter().zip(before) {
            let ledger = self.scene.pool(asset).ledger;
            assert_eq!(self.scene.vault(asset), *vault, "the vault of {asset} is unchanged");
            assert!(ledger.claims_ceil().expect("claims") >= *claims);
            assert!(ledger.supply_index.get() >= *index);
            assert_eq!(self.attacker.balance(&self.scene.world, asset), 0);
        }
        self.scene.market.audit(&self.scene.world, &[0; 5]);
    }

    /// Returns tokens, claims and supply index of every real asset.
    fn holdings(&self) -> Vec<(u64, u128, u128)> {
        let holding = |asset| {
            let ledger = self.scene.pool(asset).ledger;
            (self.scene.vault(asset), ledger.claims_ceil().expect("claims"), ledger.supply_index.get())
        };
        REAL.into_iter().map(holding).collect()
    }

    /// The guardian cancels all queued changes in one transaction.
    fn is_cancelled(&mut self) {
        let Scene { world, market, .. } = &mut self.scene;
        let guardian = market.guardian.pubkey();
        let cancel = |(_, number, _): &(ChangeTarget, u64, Option<PythFeed>)| market.cancel_ix(&guardian, *number);
        let all: Vec<Instruction> = self.proposals.iter().map(cancel).collect();
        world.send(&all, &[&market.guardian]).expect("change_cancel");
    }
}

#[test]
fn a_stolen_key_takes_nothing_before_the_delay_is_over() {
    let mut attack = Attack::begins();
    let before = attack.holdings();
    attack.tries_everything();
    for _ in 0..23 {
        attack.scene.wait(3_600);
        attack.tries_everything();
        attack.costs_nothing(&before);
    }
    attack.scene.wait(3_599);
    attack.tries_everything();
    attack.costs_nothing(&before);
}

#[test]
fn a_guardian_cancels_everything_in_the_last_second_and_the_attacker_starts_over() {
    let mut attack = Attack::begins();
    let before = attack.holdings();
    attack.scene.wait(DAY - 1);
    attack.is_cancelled();
    attack.scene.wait(1);
    for n in 0..attack.proposals.len() {
        attack.execute(n).expect_err("there is no such change");
    }
    attack.costs_nothing(&before);
    attack.proposals.clear();
    attack.proposes_all();
    attack.tries_everything();
    attack.costs_nothing(&before);
}

/// A tightening that lowers nothing makes all queued changes of a reserve obsolete at once.
#[test]
fn a_guardian_needs_one_instruction_against_any_number_of_changes_of_a_reserve() {
    let mut attack = Attack::begins();
    let Scene { world, market, .. } = &mut attack.scene;
    for asset in [SOL, USD, BTC, ETH, FAKE] {
        market.tighten(world, asset, |_| ()).expect("reserve_tighten");
    }
    attack.scene.wait(DAY);
    let of_reserves = attack.proposals.iter().filter(|(target, ..)| *target != ChangeTarget::Market).count();
    assert_eq!(of_reserves + 1, attack.proposals.len(), "all but the last");
    for n in 0..of_reserves {
        refused(attack.execute(n), BallastError::ChangeObsolete);
    }
    attack.scene.market.cancel(&mut attack.scene.world, of_reserves as u64).expect("change_cancel");
}

/// A handover brings no new power, and the guardian keeps theirs.
#[test]
fn a_handover_to_another_key_gains_the_attacker_nothing() {
    let mut attack = Attack::begins();
    let before = attack.holdings();
    let successor = attack.scene.world.wallet();
    let Scene { world, market, .. } = &mut attack.scene;
    let (update, accept) = (market.config_update_ix(successor.pubkey()), market.config_accept_ix(successor.pubkey()));
    world.send(&[update, accept], &[&market.authority, &successor]).expect("a handover");
    market.authority = successor;
    attack.tries_everything();
    attack.costs_nothing(&before);
    attack.is_cancelled();
}

/// The key can pause at once. Everybody can still repay meanwhile, and withdraw when the pause ends.
#[test]
fn an_attacker_who_closes_everything_keeps_nobody_from_repaying_and_depositing() {
    let mut attack = Attack::begins();
    let before = attack.holdings();
    let Scene { world, market, .. } = &mut attack.scene;
    for asset in REAL {
        let pause = market.pause_ix(&market.authority.pubkey(), asset, 15, 86_400);
        world.send(&[pause], &[&market.authority]).expect("pause");
    }
    attack.costs_nothing(&before);
    attack.is_cancelled();
    attack.scene.repay(USD, ALL).expect("repay");
    attack.scene.deposit(SOL, ONE_SOL).expect("deposit");
    attack.scene.wait(DAY);
    attack.scene.withdraw(SOL, ALL).expect("withdraw");
}

/// The attack that worked: without a delay, the same key empties the market in a transaction after the listing.
#[test]
fn the_key_of_a_market_without_a_delay_can_empty_it() {
    let mut scene = Scene::simple();
    let Scene { world, market, .. } = &mut scene;
    market.list(world, &Listing::new(6, 1_000_000.0));
    let mut attacker = User::new(world, market, 0);
    attacker.tokens[FAKE] = world.tokens(&market.assets[FAKE].mint, &attacker.address(), WEALTH);
    attacker.deposit(world, market, FAKE, ALL).expect("deposit");
    let cash = scene.pool(USD).ledger.cash_atoms;
    attacker.borrow(&mut scene.world, &scene.market, USD, cash).expect("borrow");
    assert_eq!(scene.vault(USD), 0);
}
