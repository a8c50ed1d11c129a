//! The warning and the margin call of an obligation, and the clocks of its auction. docs/MODEL.md, "Lines".

use crate::health::{Health, Totals};
use crate::terms::LiquidationTerms;
use crate::units::{BPS_ONE, Bps};
use bytemuck::{Pod, Zeroable};

/// What `flag` and `liquidate` have recorded. All of it counts slots, and 0 means not recorded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
#[cfg_attr(feature = "idl-build", derive(anchor_lang::IdlType))]
#[repr(C)]
pub struct Call {
    /// The slot of the margin call.
    pub called_at: u64,
    /// The first recorded slot in which a liquidation was allowed. The bonus grows from here.
    pub turn_at: u64,
    /// The first recorded slot in which the obligation was deep.
    pub deep_at: u64,
    /// The first recorded slot in which the average said deep too.
    pub deep_agreed_at: u64,
    /// The last slot in which health was found below 1.
    pub seen_at: u64,
    /// 1 from a warning until it is re-armed.
    pub warned: u64,
}

/// Where an unhealthy obligation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Zone {
    /// Above the hard line and not deep: a liquidation waits for the cure window and the average price.
    Soft,
    Hard,
}

/// Which way health has crossed a line since the last flag.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Crossing {
    #[default]
    None,
    Down,
    Up,
}

/// The findings of a flag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Crossings {
    pub warning: Crossing,
    pub call: Crossing,
    /// The flag has started or ended a clock, or renewed the call.
    pub clocks: bool,
}

impl Call {
    /// Ten minutes. When nobody has found the obligation unhealthy for longer, its records no longer count: a deposit
    /// or a repayment can cure it without a flag, and an old call would skip the next cure window.
    pub const LIFE_SLOTS: u64 = 1_500;
    /// A flag renews a call that nobody has seen for this long.
    pub const RENEW_SLOTS: u64 = 500;
    /// While the obligation is deep and its loss is not certain, a gap would begin it anew: the flag comes earlier.
    pub const RENEW_DEEP_SLOTS: u64 = 50;
    /// Two findings of deep that lie further apart are two events, until the loss is certain.
    pub const DEEP_GAP_SLOTS: u64 = 150;
    /// Ten minutes. A loss is certain after it, whatever the average says.
    pub const DEEP_SLOTS: u64 = 1_500;
    /// How far above the warning line health must be before it warns again.
    pub const HYSTERESIS_BPS: u64 = 200;

    /// Slots since a call that still counts.
    pub fn slots_since(&self, slot: u64) -> Option<u64> {
        if self.counts(slot) { Some(slot.saturating_sub(self.called_at)) } else { None }
    }

    /// Slots in which somebody could have liquidated. In the soft zone they count from the end of the cure window at
    /// the earliest.
    pub fn elapsed(&self, zone: Zone, terms: &LiquidationTerms, slot: u64) -> u64 {
        if self.turn_at == 0 || !self.counts(slot) {
            return 0;
        }
        let cured_at = match zone {
            Zone::Soft => self.called_at.saturating_add(u64::from(terms.cure_slots)),
            Zone::Hard => 0,
        };
        slot.saturating_sub(self.turn_at.max(cured_at))
    }

    /// Slots since the loss of a deep obligation became certain: since the average agreed, or ten minutes after the
    /// first record. `None` before.
    pub fn slots_since_certain(&self, slot: u64) -> Option<u64> {
        let certain_at = match self.deep_at {
            0 => return None,
            _ if !self.counts(slot) || self.is_interrupted(slot) => return None,
            deep_at if self.deep_agreed_at == 0 => deep_at.saturating_add(Self::DEEP_SLOTS),
            _ => self.deep_agreed_at,
        };
        slot.checked_sub(certain_at)
    }

