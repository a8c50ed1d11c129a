//! The reasons for which an operation refuses. The program maps each to an error code with a sentence for the caller
//! (`error.rs`).

/// The reason of a refusal. The caller drops the state that it passed in, so a refused operation changes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// A result does not fit the domain of docs/MODEL.md, section "Domain".
    MathOverflow,
    /// An amount of zero, or one too small to be worth a single share.
    AmountTooSmall,
    /// The reserve has too little cash.
    InsufficientCash,
    /// The obligation has none of this collateral, or less than asked for.
    InsufficientCollateral,
    /// The obligation has none of this debt, or less than asked for.
    InsufficientDebt,
    /// All 16 positions are in use.
    PositionsFull,
    /// A reserve would be both collateral and debt of one obligation.
    PositionConflict,
    /// The reserve's supply would exceed its cap.
    SupplyCapReached,
    /// The reserve's debt would exceed its cap.
    BorrowCapReached,
    /// New debt would raise utilization above its limit.
    UtilizationTooHigh,
    /// The debt would be smaller than the reserve's minimum.
    DebtTooSmall,
    /// More would leave the reserve within the window than its outflow limit.
    OutflowLimited,
    /// A collateral of the obligation forbids this debt.
    DebtNotAllowed,
    /// The reserve is closed to this action for now.
    ActionPaused,
    /// A flash loan of the reserve is open.
    FlashLoanOpen,
    /// No flash loan of the reserve is open.
    NoFlashLoan,
    /// The repayment is below the flash loan and its fee.
    FlashLoanUnderpaid,
    /// Losses have taken the whole supply of the reserve.
    SupplyWipedOut,
    /// The borrow limit would not cover the debt (initial margin).
    HealthTooLow,
    /// The obligation is healthy, so nobody may liquidate it.
    ObligationHealthy,
    /// The owner may still cure the margin call.
    CureWindowOpen,
    /// The average price says that the obligation is healthy.
    WickGuarded,
    /// No line has been crossed since the last flag.
    NothingToFlag,
    /// Swapping this collateral for this debt would lower the health factor at any bonus.
    PairLowersHealth,
    /// The obligation may be insolvent, but only for a moment: nobody books a loss yet.
    LossNotCertain,
    /// The taker of seized collateral owes something.
    TakerInDebt,
    /// The liquidator asked for more collateral than this liquidation yields.
    SeizureBelowMinimum,
    /// New collateral of an obligation in debt needs a price.
    PriceRequired,
    /// New collateral of an obligation in debt is worth too little.
    CollateralTooSmall,
    /// The price is older than the reserve allows for this use.
    PriceStale,
    /// The price is dated too far ahead of the chain's clock.
    PriceFromFuture,
    /// The reserve has already used a newer price.
    PriceReplayed,
    /// The spot or the average price is zero or negative.
    PriceNotPositive,
    /// The exponent is outside [-18, 0].
    PriceExponent,
    /// The confidence interval is too wide to take new risk on.
    PriceUncertain,
    /// The spot is further from the average than new risk allows.
    PriceOffAverage,
    /// The price has moved further than new risk allows.
    PriceJumped,
    /// The price has left its band, and nobody has confirmed that it stays there.
    PriceUnconfirmed,
    /// The two prices of a pair are of different times.
    PricesApart,
    /// The price of the new feed differs too much from the last recorded one.
    FeedImplausible,
    /// The interest curve is not a curve.
    InvalidCurve,
    /// The risk parameters contradict each other.
    InvalidRiskParams,
    /// The price limits contradict each other.
    InvalidPriceGuard,
    /// The liquidation terms contradict each other.
    InvalidLiquidationTerms,
    /// The limits contradict each other.
    InvalidLimits,
    /// The margin model contradicts itself.
    InvalidMarginModel,
    /// The ramp is too short or too long.
    InvalidRamp,
    /// The pause names unknown actions, lasts more than a day, or names actions for no time.
    InvalidPause,
    /// The guardian has paused this reserve within the last day.
    PauseTooSoon,
    /// The change goes further than one change may.
    StepTooLarge,
    /// A limit would rise that may only fall here.
    NotTighter,
    /// The delay is outside its bounds, or would fall back to 0.
    InvalidDelay,
    /// The notice of the change is not over.
    ChangeTooEarly,
    /// Another change came first, or nobody executed this one in time.
    ChangeObsolete,
    /// The target health, the warning or the delegate's rights are outside their bounds.
    InvalidOwnerSettings,
    /// The market has listed 64 assets.
    MarketFull,
    /// The token has more than 18 decimals.
    UnsupportedDecimals,
    /// An invariant of docs/INVARIANTS.md would break: a defect of the program, not of the caller.
    InvariantBroken,
}

pub type Result<T> = core::result::Result<T, Refusal>;
