//! The circumstances under which the rules are compared.

use crate::liquidator::Liquidators;
use crate::market::{PricePath, Prints};
use crate::path::Motion;

#[derive(Clone, Copy, Debug)]
pub struct Scenario {
    pub name: &'static str,
    pub path: PricePath,
    pub liquidators: Liquidators,
}

const STEADY: PricePath = PricePath { motion: Motion::Steady, prints: Prints::None };
const JUMPS: PricePath = PricePath { motion: Motion::Jumps, prints: Prints::None };
const SPIKES: PricePath = PricePath { motion: Motion::Spikes, prints: Prints::None };
const FALSE_PRINTS: PricePath = PricePath { motion: Motion::Steady, prints: Prints::Daily };

pub const ALL: [Scenario; 6] = [
    Scenario { name: "orderly, need 20 bps", path: STEADY, liquidators: Liquidators::orderly(0.002) },
    Scenario { name: "orderly, need 50 bps", path: STEADY, liquidators: Liquidators::orderly(0.005) },
    Scenario { name: "orderly, need 100 bps", path: STEADY, liquidators: Liquidators::orderly(0.01) },
    Scenario {
        name: "stressed: jumps to highs and lows that last, costs up to 6 %, a look a minute",
        path: JUMPS,
        liquidators: Liquidators::STRESSED,
    },
    Scenario {
        name: "stressed: short spikes to highs and lows, costs up to 6 %, a look a minute",
        path: SPIKES,
        liquidators: Liquidators::STRESSED,
    },
    Scenario {
        name: "need 50 bps, and a false print of each feed once a day",
        path: FALSE_PRINTS,
        liquidators: Liquidators::orderly(0.005),
    },
];
