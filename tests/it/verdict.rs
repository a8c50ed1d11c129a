//! The outcome of a transaction, asserted or in words.

use anchor_lang::prelude::{Address, Error};
use ballast_client::TransactionRefusal;
use ballast_testkit::token_2022::TOKEN_2022;
use ballast_testkit::{Failure, Receipt};
use solana_transaction_error::TransactionError;

/// Panics unless the transaction was refused with this error by the program itself.
#[track_caller]
pub fn refused(result: Result<Receipt, Failure>, expected: impl Into<Error>) {
    let (failure, expected) = (result.expect_err("a refusal"), expected.into());
    assert!(failure.is(expected.clone()), "{expected:?} expected, not {failure:#?}");
    assert_eq!(failure.refused_by(), Some(ballast::ID), "refused by the program: {:#?}", failure.logs);
}

/// Panics unless the token program refused with this error.
#[track_caller]
pub fn refused_by_token(result: Result<Receipt, Failure>, expected: TokenError) {
    let failure = result.expect_err("a refusal");
    assert_eq!(failure.program_error(), Some(Error::Custom(expected as u32)), "{failure:#?}");
    assert_eq!(
        failure.refused_by(),
        Some(spl_token_interface::ID),
        "refused by the token program: {:#?}",
        failure.logs
    );
}

pub use spl_token_interface::error::TokenError;

/// Describes a refusal: which program refused, and the name of its error.
pub fn words(failure: &Failure) -> String {
    let TransactionError::InstructionError(..) = &failure.error else { return format!("{:?}", failure.error) };
    let refusal = TransactionRefusal::new(&failure.error, &failure.logs);
    let program = match refusal.program {
        Some(ballast::ID) => "",
        Some(spl_token_interface::ID) => "token program: ",
        Some(TOKEN_2022) => "Token-2022: ",
        Some(address) if address == Address::default() => "system program: ",
        Some(_) => "other program: ",
        None => "runtime: ",
    };
    format!("{program}{}", refusal.name)
}
