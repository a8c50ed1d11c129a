//! obligation_settings: lines within bounds, and a delegate who has only the granted rights and can send nothing to
//! themselves.

use crate::interface::signer_of;
use crate::scene::{BTC, ONE_BTC, ONE_SOL, ONE_USD, SOL, Scene, USD, WEALTH};
use crate::verdict::refused;
use anchor_lang::prelude::Address;
use anchor_lang::solana_program::instruction::Instruction;
use ballast::error::BallastError;
use ballast::event::ObligationSettled;
use ballast::instructions::OwnerSettings;
use ballast::state::Obligation;
use ballast_testkit::user::ALL;
use ballast_testkit::{Failure, Receipt, User};

const WITHDRAW: u64 = 1;
const BORROW: u64 = 2;

fn set(scene: &mut Scene, change: impl FnOnce(&mut OwnerSettings)) -> Result<Receipt, Failure> {
    scene.borrower.set(&mut scene.world, change)
}

/// A delegate of the borrower.
struct Delegate {
    scene: Scene,
    /// Acts on the borrower's obligation, with the delegate's own wallet.
    own: User,
    /// Acts on it with the borrower's wallet.
    hands: User,
    /// Accounts for vouchers of SOL: the delegate's and the borrower's, a SOL in each.
    vouchers: [Address; 2],
}

impl Delegate {
    fn with(rights: u64) -> Self {
        let mut scene = Scene::simple();
        let delegate = User::new(&mut scene.world, &scene.market, WEALTH);
        let Scene { world, market, borrower, .. } = &mut scene;
        let vouchers = [&delegate, &*borrower].map(|user| user.voucher_account(world, market, SOL));
        for account in vouchers {
            borrower.voucher_mint(world, market, SOL, account, ONE_SOL).expect("voucher_mint");
        }
        let own = delegate.for_owner(borrower);
        let hands = User { tokens: borrower.tokens.clone(), ..own.clone() };
        let grant = |settings: &mut OwnerSettings| {
            (settings.delegate, settings.delegate_rights) = (own.address(), rights);
        };
        borrower.set(world, grant).expect("obligation_settings");
        Self { scene, own, hands, vouchers }
    }

    fn send(&mut self, instruction: Instruction) -> Result<Receipt, Failure> {
        self.scene.world.send(&[instruction], &[&self.own.key])
    }

    /// The instructions that take something, to the delegate's account or to the owner's, and the right that each
    /// needs.
    fn takings(&self, user: &User, vouchers: Address) -> [(u64, Instruction); 3] {
        let Scene { world, market, .. } = &self.scene;
        [
            (WITHDRAW, user.withdraw_ix(world, market, SOL, ONE_SOL)),
            (WITHDRAW, user.voucher_mint_ix(world, market, SOL, vouchers, ONE_SOL)),
            (BORROW, user.borrow_ix(world, market, USD, ONE_USD)),
        ]
    }

    /// The instructions that give something.
    fn gifts(&self) -> [Instruction; 4] {
        let Scene { market, borrower, .. } = &self.scene;
        [
            self.own.deposit_ix(market, SOL, ONE_SOL),
            self.own.deposit_ix(market, BTC, ONE_BTC),
            self.own.voucher_burn_ix(market, SOL, self.vouchers[0], ALL),
            self.own.repay_ix(market, borrower.obligation, USD, ALL),
        ]
    }
}

#[test]
fn refuses_anyone_but_the_owner() {
    let mut delegate = Delegate::with(WITHDRAW | BORROW);
    let settings = delegate.scene.borrower.settings(&delegate.scene.world);
    let grab = delegate.own.settings_ix(settings);
    refused(delegate.send(grab), BallastError::NotOwner);
    let mut scene = Scene::simple();
    let stranger = scene.lender.for_owner(&scene.borrower);
    refused(stranger.set(&mut scene.world, |_| ()), BallastError::NotOwner);
}

#[test]
fn refuses_lines_and_rights_out_of_bounds() {
    let mut scene = Scene::simple();
    for target in [0, 10_000, 10_199, 12_501, u16::MAX] {
        refused(set(&mut scene, |to| to.target_health_bps = target), BallastError::InvalidOwnerSettings);
    }
    for warning in [5_001, u16::MAX] {
        refused(set(&mut scene, |to| to.warning_bps = warning), BallastError::InvalidOwnerSettings);
    }
    for rights in [4, 7, 1 << 63, u64::MAX] {
        refused(set(&mut scene, |to| to.delegate_rights = rights), BallastError::InvalidOwnerSettings);
    }
    for (target, warning, rights) in [(10_200, 0, 0), (12_500, 5_000, 3)] {
        let bounds = |to: &mut OwnerSettings| {
            (to.target_health_bps, to.warning_bps, to.delegate_rights) = (target, warning, rights);
        };
        set(&mut scene, bounds).expect("the bounds themselves");
    }
}

#[test]
fn writes_the_owners_settings_changes_nothing_else_and_emits_the_event() {
    let mut scene = Scene::simple();
    let (before, delegate) = (scene.obligation(), scene.lender.address());
    let decide = |to: &mut OwnerSettings| {
        *to = OwnerSettings { target_health_bps: 11_000, warning_bps: 500, delegate, delegate_rights: 2 };
    };
    let event: ObligationSettled = set(&mut scene, decide).expect("obligation_settings").event();
    let expected = Obligation { target_health_bps: 11_000, warning_bps: 500, delegate, delegate_rights: 2, ..before };
    assert_eq!(bytemuck::bytes_of(&scene.obligation()), bytemuck::bytes_of(&expected));
    assert_eq!((event.obligation, event.delegate, event.delegate_rights), (scene.borrower.obligation, delegate, 2));
    assert_eq!((event.target_health_bps, event.warning_bps), (11_000, 500));
}

