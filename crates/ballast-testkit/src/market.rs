//! A market with listed assets.

use crate::pyth::{PythFeed, Quotation};
use crate::receipt::{Failure, Receipt};
use crate::world::World;
use anchor_lang::prelude::Address;
use anchor_lang::solana_program::instruction::Instruction;
use ballast::instructions::{PriceFeed, Proposal};
use ballast::state::{Config, MarketSettings, Obligation, Reserve};
use ballast::symbol::{Symbol, symbol};
use ballast::{oracle, seeds};
use ballast_client::instructions;
pub use ballast_client::instructions::config_init;
use ballast_client::{ChangeTarget, ObligationAccounts};
use ballast_core::curve::{Curve, CurvePoint};
use ballast_core::health::Totals;
use ballast_core::limits::Limits;
use ballast_core::pool::ReserveId;
use ballast_core::price::{PriceGuard, PriceUse, RawPrice};
use ballast_core::quote::Quote;
use ballast_core::risk::{Ramp, RiskParams};
use ballast_core::settings::Settings;
use ballast_core::terms::LiquidationTerms;
use ballast_core::volatility::MarginModel;
use solana_keypair::Keypair;
use solana_signer::Signer;

/// The number of a change that is proposed and executed in one transaction.
pub const IMMEDIATE: u64 = u64::MAX;

/// How an asset is listed.
#[derive(Clone, Copy)]
pub struct Listing {
    pub decimals: u8,
    pub symbol: Symbol,
    pub dollars: f64,
    pub settings: Settings,
    pub accepted_powers: u64,
    /// The extensions of a Token-2022 mint. `None` is a mint of the SPL Token program.
    pub extensions: Option<&'static [u16]>,
}

/// A listed asset.
#[derive(Clone, Copy)]
pub struct ListedAsset {
    pub mint: Address,
    pub reserve: Address,
    pub vault: Address,
    pub voucher_mint: Address,
    pub feed: PythFeed,
    pub decimals: u8,
    pub token_program: Address,
}

impl ListedAsset {
    /// Describes a mint as an asset of a market, listed or not.
    pub fn new(world: &World, config: &Address, mint: Address, feed: PythFeed) -> Self {
        Self::of(config, mint, world.get(&mint).owner, world.mint_state(&mint).decimals, feed)
    }

    /// Describes a mint that need not exist yet.
    pub fn of(config: &Address, mint: Address, token_program: Address, decimals: u8, feed: PythFeed) -> Self {
        let named = ballast_client::Asset::new(config, mint, token_program, feed.address);
        let ballast_client::Asset { reserve, vault, voucher_mint, .. } = named;
        Self { mint, reserve, vault, voucher_mint, feed, decimals, token_program }
    }

    /// The asset as instructions name it.
    pub fn named(&self) -> ballast_client::Asset {
        let Self { mint, reserve, vault, voucher_mint, feed, token_program, .. } = *self;
        ballast_client::Asset { reserve, mint, vault, voucher_mint, token_program, price: feed.address }
    }
}

pub struct Market {
    pub authority: Keypair,
    pub guardian: Keypair,
    /// Owns the accounts that receive fees.
    pub fee_receiver: Keypair,
    pub config: Address,
    pub assets: Vec<ListedAsset>,
}

impl Clone for Market {
    /// `Keypair` does not implement `Clone`, so that nobody copies a secret by accident. These keys are not secrets.
    fn clone(&self) -> Self {
        let [authority, guardian, fee_receiver] =
            [&self.authority, &self.guardian, &self.fee_receiver].map(Keypair::insecure_clone);
        Self { authority, guardian, fee_receiver, config: self.config, assets: self.assets.clone() }
    }
}

/// The defaults of docs/MODEL.md, "Liquidation", without a cure window: a liquidation needs no margin call.
pub fn default_terms() -> LiquidationTerms {
    LiquidationTerms {
        base_bonus_bps: 10,
        health_slope_bps: 5_000,
        slot_step_centibps: 25,
        max_bonus_bps: 1_000,
        deep_step_centibps: 25,
        max_deep_bonus_bps: 3_000,
        deep_line_bps: 9_500,
        target_health_bps: 10_500,
        hard_line_bps: 9_900,
        warning_bps: 1_000,
        cure_slots: 0,
        relax_slots: 750,
        reserved: 0,
        dust_cents: 1_000,
    }
}

/// A market during setup: changes have no delay.
pub fn default_market(guardian: Address, fee_receiver: Address) -> MarketSettings {
    MarketSettings { terms: default_terms(), guardian, fee_receiver, change_delay_secs: 0 }
}

