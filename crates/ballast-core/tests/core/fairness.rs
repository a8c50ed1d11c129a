//! P2: of an insolvent obligation every debt's reserve bears the same part of what it is owed, whatever the order and
//! the size of the calls, and the call that makes a loss certain books it.
//!
//! Rounding is a share and two atoms for each call, and a cent for each collateral: the crumb that goes with the rest.

use crate::scene::{Dice, EVERYTHING, Recipe, Reserve, Scene, Zone, draw, seeds};
use ballast_core::Refusal::AmountTooSmall;
use ballast_core::call::Call;
use ballast_core::op::liquidate::{Bid, Seizure};
use ballast_core::positions::Side;
use ballast_core::price::PriceUse;
use ballast_core::units::Atoms;

const INSOLVENT: Recipe = Recipe { most: 3, has_trouble: false, has_dust: true, zones: &[Zone::Deep] };

/// A deep obligation whose loss has been certain for a while.
fn insolvent(seed: u64, dice: &mut Dice) -> Scene {
    let mut scene = draw(seed, &INSOLVENT);
    scene.settle_prices();
    let since = scene.slot - dice.within(0..=4_000);
    scene.call = Call {
        called_at: since,
        turn_at: since,
        deep_at: since,
        deep_agreed_at: since,
        seen_at: scene.slot,
        warned: 1,
    };
    scene
}

fn owed_usd(scene: &Scene, n: usize) -> f64 {
    let pool = &scene.reserves[n].pool;
    pool.ledger.debt_atoms_ceil(scene.owner.debt(&pool.id)).expect("bounded").0 as f64 * scene.reserves[n].atom_usd()
}

/// Any pair and any part of the debt, half of the time all of it.
fn any_call(scene: &Scene, dice: &mut Dice) -> ((usize, usize), Bid) {
    let pair = scene.any_pair(dice).expect("both sides");
    let owed = owed_usd(scene, pair.1) / scene.reserves[pair.1].atom_usd();
    let part = if dice.one_in(2) { EVERYTHING.max_repay } else { Atoms((owed * dice.log(1e-6, 1.0)) as u64) };
    (pair, Bid { max_repay: part, ..EVERYTHING })
}

fn zone(scene: &Scene) -> Zone {
    scene.zone(&scene.totals(&[], PriceUse::Maintenance).expect("usable prices"))
}

/// What happened to one obligation.
#[derive(Debug)]
struct Story {
    /// The part of each debt that the collateral pays.
    part: f64,
    /// Owed before, and lost, in USD.
    debts: Vec<(f64, f64)>,
    /// Rounding in USD: a share and two atoms in each call, and a cent for each collateral.
    rounding: f64,
}

fn dearest(reserves: &[Reserve], usd: impl Fn(&Reserve) -> f64) -> f64 {
    reserves.iter().map(usd).fold(0.0, f64::max)
}

/// Liquidates until nothing is left. `None` without a loss, or where a single share or atom is worth a cent.
fn liquidate_all(mut scene: Scene, dice: &mut Dice) -> Result<Option<Story>, String> {
    let totals = scene.totals(&[], PriceUse::Maintenance).expect("usable prices");
    if zone(&scene) != Zone::Deep {
        return Ok(None);
    }
    let bonus = scene.liquidate_copy().bonus_bps;
    let part = totals.collateral.0 as f64 / totals.debt.0 as f64 / (1.0 + bonus as f64 / 10_000.0);
    if part >= 1.0 {
        return Ok(None);
    }
    let call_rounding =
        dearest(&scene.reserves, Reserve::share_usd) + 2.0 * dearest(&scene.reserves, Reserve::atom_usd) + 1e-11;
    if call_rounding > 0.01 {
        return Ok(None);
    }
    let mut story =
        Story { part, debts: vec![(0.0, 0.0); scene.reserves.len()], rounding: 0.01 * scene.reserves.len() as f64 };
    for (n, debt) in story.debts.iter_mut().enumerate() {
        debt.0 = owed_usd(&scene, n);
    }
    let mut calls = 0;
    while scene.owner.has(Side::Collateral) && scene.owner.has(Side::Debt) {
        let owed: f64 = (0..scene.reserves.len()).map(|n| owed_usd(&scene, n)).sum();
        if zone(&scene) != Zone::Deep {
            return story.end_above_the_line(owed, &scene).map(Some);
        }
        let (pair, bid) = any_call(&scene, dice);
        let bid = if calls < 30 { bid } else { EVERYTHING };
        calls += 1;
        if calls > 60 {
            return Err(format!("sixty calls leave a collateral: {scene:?}"));
        }
        match scene.liquidate(pair, bid) {
            Ok(seizure) if owed > 20_000.0 * story.rounding && seizure.bonus_bps.abs_diff(bonus) > 1 => {
                return Err(format!("a bonus of {} after {bonus}: {story:?} {scene:?}", seizure.bonus_bps));
            }
            Ok(seizure) => story.book(&scene, pair.1, &seizure, call_rounding)?,
            Err(AmountTooSmall) if bid.max_repay < EVERYTHING.max_repay => {}
            Err(refusal) => return Err(format!("{pair:?} {bid:?} {refusal:?}: {scene:?}")),
        }
    }
    let kept = scene.totals(&[], PriceUse::Maintenance).expect("usable prices").collateral.0 as f64 * 2f64.powi(-40);
    if kept > story.rounding {
        return Err(format!("the borrower keeps {kept} USD: {story:?} {scene:?}"));
    }
    forgive_all(&mut scene, &mut story)?;
    Ok(Some(story))
}

