//! What an owner may decide. INV-14.

use ballast_core::Refusal::InvalidOwnerSettings;
use ballast_core::op::obligation_settings::{Right, obligation_settings};

#[test]
fn an_owner_chooses_within_the_bounds() {
    for (target, warning, rights) in [(10_200, 0, 0), (12_500, 5_000, Right::ALL), (11_000, 1_000, 1)] {
        assert_eq!(obligation_settings(target, warning, rights), Ok(()));
    }
}

#[test]
fn an_owner_cannot_choose_beyond_them() {
    let beyond = [(10_199, 0, 0), (12_501, 0, 0), (10_500, 5_001, 0), (10_500, 0, 4), (10_500, 0, u64::MAX)];
    for (target, warning, rights) in beyond {
        assert_eq!(obligation_settings(target, warning, rights), Err(InvalidOwnerSettings));
    }
}

#[test]
fn each_right_that_is_granted_has_its_bit_and_adding_collateral_has_none() {
    assert_eq!([Right::AddCollateral, Right::Withdraw, Right::Borrow].map(Right::bit), [0, 1, 2]);
    assert_eq!(Right::Withdraw.bit() | Right::Borrow.bit(), Right::ALL);
}
