use ballast_tests::user::Pair;
use ballast_tests::{Listing, Market, User, World};

#[test]
fn smoke() {
    let mut world = World::new();
    let n = 13;
    let listings: Vec<_> = (0..n).map(|i| Listing::new(6 + (i % 4) as u8, 10.0 + i as f64)).collect();
    let market = Market::with(&mut world, &listings);
    let lender = User::new(&mut world, &market, 1_000_000_000_000);
    let user = User::new(&mut world, &market, 1_000_000_000_000);
    for a in 0..n {
        let r = lender.deposit(&mut world, &market, a, 500_000_000_000).unwrap();
        println!("deposit {}", r.compute_units);
    }
    for (coll, debt) in [(1usize, 1usize), (3, 2), (8, 5)] {
        world.advance(10);
        market.repeat_prices(&mut world);
        let have = user.obligation(&world).positions;
        for a in 0..coll {
            if have.collateral(&ballast_core::pool::ReserveId { bytes: market.assets[a].reserve.to_bytes() }).0 == 0 {
                user.deposit(&mut world, &market, a, 10_000_000_000).unwrap();
            }
        }
        for d in 0..debt {
            let r = user.borrow(&mut world, &market, 8 + d, 1_000_000).map_err(|f| format!("{:#?}", f)).unwrap();
            println!("borrow {coll}+{} {}", d + 1, r.compute_units);
        }
        world.advance(10);
        market.repeat_prices(&mut world);
        let w = user.withdraw(&mut world, &market, 0, 1_000_000).unwrap();
        println!("withdraw {coll}+{debt} {}", w.compute_units);
        let r = user.repay(&mut world, &market, 8, 1_000).unwrap();
        println!("repay {coll}+{debt} {}", r.compute_units);
        // crash all collateral
        let snap = world.svm.clone();
        for a in 0..coll {
            market.set_price(&mut world, a, 0.0002);
        }
        for d in 0..debt {
            market.set_price(&mut world, 8 + d, 1.0);
        }
        for f in [1.0f64] {
            let _ = f;
        }
        let l = lender.liquidate(&mut world, &market, &user, Pair { collateral: 0, debt: 8 }, 100_000_000);
        match l {
            Ok(l) => {
                println!("liquidate {coll}+{debt} {} {:?}", l.compute_units, l.event::<ballast::event::Liquidated>())
            }
            Err(e) => println!("{e:#?}"),
        }
        world.svm = snap;
    }
}