    /// Updates the records with what is found at `slot`. `warning` is how far above 1 the owner wants a warning.
    pub fn update(&mut self, totals: &Totals, terms: &LiquidationTerms, warning: Bps, slot: u64) -> Crossings {
        let (health, before) = (&totals.maintenance, *self);
        let line = BPS_ONE + warning.get();
        let warning = if self.warned == 0 && health.is_below(line) {
            self.warned = 1;
            Crossing::Down
        } else if self.warned != 0 && !health.is_below(line + Self::HYSTERESIS_BPS) {
            self.warned = 0;
            Crossing::Up
        } else {
            Crossing::None
        };
        let call = if health.covers_debt() {
            self.record(totals, terms, slot);
            if before.called_at == self.called_at { Crossing::None } else { Crossing::Up }
        } else {
            let called = if self.counts(slot) { Crossing::None } else { Crossing::Down };
            if called == Crossing::Down {
                *self = Self { called_at: slot.max(1), seen_at: slot.max(1), warned: self.warned, ..Self::default() };
            }
            self.record(totals, terms, slot);
            called
        };
        let renew_slots = if before.is_uncertain() { Self::RENEW_DEEP_SLOTS } else { Self::RENEW_SLOTS };
        let is_renewed = self.seen_at.saturating_sub(before.seen_at) >= renew_slots;
        let clocks = |call: &Self| [call.turn_at, call.deep_at, call.deep_agreed_at];
        let clocks = call == Crossing::None && (clocks(self) != clocks(&before) || is_renewed);
        Crossings { warning, call, clocks }
    }

    /// Runs the clocks of a called obligation. Does nothing without a call that counts, and ends the call of a healthy
    /// one. A price that has jumped and is not confirmed ends nothing: one print is not a market.
    #[inline(never)]
    pub fn record(&mut self, totals: &Totals, terms: &LiquidationTerms, slot: u64) {
        let may_end = !totals.is_unconfirmed;
        if totals.maintenance.covers_debt() && !may_end {
            return;
        }
        self.clear_if_healthy(&totals.maintenance);
        if !self.counts(slot) {
            return;
        }
        let is_deep = totals.is_deep(terms.deep_line());
        if is_deep && (self.deep_at == 0 || self.is_interrupted(slot)) {
            (self.deep_at, self.deep_agreed_at) = (slot.max(1), 0);
        } else if !is_deep && may_end {
            (self.deep_at, self.deep_agreed_at) = (0, 0);
        }
        if is_deep && self.deep_agreed_at == 0 && totals.is_deep_on_average(terms.deep_line()) {
            self.deep_agreed_at = slot.max(1);
        }
        let is_open = is_deep || totals.is_hard(terms) || self.is_cured(terms, slot) && totals.average_agrees();
        if is_open && self.turn_at == 0 {
            self.turn_at = slot.max(1);
        } else if !is_open && may_end {
            self.turn_at = 0;
        }
        self.seen_at = self.seen_at.max(slot).max(1);
    }

    /// Whether the cure window is over. A window of 0 needs no call.
    pub fn is_cured(&self, terms: &LiquidationTerms, slot: u64) -> bool {
        let window = u64::from(terms.cure_slots);
        window == 0 || self.slots_since(slot).is_some_and(|slots| slots >= window)
    }

    /// Ends the call of a healthy obligation.
    #[inline(always)]
    pub fn clear_if_healthy(&mut self, health: &Health) {
        if health.covers_debt() {
            *self = Self { warned: self.warned, ..Self::default() };
        }
    }

    /// Whether there is a call, renewed lately.
    fn counts(&self, slot: u64) -> bool {
        self.called_at != 0 && slot.saturating_sub(self.seen_at) <= Self::LIFE_SLOTS
    }

    /// Whether the records of a deep obligation have a gap before its loss was certain.
    fn is_interrupted(&self, slot: u64) -> bool {
        self.is_uncertain() && slot.saturating_sub(self.seen_at) > Self::DEEP_GAP_SLOTS
    }

    /// Deep, and the loss was not yet certain when that was last seen.
    fn is_uncertain(&self) -> bool {
        self.deep_at != 0 && self.deep_agreed_at == 0 && self.seen_at < self.deep_at.saturating_add(Self::DEEP_SLOTS)
    }
}
