//! A market with listed assets.

use crate::pyth::{Feed, Quotation};
use crate::receipt::{Failure, Receipt};
use crate::token_2022::TOKEN_2022;
use crate::world::{World, instruction};
use anchor_lang::prelude::Address;
use anchor_lang::solana_program::instruction::Instruction;
use anchor_lang::solana_program::system_instruction;
use ballast::instructions::PriceFeed;
use ballast::state::{Obligation, Reserve};
use ballast::{accounts, instruction as args, oracle, seeds};
use ballast_core::curve::{Curve, CurvePoint};
use ballast_core::health::Totals;
use ballast_core::liquidation::LiquidationTerms;
use ballast_core::pool::ReserveId;
use ballast_core::price::{PriceGuard, PriceUse, RawPrice};
use ballast_core::quote::Quote;
use ballast_core::risk::RiskParams;
use solana_keypair::Keypair;
use solana_signer::Signer;

/// How an asset is listed.
#[derive(Clone, Copy)]
pub struct Listing {
    pub decimals: u8,
    pub dollars: f64,
    pub curve: Curve,
    pub risk: RiskParams,
    pub guard: PriceGuard,
    pub accepted_extensions: u64,
    /// Of a Token-2022 mint; `None` is a mint of the SPL Token program.
    pub extensions: Option<&'static [u16]>,
}

/// A listed asset.
#[derive(Clone, Copy)]
pub struct Asset {
    pub mint: Address,
    pub reserve: Address,
    pub vault: Address,
    pub feed: Feed,
    pub decimals: u8,
    pub token_program: Address,
}

impl Asset {
    /// A mint as an asset of a market, which may yet have to list it.
    pub fn new(world: &World, config: &Address, mint: Address, feed: Feed) -> Self {
        let reserve = seeds::reserve_address(config, &mint);
        let (decimals, token_program) = (world.mint_state(&mint).decimals, world.get(&mint).owner);
        Self { mint, reserve, vault: seeds::vault_address(&reserve), feed, decimals, token_program }
    }

    /// What its reserve takes before all other remaining accounts.
    pub fn token_accounts(&self) -> Vec<Address> {
        if self.token_program == TOKEN_2022 { vec![self.mint, TOKEN_2022] } else { Vec::new() }
    }
}

pub struct Market {
    pub authority: Keypair,
    pub config: Address,
    pub assets: Vec<Asset>,
}

impl Clone for Market {
    /// Keys do not copy by themselves, lest a secret spread unnoticed; these are no secrets.
    fn clone(&self) -> Self {
        Self { authority: self.authority.insecure_clone(), config: self.config, assets: self.assets.clone() }
    }
}

/// The defaults of docs/MODEL.md, "Liquidation".
pub fn default_terms() -> LiquidationTerms {
    LiquidationTerms {
        base_bonus_bps: 10,
        health_slope_bps: 5_000,
        slot_step_bps: 1,
        max_bonus_bps: 1_000,
        deep_bonus_bps: 200,
        deep_line_bps: 9_500,
        target_health_bps: 10_500,
        reserved: 0,
        dust_cents: 1_000,
    }
}

impl Listing {
    /// 75 % loan-to-value, 80 % liquidation threshold, a kink at 80 % utilization.
    pub fn new(decimals: u8, dollars: f64) -> Self {
        let points = [(0, 0), (8_000, 600), (10_000, 6_000)];
        let points = points.map(|(utilization_bps, rate_bps)| CurvePoint { utilization_bps, rate_bps });
        Self {
            decimals,
            dollars,
            curve: Curve::new(&points).expect("a valid curve"),
            risk: RiskParams {
                ltv_bps: 7_500,
                liquidation_threshold_bps: 8_000,
                borrow_factor_bps: 10_000,
                reserve_factor_bps: 1_000,
                origination_fee_bps: 0,
                reserved: [0; 6],
            },
            guard: PriceGuard {
                max_age_new_risk_secs: 60,
                max_age_liquidation_secs: 300,
                max_confidence_bps: 100,
                confidence_multiplier_bps: 10_000,
                reserved: [0; 4],
            },
            accepted_extensions: 0,
            extensions: None,
        }
    }
}

impl Market {
    /// A market without assets.
    pub fn new(world: &mut World) -> Self {
        let authority = world.wallet();
        let config = seeds::config_address(&authority.pubkey());
        let open = config_init(&authority.pubkey(), default_terms());
        world.send(&[open], &[&authority]).expect("config_init");
        Self { authority, config, assets: Vec::new() }
    }

    /// A market with these assets, their prices published.
    pub fn with(world: &mut World, listings: &[Listing]) -> Self {
        let mut market = Self::new(world);
        for listing in listings {
            market.list(world, listing);
        }
        market
    }

