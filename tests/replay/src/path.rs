//! The price inside a bar, which no file records.
//!
//! A bar that closes below its open goes to its high first and then to its low; any other goes to its low first. Each
//! of the three legs (open to the first end, to the second, to the close) takes a third of the bar.

use ballast_prices::bar::Bar;

/// How prices go from one known price to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Motion {
    /// In a straight line.
    Steady,
    /// In one jump, halfway through the leg. So high and low last for a third of the bar each.
    Jumps,
    /// In a straight line from open to close, with high and low as spikes that last for a twelfth of the bar each.
    Spikes,
}

/// The price when a part of the bar, above 0 and at most 1, has passed.
pub fn price_at(bar: &Bar, motion: Motion, part: f64) -> f64 {
    const SPIKE: f64 = 1.0 / 12.0;
    let [first, second] = if bar.close < bar.open { [bar.high, bar.low] } else { [bar.low, bar.high] };
    let legs = [(bar.open, first), (first, second), (second, bar.close)];
    let leg = ((part * 3.0) as usize).min(2);
    let ((from, to), passed) = (legs[leg], part * 3.0 - leg as f64);
    match motion {
        Motion::Steady => from + (to - from) * passed,
        Motion::Jumps if passed < 0.5 => from,
        Motion::Jumps => to,
        Motion::Spikes if leg > 0 && passed < SPIKE * 3.0 => from,
        Motion::Spikes => bar.open + (bar.close - bar.open) * part,
    }
}
