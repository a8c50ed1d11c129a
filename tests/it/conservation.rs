//! The books match the vaults: over random transactions no token appears or disappears, every reserve stays solvent,
//! and tokens that somebody sends to a vault belong to nobody.

use crate::scene::{BTC, DAY, ETH, ONE_SOL, ONE_USD, SOL, Scene, USD, WEALTH};
use crate::tokens::token_2022;
use anchor_lang::prelude::Address;
use anchor_lang::solana_program::instruction::Instruction;
use ballast_core::positions::Side;
use ballast_core::price::PriceUse;
use ballast_testkit::dice::Dice;
use ballast_testkit::user::{ALL, AssetPair};
use ballast_testkit::{Failure, Receipt, User};

const ASSETS: [usize; 4] = [SOL, USD, BTC, ETH];

/// From one atom to about 10^13 of them, each order of magnitude equally likely; sometimes all.
fn amount(dice: &mut Dice) -> u64 {
    if dice.roll(10) == 0 {
        return ALL;
    }
    let magnitude = 10u64.pow(u32::try_from(dice.roll(13)).expect("below 13"));
    magnitude + dice.roll(9 * magnitude)
}

/// A kind of random transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Deposit,
    Withdraw,
    Borrow,
    Repay,
    Liquidate,
    Wait,
    Price,
}

struct Run {
    scene: Scene,
    dice: Dice,
    users: Vec<User>,
    prices: [f64; 4],
}

impl Run {
    fn new(seed: u64, mut scene: Scene) -> Self {
        let mut users = vec![scene.lender.clone(), scene.borrower.clone()];
        users.extend((0..3).map(|_| User::new(&mut scene.world, &scene.market, WEALTH / 1_000)));
        Self { scene, dice: Dice::new(seed), users, prices: [100.0, 1.0, 50_000.0, 2_000.0] }
    }

    fn user(&mut self) -> User {
        self.users[self.dice.index(self.users.len())].clone()
    }

    fn step(&mut self) -> (Step, Result<(), Failure>) {
        let (user, asset, amount) = (self.user(), ASSETS[self.dice.index(ASSETS.len())], amount(&mut self.dice));
        let done = |result: Result<Receipt, Failure>| result.map(drop);
        match self.dice.roll(16) {
            0..3 => (Step::Deposit, done(user.deposit(&mut self.scene.world, &self.scene.market, asset, amount))),
            3..5 => (Step::Withdraw, done(user.withdraw(&mut self.scene.world, &self.scene.market, asset, amount))),
            5..8 => (Step::Borrow, self.borrow(&user, asset, amount)),
            8..10 => (Step::Repay, done(user.repay(&mut self.scene.world, &self.scene.market, asset, amount))),
            10..12 => (Step::Liquidate, self.liquidate(&user)),
            12 => (Step::Wait, self.wait()),
            _ => (Step::Price, self.move_price(asset)),
        }
    }

    /// Borrows the amount, halved until it passes, so that obligations come near their limits.
    fn borrow(&mut self, user: &User, asset: usize, amount: u64) -> Result<(), Failure> {
        let Scene { world, market, .. } = &mut self.scene;
        let mut result = user.borrow(world, market, asset, amount);
        let mut less = amount.min(1 << 43) / 2;
        while result.is_err() && less > 0 {
            result = user.borrow(world, market, asset, less);
            less /= 2;
        }
        result.map(drop)
    }

    /// Returns an unhealthy borrower if there is one, otherwise any user.
    fn target(&mut self) -> User {
        let Scene { world, market, .. } = &self.scene;
        let unhealthy = self.users.iter().find(|user| {
            !market.totals(world, &user.obligation(world), &[], PriceUse::Liquidation).maintenance.covers_debt()
        });
        unhealthy.cloned().unwrap_or_else(|| self.user())
    }

    /// Liquidates a borrower in their first pair.
    fn liquidate(&mut self, liquidator: &User) -> Result<(), Failure> {
        let borrower = self.target();
        let Scene { world, market, .. } = &mut self.scene;
        let positions = borrower.obligation(world).positions;
        let has = |asset: &usize, side| {
            positions.as_slice().iter().any(|it| it.reserve == market.reserve_id(*asset) && it.side() == side)
        };
        let collateral = ASSETS.into_iter().find(|asset| has(asset, Side::Collateral)).unwrap_or(SOL);
        let debt = ASSETS.into_iter().find(|asset| has(asset, Side::Debt)).unwrap_or(USD);
        let before = world.clone();
        // The loss of an insolvent obligation is certain only after a call.
        let _ = liquidator.flag(world, market, &borrower);
        let result = liquidator.liquidate(world, market, &borrower, AssetPair { collateral, debt }, ALL).map(drop);
        if result.is_err() {
            *world = before;
        }
        result
    }