/// No limits, wide price bands, no margin model, no insurance.
pub fn open_settings() -> Settings {
    let points = [(0, 0), (8_000, 600), (10_000, 6_000)];
    let points = points.map(|(utilization_bps, rate_bps)| CurvePoint { utilization_bps, rate_bps });
    Settings {
        curve: Curve::new(&points).expect("a valid curve"),
        risk: RiskParams {
            ltv_bps: 7_500,
            liquidation_threshold_bps: 8_000,
            borrow_factor_bps: 10_000,
            reserve_factor_bps: 1_000,
            origination_fee_bps: 0,
            insurance_share_bps: 0,
            insurance_target_bps: 0,
            flash_fee_bps: 0,
        },
        guard: PriceGuard {
            max_age_new_risk_secs: 60,
            max_age_liquidation_secs: 300,
            max_confidence_bps: 100,
            confidence_multiplier_bps: 10_000,
            max_ema_deviation_bps: PriceGuard::MAX_BAND_BPS,
            max_move_bps: PriceGuard::MAX_BAND_BPS,
        },
        limits: Limits {
            supply_cap_atoms: u64::MAX,
            borrow_cap_atoms: u64::MAX,
            collateral_cap_usd: Limits::NO_COLLATERAL_CAP,
            min_debt_atoms: 0,
            allowed_debts: Limits::ANY_DEBT,
            outflow_floor_atoms: 0,
            outflow_window_secs: 3_600,
            probation_secs: 0,
            outflow_bps: 10_000,
            max_utilization_bps: 10_000,
            reserved: 0,
        },
        margin: MarginModel::OFF,
    }
}

impl Listing {
    /// 75 % loan-to-value, 80 % liquidation threshold, a kink at 80 % utilization; fully open.
    pub fn new(decimals: u8, dollars: f64) -> Self {
        let symbol = symbol("TOKEN").expect("a symbol");
        Self { decimals, dollars, symbol, settings: open_settings(), accepted_powers: 0, extensions: None }
    }

    /// With another symbol.
    pub fn named(self, text: &str) -> Self {
        Self { symbol: symbol(text).expect("a symbol"), ..self }
    }

    /// The change that opens a reserve with this listing.
    pub fn opening(&self) -> Proposal {
        Proposal::Settings { settings: self.settings, ramp_secs: Ramp::MIN_SECS }
    }

    /// Creates a mint of this kind.
    pub fn mint(&self, world: &mut World) -> Address {
        match self.extensions {
            None => world.mint(self.decimals),
            Some(extensions) => world.mint_2022(self.decimals, extensions),
        }
    }
}

impl Market {
    /// Opens a market without assets.
    pub fn new(world: &mut World) -> Self {
        let [authority, guardian, fee_receiver] = [(); 3].map(|()| world.wallet());
        let config = seeds::config_address(&authority.pubkey());
        let market = Self { authority, guardian, fee_receiver, config, assets: Vec::new() };
        world.send(&[market.config_init_ix()], &[&market.authority]).expect("config_init");
        market
    }

    /// Opens a market with these assets, and publishes their prices.
    pub fn with(world: &mut World, listings: &[Listing]) -> Self {
        let mut market = Self::new(world);
        for listing in listings {
            market.list(world, listing);
        }
        market
    }

    /// Creates an asset, lists and opens it, and publishes its price.
    pub fn list(&mut self, world: &mut World, listing: &Listing) -> ListedAsset {
        let mint = listing.mint(world);
        self.list_mint(world, mint, listing).expect("a listing")
    }

    /// Lists and opens a mint, and publishes its price.
    pub fn list_mint(&mut self, world: &mut World, mint: Address, listing: &Listing) -> Result<ListedAsset, Failure> {
        let asset = self.asset(world, mint, listing);
        world.send(&self.listing_ixs(&asset, listing), &[&self.authority])?;
        self.assets.push(asset);
        Ok(asset)
    }

    /// Lists an asset without opening it, and publishes its price.
    pub fn list_closed(&mut self, world: &mut World, listing: &Listing) -> ListedAsset {
        let asset = self.candidate(world, listing);
        world.send(&[self.reserve_init(&asset, listing)], &[&self.authority]).expect("reserve_init");
        self.assets.push(asset);
        asset
    }

    /// Creates a mint with a published price, ready to be listed.
    pub fn candidate(&self, world: &mut World, listing: &Listing) -> ListedAsset {
        let mint = listing.mint(world);
        self.asset(world, mint, listing)
    }

    /// Publishes a price for a mint, which is then ready to be listed.
    fn asset(&self, world: &mut World, mint: Address, listing: &Listing) -> ListedAsset {
        let feed = PythFeed::new(mint.to_bytes());
        world.publish(&feed, &Quotation::calm(listing.dollars, world.now()));
        ListedAsset::new(world, &self.config, mint, feed)
    }

    pub fn config_init_ix(&self) -> Instruction {
        let settings = default_market(self.guardian.pubkey(), self.fee_receiver.pubkey());
        config_init(&self.authority.pubkey(), settings)
    }

