//! Why the keeper does nothing about an obligation below its line.

use ballast_core::Refusal;

use crate::target::HoldReason;

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Skip {
    // The planner's reasons.
    #[error("the market's terms are not known")]
    NoTerms,
    #[error("a price is missing, too old or invalid: {0:?}")]
    Price(Refusal),
    #[error("the owner may still cure the margin call")]
    CureWindowOpen,
    #[error("the obligation is healthy at the average price")]
    WickGuarded,
    #[error("a reserve is closed to liquidations")]
    Paused,
    #[error("no collateral is left: a liquidation would only book the loss")]
    NothingLeft,
    #[error("the keeper has nothing to repay the debt with")]
    NoBudget,
    #[error("the keeper has no token account for the collateral or the debt; create the associated token accounts")]
    NoAccount,
    #[error("the profit is below the least profit")]
    Dust,
    #[error("the owner is warned, and the obligation is above the call line")]
    Healthy,
    #[error("core refuses: {0:?}")]
    Refused(Refusal),

    // The engine's reasons.
    #[error("the accounts are too old: the source lags")]
    Lagging,
    #[error("no recent blockhash is known")]
    NoBlockhash,
    #[error("the step has sent as much as it may")]
    MostSends,
    #[error("an earlier attempt holds the obligation: {0}")]
    Held(HoldReason),
    #[error("the obligation is closed")]
    Closed,
    #[error("the route is missing, or its data is too short for the amounts")]
    NoRoute,
    #[error("the expected profit is below the least profit")]
    Unprofitable,
    #[error("the setup leaves out flags like this one")]
    UnwantedFlag,
    #[error("the debt is too small to flag")]
    SmallFlag,
    #[error("a reserve of the obligation is not known")]
    UnknownReserve,
    #[error("the transaction is too large")]
    TooLarge,
}

impl Skip {
    /// Returns one word for metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::NoTerms => "no_terms",
            Self::Price(_) => "price",
            Self::CureWindowOpen => "cure_window",
            Self::WickGuarded => "wick_guard",
            Self::Paused => "paused",
            Self::NothingLeft => "nothing_left",
            Self::NoBudget => "no_budget",
            Self::NoAccount => "no_account",
            Self::Dust => "dust",
            Self::Healthy => "healthy",
            Self::Refused(_) => "refused",
            Self::Lagging => "lagging",
            Self::NoBlockhash => "blockhash",
            Self::MostSends => "most_sends",
            Self::Held(_) => "held",
            Self::Closed => "gone",
            Self::NoRoute => "route",
            Self::Unprofitable => "unprofitable",
            Self::UnwantedFlag => "unwanted_flag",
            Self::SmallFlag => "small_flag",
            Self::UnknownReserve => "unknown_reserve",
            Self::TooLarge => "too_large",
        }
    }
}

impl From<HoldReason> for Skip {
    fn from(reason: HoldReason) -> Self {
        Self::Held(reason)
    }
}

impl From<Refusal> for Skip {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::PriceRequired
            | Refusal::PriceStale
            | Refusal::PriceFromFuture
            | Refusal::PriceReplayed
            | Refusal::PriceNotPositive
            | Refusal::PriceExponent
            | Refusal::PriceUnconfirmed
            | Refusal::PricesApart => Self::Price(refusal),
            Refusal::CureWindowOpen => Self::CureWindowOpen,
            Refusal::WickGuarded => Self::WickGuarded,
            Refusal::ActionPaused => Self::Paused,
            Refusal::ObligationHealthy => Self::Healthy,
            refusal => Self::Refused(refusal),
        }
    }
}
