//! Every refusal of the program, in blocks. Each sentence says what is wrong and what to do next. Anchor's own refusals
//! while it loads accounts keep Anchor's codes; docs/ACCOUNTS.md lists them per account.

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
        "The remaining accounts do not match the obligation; for each position in slot order whose reserve the instruction does not name, pass its reserve and its price account, and nothing else."
    )]
    WrongRemainingAccounts = 4,
    #[msg("The account was written by a newer program; update the client.")]
    UnknownVersion = 5,
    #[msg("The obligation still has positions; withdraw the collateral and repay the debt first.")]
    ObligationNotEmpty = 6,
    #[msg("This is not a token account; pass an account of the reserve's mint.")]
    WrongTokenAccount = 7,
    #[msg("This is not the mint of the reserve's token; pass the address stored in the reserve.")]
    WrongMint = 8,
    #[msg("This is not the token program of the reserve's token; pass the program stored in the reserve.")]
    WrongTokenProgram = 9,

    #[msg(
        "The owner has not granted this right to the delegate; sign with the owner's key, or ask the owner to grant it."
    )]
    NotGranted = 20,
    #[msg(
        "The destination has the wrong owner; name a token account of the obligation's owner, or of the fee receiver when you collect fees."
    )]
    NotOwnersAccount = 21,
    #[msg("The signer is neither the market's authority nor its guardian; sign with one of their keys.")]
    NotGuardian = 22,
    #[msg("This is not the reserve's voucher mint; pass the address stored in the reserve.")]
    WrongVoucherMint = 23,
    #[msg("This is not the instructions sysvar; pass Sysvar1nstructions1111111111111111111111111.")]
    WrongInstructionsSysvar = 24,
    #[msg(
        "The change and its target do not belong together; pass the change's own reserve, or no reserve for a change of the market."
    )]
    WrongChange = 25,

    #[msg(
        "The destination belongs to Ballast and is no obligation; name a token account, or an obligation of the liquidator."
    )]
    WrongTaker = 26,

    // 6100: the oracle's account
    #[msg("This is not the reserve's price account; pass the address stored in the reserve.")]
    OracleWrongAddress = 100,
    #[msg(
        "The price account does not belong to the reserve's Pyth receiver and may have been closed; wait until it is posted again."
    )]
    OracleWrongOwner = 101,
    #[msg("The account is not a Pyth PriceUpdateV2; pass the feed's price account.")]
    OracleWrongAccount = 102,
    #[msg("The price update is only partly verified; post a fully verified one.")]
    OracleNotFullyVerified = 103,
    #[msg("The price account carries another feed; pass the feed that the reserve names.")]
    OracleWrongFeed = 104,
    #[msg("No Pyth receiver has this number; use 0 for Core or 1 for Core Compatible.")]
    OracleUnknownReceiver = 105,

    // 6200: the price
    #[msg("The price is older than the reserve allows; update the Pyth feed and try again.")]
    PriceStale = 200,
    #[msg(
        "The price is dated too far ahead of the chain's clock: a minute for new risk, a day otherwise; try again later."
    )]
    PriceFromFuture = 201,
    #[msg("The price is older than one that this reserve has already used; update the Pyth feed and try again.")]
    PriceReplayed = 202,
    #[msg("The price or its average is zero or negative; wait for a valid update.")]
    PriceNotPositive = 203,
    #[msg("The price's exponent is outside -18 to 0; use another feed.")]
    PriceExponent = 204,
    #[msg("The price is too uncertain for new risk; wait until its confidence narrows (repaying stays open).")]
    PriceUncertain = 205,
    #[msg("A new feed must show a price before it replaces the old one; pass the new feed's price account.")]
    PriceRequired = 206,

    #[msg("The price is further from its average than new risk allows; wait until they meet (repaying stays open).")]
    PriceOffAverage = 207,
    #[msg(
        "The price has just moved further than new risk allows; wait until ten minutes after `refresh` has marked it."
    )]
    PriceJumped = 208,
    #[msg("The price is outside the expected range; check it before you sign again.")]
    PriceOutsideExpected = 209,
    #[msg(
        "The new feed differs too much from the last recorded price; check its asset and its unit, or wait, because every day without a mark allows another fifth."
    )]
    FeedImplausible = 210,
    #[msg(
        "The price has left its band and could be a single wrong print; `refresh` the reserve, and try again when a price half a minute newer is on chain."
    )]
    PriceUnconfirmed = 211,
    #[msg("The two prices are of different times; update the older Pyth feed and try again.")]
    PricesApart = 212,

    // 6300: amounts and positions
    #[msg("The amount is zero or too small to count; use a larger one.")]
    AmountTooSmall = 300,
    #[msg("The reserve does not have that much cash; use a smaller amount or wait for repayments.")]
    InsufficientCash = 301,
    #[msg("The obligation does not have that much collateral in this reserve; use a smaller amount or all of it.")]
    InsufficientCollateral = 302,
    #[msg("The obligation owes nothing to this reserve; name a reserve that it owes to.")]
    InsufficientDebt = 303,
    #[msg("All 16 positions are in use; close one, or open another obligation.")]
    PositionsFull = 304,
    #[msg(
        "A reserve cannot be both collateral and debt of one obligation; repay or withdraw first, or use another obligation."
    )]
    PositionConflict = 305,
    #[msg("Losses have taken the whole supply of this reserve, so its shares are worth nothing; use another reserve.")]
    SupplyWipedOut = 306,
    #[msg("A number leaves the supported range; use a smaller amount.")]
    MathOverflow = 307,

    #[msg("The reserve's supply would exceed its cap; use a smaller amount.")]
    SupplyCapReached = 320,
    #[msg("The reserve's debt would exceed its cap; use a smaller amount or wait for repayments.")]
    BorrowCapReached = 321,
    #[msg("The loan would raise the reserve's utilization above its limit; use a smaller amount or wait for deposits.")]
    UtilizationTooHigh = 322,
    #[msg("The debt would be smaller than this reserve lends; borrow more.")]
    DebtTooSmall = 323,
    #[msg("More would leave the reserve than its outflow limit allows; use a smaller amount or wait.")]
    OutflowLimited = 324,
    #[msg("A collateral of this obligation does not allow this debt; use another obligation.")]
    DebtNotAllowed = 325,
    #[msg(
        "This action is paused for the reserve; wait until the time stored in the reserve (repaying and depositing stay open)."
    )]
    ActionPaused = 326,
    #[msg("A flash loan of the reserve is open; repay it first.")]
    FlashLoanOpen = 327,
    #[msg("No flash loan of the reserve is open; take one earlier in the transaction.")]
    NoFlashLoan = 328,
    #[msg(
        "The repayment that arrived is below principal plus fee; take no flash loan of a token that charges a transfer fee."
    )]
    FlashLoanUnderpaid = 329,
    #[msg("A program called flash_borrow; make it an instruction of the transaction itself.")]
    FlashLoanByCpi = 330,
    #[msg("No later instruction of the transaction repays the flash loan; append flash_repay for this reserve.")]
    FlashLoanNotRepaid = 331,
    #[msg("The deadline has passed; sign again with a later one.")]
    DeadlinePassed = 332,

    // 6400: health
    #[msg("The borrow limit would not cover the debt; use a smaller amount, add collateral or repay.")]
    HealthTooLow = 400,
    #[msg("The obligation is healthy; wait until its health factor is below 1.")]
    ObligationHealthy = 401,
    #[msg(
        "This pair would lower the obligation's health; name collateral with a lower threshold or debt with a higher borrow factor, or wait until the auction's clock allows it."
    )]
    PairLowersHealth = 402,
    #[msg(
        "The liquidation would yield less collateral than the minimum; lower the minimum or wait for the bonus to grow."
    )]
    SeizureBelowMinimum = 403,

    #[msg(
        "Below 10 USD, new collateral of an obligation in debt only makes its liquidation dearer; add more, or add to a collateral that is there."
    )]
    CollateralTooSmall = 404,
    #[msg(
        "The collateral is worth less than the debt, perhaps for a moment; flag the obligation, and wait until its average agrees, ten minutes at most."
    )]
    LossNotCertain = 405,
    #[msg("The taker owes something; name an obligation of yours without debt.")]
    TakerInDebt = 406,

    #[msg("The cure window is not over; flag the obligation if it has no margin call, or wait.")]
    CureWindowOpen = 420,
    #[msg("The obligation is healthy at average prices; wait until they agree or health falls below the hard line.")]
    WickGuarded = 421,
    #[msg("A flag would change nothing; flag the obligation again after it crosses a line, or a few minutes later.")]
    NothingToFlag = 422,
    #[msg("The obligation is less healthy than expected; check it before you sign again.")]
    HealthBelowExpected = 423,

    // 6500: configuration
    #[msg(
        "The interest curve is not valid; give 2 to 8 points from 0 to 10,000 bps, with rising utilization and rates that never fall and never exceed 100,000 bps."
    )]
    InvalidCurve = 500,
    #[msg("The risk parameters contradict each other; see RiskParams::validate in docs/MODEL.md.")]
    InvalidRiskParams = 501,
    #[msg("The price limits contradict each other; see PriceGuard::validate in docs/MODEL.md.")]
    InvalidPriceGuard = 502,
    #[msg("The liquidation terms contradict each other; see LiquidationTerms::validate in docs/MODEL.md.")]
    InvalidLiquidationTerms = 503,
    #[msg("The mint has more than 18 decimals; list another token.")]
    UnsupportedDecimals = 504,
    #[msg("The account is not a mint of SPL Token or Token-2022; pass one.")]
    UnsupportedMint = 505,
    #[msg("The mint has an extension that is unknown or cannot be listed; list another token.")]
    MintExtensionRefused = 506,
    #[msg(
        "The mint's issuer keeps a power that the listing does not accept; add its bit to accepted_powers (docs/ACCOUNTS.md) if the market can live with it."
    )]
    MintExtensionNotNamed = 507,
    #[msg("The mint charges a transfer fee or calls a transfer hook; list it after its issuer has removed them.")]
    MintFeeOrHook = 508,

    #[msg("The limits contradict each other; see Limits::validate in docs/MODEL.md.")]
    InvalidLimits = 520,
    #[msg("The margin model contradicts itself; see MarginModel::validate in docs/MODEL.md.")]
    InvalidMarginModel = 521,
    #[msg("The ramp is shorter than a day or longer than 90 days; choose a length between them.")]
    InvalidRamp = 522,
    #[msg(
        "The pause names an unknown action, lasts more than a day, or closes actions for no time; use the bits 1, 2, 4 and 8 and 1 to 86,400 seconds."
    )]
    InvalidPause = 523,
    #[msg(
        "The guardian must wait until a day after their last pause of this reserve ended; wait, or ask the authority to pause."
    )]
    PauseTooSoon = 524,
    #[msg("The change goes further than one change may; split it into several steps (docs/MODEL.md, Governance).")]
    StepTooLarge = 525,
    #[msg("A limit would rise, and only lower ones take effect at once; propose a change instead.")]
    NotTighter = 526,
    #[msg("The market has listed 64 assets, the most that it can; open another market.")]
    MarketFull = 527,
    #[msg(
        "The delay is outside an hour to 30 days; choose one between them, or 0 while the market has never had a delay."
    )]
    InvalidDelay = 528,
    #[msg("The notice of the change is not over; wait until the time stored in the change.")]
    ChangeTooEarly = 529,
    #[msg("The change was overtaken by another or was left for 14 days; cancel it and propose it again.")]
    ChangeObsolete = 530,
    #[msg("A transaction with a durable nonce could be sent at any later time; sign with a recent blockhash.")]
    DurableNonce = 531,
    #[msg(
        "The owner's settings are out of range; use a target health of 10,200 to 12,500 bps, a warning of at most 5,000 bps and the rights 1 and 2."
    )]
    InvalidOwnerSettings = 532,
    #[msg("The fee receiver is zero; name the owner of the token accounts that receive fees.")]
    NoFeeReceiver = 533,
    #[msg("The symbol is not 1 to 8 letters, digits or +-._, padded with zeros; choose another.")]
    InvalidSymbol = 534,

    // 6900: a defect of the program
    #[msg("The instruction would break an invariant of the protocol and was undone; please report the transaction.")]
    InvariantBroken = 900,
}

