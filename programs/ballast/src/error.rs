//! Every refusal of the program, in blocks; each sentence says what is wrong and what to do. What Anchor itself refuses while it
//! loads accounts keeps Anchor's code; docs/ACCOUNTS.md lists them per account.

use anchor_lang::prelude::*;
use ballast_core::Refusal;

#[error_code]
pub enum BallastError {
    // 6000: accounts
    #[msg("The accounts belong to different markets; pass a config, reserves and an obligation of one market.")]
    WrongMarket = 0,
    #[msg("The signer does not own this obligation; sign with the owner's key.")]
    NotOwner = 1,
    #[msg("The signer is not the market's authority; sign with the authority's key.")]
    NotAuthority = 2,
    #[msg("This is not the reserve's vault; pass the address stored in the reserve.")]
    WrongVault = 3,
    #[msg(
        "The remaining accounts do not match the obligation; for each position in slot order, except those whose reserve is named, pass its reserve and its price account, and nothing else."
    )]
    WrongRemainingAccounts = 4,
    #[msg("The account was written by a newer program; update the client.")]
    UnknownVersion = 5,
    #[msg("The obligation still has positions; withdraw the collateral and repay the debt first.")]
    ObligationNotEmpty = 6,
    #[msg("This is no token account; pass an account of the reserve's mint.")]
    WrongTokenAccount = 7,
    #[msg("This is not the mint of the reserve's token; pass the address stored in the reserve.")]
    WrongMint = 8,
    #[msg("The reserve's token is of another token program; pass the program stored in the reserve.")]
    WrongTokenProgram = 9,

    #[msg(
        "The obligation's owner has not granted this to the delegate; sign with the owner's key, or let the owner grant it."
    )]
    NotGranted = 20,
    #[msg(
        "The tokens cannot go to this owner's account; a delegate names one of the obligation's owner, and who collects fees one of the fee receiver."
    )]
    NotOwnersAccount = 21,
    #[msg("The signer is neither the market's authority nor its guardian; sign with one of their keys.")]
    NotGuardian = 22,
    #[msg("This is not the reserve's voucher mint; pass the address stored in the reserve.")]
    WrongVoucherMint = 23,
    #[msg("This is not the instructions sysvar; pass Sysvar1nstructions1111111111111111111111111.")]
    WrongInstructionsSysvar = 24,
    #[msg("This is another change, or it is of another kind; pass the change with its own target.")]
    WrongChange = 25,

    // 6100: the oracle's account
    #[msg("This is not the reserve's price account; pass the address stored in the reserve.")]
    OracleWrongAddress = 100,
    #[msg(
        "The price account is not owned by the reserve's Pyth receiver; it may have been closed, wait until it is posted again."
    )]
    OracleWrongOwner = 101,
    #[msg("The account is not a Pyth PriceUpdateV2; pass the feed's price account.")]
    OracleWrongAccount = 102,
    #[msg("The price update is only partially verified; post a fully verified one.")]
    OracleNotFullyVerified = 103,
    #[msg("The price account carries another feed; pass the feed that the reserve names.")]
    OracleWrongFeed = 104,
    #[msg("There is no such Pyth receiver; use 0 for Core or 1 for Core Compatible.")]
    OracleUnknownReceiver = 105,

    // 6200: the price
    #[msg("The price is older than the reserve allows; update the Pyth feed and try again.")]
    PriceStale = 200,
    #[msg("The price is dated more than a minute ahead of the chain's clock; try again shortly.")]
    PriceFromFuture = 201,
    #[msg("The price is older than one this reserve has already used; update the Pyth feed and try again.")]
    PriceReplayed = 202,
    #[msg("The price or its average is zero or negative; wait for a valid update.")]
    PriceNotPositive = 203,
    #[msg("The price's exponent is outside [-18, 0]; the feed cannot be used.")]
    PriceExponent = 204,
    #[msg(
        "The price is too uncertain to take new risk; wait until its confidence narrows. Repaying and depositing stay open."
    )]
    PriceUncertain = 205,
    #[msg(
        "Nothing replaces a feed before its price account has shown that it is alive; pass the new feed's price account."
    )]
    PriceRequired = 206,

    #[msg(
        "The price is further from its average than new risk allows; wait until they meet. Repaying and depositing stay open."
    )]
    PriceOffAverage = 207,
    #[msg("The price has just moved further than new risk allows; wait ten minutes after it was marked by `refresh`.")]
    PriceJumped = 208,
    #[msg("The price is outside the expected range; look at it again before you sign.")]
    PriceOutsideExpected = 209,
    #[msg(
        "The new feed says something else than the old one last did; check its asset and its unit, or wait, because every day without a mark allows a fifth more."
    )]
    FeedImplausible = 210,

    // 6300: amounts and positions
    #[msg("The amount is zero or too small to count; use a larger one.")]
    AmountTooSmall = 300,
    #[msg("The reserve does not have that much cash; use a smaller amount or wait for repayments.")]
    InsufficientCash = 301,
    #[msg("The obligation does not have that much collateral in this reserve; use a smaller amount or all of it.")]
    InsufficientCollateral = 302,
    #[msg("The obligation owes nothing to this reserve; name a reserve it owes to.")]
    InsufficientDebt = 303,
    #[msg("All 16 positions are in use; close one, or open another obligation.")]
    PositionsFull = 304,
    #[msg(
        "A reserve cannot be collateral and debt of one obligation; repay or withdraw first, or use another obligation."
    )]
    PositionConflict = 305,
    #[msg("Losses have taken the whole supply of this reserve; it accepts no deposits.")]
    SupplyWipedOut = 306,
    #[msg("A number leaves the supported domain; use a smaller amount.")]
    MathOverflow = 307,

    #[msg("The reserve's supply would exceed its cap; use a smaller amount.")]
    SupplyCapReached = 320,
    #[msg("The reserve's debt would exceed its cap; use a smaller amount or wait for repayments.")]
    BorrowCapReached = 321,
    #[msg("New debt would use the reserve beyond its limit; use a smaller amount or wait for deposits.")]
    UtilizationTooHigh = 322,
    #[msg("The debt would be smaller than this reserve lends; borrow more.")]
    DebtTooSmall = 323,
    #[msg("More would leave the reserve than it lets out at a time; use a smaller amount or wait.")]
    OutflowLimited = 324,
    #[msg("A collateral of this obligation does not allow this debt; use another obligation.")]
    DebtNotAllowed = 325,
    #[msg(
        "This action is paused for the reserve; repaying and depositing stay open. The reserve says when the pause ends."
    )]
    ActionPaused = 326,
    #[msg("A flash loan of the reserve is open; repay it first.")]
    FlashLoanOpen = 327,
    #[msg("No flash loan of the reserve is open; take one earlier in the transaction.")]
    NoFlashLoan = 328,
    #[msg("Less has come back than the flash loan and its fee; bring the whole amount.")]
    FlashLoanUnderpaid = 329,
    #[msg("A flash loan must be an instruction of the transaction itself; do not take it by CPI.")]
    FlashLoanByCpi = 330,
    #[msg("No later instruction of the transaction brings the flash loan back; append flash_repay for this reserve.")]
    FlashLoanNotRepaid = 331,
    #[msg("The deadline has passed; sign again.")]
    DeadlinePassed = 332,

    // 6400: health
    #[msg("The borrow limit would not cover the debt; use a smaller amount, add collateral or repay.")]
    HealthTooLow = 400,
    #[msg("The obligation is healthy; it can be liquidated only when its health factor is below 1.")]
    ObligationHealthy = 401,
    #[msg(
        "This pair would lower the obligation's health; name collateral with a lower threshold or debt with a higher borrow factor."
    )]
    PairLowersHealth = 402,
    #[msg("The liquidation yields less collateral than asked for; lower the minimum or wait for the bonus to grow.")]
    SeizureBelowMinimum = 403,

    #[msg("The owner may still cure the margin call; flag the obligation, or wait until its cure window is over.")]
    CureWindowOpen = 420,
    #[msg(
        "The average price says that the obligation is healthy; wait until it agrees or health falls below the hard line."
    )]
    WickGuarded = 421,
    #[msg("No line has been crossed since the last flag; nothing was recorded.")]
    NothingToFlag = 422,
    #[msg("The obligation is less healthy than expected; look at it again before you sign.")]
    HealthBelowExpected = 423,

    // 6500: configuration
    #[msg(
        "The interest curve needs 2 to 8 points from 0 to 10,000 bps, utilization rising, rates not falling, at most 100,000 bps."
    )]
    InvalidCurve = 500,
    #[msg("The risk parameters contradict each other; see RiskParams::validate in docs/MODEL.md.")]
    InvalidRiskParams = 501,
    #[msg("The price limits contradict each other; ages must be positive and ordered, confidence at most 10,000 bps.")]
    InvalidPriceGuard = 502,
    #[msg("The liquidation terms contradict each other; see LiquidationTerms::validate in docs/MODEL.md.")]
    InvalidLiquidationTerms = 503,
    #[msg("The mint has more than 18 decimals; it cannot be listed.")]
    UnsupportedDecimals = 504,
    #[msg("The account is no mint of the SPL Token program or of Token-2022; pass one.")]
    UnsupportedMint = 505,
    #[msg("The mint has an extension that cannot be listed, or one that is not known; list another token.")]
    MintExtensionRefused = 506,
    #[msg(
        "The mint's issuer keeps a power that the listing does not name; add its bit to accepted_powers (docs/ACCOUNTS.md) if the market shall live with it."
    )]
    MintExtensionNotNamed = 507,
    #[msg(
        "The mint charges a transfer fee or calls a transfer hook; it can be listed when its issuer has removed them."
    )]
    MintFeeOrHook = 508,

    #[msg("The limits contradict each other; see Limits::validate in docs/MODEL.md.")]
    InvalidLimits = 520,
    #[msg("The margin model contradicts itself; see MarginModel::validate in docs/MODEL.md.")]
    InvalidMarginModel = 521,
    #[msg("A ramp lasts from one day to 90 days.")]
    InvalidRamp = 522,
    #[msg("A pause names bits 1, 2, 4 and 8 only and lasts at most a day.")]
    InvalidPause = 523,
    #[msg("The guardian pauses a reserve at most once until a day after his last pause; ask the authority.")]
    PauseTooSoon = 524,
    #[msg("The change goes further than one change may; take several steps.")]
    StepTooLarge = 525,
    #[msg("Something would rise that may only be lowered at once; propose a change instead.")]
    NotTighter = 526,
    #[msg("The market has listed 64 assets; open another market.")]
    MarketFull = 527,
    #[msg("The delay is an hour to 30 days; 0 only while a market has never had one.")]
    InvalidDelay = 528,
    #[msg("The change's notice is not over; the change says when it may be executed.")]
    ChangeTooEarly = 529,
    #[msg("The change has been overtaken by another or was left for 14 days; cancel it and propose it again.")]
    ChangeObsolete = 530,
    #[msg(
        "Signed with a durable nonce, the instruction could be sent at any later time; sign with a recent blockhash."
    )]
    DurableNonce = 531,
    #[msg("Target health is 10,200 to 12,500, the warning at most 5,000 bps, and rights are the bits 1 and 2.")]
    InvalidOwnerSettings = 532,
    #[msg("The fee receiver is zero; name the owner of the token accounts that fees are to be paid to.")]
    NoFeeReceiver = 533,

    // 6900: a defect of the program
    #[msg("An invariant of the protocol would break; nothing was changed. Please report the transaction.")]
    InvariantBroken = 900,
}