    fn wait(&mut self) -> Result<(), Failure> {
        let secs = i64::try_from(self.dice.roll(30 * DAY.unsigned_abs())).expect("a month");
        self.scene.wait(secs);
        Ok(())
    }

    /// Moves a price up or down by at most two fifths.
    fn move_price(&mut self, asset: usize) -> Result<(), Failure> {
        self.prices[asset] *= 0.6 + self.dice.roll(800) as f64 / 1_000.0;
        self.scene.set_price(asset, self.prices[asset]);
        Ok(())
    }

    /// Returns the tokens of an asset in all wallets and its vault.
    fn tokens(&self, asset: usize) -> u128 {
        let supply = self.scene.world.token_supply(&self.scene.market.assets[asset].mint);
        u128::from(supply)
    }
}

#[test]
fn random_transactions_keep_the_books_of_a_market() {
    let mut outcomes = Outcomes::new();
    for seed in 1..=4 {
        run(Run::new(seed, Scene::indebted()), 400, Scene::audit, &mut outcomes);
    }
    every_step_succeeds_sometimes(&outcomes);
}

#[test]
fn random_transactions_keep_the_books_with_token_2022() {
    let mut outcomes = Outcomes::new();
    run(Run::new(11, token_2022()), 400, Scene::audit, &mut outcomes);
    every_step_succeeds_sometimes(&outcomes);
}

/// The issuers start to charge fees after the listing. A vault may then hold more than the books say, never less.
#[test]
fn random_transactions_with_transfer_fees_leave_no_vault_short() {
    let mut scene = token_2022();
    for (asset, bps) in ASSETS.into_iter().zip([1, 100, 1_000, 5_000]) {
        scene.world.charge_fee(&scene.market.assets[asset].mint.clone(), bps);
    }
    let covered = |scene: &Scene| {
        let more = ASSETS.map(|asset| scene.vault(asset) - scene.pool(asset).ledger.cash_atoms);
        scene.market.audit(&scene.world, &more);
    };
    let mut outcomes = Outcomes::new();
    run(Run::new(6, scene), 400, covered, &mut outcomes);
    every_step_succeeds_sometimes(&outcomes);
}

/// How often each kind of step was refused and succeeded.
type Outcomes = std::collections::BTreeMap<Step, [u32; 2]>;

fn run(mut run: Run, steps: u32, audit: impl Fn(&Scene), outcomes: &mut Outcomes) {
    let supply = ASSETS.map(|asset| run.tokens(asset));
    for _ in 0..steps {
        let before = run.scene.clone();
        let (step, result) = run.step();
        let succeeded = usize::from(result.is_ok());
        outcomes.entry(step).or_default()[succeeded] += 1;
        if result.is_err() {
            unchanged(&before, &run.scene);
        }
        audit(&run.scene);
        indices_do_not_fall(&before, &run.scene, step);
    }
    assert_eq!(ASSETS.map(|asset| run.tokens(asset)), supply, "no token is minted or burned");
}

/// A run of refusals only would prove nothing.
fn every_step_succeeds_sometimes(outcomes: &Outcomes) {
    for (step, [refused, succeeded]) in outcomes {
        let share = f64::from(*succeeded) / f64::from(refused + succeeded);
        let least = if *step == Step::Liquidate { 0.05 } else { 0.1 };
        assert!(share >= least, "{step:?}: {succeeded} of {}", refused + succeeded);
    }
    assert_eq!(outcomes.len(), 7, "every kind of step occurs: {outcomes:?}");
}

/// A refused step leaves every account of the program and every vault as it was.
fn unchanged(before: &Scene, after: &Scene) {
    for asset in &before.market.assets {
        for address in [asset.reserve, asset.vault] {
            assert_eq!(before.world.get(&address), after.world.get(&address));
        }
    }
    for user in [&before.lender, &before.borrower] {
        assert_eq!(before.world.get(&user.obligation), after.world.get(&user.obligation));
    }
}

/// INV-2: the debt index never falls; the supply index falls only by the write-off in a liquidation.
fn indices_do_not_fall(before: &Scene, after: &Scene, step: Step) {
    for asset in ASSETS {
        let (before, after) = (before.pool(asset).ledger, after.pool(asset).ledger);
        assert!(after.debt_index.get() >= before.debt_index.get(), "{step:?}");
        assert!(step == Step::Liquidate || after.supply_index.get() >= before.supply_index.get(), "{step:?}");
    }
}

