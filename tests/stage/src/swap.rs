//! A market maker with one price for every amount.
//!
//! Data: the amount in, u64 little-endian; `u64::MAX` means all of the source. Accounts: the trader, who signs; the
//! trader's source and destination; the pool; its vaults for the tokens in and out; the token program of both; the
//! price.

use pinocchio::cpi::{Seed, Signer, invoke_signed};
use pinocchio::error::ProgramError;
use pinocchio::instruction::{InstructionAccount, InstructionView};
use pinocchio::{AccountView, Address, ProgramResult};

/// The seeds of a pool are this and the address of its price, so a price moves the tokens of no other pool.
pub const POOL: &[u8] = b"pool";

/// The content of a price account, both u64 little-endian: `numerator` atoms out for `denominator` atoms in.
struct Price {
    numerator: u64,
    denominator: u64,
}

pub fn run(program: &Address, accounts: &[AccountView], bump: u8, data: &[u8]) -> ProgramResult {
    let [trader, source, destination, pool, vault_in, vault_out, token_program, price] = accounts else {
        return Err(ProgramError::NotEnoughAccountKeys);
    };
    let amount_in = match u64_at(data, 0)? {
        u64::MAX => balance(source)?,
        amount => amount,
    };
    let amount_out = Price::load(program, price)?.convert(amount_in)?;

    let bump = [bump];
    let seeds = [Seed::from(POOL), Seed::from(price.address().as_ref()), Seed::from(&bump)];
    transfer(token_program, [source, vault_in, trader], amount_in, &[])?;
    transfer(token_program, [vault_out, destination, pool], amount_out, &[Signer::from(&seeds)])
}

impl Price {
    /// Accepts only this program's accounts: a price that anybody can write would hide a mistake of the test.
    fn load(program: &Address, account: &AccountView) -> Result<Self, ProgramError> {
        if !account.owned_by(program) {
            return Err(ProgramError::InvalidAccountOwner);
        }
        let data = account.try_borrow()?;
        Ok(Self { numerator: u64_at(&data, 0)?, denominator: u64_at(&data, 8)? })
    }

    /// What `amount_in` buys, rounded down in favor of the pool.
    fn convert(&self, amount_in: u64) -> Result<u64, ProgramError> {
        let product = u128::from(amount_in) * u128::from(self.numerator);
        let amount_out = product.checked_div(self.denominator.into()).ok_or(ProgramError::InvalidAccountData)?;
        u64::try_from(amount_out).map_err(|_| ProgramError::ArithmeticOverflow)
    }
}

/// Builds the instruction by hand, because pinocchio-token calls only SPL Token. Token-2022 has the same instruction.
fn transfer(
    token_program: &AccountView,
    accounts: [&AccountView; 3],
    amount: u64,
    signers: &[Signer],
) -> ProgramResult {
    const TRANSFER: u8 = 3;
    let [from, to, authority] = accounts.map(AccountView::address);
    let metas = [
        InstructionAccount::writable(from),
        InstructionAccount::writable(to),
        InstructionAccount::readonly_signer(authority),
    ];
    let mut data = [TRANSFER; 9];
    data[1..].copy_from_slice(&amount.to_le_bytes());
    let instruction = InstructionView { program_id: token_program.address(), accounts: &metas, data: &data };
    invoke_signed(&instruction, &accounts, signers)
}

fn balance(token_account: &AccountView) -> Result<u64, ProgramError> {
    const AMOUNT: usize = 64;
    u64_at(&token_account.try_borrow()?, AMOUNT)
}

fn u64_at(data: &[u8], start: usize) -> Result<u64, ProgramError> {
    let bytes = data.get(start..).and_then(<[u8]>::first_chunk).ok_or(ProgramError::InvalidInstructionData)?;
    Ok(u64::from_le_bytes(*bytes))
}
