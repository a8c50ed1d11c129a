//! Why an operation refuses. The program maps each to its own error code with a sentence for the caller (`error.rs` there).

/// The reason of a refusal. Nothing has been changed that the caller keeps: an operation that refuses is abandoned as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// A result does not fit the domain of docs/MODEL.md, section "Domain".
    MathOverflow,
    /// An amount of zero, or one too small to be worth a single share.
    AmountTooSmall,
    /// The reserve holds less cash than is to leave it.
    InsufficientCash,
    /// The obligation has no such collateral, or less of it.
    InsufficientCollateral,
    /// The obligation has no such debt, or less of it.
    InsufficientDebt,
    /// All 16 positions are in use.
    PositionsFull,
    /// A reserve would be collateral and debt of one obligation.
    PositionConflict,
    /// The reserve's supply would exceed its cap.
    SupplyCapReached,
    /// The reserve's debt would exceed its cap.
    BorrowCapReached,
    /// New debt would use the reserve beyond its limit.
    UtilizationTooHigh,
    /// The debt would be smaller than the reserve lends.
    DebtTooSmall,
    /// More would have left the reserve within the window than it lets out.
    OutflowLimited,
    /// A collateral of the obligation forbids this debt.
    DebtNotAllowed,
    /// The reserve is closed to this action for now.
    ActionPaused,
    /// A flash loan of the reserve is open.
    FlashLoanOpen,
    /// No flash loan of the reserve is open.
    NoFlashLoan,
    /// Less came back than a flash loan costs.
    FlashLoanUnderpaid,
    /// Losses have taken the whole supply of the reserve.
    SupplyWipedOut,
    /// The borrow limit would not cover the debt (initial margin).
    HealthTooLow,
    /// The obligation is healthy: nothing may be liquidated.
    ObligationHealthy,
    /// The owner may still cure the margin call.
    CureWindowOpen,
    /// The average price says that the obligation is healthy.
    WickGuarded,
    /// No line has been crossed since the last flag.
    NothingToFlag,
    /// Swapping this collateral for this debt would lower the health factor at any bonus.
    PairLowersHealth,
    /// The liquidator asked for more collateral than this liquidation yields.
    SeizureBelowMinimum,
    /// New collateral of an obligation in debt comes without a price.
    PriceRequired,
    /// The price is older than the reserve allows for this use.
    PriceStale,
    /// The price is dated more than a minute ahead of the chain's clock.
    PriceFromFuture,
    /// The price is older than one that the reserve has already accepted.
    PriceReplayed,
    /// The spot or the average price is zero or negative.
    PriceNotPositive,
    /// The exponent is outside [-18, 0].
    PriceExponent,
    /// The confidence interval is too wide to take new risk on.
    PriceUncertain,
    /// The spot is further from the average than new risk allows.
    PriceOffAverage,
    /// The price has just moved further than new risk allows.
    PriceJumped,
    /// Another feed than the last one says something else.
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
    /// A ramp that is too short or too long.
    InvalidRamp,
    /// A pause of unknown actions or of more than a day.
    InvalidPause,
    /// The guardian has paused this reserve within the last day.
    PauseTooSoon,
    /// The change goes further than one change may.
    StepTooLarge,
    /// Something would be loosened that may only be tightened here.
    NotTighter,
    /// A delay that a market cannot have, or no longer.
    InvalidDelay,
    /// The notice of the change is not over.
    ChangeTooEarly,
    /// Another change has come first, or nobody has executed this one in time.
    ChangeObsolete,
    /// A target health, a warning line or rights of a delegate that an owner cannot choose.
    InvalidOwnerSettings,
    /// The market has listed 64 assets.
    MarketFull,
    /// A token with more than 18 decimals.
    UnsupportedDecimals,
    /// An invariant of docs/INVARIANTS.md would break: a defect of the program, not of the caller.
    InvariantBroken,
}

pub type Result<T> = core::result::Result<T, Refusal>;