    /// Makes an asset, lists it and publishes its price.
    pub fn list(&mut self, world: &mut World, listing: &Listing) -> Asset {
        let mint = match listing.extensions {
            None => world.mint(listing.decimals),
            Some(extensions) => world.mint_2022(listing.decimals, extensions),
        };
        self.list_mint(world, mint, listing).expect("reserve_init")
    }

    /// Lists a mint and publishes its price.
    pub fn list_mint(&mut self, world: &mut World, mint: Address, listing: &Listing) -> Result<Asset, Failure> {
        let feed = Feed::new(mint.to_bytes());
        world.publish(&feed, &Quotation::calm(listing.dollars, world.now()));
        let asset = Asset::new(world, &self.config, mint, feed);
        let list = self.reserve_init(&asset, listing);
        world.send(&[list], &[&self.authority])?;
        self.assets.push(asset);
        Ok(asset)
    }

    pub fn reserve_init(&self, asset: &Asset, listing: &Listing) -> Instruction {
        instruction(
            accounts::ReserveInit {
                authority: self.authority.pubkey(),
                config: self.config,
                mint: asset.mint,
                reserve: asset.reserve,
                vault: asset.vault,
                voucher_mint: seeds::voucher_address(&asset.reserve),
                price: asset.feed.address,
                token_program: spl_token_interface::ID,
                system_program: system_instruction_program(),
            },
            args::ReserveInit {
                feed: PriceFeed { feed_id: asset.feed.id, shard: 0, receiver: 0 },
                curve: listing.curve,
                risk: listing.risk,
                guard: listing.guard,
                accepted_extensions: listing.accepted_extensions,
            },
            &asset.token_accounts(),
        )
    }

    /// Publishes a calm price of now.
    pub fn set_price(&self, world: &mut World, asset: usize, dollars: f64) {
        world.publish(&self.assets[asset].feed, &Quotation::calm(dollars, world.now()));
    }

    /// Publishes every asset's last price again, dated now.
    pub fn repeat_prices(&self, world: &mut World) {
        for asset in &self.assets {
            let mut account = world.get(&asset.feed.address);
            let now = world.now();
            account.data[93..101].copy_from_slice(&now.to_le_bytes());
            world.set(asset.feed.address, account);
        }
    }

    pub fn reserve(&self, world: &World, asset: usize) -> Reserve {
        world.read(&self.assets[asset].reserve)
    }

    pub fn reserve_id(&self, asset: usize) -> ReserveId {
        ReserveId { bytes: self.assets[asset].reserve.to_bytes() }
    }

    /// What the asset's price account says.
    pub fn price(&self, world: &World, asset: usize) -> RawPrice {
        let Feed { id, address } = self.assets[asset].feed;
        oracle::parse(&world.get(&address).data, &id).expect("a price")
    }

    /// The sum of an obligation's positions in other assets than `named`, as the program computes it from remaining accounts.
    pub fn totals(&self, world: &World, obligation: &Obligation, named: &[usize], usage: PriceUse) -> Totals {
        let mut totals = Totals::default();
        for position in obligation.positions.as_slice() {
            let asset = (0..self.assets.len()).find(|asset| self.reserve_id(*asset) == position.reserve);
            let asset = asset.expect("an asset of this market");
            if !named.contains(&asset) {
                let price = self.price(world, asset);
                let quote = Quote::new(&self.reserve(world, asset).pool, &price, usage, world.now());
                totals.add(position.holding(), &quote.expect("a good price")).expect("totals");
            }
        }
        totals
    }

    pub fn refresh(&self, world: &mut World, asset: usize) -> Result<Receipt, Failure> {
        let refresh = instruction(accounts::Refresh { reserve: self.assets[asset].reserve }, args::Refresh {}, &[]);
        world.send(&[refresh], &[&self.authority])
    }

    /// The remaining accounts of an instruction on this obligation that names `named` reserves: the token accounts of these, then
    /// reserve and price of every other position, in slot order.
    pub fn remaining(&self, world: &World, obligation: &Address, named: &[Address]) -> Vec<Address> {
        let obligation: Obligation = world.read(obligation);
        let asset = |reserve: &Address| self.assets.iter().find(|asset| asset.reserve == *reserve).expect("an asset");
        let mut remaining: Vec<_> = named.iter().flat_map(|reserve| asset(reserve).token_accounts()).collect();
        for position in obligation.positions.as_slice() {
            let reserve = Address::from(position.reserve.bytes);
            if !named.contains(&reserve) {
                remaining.extend([reserve, asset(&reserve).feed.address]);
            }
        }
        remaining
    }
}

pub fn config_init(creator: &Address, terms: LiquidationTerms) -> Instruction {
    instruction(
        accounts::ConfigInit {
            creator: *creator,
            config: seeds::config_address(creator),
            system_program: system_instruction_program(),
        },
        args::ConfigInit { terms },
        &[],
    )
}

/// The System program's address.
pub fn system_instruction_program() -> Address {
    system_instruction::transfer(&Address::default(), &Address::default(), 0).program_id
}
