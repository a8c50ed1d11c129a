//! What authority and guardian change of a reserve: back toward its opening, one allowed step at a time, and a little
//! to the side.

use crate::actions::Actions;
use crate::fuzz_action::{FuzzAction, Plan};
use ballast_core::curve::Curve;
use ballast_core::risk::Ramp;
use ballast_core::settings::Settings;
use ballast_testkit::governance::as_tight;

impl Actions<'_> {
    /// One limit lower, by a little.
    pub fn tighten(&mut self, asset: usize, blind: bool) -> FuzzAction {
        let mut to = as_tight(&self.state.reserves[asset].pool.settings);
        let lower = |value: u64| if blind { value.saturating_add(1) } else { value - value / 10 };
        let bps = |value: u16| u16::try_from(lower(value.into())).unwrap_or(u16::MAX);
        match self.dice.roll(5) {
            0 => to.ltv_bps = bps(to.ltv_bps),
            1 => to.max_utilization_bps = bps(to.max_utilization_bps),
            2 => to.supply_cap_atoms = lower(to.supply_cap_atoms),
            3 => to.borrow_cap_atoms = lower(to.borrow_cap_atoms),
            _ => to.allowed_debts &= !(1 << self.dice.roll(5)),
        }
        FuzzAction::Tighten { asset, to }
    }

    pub fn propose(&mut self, asset: usize, blind: bool) -> Option<FuzzAction> {
        let number = self.free_number()?;
        if self.dice.percent(10) {
            let mut terms = self.state.config.market.terms;
            terms.base_bonus_bps = u16::try_from(self.dice.roll(100)).expect("small");
            terms.slot_step_centibps = u16::try_from(1 + self.dice.roll(400)).expect("small");
            terms.deep_step_centibps = u16::try_from(1 + self.dice.roll(400)).expect("small");
            terms.relax_slots = u32::try_from(self.dice.roll(800)).expect("small");
            terms.dust_cents = self.dice.roll(5_000);
            terms.hard_line_bps = u16::try_from(9_600 + self.dice.roll(200)).expect("small");
            terms.max_bonus_bps += u16::from(blind);
            return Some(FuzzAction::Propose { number, plan: Plan::Market { terms } });
        }
        let settings = Box::new(self.step(asset, blind));
        let ramp_secs = Ramp::MIN_SECS + u32::try_from(self.dice.roll(200_000)).expect("days");
        Some(FuzzAction::Propose { number, plan: Plan::Reserve { asset, settings, ramp_secs } })
    }

    /// Settings within one step of those in force, or a step too far.
    fn step(&mut self, asset: usize, blind: bool) -> Settings {
        let pool = &self.state.reserves[asset].pool;
        let mut now = pool.settings;
        pool.step_base.restore(&mut now);
        let mut to = self.arena.opening[asset];
        let mut small = |sides: u64| u16::try_from(self.dice.roll(sides)).expect("below 2^16");
        to.risk.liquidation_threshold_bps -= small(400);
        to.risk.liquidation_threshold_bps =
            to.risk.liquidation_threshold_bps.min(now.risk.liquidation_threshold_bps + Settings::MAX_WEIGHT_STEP_BPS);
        let ltv = to.risk.ltv_bps.min(to.risk.liquidation_threshold_bps - 100);
        to.risk.ltv_bps = ltv.min(now.risk.ltv_bps + Settings::MAX_WEIGHT_STEP_BPS);
        to.risk.borrow_factor_bps += small(900);
        to.risk.reserve_factor_bps = small(3_000);
        to.risk.origination_fee_bps = if to.risk.origination_fee_bps > 0 { small(50) } else { 0 };
        to.risk.flash_fee_bps = if to.risk.flash_fee_bps > 0 { small(30) } else { 0 };
        let cap = |opening: u64, now: u64| if now == 0 { opening } else { opening.min(now.saturating_mul(2)) };
        to.limits.supply_cap_atoms = cap(to.limits.supply_cap_atoms, now.limits.supply_cap_atoms);
        to.limits.borrow_cap_atoms = cap(to.limits.borrow_cap_atoms, now.limits.borrow_cap_atoms);
        to.limits.collateral_cap_usd = cap(to.limits.collateral_cap_usd, now.limits.collateral_cap_usd);
        self.bend(&mut to.curve, &now);
        if blind {
            to.risk.ltv_bps = now.risk.ltv_bps + Settings::MAX_WEIGHT_STEP_BPS + 1;
        }
        to
    }

    /// Other rates, no higher than one change may go.
    fn bend(&mut self, curve: &mut Curve, now: &Settings) {
        let most = now.curve.max_rate_bps() * 2 + Settings::MAX_RATE_STEP_BPS;
        let last = usize::try_from(curve.len).expect("a few") - 1;
        let top = 600 + u32::try_from(self.dice.roll(9_000)).expect("small");
        curve.points[last].rate_bps = top.min(most).max(curve.points[last - 1].rate_bps);
    }
}
