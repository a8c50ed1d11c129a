use ballast_core::volatility::MarginModel;
use ballast_tests::user::Pair;
use ballast_tests::{Listing, Market, User, World};

const COLLATERAL: u64 = 1_000_000_000_000;

fn build(c: usize, d: usize, t22: [bool; 3], margin: bool, insurance: bool) -> (World, Market, User, User) {
    let mut world = World::new();
    let mut listing = Listing::new(6, 1.0);
    if margin {
        listing.settings.margin = MarginModel {
            z_bps: 30_000,
            cost_bps: 100,
            stress_bps: 10_000,
            horizon_secs: 3600,
            fast_secs: 3600,
            slow_secs: 86400,
            reserved: 0,
        };
        listing.settings.risk.ltv_bps = 6_500;
    }
    if insurance {
        listing.settings.risk.insurance_share_bps = 1000;
        listing.settings.risk.insurance_target_bps = 1000;
    }
    let listings = (0..c + d)
        .map(|n| {
            let is = if n == 0 {
                t22[0]
            } else if n == c {
                t22[1]
            } else {
                t22[2]
            };
            Listing { extensions: if is { Some(&[][..]) } else { None }, ..listing }
        })
        .collect::<Vec<_>>();
    let market = Market::with(&mut world, &listings);
    let lender = User::new(&mut world, &market, COLLATERAL * 10);
    let borrower = User::new(&mut world, &market, COLLATERAL * 2);
    for asset in 0..listings.len() {
        lender.deposit(&mut world, &market, asset, COLLATERAL * 5).expect("deposit");
    }
    for asset in 0..c {
        borrower.deposit(&mut world, &market, asset, COLLATERAL).expect("deposit");
    }
    let loan = COLLATERAL * 6 / 10 * c as u64 / d as u64;
    for asset in c..listings.len() {
        borrower.borrow(&mut world, &market, asset, loan).expect("borrow");
    }
    let other = User::new(&mut world, &market, COLLATERAL * 20);
    other.deposit(&mut world, &market, c, COLLATERAL * 10).expect("deposit");
    for asset in 0..c {
        other.borrow(&mut world, &market, asset, COLLATERAL / 2).expect("borrow");
    }
    world.advance(10);
    market.repeat_prices(&mut world);
    (world, market, lender, borrower)
}

#[test]
fn scratch() {
    for (c, d, t22, margin, insurance) in [
        (1, 1, [false; 3], false, false),
        (2, 1, [false; 3], false, false),
        (3, 1, [false; 3], false, false),
        (1, 2, [false; 3], false, false),
        (1, 3, [false; 3], false, false),
        (5, 3, [false; 3], false, false),
        (10, 6, [false; 3], false, false),
        (1, 1, [true, false, false], false, false),
        (1, 1, [false, true, false], false, false),
        (1, 1, [true, true, false], false, false),
        (1, 1, [false; 3], true, false),
        (1, 1, [false; 3], false, true),
        (3, 2, [true; 3], true, true),
    ] {
        let (world, market, lender, borrower) = build(c, d, t22, margin, insurance);
        for wait in [0, 59, 70, 3000] {
            for (price, to) in
                [(0.745, 1_000_000u64), (0.745, u64::MAX), (0.70, u64::MAX), (0.62, u64::MAX), (0.5, u64::MAX)]
            {
                for pair in [(0, c), (c - 1, c + d - 1)] {
                    let mut world = world.clone();
                    world.advance(wait);
                    market.repeat_prices(&mut world);
                    for a in 0..c {
                        market.set_price(&mut world, a, price);
                    }
                    let mut w2 = world.clone();
                    let flag = lender.flag(&mut w2, &market, &borrower).map(|r| r.compute_units);
                    let mut w2 = world.clone();
                    let r = market.refresh_with_price(&mut w2, 0).map(|r| r.compute_units);
                    let u =
                        lender.liquidate(&mut world, &market, &borrower, Pair { collateral: pair.0, debt: pair.1 }, to);
                    println!(
                        "{c} {d} {t22:?} margin {margin} ins {insurance} wait {wait} price {price} to {} pair {pair:?}: {:?} flag {:?} refresh {:?}",
                        to == u64::MAX,
                        u.map(|r| r.compute_units).map_err(|e| e.error),
                        flag.ok(),
                        r.ok()
                    );
                }
            }
        }
    }
}
