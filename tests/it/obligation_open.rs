//! obligation_open: an owner opens several empty obligations, each at its own address.

use crate::interface::account_of;
use crate::scene::{ONE_SOL, SOL, Scene};
use crate::verdict::refused;
use anchor_lang::prelude::{Address, ProgramError};
use anchor_lang::solana_program::system_instruction::transfer;
use ballast::event::ObligationOpened;
use ballast::seeds::obligation_address;
use ballast::state::{Obligation, VERSION};
use ballast_core::call::Call;
use ballast_testkit::Market;
use ballast_testkit::market::default_terms;

#[test]
fn refuses_a_number_that_is_taken() {
    let mut scene = Scene::simple();
    let before = scene.world.get(&scene.borrower.obligation);
    let open = scene.borrower.open(&scene.market, 0);
    scene.world.send(&[open], &[&scene.borrower.key]).expect_err("the address is taken");
    assert_eq!(scene.world.get(&scene.borrower.obligation), before);
}

#[test]
fn refuses_the_address_of_another_owner_number_or_market() {
    let mut scene = Scene::new();
    let other = Market::new(&mut scene.world);
    let owner = scene.borrower.address();
    for address in [
        obligation_address(&scene.market.config, &scene.lender.address(), 1),
        obligation_address(&scene.market.config, &owner, 2),
        obligation_address(&other.config, &owner, 1),
    ] {
        let mut open = scene.borrower.open(&scene.market, 1);
        account_of(&mut open, "obligation").pubkey = address;
        refused(scene.world.send(&[open], &[&scene.borrower.key]), ProgramError::InvalidSeeds);
    }
}

#[test]
fn writes_an_empty_obligation_and_emits_the_event() {
    for number in [1, 7, u16::MAX] {
        let mut scene = Scene::new();
        let owner = scene.borrower.address();
        let address = obligation_address(&scene.market.config, &owner, number);
        let open = scene.borrower.open(&scene.market, number);

        let event: ObligationOpened = scene.world.send(&[open], &[&scene.borrower.key]).expect("open").event();

        assert_eq!((event.config, event.obligation, event.owner), (scene.market.config, address, owner));
        let obligation: Obligation = scene.world.read(&address);
        assert_eq!((obligation.version, obligation.number), (VERSION, number));
        assert_eq!((obligation.config, obligation.owner), (scene.market.config, owner));
        assert_eq!(obligation.target_health_bps, default_terms().target_health_bps);
        assert_eq!(obligation.positions, bytemuck::Zeroable::zeroed());
        assert_eq!((obligation.warning_bps, obligation.call), (default_terms().warning_bps, Call::default()));
        assert_eq!((obligation.delegate, obligation.delegate_rights), (Address::default(), 0));
        assert_eq!(obligation.reserved, [0; 13]);
    }
}

/// Lamports that were sent to the address before do not prevent it.
#[test]
fn opens_at_an_address_that_somebody_has_funded() {
    let mut scene = Scene::new();
    let address = obligation_address(&scene.market.config, &scene.borrower.address(), 1);
    let grief = transfer(&scene.lender.address(), &address, 1_000_000);
    scene.world.send(&[grief], &[&scene.lender.key]).expect("transfer");
    let open = scene.borrower.open(&scene.market, 1);
    scene.world.send(&[open], &[&scene.borrower.key]).expect("open");
}

#[test]
fn opens_again_where_one_was_closed() {
    let mut scene = Scene::new();
    scene.deposit(SOL, ONE_SOL).expect("deposit");
    scene.withdraw(SOL, u64::MAX).expect("withdraw");
    let again = [scene.borrower.close(), scene.borrower.open(&scene.market, 0)];
    scene.world.send(&again[..1], &[&scene.borrower.key]).expect("close");
    scene.world.send(&again[1..], &[&scene.borrower.key]).expect("open");
    assert!(scene.positions().is_empty());
    scene.deposit(SOL, ONE_SOL).expect("deposit");
}
