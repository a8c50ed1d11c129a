//! The compute units that a transaction asks for: close to what it uses, because the limit is paid for and counts against a block's.
//!
//! Sums of what was measured on the compiled program, by what a transaction goes through there: tests/keeper of the workspace holds every
//! portfolio against the program again, between 1.00 and 1.05 times what it uses.

/// What a liquidation goes through in the program, as far as it costs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CostFactors {
    /// Closed whole, so that nothing is sized.
    pub is_deep: bool,
    pub closes_debt: bool,
    pub closes_collateral: bool,
    pub writes_off: bool,
    pub is_insured: bool,
    /// What becomes of the two prices.
    pub marks: [PriceMark; 2],
}

/// What recording a price makes of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PriceMark {
    /// The last mark is too recent.
    #[default]
    None,
    Due,
    /// And a margin model follows it.
    Modelled,
}

/// How many positions there are beside those that an instruction names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PositionCounts {
    pub collaterals: u32,
    pub debts: u32,
}

/// Both compute-budget instructions.
const BUDGET: u32 = 300;
/// A transfer of the system program.
const TIP: u32 = 150;

/// `of_2022`: whether collateral and debt are of Token-2022.
pub fn liquidate(course: &CostFactors, others: PositionCounts, of_2022: [bool; 2]) -> u32 {
    let first = if others == PositionCounts::default() { 0 } else { 90 };
    let positions = first + 1_400 * others.collaterals + 1_500 * others.debts;
    // Of a Token-2022 debt, the repayment is sized once more before it is asked for.
    let tokens = if of_2022[0] { 1_850 } else { 0 } + if of_2022[1] { 7_460 } else { 0 };
    let sizing = if of_2022[1] { 2_900 } else { 1_310 };
    let saved = [(course.is_deep, sizing), (course.closes_debt, 1_390), (course.closes_collateral, 190)];
    let insurance = if of_2022[1] { 850 } else { 425 };
    let added = [(course.writes_off, 420), (course.is_insured, insurance)];
    let sum = |terms: &[(bool, u32)]| terms.iter().filter(|term| term.0).map(|term| term.1).sum::<u32>();
    let marks = course.marks.map(PriceMark::units).iter().sum::<u32>();
    with_margin(15_910 + BUDGET + positions + tokens + sum(&added) + marks - sum(&saved))
}

/// What a flash loan adds, of a token of Token-2022 or not; without the sale.
pub fn flash(of_2022: bool) -> u32 {
    with_margin(if of_2022 { 9_700 } else { 5_880 })
}

pub fn flag(positions: PositionCounts) -> u32 {
    let PositionCounts { collaterals, debts } = positions;
    // Each position is looked for among the others.
    let searched = (collaterals + debts).pow(2) * 3 / 2;
    with_margin(1_555 + BUDGET + 1_270 * collaterals + 1_390 * debts + searched)
}

pub fn refresh(mark: PriceMark) -> u32 {
    // Alone it is a larger part of the whole than beside others, so it is counted at its dearest.
    let dearest = if mark == PriceMark::Modelled { 150 } else { 0 };
    with_margin(2_590 + BUDGET + mark.units() + dearest)
}

pub fn tip() -> u32 {
    TIP
}

impl PriceMark {
    fn units(self) -> u32 {
        match self {
            Self::None => 0,
            Self::Due => 340,
            // 460 where the price stands still, 790 where it moves: there are roots to be drawn.
            Self::Modelled => 640,
        }
    }
}

/// 2.5 % for what no table knows: how long the numbers are that are divided.
fn with_margin(units: u32) -> u32 {
    units + units / 40
}

impl CostFactors {
    /// What costs most of all that may come of it: for a second try after a revert.
    pub fn dearest(self) -> Self {
        let is_insured = self.is_insured;
        Self { is_insured, writes_off: true, marks: [PriceMark::Modelled; 2], ..Self::default() }
    }
}
