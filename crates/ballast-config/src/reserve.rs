//! `[[reserve]]`: an asset and all of its settings.

use crate::{MarketFileError, text};
use anchor_lang::prelude::Address;
use ballast::instructions::PriceFeed;
use ballast::symbol::{Symbol, symbol};
use ballast::{mint, token};
use ballast_core::curve::{Curve, CurvePoint};
use ballast_core::limits;
use ballast_core::price::PriceGuard;
use ballast_core::risk::RiskParams;
use ballast_core::settings::Settings;
use ballast_core::terms::LiquidationTerms;
use ballast_core::volatility::MarginModel;
use ballast_core::{Refusal, Result as Verdict};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReserveSection {
    /// The name of the asset for people, which the listing stores: 1 to 8 letters, digits or `+-._`.
    pub symbol: String,
    #[serde(with = "text")]
    pub mint: Address,
    pub token_program: TokenProgram,
    /// The decimals of the mint. They convert whole tokens to atoms.
    pub decimals: u8,
    /// The powers that the mint's issuer may have.
    pub accepted_powers: Vec<Power>,
    /// The length of the ramp of a change that makes borrowers less healthy.
    pub ramp_secs: u32,
    pub feed: FeedSection,
    pub curve: Vec<Corner>,
    #[serde(with = "Risk")]
    pub risk: RiskParams,
    #[serde(with = "Guard")]
    pub guard: PriceGuard,
    pub limits: LimitsSection,
    #[serde(with = "Margin")]
    pub margin: MarginModel,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TokenProgram {
    SplToken,
    #[serde(rename = "token-2022")]
    Token2022,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Power {
    FreezeAuthority,
    TransferFee,
    MintCloseAuthority,
    DefaultAccountState,
    InterestBearing,
    PermanentDelegate,
    TransferHook,
    ScaledUiAmount,
    Pausable,
}

/// A Pyth feed, and which of its accounts the program reads.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeedSection {
    #[serde(with = "text::hex32")]
    pub id: [u8; 32],
    pub shard: u16,
    /// 0 for Pyth Core, 1 for Pyth Core Compatible.
    pub receiver: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Corner {
    pub utilization_bps: u32,
    pub rate_bps: u32,
}

/// Core's limits, with amounts in whole tokens and assets by their symbols.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LimitsSection {
    pub supply_cap_tokens: u64,
    pub borrow_cap_tokens: u64,
    pub collateral_cap_usd: u64,
    /// In atoms, because the least debt of an expensive token is less than one token.
    pub min_debt_atoms: u64,
    /// Symbols of this file, or `["any"]`.
    pub allowed_debts: Vec<String>,
    pub outflow_floor_tokens: u64,
    pub outflow_window_secs: u32,
    pub probation_secs: u32,
    pub outflow_bps: u16,
    pub max_utilization_bps: u16,
}

impl ReserveSection {
    pub fn price_feed(&self) -> PriceFeed {
        PriceFeed { feed_id: self.feed.id, shard: self.feed.shard, receiver: self.feed.receiver }
    }

    /// Returns the symbol as the program stores it.
    pub fn chain_symbol(&self) -> Result<Symbol, MarketFileError> {
        symbol(&self.symbol).ok_or_else(|| MarketFileError::Symbol { symbol: self.symbol.clone() })
    }

    /// Returns the accepted powers as the program's bits.
    pub fn power_bits(&self) -> u64 {
        self.accepted_powers.iter().fold(0, |bits, power| bits | power.bit())
    }

    /// `number` returns the listing number of a symbol.
    pub(crate) fn settings(
        &self,
        terms: &LiquidationTerms,
        number: impl Fn(&str) -> Option<usize>,
    ) -> Result<Settings, MarketFileError> {
        let Self { risk, guard, margin, .. } = *self;
        let points: Vec<_> = self.curve.iter().map(|corner| corner.point()).collect();
        let curve = self.check(
            "curve",
            Curve::new(&points),
            "write 2 to 8 corners from 0 to 10,000 bps utilization, with rates that never fall",
        )?;
        self.check(
            "risk",
            risk.validate(terms),
            "keep ltv < liquidation threshold < deep line, leave room for the max bonus above the threshold, and keep the insurance share up to 5,000 bps",
        )?;
        self.check(
            "guard",
            guard.validate(),
            "use ages up to a day, an age for liquidation not below that for new risk, and bands above 0",
        )?;
        self.check(
            "margin",
            margin.validate(),
            "keep 0 < fast_secs <= slow_secs <= 30 days, and stress_bps up to 100,000",
        )?;
        let limits = self.limits(number)?;
        self.check(
            "limits",
            limits.validate(),
            "use ratios up to 10,000 bps, a window up to 30 days and a probation up to 90 days",
        )?;
        Ok(Settings { curve, risk, guard, limits, margin })
    }

    fn check<T>(&self, part: &'static str, verdict: Verdict<T>, rule: &'static str) -> Result<T, MarketFileError> {
        let refused =
            |refusal: Refusal| MarketFileError::OutOfRange { symbol: self.symbol.clone(), part, refusal, rule };
        verdict.map_err(refused)
    }

    fn limits(&self, number: impl Fn(&str) -> Option<usize>) -> Result<limits::Limits, MarketFileError> {
        let LimitsSection { collateral_cap_usd, min_debt_atoms, outflow_window_secs, probation_secs, .. } = self.limits;
        Ok(limits::Limits {
            supply_cap_atoms: self.atoms("supply_cap_tokens", self.limits.supply_cap_tokens)?,
            borrow_cap_atoms: self.atoms("borrow_cap_tokens", self.limits.borrow_cap_tokens)?,
            collateral_cap_usd,
            min_debt_atoms,
            allowed_debts: self.allowed_debts(number)?,
            outflow_floor_atoms: self.atoms("outflow_floor_tokens", self.limits.outflow_floor_tokens)?,
            outflow_window_secs,
            probation_secs,
            outflow_bps: self.limits.outflow_bps,
            max_utilization_bps: self.limits.max_utilization_bps,
            reserved: 0,
        })
    }

    fn atoms(&self, key: &'static str, tokens: u64) -> Result<u64, MarketFileError> {
        let atoms = 10u64.checked_pow(self.decimals.into()).and_then(|one| tokens.checked_mul(one));
        atoms.ok_or_else(|| MarketFileError::TooLarge { symbol: self.symbol.clone(), key })
    }

    fn allowed_debts(&self, number: impl Fn(&str) -> Option<usize>) -> Result<u64, MarketFileError> {
        let mut bits = 0;
        for symbol in &self.limits.allowed_debts {
            let bit = number(symbol).and_then(|number| 1u64.checked_shl(u32::try_from(number).ok()?));
            bits |= match bit {
                _ if symbol == "any" => limits::Limits::ANY_DEBT,
                Some(bit) => bit,
                None => {
                    let (symbol, unknown) = (self.symbol.clone(), symbol.clone());
                    return Err(MarketFileError::UnknownDebt { symbol, unknown });
                }
            };
        }
        Ok(bits)
    }
}

impl TokenProgram {
    pub fn address(self) -> Address {
        match self {
            Self::SplToken => token::SPL_TOKEN,
            Self::Token2022 => token::TOKEN_2022,
        }
    }
}

impl Power {
    fn bit(self) -> u64 {
        match self {
            Self::FreezeAuthority => mint::FREEZE_AUTHORITY,
            Self::TransferFee => mint::TRANSFER_FEE,
            Self::MintCloseAuthority => mint::MINT_CLOSE_AUTHORITY,
            Self::DefaultAccountState => mint::DEFAULT_ACCOUNT_STATE,
            Self::InterestBearing => mint::INTEREST_BEARING,
            Self::PermanentDelegate => mint::PERMANENT_DELEGATE,
            Self::TransferHook => mint::TRANSFER_HOOK,
            Self::ScaledUiAmount => mint::SCALED_UI_AMOUNT,
            Self::Pausable => mint::PAUSABLE,
        }
    }
}

impl Corner {
    fn point(self) -> CurvePoint {
        CurvePoint { utilization_bps: self.utilization_bps, rate_bps: self.rate_bps }
    }
}

// Repeats core's structs for serde, which core does not depend on. The compiler keeps them equal.

#[derive(Serialize, Deserialize)]
#[serde(remote = "RiskParams", deny_unknown_fields)]
struct Risk {
    ltv_bps: u16,
    liquidation_threshold_bps: u16,
    borrow_factor_bps: u16,
    reserve_factor_bps: u16,
    origination_fee_bps: u16,
    insurance_share_bps: u16,
    insurance_target_bps: u16,
    flash_fee_bps: u16,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "PriceGuard", deny_unknown_fields)]
struct Guard {
    max_age_new_risk_secs: u32,
    max_age_liquidation_secs: u32,
    max_confidence_bps: u16,
    confidence_multiplier_bps: u16,
    max_ema_deviation_bps: u16,
    max_move_bps: u16,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "MarginModel", deny_unknown_fields)]
struct Margin {
    z_bps: u16,
    cost_bps: u16,
    stress_bps: u32,
    horizon_secs: u32,
    fast_secs: u32,
    slow_secs: u32,
    #[serde(skip)]
    reserved: u32,
}