impl From<Refusal> for BallastError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::MathOverflow => Self::MathOverflow,
            Refusal::AmountTooSmall => Self::AmountTooSmall,
            Refusal::InsufficientCash => Self::InsufficientCash,
            Refusal::InsufficientCollateral => Self::InsufficientCollateral,
            Refusal::InsufficientDebt => Self::InsufficientDebt,
            Refusal::PositionsFull => Self::PositionsFull,
            Refusal::PositionConflict => Self::PositionConflict,
            Refusal::SupplyWipedOut => Self::SupplyWipedOut,
            Refusal::HealthTooLow => Self::HealthTooLow,
            Refusal::ObligationHealthy => Self::ObligationHealthy,
            Refusal::PairLowersHealth => Self::PairLowersHealth,
            Refusal::SeizureBelowMinimum => Self::SeizureBelowMinimum,
            Refusal::PriceRequired => Self::PriceRequired,
            Refusal::PriceStale => Self::PriceStale,
            Refusal::PriceFromFuture => Self::PriceFromFuture,
            Refusal::PriceReplayed => Self::PriceReplayed,
            Refusal::PriceNotPositive => Self::PriceNotPositive,
            Refusal::PriceExponent => Self::PriceExponent,
            Refusal::PriceUncertain => Self::PriceUncertain,
            Refusal::InvalidCurve => Self::InvalidCurve,
            Refusal::InvalidRiskParams => Self::InvalidRiskParams,
            Refusal::InvalidPriceGuard => Self::InvalidPriceGuard,
            Refusal::InvalidLiquidationTerms => Self::InvalidLiquidationTerms,
            Refusal::UnsupportedDecimals => Self::UnsupportedDecimals,
            Refusal::PriceOffAverage => Self::PriceOffAverage,
            Refusal::PriceJumped => Self::PriceJumped,
            Refusal::FeedImplausible => Self::FeedImplausible,
            Refusal::SupplyCapReached => Self::SupplyCapReached,
            Refusal::BorrowCapReached => Self::BorrowCapReached,
            Refusal::UtilizationTooHigh => Self::UtilizationTooHigh,
            Refusal::DebtTooSmall => Self::DebtTooSmall,
            Refusal::OutflowLimited => Self::OutflowLimited,
            Refusal::DebtNotAllowed => Self::DebtNotAllowed,
            Refusal::ActionPaused => Self::ActionPaused,
            Refusal::FlashLoanOpen => Self::FlashLoanOpen,
            Refusal::NoFlashLoan => Self::NoFlashLoan,
            Refusal::FlashLoanUnderpaid => Self::FlashLoanUnderpaid,
            Refusal::CureWindowOpen => Self::CureWindowOpen,
            Refusal::WickGuarded => Self::WickGuarded,
            Refusal::NothingToFlag => Self::NothingToFlag,
            Refusal::InvalidLimits => Self::InvalidLimits,
            Refusal::InvalidMarginModel => Self::InvalidMarginModel,
            Refusal::InvalidRamp => Self::InvalidRamp,
            Refusal::InvalidPause => Self::InvalidPause,
            Refusal::PauseTooSoon => Self::PauseTooSoon,
            Refusal::StepTooLarge => Self::StepTooLarge,
            Refusal::NotTighter => Self::NotTighter,
            Refusal::MarketFull => Self::MarketFull,
            Refusal::InvariantBroken => Self::InvariantBroken,
        }
    }
}

/// A refusal of core as the program's error.
#[cold]
pub fn refused(refusal: Refusal) -> Error {
    BallastError::from(refusal).into()
}
