//! P3: what a liquidation may do to the borrower. In the soft zone neither health nor solvency falls. In the hard zone
//! solvency never falls, and health only after the relax slots. The bonus on a deep obligation stays on its ramp.

use crate::scene::{ANYTHING, Dice, EVERYTHING, Scene, Zone, draw, seeds, solvency_bps};
use ballast_core::call::Call;
use ballast_core::health::Totals;
use ballast_core::op::liquidate::{Bid, Seizure};
use ballast_core::units::Atoms;
use num_bigint::BigInt;

/// One liquidation, as the document sees it.
struct Deal {
    zone: Zone,
    /// Slots since liquidators could act, and since the loss is certain.
    elapsed: u64,
    certain: Option<u64>,
    before: Totals,
    after: Totals,
    seizure: Seizure,
    /// An atom of the debt, in units of value and weighted, by which a repayment is rounded.
    atom: BigInt,
    weighted_atom: BigInt,
}

/// A liquidation of any pair of a scene, at any moment of its clocks. `None` if it is refused.
fn deal(seed: u64) -> Option<(Scene, Deal)> {
    let (mut scene, mut dice) = (draw(seed, &ANYTHING), Dice::new(!seed));
    scene.settle_prices();
    // Half of the time the keeper has been there.
    if dice.one_in(2) {
        for _ in 0..dice.within(1..=40) {
            scene.flag().expect("any price will do");
            scene.advance(dice.within(1..=30) * 5);
        }
        scene.refresh().expect("live feeds");
    }
    let pair = scene.any_pair(&mut dice)?;
    let before = scene.pair_totals(pair).expect("live feeds");
    let (zone, call, terms, slot) = (scene.zone(&before), scene.call, scene.terms, scene.slot);
    let counts = call.called_at != 0 && slot - call.seen_at <= 1_500;
    let elapsed = if counts && call.turn_at != 0 { slot - call.turn_at } else { 0 };
    let certain = if counts { certain_slots(&call, &before, terms.deep_line_bps, slot) } else { None };
    let bid =
        Bid { max_repay: Atoms(if dice.one_in(2) { u64::MAX } else { dice.log(1.0, 1e18) as u64 }), ..EVERYTHING };
    let seizure = scene.liquidate(pair, bid).ok()?;
    let after = scene.pair_totals(pair).expect("live feeds");
    let debt = &scene.reserves[pair.1];
    let atom = BigInt::from((debt.atom_usd() * 2f64.powi(40)) as u128 + 2);
    let weighted_atom =
        &atom * u32::from(debt.pool.ramp.weights_at(&debt.pool.settings.risk, scene.now()).borrow_factor.0);
    Some((scene, Deal { zone, elapsed, certain, before, after, seizure, atom, weighted_atom }))
}

/// By the document: `slot - g`, of records without a gap.
fn certain_slots(call: &Call, totals: &Totals, deep_line_bps: u16, slot: u64) -> Option<u64> {
    let average_is_deep = totals.average_collateral.0 * u128::from(deep_line_bps) < totals.average_debt.0 * 10_000;
    let was_certain = call.deep_at != 0 && (call.deep_agreed_at != 0 || call.seen_at >= call.deep_at + 1_500);
    let (deep_at, agreed_at) = match call.deep_at {
        0 => (slot, 0),
        _ if !was_certain && slot - call.seen_at > 150 => (slot, 0),
        deep_at => (deep_at, call.deep_agreed_at),
    };
    let agreed_at = if agreed_at == 0 && average_is_deep { slot } else { agreed_at };
    slot.checked_sub(if agreed_at == 0 { deep_at + 1_500 } else { agreed_at })
}

impl Deal {
    /// `A' / B' >= A / B`, up to the atom.
    fn keeps_health(&self) -> bool {
        let [before, after] = [&self.before, &self.after].map(|totals| totals.maintenance);
        let [a, b] = [before.limit, before.debt].map(|usd| BigInt::from(usd.0));
        let [limit, debt] = [after.limit, after.debt].map(|usd| BigInt::from(usd.0));
        // Each sum has been rounded once more, by a unit for each position and 2^-60 of itself.
        let noise = (&limit >> 58) + 160_000;
        (limit + noise) * b >= a * (debt - &self.weighted_atom)
    }

    /// `C' / D' >= C / D`, up to the atom.
    fn keeps_solvency(&self) -> bool {
        let [c, d] = [self.before.collateral, self.before.debt].map(|usd| BigInt::from(usd.0));
        let [collateral, debt] = [self.after.collateral, self.after.debt].map(|usd| BigInt::from(usd.0));
        let noise = (&collateral >> 58) + 16;
        (collateral + noise) * d >= c * (debt - &self.atom)
    }

    fn keeps_the_ramp(&self, scene: &Scene) -> bool {
        let terms = &scene.terms;
        let bonus = self.seizure.bonus_bps.cast_signed();
        let ramp =
            |slots: u64| (slots * u64::from(terms.deep_step_centibps) / 100).min(u64::from(terms.max_deep_bonus_bps));
        let most = solvency_bps(&self.before).min(i64::from(terms.max_bonus_bps));
        match self.certain {
            None => bonus <= most,
            Some(slots) => bonus <= most.max(ramp(slots).cast_signed()) && bonus >= ramp(slots).cast_signed(),
        }
    }

    fn is_harmless(&self, scene: &Scene) -> bool {
        match self.zone {
            Zone::Healthy => false,
            Zone::Soft => self.keeps_health() && self.keeps_solvency(),
            Zone::Hard if self.elapsed < u64::from(scene.terms.relax_slots) => {
                self.keeps_health() && self.keeps_solvency()
            }
            Zone::Hard => self.keeps_solvency(),
            Zone::Deep => self.keeps_the_ramp(scene),
        }
    }
}

const STATES: u64 = 40_000;

#[test]
fn a_liquidation_harms_nobody_more_than_its_zone_and_its_clock_allow() {
    let seeds = seeds(STATES);
    let drawn = seeds.end() - seeds.start() + 1;
    let mut counts = [0u64; 4];
    let (mut lowered, mut ramping) = (0u64, 0u64);
    for seed in seeds {
        let Some((scene, deal)) = deal(seed) else { continue };
        assert!(
            deal.is_harmless(&scene),
            "seed {seed}: {:?} {:?} {:?} {:?}",
            deal.zone,
            deal.certain,
            deal.seizure,
            scene
        );
        counts[deal.zone as usize] += 1;
        lowered += u64::from(deal.zone == Zone::Hard && !deal.keeps_health());
        ramping += u64::from(deal.zone == Zone::Deep && deal.seizure.bonus_bps > u64::from(scene.terms.max_bonus_bps));
    }
    let [_, soft, hard, deep] = counts;
    println!(
        "{drawn} scenes; {soft} soft, {hard} hard ({lowered} lower health), {deep} deep ({ramping} above the ceiling)"
    );
    assert!(counts[1..].iter().all(|count| *count > drawn / 100) && lowered > 0 && ramping > 0);
}