    /// Lists an asset and opens it, while changes have no delay.
    pub fn listing_ixs(&self, asset: &ListedAsset, listing: &Listing) -> [Instruction; 3] {
        let target = ChangeTarget::Reserve(asset.reserve);
        [
            self.reserve_init(asset, listing),
            self.propose_ix(target, IMMEDIATE, listing.opening()),
            self.execute_ix(target, IMMEDIATE, None),
        ]
    }

    pub fn propose_ix(&self, target: ChangeTarget, number: u64, proposal: Proposal) -> Instruction {
        instructions::change_propose(&self.authority.pubkey(), &self.config, target, number, proposal)
    }

    /// `price`: the new price account, for a change of the feed.
    pub fn execute_ix(&self, target: ChangeTarget, number: u64, price: Option<Address>) -> Instruction {
        let change = seeds::change_address(&self.config, number);
        instructions::change_execute(&self.authority.pubkey(), &self.config, target, change, price)
    }

    /// Lists an asset without opening it.
    pub fn reserve_init(&self, asset: &ListedAsset, listing: &Listing) -> Instruction {
        let feed = PriceFeed { feed_id: asset.feed.id, shard: 0, receiver: 0 };
        let (authority, named) = (self.authority.pubkey(), asset.named());
        instructions::reserve_init(&authority, &self.config, &named, feed, listing.accepted_powers, listing.symbol)
    }

    /// Publishes a calm price, dated now.
    pub fn set_price(&self, world: &mut World, asset: usize, dollars: f64) {
        world.publish(&self.assets[asset].feed, &Quotation::calm(dollars, world.now()));
    }

    /// Publishes every asset's last price again, dated now.
    pub fn repeat_prices(&self, world: &mut World) {
        for asset in &self.assets {
            let mut account = world.get(&asset.feed.address);
            let now = world.now();
            account.data[93..101].copy_from_slice(&now.to_le_bytes());
            account.data[101..109].copy_from_slice(&(now - 1).to_le_bytes());
            world.set(asset.feed.address, account);
        }
    }

    pub fn state(&self, world: &World) -> Config {
        world.read(&self.config)
    }

    pub fn reserve(&self, world: &World, asset: usize) -> Reserve {
        world.read(&self.assets[asset].reserve)
    }

    pub fn reserve_id(&self, asset: usize) -> ReserveId {
        ReserveId { bytes: self.assets[asset].reserve.to_bytes() }
    }

    /// The price in the asset's price account.
    pub fn price(&self, world: &World, asset: usize) -> RawPrice {
        let PythFeed { id, address } = self.assets[asset].feed;
        oracle::parse(&world.get(&address).data, &id).expect("a price")
    }

    /// The totals of an obligation's positions in assets other than `named`, as the program computes them from
    /// remaining accounts.
    pub fn totals(&self, world: &World, obligation: &Obligation, named: &[usize], usage: PriceUse) -> Totals {
        let asset = |reserve| (0..self.assets.len()).find(|asset| self.reserve_id(*asset) == reserve);
        let holdings = obligation.positions.holdings();
        let holdings = holdings.map(|(reserve, holding)| (asset(reserve).expect("an asset of this market"), holding));
        Totals::of(holdings.filter(|(asset, _)| !named.contains(asset)), |asset| {
            Quote::new(&self.reserve(world, asset).pool, &self.price(world, asset), usage, world.now())
        })
        .expect("good prices")
    }

    /// Persists interest only.
    pub fn refresh(&self, world: &mut World, asset: usize) -> Result<Receipt, Failure> {
        world.send(&[self.refresh_ix(asset, None)], &[&self.authority])
    }

    /// Persists interest, marks the price and advances the volatility.
    pub fn refresh_with_price(&self, world: &mut World, asset: usize) -> Result<Receipt, Failure> {
        let price = self.assets[asset].feed.address;
        world.send(&[self.refresh_ix(asset, Some(price))], &[&self.authority])
    }

    pub fn refresh_ix(&self, asset: usize, price: Option<Address>) -> Instruction {
        instructions::refresh(&self.assets[asset].reserve, price)
    }

    /// An asset as instructions name it.
    pub fn named(&self, asset: usize) -> ballast_client::Asset {
        self.assets[asset].named()
    }

    /// An obligation as instructions name it.
    pub fn borrower(&self, world: &World, obligation: &Address) -> ObligationAccounts {
        let Obligation { positions, .. } = world.read(obligation);
        let listed = |reserve: &Address| self.assets.iter().find(|asset| asset.reserve == *reserve);
        let price_of = |reserve: &Address| listed(reserve).map(|asset| asset.feed.address);
        ObligationAccounts::new(*obligation, &positions, price_of).expect("assets of this market")
    }
}