/// Every refusal of core has an error of the same name.
macro_rules! same_names {
    ($refusal:ident: $($name:ident)*) => {
        match $refusal {
            $(Refusal::$name => BallastError::$name,)*
        }
    };
}

impl From<Refusal> for BallastError {
    fn from(refusal: Refusal) -> Self {
        same_names! {
            refusal:
            MathOverflow AmountTooSmall InsufficientCash InsufficientCollateral InsufficientDebt PositionsFull
            PositionConflict SupplyWipedOut HealthTooLow ObligationHealthy PairLowersHealth SeizureBelowMinimum
            LossNotCertain TakerInDebt CollateralTooSmall PriceUnconfirmed PricesApart
            PriceRequired PriceStale PriceFromFuture PriceReplayed PriceNotPositive PriceExponent PriceUncertain
            InvalidCurve InvalidRiskParams InvalidPriceGuard InvalidLiquidationTerms UnsupportedDecimals
            PriceOffAverage PriceJumped FeedImplausible SupplyCapReached BorrowCapReached UtilizationTooHigh
            DebtTooSmall OutflowLimited DebtNotAllowed ActionPaused FlashLoanOpen NoFlashLoan FlashLoanUnderpaid
            CureWindowOpen WickGuarded NothingToFlag InvalidLimits InvalidMarginModel InvalidRamp InvalidPause
            PauseTooSoon StepTooLarge NotTighter InvalidDelay ChangeTooEarly ChangeObsolete InvalidOwnerSettings
            MarketFull InvariantBroken
        }
    }
}

/// Turns a refusal of core into the program's error.
#[cold]
pub fn refused(refusal: Refusal) -> Error {
    BallastError::from(refusal).into()
}
