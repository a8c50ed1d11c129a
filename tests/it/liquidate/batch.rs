//! Several liquidations in one transaction, and liquidations with the largest number of positions.

use crate::scene::{BTC, ETH, ONE_ETH, ONE_USD, SOL, Scene, USD, WEALTH};
use anchor_lang::prelude::Address;
use anchor_lang::solana_program::instruction::Instruction;
use ballast::event::Liquidated;
use ballast_testkit::user::{ALL, AssetPair};
use ballast_testkit::{Listing, Market, User, World};
use solana_account::Account;
use solana_message::{AddressLookupTableAccount, VersionedMessage, v0};
use solana_transaction::versioned::VersionedTransaction;

fn liquidation(scene: &Scene, collateral: usize, debt: usize, max_repay: u64) -> Instruction {
    let Scene { world, market, lender, borrower } = scene;
    lender.liquidate_ix(world, market, borrower.obligation, AssetPair { collateral, debt }, max_repay)
}

#[test]
fn one_transaction_liquidates_several_pairs_of_an_obligation() {
    let mut scene = Scene::indebted();
    scene.set_price(SOL, 30.0);
    let pairs =
        [(SOL, USD, 100 * ONE_USD), (BTC, USD, 100 * ONE_USD), (SOL, ETH, ONE_ETH / 20), (BTC, ETH, ONE_ETH / 20)];
    let all = pairs.map(|(collateral, debt, bid)| liquidation(&scene, collateral, debt, bid));
    let receipt = scene.world.send(&all, &[&scene.lender.key]).expect("liquidate");
    let events: Vec<Liquidated> = receipt.events();
    assert_eq!(events.len(), 4);
    for (event, (_, _, bid)) in events.iter().zip(pairs) {
        assert_eq!(event.repaid_atoms, bid);
        assert!(event.health_after_bps > event.health_before_bps);
    }
    for [first, second] in events.array_windows() {
        assert_eq!(first.health_after_bps, second.health_before_bps);
    }
    scene.audit();
}

/// Each instruction names the positions that remain after those before it.
#[test]
fn one_transaction_winds_up_a_bankrupt_obligation() {
    let mut scene = Scene::indebted();
    scene.set_price(SOL, 20.0);
    scene.set_price(BTC, 35_000.0);
    scene.ripen(200);
    let all = scene.attempt(|scene| {
        [(SOL, USD), (BTC, USD), (BTC, ETH)].map(|(collateral, debt)| {
            let next = liquidation(scene, collateral, debt, ALL);
            scene.world.send(std::slice::from_ref(&next), &[&scene.lender.key]).expect("liquidate");
            next
        })
    });
    let receipt = scene.world.send(&all, &[&scene.lender.key]).expect("all three");
    assert!(scene.positions().is_empty());
    let loss = |event: &Liquidated| event.loss_insurance_atoms + event.loss_fees_atoms + event.loss_suppliers_atoms;
    let losses = receipt.events::<Liquidated>().iter().map(loss).collect::<Vec<_>>();
    assert!(losses.len() == 3 && losses.iter().all(|loss| *loss > 0), "each call books its part: {losses:?}");
    scene.audit();
}

/// Creates a lookup table with these addresses whose slot has passed.
fn lookup_table(world: &mut World, addresses: Vec<Address>) -> AddressLookupTableAccount {
    const OWNER: Address = Address::from_str_const("AddressLookupTab1e1111111111111111111111111");
    let key = world.address();
    // `0 type u32 | 4 deactivation slot | 12 last extension's slot | 20 its index u8 | 21 authority, none | 56 addresses`
    let mut data = [1u32.to_le_bytes().as_slice(), &u64::MAX.to_le_bytes(), &[0; 44]].concat();
    data.extend(addresses.iter().flat_map(Address::to_bytes));
    world.set(key, Account { lamports: 100_000_000, data, owner: OWNER, ..Account::default() });
    AddressLookupTableAccount { key, addresses }
}

/// An obligation with sixteen positions can always be liquidated: one packet is enough.
#[test]
fn sixteen_positions_fit_into_one_transaction() {
    const PACKET: usize = 1_232;
    let mut world = World::new();
    let market = Market::with(&mut world, &[Listing::new(6, 1.0); 16]);
    let [lender, borrower] = [(); 2].map(|()| User::new(&mut world, &market, WEALTH));
    for asset in 0..16 {
        lender.deposit(&mut world, &market, asset, 1_000 * ONE_USD).expect("deposit");
    }
    for asset in 0..8 {
        borrower.deposit(&mut world, &market, asset, 100 * ONE_USD).expect("deposit");
    }
    for asset in 8..16 {
        borrower.borrow(&mut world, &market, asset, 70 * ONE_USD).expect("borrow");
    }
    for asset in 0..8 {
        market.set_price(&mut world, asset, 0.86);
    }
    let liquidate =
        lender.liquidate_ix(&world, &market, borrower.obligation, AssetPair { collateral: 0, debt: 8 }, ALL);
    assert_eq!(liquidate.accounts.len(), 15 + 2 * 14);
    let listed = liquidate.accounts.iter().filter(|meta| !meta.is_signer).map(|meta| meta.pubkey).collect();
    world.advance_slots(1);
    let table = lookup_table(&mut world, listed);

    let blockhash = world.svm.latest_blockhash();
    let message = v0::Message::try_compile(&lender.address(), &[liquidate], &[table], blockhash).expect("a message");
    let transaction = VersionedTransaction::try_new(VersionedMessage::V0(message), &[&lender.key]).expect("signed");
    let size = 1 + 64 * transaction.signatures.len() + transaction.message.serialize().len();
    assert!(size <= PACKET, "{size} bytes");
    world.svm.send_transaction(transaction).expect("liquidate");
    assert!(borrower.obligation(&world).positions.len >= 15);
    market.audit(&world, &[0; 16]);
}