/// A rest that rounding has left takes one more call, which moves no tokens.
fn forgive_all(scene: &mut Scene, story: &mut Story) -> Result<(), String> {
    while !scene.owner.has(Side::Collateral) && scene.owner.has(Side::Debt) {
        let position = scene.owner.slots[0];
        let debt = scene.index_of(position.reserve);
        let rest = owed_usd(scene, debt);
        // The last crumb of collateral goes with the debt that takes it.
        if rest * story.part > story.rounding + 1e-9 * story.debts[debt].0 {
            return Err(format!("{rest} USD of debt outlive the last collateral: {story:?} {scene:?}"));
        }
        let seizure = scene.liquidate((0, debt), EVERYTHING).map_err(|refusal| format!("{refusal:?}: {scene:?}"))?;
        story.debts[debt].1 += seizure.write_off.loss() as f64 * scene.reserves[debt].atom_usd();
    }
    Ok(())
}

impl Story {
    /// Counts a call. Its loss belongs to what it has paid.
    fn book(&mut self, scene: &Scene, debt: usize, seizure: &Seizure, rounding: f64) -> Result<(), String> {
        let atom = scene.reserves[debt].atom_usd();
        let (paid, lost) = (seizure.repaid.0 as f64 * atom, seizure.write_off.loss() as f64 * atom);
        self.debts[debt].1 += lost;
        self.rounding += rounding;
        // What an earlier call has rounded belongs to this one, in its proportion.
        let due = paid * (1.0 / self.part - 1.0);
        let slack = 2.0 * (self.rounding + 1e-9 * paid) / self.part;
        if (lost - due).abs() > slack {
            return Err(format!("{lost} USD lost and {due} due, give or take {slack}: {self:?} {scene:?}"));
        }
        Ok(())
    }

    /// Rounding in the borrower's favor can lift a rest above the deep line or the debt, and what is above loses nothing.
    /// That is a crumb beside what the rounding of the calls comes to.
    fn end_above_the_line(mut self, owed: f64, scene: &Scene) -> Result<Self, String> {
        if owed > 10_000.0 * self.rounding {
            return Err(format!("{owed} USD of debt are lifted above the line: {self:?} {scene:?}"));
        }
        self.rounding += owed;
        Ok(self)
    }

    fn check(&self) -> Result<(), String> {
        let unfair = |(owed, lost): &(f64, f64)| (lost - owed * (1.0 - self.part)).abs() > self.rounding + 1e-9 * owed;
        if self.debts.iter().any(unfair) { Err(format!("{self:?}")) } else { Ok(()) }
    }
}

impl Scene {
    /// What a liquidation of the first pair would do.
    fn liquidate_copy(&self) -> Seizure {
        self.clone().liquidate(self.pairs()[0], EVERYTHING).expect("a certain loss is open to anybody")
    }
}

const STATES: u64 = 100_000;

#[test]
fn every_debt_loses_the_same_part_in_any_order_of_calls() {
    let seeds = seeds(STATES);
    let drawn = seeds.end() - seeds.start() + 1;
    let mut losses = 0;
    for seed in seeds {
        let dice = &mut Dice::new(!seed);
        let story = liquidate_all(insolvent(seed, dice), dice).unwrap_or_else(|state| panic!("seed {seed}: {state}"));
        let Some(story) = story else { continue };
        story.check().unwrap_or_else(|state| panic!("seed {seed}: {state}"));
        losses += 1;
    }
    println!("{drawn} scenes, {losses} losses");
    assert!(losses > drawn / 2, "only {losses} of {drawn} scenes have a loss");
}