/// SPL Token's `Transfer` (3), which anybody may call.
pub fn donation(from: Address, vault: Address, owner: Address, amount: u64) -> Instruction {
    let data = [&[3][..], &amount.to_le_bytes()].concat();
    let accounts = vec![
        anchor_lang::AccountMeta::new(from, false),
        anchor_lang::AccountMeta::new(vault, false),
        anchor_lang::AccountMeta::new_readonly(owner, true),
    ];
    Instruction { program_id: spl_token_interface::ID, accounts, data }
}

/// INV-3, against the attacks on Venus, zkLend and Sonne.
#[test]
fn a_donation_to_a_vault_changes_no_outcome() {
    let transactions = |scene: &mut Scene| {
        scene.wait(DAY);
        scene.deposit(SOL, 3 * ONE_SOL).expect("deposit");
        scene.borrow(USD, 77 * ONE_USD).expect("borrow");
        scene.repay(USD, 5 * ONE_USD).expect("repay");
        scene.withdraw(SOL, ONE_SOL).expect("withdraw");
        scene.set_price(SOL, 30.0);
        scene.liquidate(SOL, USD, ALL).expect("liquidate");
        ASSETS.map(|asset| (scene.market.reserve(&scene.world, asset).pool, scene.wallet(asset)))
    };
    let mut scene = Scene::indebted();
    let (without, positions) = scene.attempt(|scene| (transactions(scene), scene.positions()));
    let donated = [WEALTH / 2, 1, 0, 1_000_000];
    for (asset, amount) in ASSETS.into_iter().zip(donated) {
        let give =
            donation(scene.lender.tokens[asset], scene.market.assets[asset].vault, scene.lender.address(), amount);
        scene.world.send(&[give], &[&scene.lender.key]).expect("a transfer");
    }
    assert_eq!((transactions(&mut scene), scene.positions()), (without, positions));
    scene.market.audit(&scene.world, &donated);
}

/// The first depositor of an empty reserve buys one share and donates a large amount. The second depositor must not pay
/// for it.
#[test]
fn a_donation_to_an_empty_reserve_takes_nothing_from_the_next_supplier() {
    let mut world = ballast_testkit::World::new();
    let market = ballast_testkit::Market::with(&mut world, &[ballast_testkit::Listing::new(6, 1.0)]);
    let [attacker, victim] = [(); 2].map(|()| User::new(&mut world, &market, WEALTH));
    attacker.deposit(&mut world, &market, 0, 1).expect("deposit");
    let give = donation(attacker.tokens[0], market.assets[0].vault, attacker.address(), WEALTH / 2);
    world.send(&[give], &[&attacker.key]).expect("a transfer");
    for amount in [1, 2, 999_999, WEALTH - 1_000_002] {
        victim.deposit(&mut world, &market, 0, amount).expect("deposit");
    }
    victim.withdraw(&mut world, &market, 0, ALL).expect("withdraw");
    assert_eq!(victim.balance(&world, 0), WEALTH);
    attacker.withdraw(&mut world, &market, 0, ALL).expect("withdraw");
    assert_eq!(attacker.balance(&world, 0), WEALTH - WEALTH / 2);
}

/// Borrowers repay, suppliers withdraw, and the vaults keep what belongs to the protocol.
#[test]
fn everybody_can_leave_in_the_end() {
    let mut scene = Scene::indebted();
    scene.wait(30 * DAY);
    let obligations: Vec<ballast::state::Obligation> = scene.world.all();
    let id = |asset: usize| scene.market.reserve_id(asset);
    let indebted = obligations.iter().flat_map(|obligation| {
        let address = ballast::seeds::obligation_address(&obligation.config, &obligation.owner, obligation.number);
        ASSETS
            .into_iter()
            .filter(move |asset| obligation.positions.debt(&id(*asset)).0 > 0)
            .map(move |asset| (address, asset))
    });
    let repayments: Vec<_> = indebted.collect();
    for (address, asset) in repayments {
        let repay = scene.lender.repay_ix(&scene.market, address, asset, ALL);
        scene.world.send(&[repay], &[&scene.lender.key]).expect("repay");
    }
    scene.kill_oracle();
    for asset in ASSETS {
        assert_eq!(scene.pool(asset).ledger.debt_shares.get(), 0);
        scene.lender.clone().withdraw(&mut scene.world, &scene.market, asset, ALL).expect("withdraw");
    }
    for asset in [SOL, BTC] {
        scene.withdraw(asset, ALL).expect("withdraw");
    }
    scene.audit();
    let left = scene.pool(USD).ledger;
    assert_eq!(left.supply_shares, 0);
    assert!(u128::from(left.cash_atoms) == left.equity_floor().expect("equity") && left.cash_atoms > ONE_USD);
}