/// INV-14: a user who is neither owner nor delegate can only repay.
#[test]
fn a_stranger_can_do_nothing_but_repay() {
    let mut delegate = Delegate::with(WITHDRAW | BORROW);
    let stranger = delegate.scene.lender.clone();
    let [deposit, new_collateral, burn, repay] = delegate.gifts();
    let takings = [
        delegate.takings(&delegate.own, delegate.vouchers[0]),
        delegate.takings(&delegate.hands, delegate.vouchers[1]),
    ];
    let takings = takings.into_iter().flatten().map(|(_, instruction)| instruction);
    for mut instruction in takings.chain([deposit, new_collateral, burn]) {
        *signer_of(&mut instruction) = stranger.address();
        refused(delegate.scene.world.send(&[instruction], &[&stranger.key]), BallastError::NotOwner);
    }
    delegate.send(repay).expect("anybody repays");
}

/// INV-14: a delegate with any rights, or none, can add to the obligation.
#[test]
fn every_delegate_deposits_brings_new_collateral_and_vouchers_and_repays() {
    for rights in [0, WITHDRAW, BORROW, WITHDRAW | BORROW] {
        let mut delegate = Delegate::with(rights);
        for gift in delegate.gifts() {
            delegate.send(gift).expect("a gift");
        }
        assert!(!delegate.scene.has_debt());
        delegate.scene.audit();
    }
}

/// INV-14: each right works alone, and never to an account of anybody but the owner.
#[test]
fn a_delegate_takes_what_was_granted_and_only_to_accounts_of_the_owner() {
    for rights in [0, WITHDRAW, BORROW, WITHDRAW | BORROW] {
        let mut delegate = Delegate::with(rights);
        let to_delegate = delegate.takings(&delegate.own, delegate.vouchers[0]);
        let to_owner = delegate.takings(&delegate.hands, delegate.vouchers[1]);
        for ((right, own), (_, owners)) in to_delegate.into_iter().zip(to_owner) {
            if rights & right == 0 {
                refused(delegate.send(own), BallastError::NotGranted);
                refused(delegate.send(owners), BallastError::NotGranted);
            } else {
                refused(delegate.send(own), BallastError::NotOwnersAccount);
                delegate.send(owners).expect("to the owner");
            }
        }
        delegate.scene.audit();
    }
}

/// INV-14: the owner may send to any account.
#[test]
fn the_owner_may_send_to_any_account() {
    let mut delegate = Delegate::with(0);
    let owner = User { tokens: delegate.own.tokens.clone(), ..delegate.scene.borrower.clone() };
    for (_, instruction) in delegate.takings(&owner, delegate.vouchers[0]) {
        delegate.scene.world.send(&[instruction], &[&owner.key]).expect("the owner's");
    }
}

/// A loan by a delegate needs the same margin as a loan by the owner.
#[test]
fn a_delegate_borrows_no_more_than_the_owner_could() {
    let mut delegate = Delegate::with(BORROW);
    let Scene { world, market, .. } = &delegate.scene;
    let too_much = delegate.hands.borrow_ix(world, market, USD, 1_000 * ONE_USD);
    refused(delegate.send(too_much), BallastError::HealthTooLow);
}

#[test]
fn a_revoked_right_ends_at_once() {
    let mut delegate = Delegate::with(WITHDRAW | BORROW);
    let takings = delegate.takings(&delegate.hands, delegate.vouchers[1]);
    set(&mut delegate.scene, |to| to.delegate_rights = 0).expect("obligation_settings");
    for (_, taking) in takings.clone() {
        refused(delegate.send(taking), BallastError::NotGranted);
    }
    let another = delegate.scene.lender.address();
    let replace = |to: &mut OwnerSettings| (to.delegate, to.delegate_rights) = (another, WITHDRAW | BORROW);
    set(&mut delegate.scene, replace).expect("obligation_settings");
    for (_, taking) in takings {
        refused(delegate.send(taking), BallastError::NotOwner);
    }
    let [deposit, ..] = delegate.gifts();
    refused(delegate.send(deposit), BallastError::NotOwner);
}

#[test]
fn a_delegate_of_one_obligation_has_no_rights_at_another() {
    let mut delegate = Delegate::with(WITHDRAW | BORROW);
    let stranger = delegate.own.for_owner(&delegate.scene.lender);
    let Scene { world, market, .. } = &mut delegate.scene;
    refused(stranger.withdraw(world, market, SOL, ONE_SOL), BallastError::NotOwner);
    refused(stranger.deposit(world, market, SOL, ONE_SOL), BallastError::NotOwner);
}

#[test]
fn only_the_owner_closes_the_obligation() {
    let mut delegate = Delegate::with(WITHDRAW | BORROW);
    delegate.scene.repay(USD, ALL).expect("repay");
    delegate.scene.withdraw(SOL, ALL).expect("withdraw");
    let close = delegate.own.close();
    refused(delegate.send(close), BallastError::NotOwner);
    let close = delegate.scene.borrower.close();
    delegate.scene.world.send(&[close], &[&delegate.scene.borrower.key]).expect("obligation_close");
}
