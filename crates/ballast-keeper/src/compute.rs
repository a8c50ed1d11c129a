//! The compute units that a transaction asks for: close to what it uses, because the keeper pays for the limit and a
//! block counts it.
//!
//! The numbers were measured on the compiled program, factor by factor. tests/keeper of the workspace compares many
//! portfolios with the program again: they ask for 1.00 to 1.05 times what they use.

/// What decides the cost of a liquidation in the program.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CostFactors {
    /// The liquidation is a close-out, so the program computes no size.
    pub is_deep: bool,
    pub closes_debt: bool,
    pub writes_off: bool,
    /// The seized collateral reaches the liquidator as supply shares.
    pub is_in_shares: bool,
    pub is_insured: bool,
    /// What recording does to the prices of collateral and debt.
    pub marks: [PriceMark; 2],
}

/// What recording a price does to it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PriceMark {
    /// The last mark is too recent.
    #[default]
    None,
    /// The price lies beyond the band and waits for its confirmation.
    Jump,
    Due,
    /// The price is marked, and a margin model follows it.
    Modelled,
}

/// The positions besides those that an instruction names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PositionCounts {
    pub collaterals: u32,
    pub debts: u32,
}

/// Both compute-budget instructions.
const BUDGET: u32 = 300;
/// One transfer of the system program.
const TIP: u32 = 150;

/// `of_2022`: whether collateral and debt are of Token-2022.
pub fn liquidate(course: &CostFactors, others: PositionCounts, of_2022: [bool; 2]) -> u32 {
    let first = if others == PositionCounts::default() { 0 } else { 100 };
    let positions = first + 1_455 * others.collaterals + 1_505 * others.debts;
    // The repayment of a Token-2022 debt is sized once more before the transfer.
    let paid_out = of_2022[0] && !course.is_in_shares;
    let tokens = if paid_out { 1_850 } else { 0 } + if of_2022[1] { 8_080 } else { 0 };
    let sizing = if of_2022[1] { 2_250 } else { 980 };
    let saved = [(course.is_deep, sizing), (course.closes_debt, 1_270), (course.is_in_shares, 1_250)];
    let insurance = if of_2022[1] { 1_080 } else { 500 };
    let added = [(course.writes_off, 1_960), (course.is_insured, insurance)];
    let sum = |terms: &[(bool, u32)]| terms.iter().filter(|term| term.0).map(|term| term.1).sum::<u32>();
    let marks = course.marks.map(PriceMark::units).iter().sum::<u32>();
    with_margin(16_830 + BUDGET + positions + tokens + sum(&added) + marks - sum(&saved))
}

/// Returns what a flash loan adds, without the sale. `of_2022`: whether the token is of Token-2022.
pub fn flash(of_2022: bool) -> u32 {
    with_margin(if of_2022 { 9_000 } else { 4_900 })
}

pub fn flag(positions: PositionCounts) -> u32 {
    let PositionCounts { collaterals, debts } = positions;
    // The program searches for each position among the others.
    let searched = (collaterals + debts).pow(2) * 3 / 2;
    with_margin(1_990 + BUDGET + 1_333 * collaterals + 1_443 * debts + searched)
}

pub fn refresh(mark: PriceMark) -> u32 {
    // A refresh has little else in it, so the model counts at its highest cost.
    let dearest = if mark == PriceMark::Modelled { 150 } else { 0 };
    with_margin(2_630 + BUDGET + mark.units() + dearest)
}

pub fn tip() -> u32 {
    TIP
}

impl PriceMark {
    fn units(self) -> u32 {
        match self {
            Self::None => 0,
            Self::Jump => 200,
            Self::Due => 340,
            // 460 if the price stands still, 790 if it moves, because of the square roots.
            Self::Modelled => 640,
        }
    }
}

/// Adds 2.5 % for what no table knows, such as the length of the numbers in divisions.
fn with_margin(units: u32) -> u32 {
    units + units / 40
}

impl CostFactors {
    /// Returns the most expensive outcome, for a second try after a revert.
    pub fn dearest(self) -> Self {
        let Self { is_insured, is_in_shares, .. } = self;
        Self { is_insured, is_in_shares, writes_off: true, marks: [PriceMark::Modelled; 2], ..Self::default() }
    }
}
