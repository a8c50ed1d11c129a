//! Checks the other instructions of the transaction; the only code that reads the instructions sysvar. docs/MODEL.md,
//! "Flash loans" and "Governance". Enforces INV-10, INV-11.

use crate::ID;
use crate::error::BallastError;
use crate::shared_accounts::Payment;
use anchor_lang::Discriminator;
use anchor_lang::address_eq;
use anchor_lang::pinocchio::account::Ref;
use anchor_lang::pinocchio::sysvars::instructions::Instructions;
use anchor_lang::prelude::*;

fn instructions(sysvar: &AccountView) -> Result<Instructions<Ref<'_, [u8]>>> {
    Instructions::try_from(sysvar).map_err(|_| BallastError::WrongInstructionsSysvar.into())
}

/// Refuses a transaction with a durable nonce, which could be sent at any later time. A multisig or a governance
/// program calls by CPI and stores what it will execute; there the delay of a change protects users instead.
#[inline(never)]
pub fn refuse_durable_nonce(sysvar: &AccountView) -> Result<()> {
    /// The system program's AdvanceNonceAccount. The runtime looks for it in the first instruction only.
    const ADVANCE_NONCE: [u8; 4] = [4, 0, 0, 0];
    let instructions = instructions(sysvar)?;
    let first = instructions.load_instruction_at(0)?;
    let advances = *first.get_program_id() == System::id() && first.get_instruction_data().starts_with(&ADVANCE_NONCE);
    require!(!advances, BallastError::DurableNonce);
    Ok(())
}

/// Refuses a flash loan of `reserve` that this transaction does not repay. Both the loan and a later repayment must be
/// instructions of the transaction itself: a calling program could skip the repayment.
pub fn require_flash_repay(sysvar: &AccountView, reserve: &Address) -> Result<()> {
    let instructions = instructions(sysvar)?;
    let current = usize::from(instructions.load_current_index());
    require!(is_ours(&instructions, current)?, BallastError::FlashLoanByCpi);
    for index in current + 1..instructions.num_instructions() {
        let instruction = instructions.load_instruction_at(index)?;
        let repays = is_ours(&instructions, index)?
            && instruction.get_instruction_data().starts_with(crate::instruction::FlashRepay::DISCRIMINATOR)
            && address_eq(&instruction.get_instruction_account_at(Payment::RESERVE)?.key, reserve);
        if repays {
            return Ok(());
        }
    }
    Err(BallastError::FlashLoanNotRepaid.into())
}

/// Returns whether the instruction at `index` calls this program directly.
fn is_ours(instructions: &Instructions<Ref<'_, [u8]>>, index: usize) -> Result<bool> {
    Ok(address_eq(instructions.load_instruction_at(index)?.get_program_id(), &ID))
}
