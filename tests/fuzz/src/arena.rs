//! The market that a campaign plays in: five assets as different as a market can list them, eight users, and an
//! attacker.

use ballast::event::ObligationOpened;
use ballast_core::limits::Limits;
use ballast_core::settings::Settings;
use ballast_core::volatility::MarginModel;
use ballast_testkit::market::open_settings;
use ballast_testkit::pyth::Quotation;
use ballast_testkit::{Listing, Market, User, World};

use anchor_lang::prelude::Address;
use solana_signer::Signer;

pub const ASSETS: usize = 5;
pub const USERS: usize = 9;
/// The last user.
pub const ATTACKER: usize = USERS - 1;
/// Their tokens are Token-2022's, and have no decimals: one atom is worth as much as a meal.
pub const WHOLE: usize = 3;
/// Collateral for the first asset only.
pub const ISOLATED: usize = 4;

/// What everybody has of each asset at first, in atoms.
const WEALTH: [u64; ASSETS] =
    [100_000_000_000_000, 1_000_000_000_000_000, 200_000_000_000, 4_000_000, 1_000_000_000_000_000_000];

/// An obligation and who owns it.
#[derive(Clone, Copy)]
pub struct Seat {
    pub owner: usize,
    pub address: Address,
}

pub struct Arena {
    pub world: World,
    pub market: Market,
    pub users: Vec<User>,
    /// Accounts for vouchers, by user and asset.
    pub vouchers: Vec<Vec<Address>>,
    /// Accounts of the fee receiver.
    pub fees: Vec<Address>,
    pub seats: Vec<Seat>,
    /// What the feeds say, and what they said at first.
    pub feeds: Vec<Quotation>,
    /// The feeds that publish nothing.
    pub frozen: [bool; ASSETS],
    pub first_dollars: [f64; ASSETS],
    /// What the reserves were opened with: governance comes back to it.
    pub opening: Vec<Settings>,
}

impl Arena {
    pub fn new() -> Self {
        let mut world = World::new();
        let listings = listings();
        let market = Market::with(&mut world, &listings);
        let set = market.set_market(&mut world, |market| {
            market.terms.cure_slots = 8;
            market.terms.hard_line_bps = 9_700;
            market.change_delay_secs = 3_600;
        });
        set.expect("market settings");
        let users: Vec<_> = (0..USERS).map(|_| user(&mut world, &market)).collect();
        let seats = seats(&mut world, &market, &users);
        let vouchers = users.iter().map(|user| {
            let account = |asset| user.voucher_account(&mut world, &market, asset);
            (0..ASSETS).map(account).collect()
        });
        let vouchers = vouchers.collect();
        let fees = (0..ASSETS).map(|asset| market.fee_account(&mut world, asset)).collect();
        let first_dollars = listings.map(|listing| listing.dollars);
        let feeds = first_dollars.iter().map(|dollars| Quotation::calm(*dollars, world.now())).collect();
        let opening = listings.iter().map(|listing| listing.settings).collect();
        let frozen = [false; ASSETS];
        Self { world, market, users, vouchers, fees, seats, feeds, frozen, first_dollars, opening }
    }

    /// A user, key and wallet, at an obligation of anybody's.
    pub fn at(&self, user: usize, seat: usize) -> User {
        User { obligation: self.seats[seat].address, ..self.users[user].clone() }
    }

    /// Shows the feeds' prices to the chain.
    pub fn publish(&mut self, asset: usize) {
        let feed = self.market.assets[asset].feed;
        self.world.publish(&feed, &self.feeds[asset]);
    }

    /// Publishes the prices of living feeds anew, the averages on their way to the spot.
    pub fn repeat_prices(&mut self) {
        let now = self.world.now();
        for asset in (0..ASSETS).filter(|asset| !self.frozen[*asset]).collect::<Vec<_>>() {
            self.feeds[asset] = settled(self.feeds[asset], now);
            self.publish(asset);
        }
    }
}

impl Default for Arena {
    fn default() -> Self {
        Self::new()
    }
}

/// The quotation as it stands at `now` when the spot has not moved: the average follows within about an hour.
pub fn settled(feed: Quotation, now: i64) -> Quotation {
    let elapsed = now.saturating_sub(feed.publish_time).max(0);
    let gap = i128::from(feed.spot - feed.ema) * i128::from(elapsed) / i128::from(elapsed + 3_600);
    let ema = feed.ema + i64::try_from(gap).expect("smaller than the gap");
    Quotation { ema, ema_confidence: ema.unsigned_abs() / 5_000, publish_time: now, ..feed }
}

fn user(world: &mut World, market: &Market) -> User {
    let key = world.wallet();
    let owner = key.pubkey();
    let tokens = market.assets.iter().zip(WEALTH).map(|(asset, amount)| world.tokens(&asset.mint, &owner, amount));
    let tokens = tokens.collect();
    User { key, obligation: Address::default(), tokens }
}

/// One obligation for everybody, and a second for every third.
fn seats(world: &mut World, market: &Market, users: &[User]) -> Vec<Seat> {
    let mut seats = Vec::new();
    for (owner, user) in users.iter().enumerate() {
        for number in 0..if owner % 3 == 2 { 2 } else { 1 } {
            let opened = world.send(&[user.open(market, number)], &[&user.key]).expect("obligation_open");
            seats.push(Seat { owner, address: opened.event::<ObligationOpened>().obligation });
        }
    }
    seats
}

/// A dollar with every fee; a volatile asset with narrow bands and a margin model; a capped one; a whole one; an
/// isolated one.
fn listings() -> [Listing; ASSETS] {
    let [mut dollar, mut volatile, mut capped, whole, mut isolated] = [
        Listing::new(6, 1.0),
        Listing::new(9, 100.0),
        Listing::new(8, 50_000.0),
        Listing { extensions: Some(&[]), ..Listing::new(0, 25.0) },
        Listing::new(12, 3.0),
    ];
    let Settings { risk, .. } = &mut dollar.settings;
    (risk.origination_fee_bps, risk.flash_fee_bps) = (10, 9);
    (risk.insurance_share_bps, risk.insurance_target_bps) = (2_000, 500);
    volatile.settings.margin = MarginModel {
        z_bps: 20_000,
        cost_bps: 100,
        stress_bps: 10_000,
        horizon_secs: 3_600,
        fast_secs: 3_600,
        slow_secs: 86_400,
        reserved: 0,
    };
    (volatile.settings.guard.max_ema_deviation_bps, volatile.settings.guard.max_move_bps) = (3_000, 3_000);
    capped.settings.limits = Limits {
        supply_cap_atoms: 400_000_000_000,
        borrow_cap_atoms: 100_000_000_000,
        min_debt_atoms: 10_000,
        outflow_bps: 2_000,
        outflow_floor_atoms: 1_000_000_000,
        outflow_window_secs: 3_600,
        max_utilization_bps: 9_000,
        ..open_settings().limits
    };
    let Settings { risk, limits, .. } = &mut isolated.settings;
    (risk.ltv_bps, risk.liquidation_threshold_bps, risk.borrow_factor_bps) = (5_000, 6_500, 12_000);
    (limits.allowed_debts, limits.collateral_cap_usd) = (1, 20_000_000);
    [dollar, volatile, capped, whole, isolated]
}
